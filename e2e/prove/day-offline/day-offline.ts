import type { Ticket } from '@ticket-check/simulators/box-office';
import pMap from 'p-map';
import { comeBack, type Guest, type Guests, guestsAt } from '../guests.ts';
import { type Hop, inWorldWithLines, type Lines, type Passed } from '../lines.ts';
import { gateOpenings } from '../oracle/evidence.ts';
import { recovered, seconds, until } from '../report.ts';
import { anyOf, type Proof, type World } from '../world.ts';

const CONCURRENCY = 8;
const TRY_AGAIN = 0.05;
const MAX_COME_BACK = 1_000;
/** Tickets for guests who come when the line is back, one after the other until one is confirmed. */
const AFTER_IT = 400;
const BETWEEN_THEM_MS = 250;
/** Beside a minute in which nothing may happen. */
const ARRIVAL_LIMIT_MS_A_GUEST = 30;

/** A day's guests come while the platform is away: every record arrives with its own check time, oldest first, and completed. Readings C3, R2. */
export const dayOffline: Proof = {
  tried: 'admissions without the platform, which then comes back',
  unit: 'records',
  size: 20_000,
  async run(run) {
    const arrivals = { below: watchArrivals(), above: watchArrivals() };
    // Nobody enters twice here, so that asking again brings nothing to light: the usual times do.
    const settings = { 'terminal-agent': { RECHECK_SECONDS: '' } };
    const onPassed = (hop: Hop, passed: Passed) => arrivals[hop].note(passed);
    await inWorldWithLines(run, { settings, onPassed }, (world, lines) => dayWithout(world, lines, arrivals));
  },
};

type Arrivals = ReturnType<typeof watchArrivals>;

async function dayWithout(world: World, lines: Lines, arrivals: Record<Hop, Arrivals>): Promise<void> {
  const { site, size, result, chance, observed } = world;
  const tickets = await world.sell(size + AFTER_IT);
  const later = tickets.splice(size);
  const doors = world.doors.slice(0, 2);
  const guests = guestsAt(doors, [], chance);
  /** New guests until one is let in and nobody else can have been: both lines are well. */
  const isConfirmed = async () => (await guests.present(guests.newGuest(later.shift()!), doors[0]!))?.Confirmed;
  const admitConfirmed = () => until('a guest is confirmed', isConfirmed, { everyMs: BETWEEN_THEM_MS });

  await admitConfirmed();
  for (const proxy of lines.of('below')) proxy.begin('refuses');
  await site.stop('third-party-platform');
  const awayFrom = performance.now();
  await letEveryoneIn({ ...world, doors }, guests, tickets);
  const awayMs = performance.now() - awayFrom;
  await site.start('third-party-platform');
  for (const proxy of lines.of('below')) proxy.end();

  const from = performance.now();
  const took = () => performance.now() - from;
  const confirmedAgain = admitConfirmed().then(took);
  const everyone = gateOpenings(site).size;
  const { first, incomplete } = arrivals.above;
  const before = first.length;
  const limit = { withinMs: 60_000 + size * ARRIVAL_LIMIT_MS_A_GUEST };
  await until('all records are at the national platform', () => first.length >= everyone, limit);
  recovered(result, took());
  const confirmedMs = await confirmedAgain;
  await until('all records are complete at the national platform', () => incomplete.size === 0, limit);
  const completeMs = took();
  await world.drained();
  result.notes.push(
    `after ${seconds(awayMs)} without the platform: a guest was confirmed again after ${seconds(confirmedMs)}, the first of ${everyone - before} records was at the national platform after ${seconds(first[before]!.at - from)}, the last after ${seconds(result.recoveryMs ?? 0)}, all of them completed after ${seconds(completeMs)}`,
  );

  for (const [hop, all] of Object.entries(arrivals)) {
    const late = outOfOrder(all);
    if (late > 0) result.failures.push(`${late} records arrived ${hop} the third-party platform after younger ones`);
  }
  const step = Math.ceil(guests.seen.length / MAX_COME_BACK);
  const some = { ...guests, seen: guests.seen.filter((_, index) => index % step === 0) };
  await comeBack(some, world.doors, result);
  await world.drained();
  observed.guests.push(...guests.seen);
  const { entered } = await world.hold();
  result.failures.push(...entered.map((how) => `let in again after the record arrived: ${how}`));
}

async function letEveryoneIn({ doors, chance, result }: World, guests: Guests, tickets: Ticket[]): Promise<void> {
  const said = async (guest: Guest, expected: string) => {
    const verdict = await guests.present(guest, anyOf(doors, chance));
    if (verdict?.Verdict === expected && verdict.Confirmed !== true) return;
    const answer = `${verdict?.Verdict}${verdict?.Confirmed ? ', confirmed' : ''}`;
    result.failures.push(`${guest.ticket.filmTicketCode} was answered ${answer} while the line was down`);
  };
  const admit = async (ticket: Ticket) => {
    const guest = guests.newGuest(ticket);
    await said(guest, 'ADMIT');
    result.times += 1;
    if (chance() < TRY_AGAIN) await said(guest, 'ALREADY_ENTERED');
  };
  await pMap(tickets, admit, { concurrency: CONCURRENCY });
}

/** Looks at what passes on a line for the check records that a platform confirmed. */
function watchArrivals() {
  /** Each record once, in the order of arrival; `at` by `performance.now()`. */
  const first: { checkTime: string; at: number }[] = [];
  const known = new Set<string>();
  /** Arrived with only the data of their codes, and will arrive again, completed. */
  const incomplete = new Set<string>();
  return {
    first,
    incomplete,
    note({ api, query, replyData }: Passed): void {
      if (api !== 'ReportOriginalCheckTickets' || replyData.ReportResult !== true) return;
      for (const { RecordId, CheckTime, TicketType } of query.CheckTickets as Record<string, string>[]) {
        if (!known.has(RecordId!)) first.push({ checkTime: CheckTime!, at: performance.now() });
        known.add(RecordId!);
        if (TicketType === '') incomplete.add(RecordId!);
        else incomplete.delete(RecordId!);
      }
    },
  };
}

/** How many records arrived after one whose check was later. Reading R2. */
function outOfOrder({ first }: Arrivals): number {
  let latest = '';
  return first.filter(({ checkTime }) => {
    if (checkTime > latest) latest = checkTime;
    return checkTime < latest;
  }).length;
}
