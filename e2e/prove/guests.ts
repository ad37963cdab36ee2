import { EventEmitter } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import type { Ticket } from '@ticket-check/simulators/box-office';
import { connectScanner, ROLES, type ScanVerdict } from '@ticket-check/simulators/dev-network';
import pMap from 'p-map';
import type { Site } from '../testing/site.ts';
import { forever, oneByOne } from './one-by-one.ts';
import { keptWaiting, longestWait, stalledBetween, type Waits } from './processes.ts';
import type { ProofResult } from './report.ts';

/** Longer than the time in which a scanner that reads one ticket twice gets the first answer again. */
const LATER_MS = 2_000;
const AFTER_A_FAULT_MS = 50;
/** How often a guest is one who was here before. */
const RETURNS = 0.4;
/** How often a scanner of a stream reads a ticket twice, half of these before the first read is answered. */
const READS_TWICE = 0.12;
const LONGEST_HELD_MS = 400;
/** The scanner of those who do not come in a stream. */
const DESK = 'desk';

type Verdict = ScanVerdict & { RefundStateKnown?: boolean };

/** A gate of one terminal. */
export interface Door {
  /** Names the terminal: within one, nobody enters twice whatever happens. */
  terminal: string;
  gate: string;
  /** Reads a ticket with a scanner of this name: what it reads twice within moments is one read. */
  scan(text: string, scanner?: string): Promise<Verdict>;
  /** How long its terminal and the platforms have each waited for a processor so far. */
  keptWaiting(): Waits;
}

/** An answer that arrived. Times are epoch milliseconds. */
export interface Answer {
  door: Door;
  scanner: string;
  askedAt: number;
  answeredAt: number;
  /** How long meanwhile the process that waited for the answer did not run. */
  unseenMs: number;
  /** How long meanwhile one of those that answer waited for a processor, the longest of them. */
  waitedMs: number;
  verdict: Verdict;
}

/** Returning guests are among the newest, whose record is still on its way, or what knows of them may be forgotten. */
const NEWEST = 60;

/** The answers that one guest got at the doors, and the scans that nobody answered. Times are epoch milliseconds. */
export interface Guest {
  ticket: Ticket;
  answers: Answer[];
  unanswered: { door: Door; askedAt: number; gaveUpAt: number }[];
  lastAskedAt: number;
  hasLeft?: true;
}

/** Each admission of a guest, without repeated answers to a scanner that reads twice. */
export const admissionsOf = ({ answers }: Guest): Answer[] =>
  answers.filter(({ verdict }) => verdict.Verdict === 'ADMIT' && !verdict.Repeated);

export const doorsSeenBy = ({ answers, unanswered }: Guest): Set<Door> =>
  new Set([...answers, ...unanswered].map(({ door }) => door));

export type Guests = ReturnType<typeof guestsAt>;

/** Who of those who were here before come back: not before this time after their last answer, only this many of the newest. */
export type Returning = { afterMs?: number; newest?: number };

/** The doors of a terminal below the platforms of a site, one for each gate. */
export const doorsOf = (terminal: Site, name: string, gates: readonly string[], site = terminal): Promise<Door[]> =>
  Promise.all(
    gates.map(async (gate) => ({
      terminal: name,
      gate,
      scan: await connectScanner(terminal, { gate }),
      keptWaiting: () =>
        keptWaiting(ROLES.map((role) => (role === 'terminal-agent' ? terminal : site).processOf(role))),
    })),
  );

/** Guests who come one after the other to any door, return with the same ticket, and try again when nothing answers. */
export function guestsAt(
  doors: readonly Door[],
  tickets: readonly Ticket[],
  chance: () => number,
  { afterMs = LATER_MS, newest = NEWEST }: Returning = {},
) {
  const seen: Guest[] = [];
  const scans = new EventEmitter<{ asked: [Door]; answered: [Answer, Guest] }>();
  const waiting = tickets.values();
  const busy = new Set<Guest>();

  /** Sends the guest of a ticket to a door; returns the verdict, or null where none arrived. */
  async function present(guest: Guest, door: Door, scanner = DESK, text = guest.ticket.ticketInfoCode as string) {
    busy.add(guest);
    const [askedAt, waitedBefore] = [Date.now(), door.keptWaiting()];
    try {
      const answered = door.scan(text, scanner);
      scans.emit('asked', door);
      const verdict = await answered;
      const answeredAt = Date.now();
      const waitedMs = longestWait(waitedBefore, door.keptWaiting());
      const measured = { askedAt, answeredAt, unseenMs: stalledBetween(askedAt, answeredAt), waitedMs };
      const answer: Answer = { door, scanner, ...measured, verdict };
      guest.answers.push(answer);
      scans.emit('answered', answer, guest);
      return verdict;
    } catch {
      guest.unanswered.push({ door, askedAt, gaveUpAt: Date.now() });
      return null;
    } finally {
      guest.lastAskedAt = Date.now();
      busy.delete(guest);
    }
  }

  /** A guest with a ticket that nobody else of these has, who has stood nowhere yet. */
  function newGuest(ticket: Ticket): Guest {
    const guest: Guest = { ticket, answers: [], unanswered: [], lastAskedAt: 0 };
    seen.push(guest);
    return guest;
  }

  function next(): Guest | undefined {
    const earlier = seen[seen.length - 1 - Math.floor(chance() * Math.min(seen.length, newest))];
    const mayReturn = earlier !== undefined && !busy.has(earlier) && Date.now() - earlier.lastAskedAt > afterMs;
    if (mayReturn && chance() < RETURNS) return earlier;
    const { value: ticket } = waiting.next();
    if (ticket === undefined) return mayReturn ? earlier : undefined;
    return newGuest(ticket);
  }

  /** The guest holds the ticket before the scanner for a moment too long, or the scanner sends it twice. */
  async function presentTwice(guest: Guest, door: Door, scanner: string): Promise<Verdict | null> {
    const first = present(guest, door, scanner);
    if (chance() < 0.5) await first;
    await delay(chance() * LONGEST_HELD_MS);
    const [verdict] = await Promise.all([first, present(guest, door, scanner)]);
    return verdict;
  }

  return {
    seen,
    scans,
    present: (guest: Guest, door: Door) => present(guest, door),
    showPassOut: (guest: Guest, doors: readonly Door[], { code, times }: { code: string; times: number }) =>
      Promise.all(doors.map((door) => present(guest, door, `pass-out-${times}`, code))),
    newGuest,
    /** Presents tickets, new and old ones, until `stop` is called. A scanner rests for at most `pauseMs` after each scan; some tickets it reads twice. */
    stream(scanners: number, pauseMs: number) {
      const scanWith = async (scanner: string) => {
        const guest = next();
        const read = chance() < READS_TWICE ? presentTwice : present;
        const door = doors[Math.floor(chance() * doors.length)]!;
        if (guest === undefined || (await read(guest, door, scanner)) === null) await delay(AFTER_A_FAULT_MS);
        if (pauseMs > 0) await delay(chance() * pauseMs);
      };
      const all = Array.from({ length: scanners }, (_, index) =>
        oneByOne(forever(), () => scanWith(`scanner-${index + 1}`)),
      );
      return { stop: () => Promise.all(all.map((each) => each.stop())) };
    },
  };
}

/** As many as keep two processors busy. More at once wait for each other, on a busy machine past the budget of a scan, and are let in offline. */
export const COME_BACK_TOGETHER = 4;

/** Every guest comes again: those never admitted where their scans went unanswered, those who were at one door only at another, if there is one. */
export async function comeBack(guests: Guests, doors: readonly Door[], { failures }: ProofResult): Promise<void> {
  const isAdmitted = async (guest: Guest, door: Door) => {
    const said = (await guests.present(guest, door))?.Verdict ?? 'nothing';
    if (said !== 'ADMIT' && said !== 'ALREADY_ENTERED')
      failures.push(`${guest.ticket.filmTicketCode} was answered ${said} in the end`);
    return said === 'ADMIT';
  };
  const comeAgain = async (guest: Guest, index: number) => {
    const inTurn = doors.map((_, place) => doors[(index + place) % doors.length]!);
    const cutOffAt = admissionsOf(guest).length > 0 ? [] : [...new Set(guest.unanswered.map(({ door }) => door))];
    for (const door of cutOffAt) if (await isAdmitted(guest, door)) break;
    const seen = doorsSeenBy(guest);
    const another = seen.size > 1 ? undefined : inTurn.find((door) => !seen.has(door));
    const last = another ?? (cutOffAt.length === 0 ? inTurn[0] : undefined);
    if (last !== undefined) await isAdmitted(guest, last);
  };
  await pMap(guests.seen, comeAgain, { concurrency: COME_BACK_TOGETHER });
}
