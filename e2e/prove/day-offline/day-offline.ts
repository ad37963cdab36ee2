import { setTimeout as delay } from 'node:timers/promises';
import type { Ticket } from '@ticket-check/simulators/box-office';
import pMap from 'p-map';
import type { Passed } from '../../testing/fault-proxy.ts';
import { type Door, type Guest, type Guests, guestsAt } from '../guests.ts';
import { type Hop, type Lines, onLines } from '../lines.ts';
import { comeBack } from '../oracle/come-back.ts';
import { gateOpenings } from '../oracle/evidence.ts';
import { holdPromise } from '../oracle/promise.ts';
import { nothingYet, type ProofResult } from '../proof-result.ts';
import { drained } from '../proof-site.ts';
import { seededChance } from '../seeded-chance.ts';
import { sellMany } from '../sell-many.ts';
import type { TwoTerminals } from '../two-terminals.ts';
import { until } from '../until.ts';
import { type Arrivals, outOfOrder, watchArrivals } from './arrivals.ts';

const CONCURRENCY = 8;
/** How many of those who are in try the other gate. */
const TRY_AGAIN = 0.05;
/** How many of them go to the other terminal in the end. */
const MAX_COME_BACK = 1_000;
/** Tickets for guests who come when the line is back, one after the other until one is confirmed. */
const AFTER_IT = 400;
const BETWEEN_THEM_MS = 250;
/** Beside a minute in which nothing may happen. */
const ARRIVAL_LIMIT_MS_A_GUEST = 30;

/**
 * Lets a day's guests in at a terminal whose platform is away, then brings it back: every record arrives at the national
 * platform with its own check time, oldest first, and is completed there; nothing is refused on the way. Readings C3, R2.
 *
 * @param options.size how many guests
 */
export async function run({ seed, size }: { seed: string; size: number }): Promise<ProofResult> {
  const chance = seededChance(seed);
  const result = nothingYet({
    name: 'day offline',
    tried: 'admissions without the platform, which then comes back',
    seed,
  });
  const arrivals = { below: watchArrivals(), above: watchArrivals() };
  const onPassed = (hop: Hop, passed: Passed) => arrivals[hop].note(passed);
  // Nobody enters twice here, so that asking again brings nothing to light: the usual times do.
  const settings = { 'terminal-agent': { RECHECK_SECONDS: '' } };
  await onLines({ chance, result, onPassed, settings }, (place, lines) =>
    prove({ place, lines, arrivals, size, chance, result }),
  );
  return result;
}

interface Proving {
  place: TwoTerminals;
  lines: Lines;
  arrivals: { below: Arrivals; above: Arrivals };
  size: number;
  chance: () => number;
  result: ProofResult;
}

async function prove({ place, lines, arrivals, size, chance, result }: Proving): Promise<void> {
  const { site, demo, terminals } = place;
  const tickets = sellMany(demo.boxOffice, size + AFTER_IT);
  await demo.tell();
  const later = tickets.splice(size);
  const doors = place.doors.filter(({ terminal }) => terminal === place.doors[0]!.terminal);
  const guests = guestsAt(doors, [], chance);
  await admitConfirmed({ guests, tickets: later, door: doors[0]! });

  for (const line of lines.of('below')) line.begin('refuses');
  await site.stop('third-party-platform');
  const awayFrom = performance.now();
  await letEveryoneIn({ guests, tickets, doors, chance, result });
  const awayMs = performance.now() - awayFrom;
  await site.start('third-party-platform');
  for (const line of lines.of('below')) line.end();

  const from = performance.now();
  const took = () => Math.round(performance.now() - from);
  const confirmedAgain = admitConfirmed({ guests, tickets: later, door: doors[0]! }).then(took);
  const everyone = gateOpenings(site).size;
  const before = arrivals.above.first.length;
  const arrived = () => arrivals.above.first.length >= everyone;
  const limit = { withinMs: 60_000 + size * ARRIVAL_LIMIT_MS_A_GUEST };
  await until('all records are at the national platform', arrived, limit);
  result.recoveryMs = took();
  await confirmedAgain;
  await until('all records are complete at the national platform', () => arrivals.above.incomplete === 0, limit);
  const completeMs = took();
  await drained([...terminals.values()]);
  result.notes.push(
    `after ${seconds(awayMs)} without the platform: a guest was confirmed again after ${seconds(await confirmedAgain)}, the first of ${everyone - before} records was at the national platform after ${seconds(arrivals.above.first[before]!.at - from)}, the last after ${seconds(result.recoveryMs)}, all of them completed after ${seconds(completeMs)}`,
  );

  for (const [hop, all] of Object.entries(arrivals)) {
    const late = outOfOrder(all);
    if (late > 0) result.failures.push(`${late} records arrived ${hop} the third-party platform after younger ones`);
  }
  const step = Math.ceil(guests.seen.length / MAX_COME_BACK);
  const some = { ...guests, seen: guests.seen.filter((_, index) => index % step === 0) };
  await comeBack(some, place.doors, result);
  await drained([...terminals.values()]);
  const counted = await holdPromise(terminals, { guests: guests.seen, sold: demo.boxOffice.tickets }, result);
  result.failures.push(...counted.entered.map((how) => `let in again after the record arrived: ${how}`));
}

/** New guests until one is let in and nobody else can have been: both lines are well. */
async function admitConfirmed(parts: { guests: Guests; tickets: Ticket[]; door: Door }): Promise<void> {
  const { guests, tickets, door } = parts;
  for (;;) {
    const ticket = tickets.shift();
    if (ticket === undefined) throw new Error('no guest was confirmed');
    const verdict = await guests.present(guests.newGuest(ticket), door);
    if (verdict?.Confirmed) return;
    await delay(BETWEEN_THEM_MS);
  }
}

interface Offline {
  guests: Guests;
  tickets: readonly Ticket[];
  doors: readonly Door[];
  chance: () => number;
  result: ProofResult;
}

/** Everyone once at any gate, and some of them a second time. */
async function letEveryoneIn({ guests, tickets, doors, chance, result }: Offline): Promise<void> {
  const { failures } = result;
  const anyDoor = () => doors[Math.floor(chance() * doors.length)]!;
  const said = async (guest: Guest, expected: string) => {
    const verdict = await guests.present(guest, anyDoor());
    if (verdict?.Verdict === expected && verdict.Confirmed !== true) return;
    const confirmed = verdict?.Confirmed ? ', confirmed' : '';
    failures.push(
      `${guest.ticket.filmTicketCode} was answered ${verdict?.Verdict}${confirmed} while the line was down`,
    );
  };
  const admit = async (ticket: (typeof tickets)[number]) => {
    const guest = guests.newGuest(ticket);
    await said(guest, 'ADMIT');
    result.times += 1;
    if (chance() < TRY_AGAIN) await said(guest, 'ALREADY_ENTERED');
  };
  await pMap(tickets, admit, { concurrency: CONCURRENCY });
}

const seconds = (milliseconds: number): string => `${(milliseconds / 1000).toFixed(1)} s`;
