import { setTimeout as delay } from 'node:timers/promises';
import type { Ticket } from '@ticket-check/simulators/box-office';
import { connectScanner, type LocalSite, ROLES, type ScanVerdict } from '@ticket-check/simulators/dev-network';
import { keptWaiting, longestWait, stalledBetween, type Waits } from './stalls.ts';

/** Longer than the time in which a scanner that reads one ticket twice gets the first answer again. */
const LATER_MS = 2_000;
const AFTER_A_FAULT_MS = 50;
/** How often a guest is one who was here before. */
const RETURNS = 0.4;
/** How often a scanner of a stream reads a ticket twice, half of these before the first read is answered. */
const READS_TWICE = 0.12;
const LONGEST_HELD_MS = 400;
/** The scanner of those who do not come in a stream. */
export const DESK = 'desk';

/** A gate of one terminal. */
export interface Door {
  /** Names the terminal: within one, nobody enters twice whatever happens. */
  terminal: string;
  gate: string;
  /** Reads a ticket with a scanner of this name: what it reads twice within moments is one read. */
  scan(text: string, scanner?: string): Promise<ScanVerdict>;
  /** For how long its terminal and the platforms have each waited for a processor so far. */
  keptWaiting(): Waits;
}

/** An answer that arrived. Times are epoch milliseconds. */
export interface Answer {
  door: Door;
  /** The scanner that read the ticket. */
  scanner: string;
  askedAt: number;
  answeredAt: number;
  /** For how long of it the process that waited for the answer did not run. */
  unseenMs: number;
  /** For how long of it one of those that answer waited for a processor, the longest of them. */
  waitedMs: number;
  verdict: ScanVerdict;
}

/** A scan that nobody answered. Times are epoch milliseconds. */
interface Unanswered {
  door: Door;
  askedAt: number;
  gaveUpAt: number;
}

/** The answers that one guest got at the doors. */
export interface Guest {
  ticket: Ticket;
  answers: Answer[];
  unanswered: Unanswered[];
  /** Epoch milliseconds. */
  lastAskedAt: number;
}

/** Each admission of a guest, without repeated answers to a scanner that reads twice. */
export const admissionsOf = ({ answers }: Guest): Answer[] =>
  answers.filter(({ verdict }) => verdict.Verdict === 'ADMIT' && !verdict.Repeated);

export interface Guests {
  /** Those who stood at a door at least once. */
  readonly seen: readonly Guest[];
  /** Sends the guest of a ticket to a door once more; answers the verdict, or null where none arrived. */
  present(guest: Guest, door: Door, scanner?: string): Promise<ScanVerdict | null>;
  /** Someone with a ticket that nobody else of these has, who has stood nowhere yet. */
  newGuest(ticket: Ticket): Guest;
  /**
   * Presents tickets, new ones and ones that were presented before, until `stop` is called. A scanner rests after each
   * scan for a time that chance gives, `pauseMs` at most; some tickets it reads twice.
   */
  stream(scanners: number, options?: { pauseMs?: number }): { stop(): Promise<void> };
}

/** Which of those who were here before come back. */
export interface Returning {
  /** Not before this time after their last answer. */
  afterMs?: number;
  /** Only this many of the newest guests. */
  newest?: number;
}

/** The doors of a site's terminal, one for each gate. */
export async function doorsOf(site: LocalSite, terminal: string, gates: readonly string[]): Promise<Door[]> {
  const waited = () => keptWaiting(ROLES.map((role) => site.processOf(role)));
  return Promise.all(
    gates.map(async (gate) => ({ terminal, gate, scan: await connectScanner(site, { gate }), keptWaiting: waited })),
  );
}

/** Scans at a door; resolves to the verdict and when it was asked for and came. */
export async function scanAt(door: Door, text: string, scanner: string): Promise<Answer> {
  const [askedAt, waitedBefore] = [Date.now(), door.keptWaiting()];
  const verdict = await door.scan(text, scanner);
  const answeredAt = Date.now();
  const unseenMs = stalledBetween(askedAt, answeredAt);
  const waitedMs = longestWait(waitedBefore, door.keptWaiting());
  return { door, scanner, askedAt, answeredAt, unseenMs, waitedMs, verdict };
}

/** The doors that a guest has stood at. */
export const doorsSeenBy = ({ answers, unanswered }: Guest): Set<Door> =>
  new Set([...answers, ...unanswered].map(({ door }) => door));

/** Someone with a ticket, who has stood nowhere yet. */
export const guestWith = (ticket: Ticket): Guest => ({
  ticket,
  answers: [],
  unanswered: [],
  lastAskedAt: 0,
});

/** Guests who come one after the other to any door, return with the same ticket, and try again when nothing answers. */
export function guestsAt(
  doors: readonly Door[],
  tickets: readonly Ticket[],
  chance: () => number,
  { afterMs = LATER_MS, newest = Number.POSITIVE_INFINITY }: Returning = {},
): Guests {
  const seen: Guest[] = [];
  const waiting = tickets.values();
  const busy = new Set<Guest>();
  const anyDoor = () => doors[Math.floor(chance() * doors.length)]!;

  async function present(guest: Guest, door: Door, scanner = DESK): Promise<ScanVerdict | null> {
    busy.add(guest);
    const askedAt = Date.now();
    try {
      const answer = await scanAt(door, guest.ticket.ticketInfoCode, scanner);
      guest.answers.push(answer);
      return answer.verdict;
    } catch {
      guest.unanswered.push({ door, askedAt, gaveUpAt: Date.now() });
      return null;
    } finally {
      guest.lastAskedAt = Date.now();
      busy.delete(guest);
    }
  }

  function newGuest(ticket: Ticket): Guest {
    const guest = guestWith(ticket);
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
  async function presentTwice(guest: Guest, door: Door, scanner: string): Promise<ScanVerdict | null> {
    const first = present(guest, door, scanner);
    if (chance() < 0.5) await first;
    await delay(chance() * LONGEST_HELD_MS);
    const [verdict] = await Promise.all([first, present(guest, door, scanner)]);
    return verdict;
  }

  return {
    seen,
    present,
    newGuest,
    stream(scanners, { pauseMs = 0 } = {}) {
      let stopped = false;
      const one = async (_: unknown, index: number) => {
        const scanner = `scanner-${index + 1}`;
        while (!stopped) {
          const guest = next();
          const read = chance() < READS_TWICE ? presentTwice : present;
          if (guest === undefined || (await read(guest, anyDoor(), scanner)) === null) await delay(AFTER_A_FAULT_MS);
          if (pauseMs > 0) await delay(chance() * pauseMs);
        }
      };
      const all = Promise.all(Array.from({ length: scanners }, one));
      return {
        async stop() {
          stopped = true;
          await all;
        },
      };
    },
  };
}
