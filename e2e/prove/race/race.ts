import type { Ticket } from '@ticket-check/simulators/box-office';
import pMap from 'p-map';
import { PATIENT } from '../../testing/site.ts';
import { type Door, type Guest, guestsAt } from '../guests.ts';
import { median, recovered } from '../report.ts';
import { anyOf, inWorld, type Proof, type World } from '../world.ts';

const CONCURRENCY = 6;

/** Presents each ticket at two terminals at the same moment: one of them admits, confirmed. Reading C2. */
export const race: Proof = {
  tried: 'one ticket at two terminals at the same moment',
  unit: 'tickets',
  size: 2_000,
  // A platform that is only slow must not make it two races offline.
  run: (run) => inWorld(run, { settings: PATIENT }, raceForAll),
};

/** Of the two terminals of a world that each get a ticket, one admits. */
export async function raceForAll(world: World): Promise<void> {
  world.observed.budgetMs = 10_000;
  const atEach = [...Map.groupBy(world.doors, ({ terminal }) => terminal).values()];
  const atBoth = () => atEach.map((own) => anyOf(own, world.chance));
  await raceAt(world, await world.sell(world.size), atBoth, 'ADMIT, confirmed, and ALREADY_ENTERED');
  await world.drained();
  await judge(world);
}

/** Presents each ticket at the two gates of one terminal at once while the platform is away: one gate admits. Readings C2, C3. */
export const raceOffline: Proof = {
  tried: 'one ticket at two gates of one terminal at the same moment, without a line',
  unit: 'tickets',
  size: 2_000,
  run: (run) =>
    inWorld(run, {}, async (world) => {
      const doors = world.doors.slice(0, 2);
      const tickets = await world.sell(world.size);
      await world.site.stop('third-party-platform');
      await raceAt(world, tickets, () => doors, 'ADMIT, and ALREADY_ENTERED');
      await world.site.start('third-party-platform');
      const from = performance.now();
      await world.drained();
      recovered(world.result, performance.now() - from);
      await judge(world);
    }),
};

/** @param expected what the two scans of a ticket are answered together */
async function raceAt(world: World, tickets: readonly Ticket[], doors: () => readonly Door[], expected: string) {
  const { chance, result, observed } = world;
  const guests = guestsAt(world.doors, [], chance);
  const raceFor = async (ticket: Ticket) => {
    const guest = guests.newGuest(ticket);
    const at = chance() < 0.5 ? doors() : doors().toReversed();
    await Promise.all(at.map((door) => guests.present(guest, door)));
    result.times += 1;
    const said = answersOf(guest);
    if (said !== expected) result.failures.push(`${ticket.filmTicketCode} was answered ${said}`);
  };
  await pMap(tickets, raceFor, { concurrency: CONCURRENCY });
  observed.guests.push(...guests.seen);
}

async function judge({ observed, hold, result }: World): Promise<void> {
  result.failures.push(...(await hold()).entered);
  const gaps = observed.guests.map(({ answers }) => Math.abs(answers.at(-1)!.answeredAt - answers[0]!.answeredAt));
  result.notes.push(`on the median the two answers came ${median(gaps)} ms apart`);
}

function answersOf({ answers, unanswered }: Guest): string {
  const said = answers.map(({ verdict }) => `${verdict.Verdict}${verdict.Confirmed ? ', confirmed' : ''}`).sort();
  return [...said, ...unanswered.map(() => 'nothing')].join(', and ');
}
