import type { Role } from '@ticket-check/simulators/dev-network';
import pMap from 'p-map';
import { type Door, type Guest, guestsAt } from '../guests.ts';
import { holdPromise } from '../oracle/promise.ts';
import { nothingYet, type ProofResult } from '../proof-result.ts';
import { drained } from '../proof-site.ts';
import { seededChance } from '../seeded-chance.ts';
import { sellMany } from '../sell-many.ts';
import { onTwoTerminals, PATIENT, type TwoTerminals } from '../two-terminals.ts';

/** Tickets that are raced for at the same time. */
const CONCURRENCY = 6;

export interface RaceOptions {
  seed: string;
  /** How many tickets. */
  size: number;
}

/**
 * Presents each ticket at two terminals at the same moment: one of them admits, confirmed, and the other one says that
 * the ticket has entered. Reading C2.
 */
export const runOnline = (options: RaceOptions): Promise<ProofResult> =>
  race('race', 'one ticket at two terminals at the same moment', {
    ...options,
    expected: 'ADMIT, confirmed, and ALREADY_ENTERED',
    // A platform that is only slow must not make it two races offline.
    settings: PATIENT,
    budgetMs: 10_000,
    doors: ({ doors }, chance) =>
      [...Map.groupBy(doors, ({ terminal }) => terminal).values()].map(
        (own) => own[Math.floor(chance() * own.length)]!,
      ),
    around: async (_place, races) => races(),
  });

/**
 * Presents each ticket at the two gates of one terminal at the same moment while the platform is away: one gate admits
 * and the other one says that the ticket has entered. Afterwards all admissions arrive. Readings C2, C3.
 */
export const runOffline = (options: RaceOptions): Promise<ProofResult> =>
  race('race offline', 'one ticket at two gates of one terminal at the same moment, without a line', {
    ...options,
    expected: 'ADMIT, and ALREADY_ENTERED',
    settings: {},
    doors: ({ doors: [first, ...more] }) => [first!, more.find(({ terminal }) => terminal === first!.terminal)!],
    async around({ site }, races, result) {
      await site.stop('third-party-platform');
      await races();
      await site.start('third-party-platform');
      const from = performance.now();
      await drained([site]);
      result.recoveryMs = Math.round(performance.now() - from);
    },
  });

interface Race extends RaceOptions {
  settings: Partial<Record<Role, NodeJS.ProcessEnv>>;
  /** What a scan may take, where that is not as usual. */
  budgetMs?: number;
  /** What the two scans of a ticket are answered together. */
  expected: string;
  /** Where a ticket is presented. */
  doors(place: TwoTerminals, chance: () => number): Door[];
  around(place: TwoTerminals, races: () => Promise<void>, result: ProofResult): Promise<void>;
}

async function race(name: string, tried: string, options: Race): Promise<ProofResult> {
  const { seed, size, settings, budgetMs, expected } = options;
  const chance = seededChance(seed);
  const result = nothingYet({ name, tried, seed });
  const prove = async (place: TwoTerminals) => {
    const { demo, doors, terminals } = place;
    const at = () => inAnyOrder(options.doors(place, chance), chance);
    const tickets = sellMany(demo.boxOffice, size);
    await demo.tell();
    const guests = guestsAt(doors, [], chance);
    const raceFor = async (ticket: (typeof tickets)[number]) => {
      const guest = guests.newGuest(ticket);
      await Promise.all(at().map((door) => guests.present(guest, door)));
      result.times += 1;
      const said = answersOf(guest);
      if (said !== expected) result.failures.push(`${ticket.filmTicketCode} was answered ${said}`);
    };
    const races = async () => void (await pMap(tickets, raceFor, { concurrency: CONCURRENCY }));
    await options.around(place, races, result);
    await drained([...terminals.values()]);
    const observed = { guests: guests.seen, sold: demo.boxOffice.tickets, ...(budgetMs !== undefined && { budgetMs }) };
    const { entered } = await holdPromise(terminals, observed, result);
    result.failures.push(...entered);
    result.notes.push(`on the median the two answers came ${medianGap(guests.seen)} ms apart`);
  };
  await onTwoTerminals(result, prove, settings);
  return result;
}

const inAnyOrder = (doors: Door[], chance: () => number): Door[] => (chance() < 0.5 ? doors : doors.toReversed());

/** The verdicts of a guest, ADMIT first. */
const answersOf = ({ answers, unanswered }: Guest): string =>
  [
    ...answers.map(({ verdict: { Verdict, Confirmed } }) => (Confirmed ? `${Verdict}, confirmed` : Verdict)).sort(),
    ...unanswered.map(() => 'nothing'),
  ].join(', and ');

function medianGap(guests: readonly Guest[]): number {
  const gaps = guests.map(({ answers }) => Math.abs(answers.at(-1)!.answeredAt - answers[0]!.answeredAt));
  return gaps.sort((a, b) => a - b)[gaps.length >> 1] ?? 0;
}
