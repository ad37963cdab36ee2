import { setTimeout as delay } from 'node:timers/promises';
import type { Ticket } from '@ticket-check/box-office';
import { connectScanner, type ScanVerdict, type Site } from '@ticket-check/dev-network';

/** Longer than the time in which a scanner that reads one ticket twice gets the first answer again. */
const LATER_MS = 2_000;
const AFTER_A_FAULT_MS = 50;
/** How often a guest is one who was here before. */
const RETURNS = 0.4;

/** A gate of one terminal. */
export interface Door {
  /** Names the terminal: within one, nobody enters twice whatever happens. */
  terminal: string;
  gate: string;
  scan(text: string): Promise<ScanVerdict>;
}

/** An answer that arrived. Times are epoch milliseconds. */
export interface Answer {
  door: Door;
  askedAt: number;
  answeredAt: number;
  verdict: ScanVerdict;
}

/** What one guest was told at the doors. */
export interface Guest {
  ticket: Ticket;
  answers: Answer[];
  /** Where a scan went unanswered, once for each. */
  unansweredAt: Door[];
  /** Epoch milliseconds. */
  firstAskedAt: number;
  lastAskedAt: number;
}

export const admissionsOf = ({ answers }: Guest): Answer[] =>
  answers.filter(({ verdict }) => verdict.Verdict === 'ADMIT');

export interface Guests {
  /** Those who stood at a door at least once. */
  readonly seen: readonly Guest[];
  /** Sends the guest of a ticket to a door once more; answers the verdict, or null where none arrived. */
  present(guest: Guest, door: Door): Promise<ScanVerdict | null>;
  /** Someone with a ticket that nobody else of these has, who has stood nowhere yet. */
  newGuest(ticket: Ticket): Guest;
  /**
   * Presents tickets, new ones and ones that were presented before, until `stop` is called. A scanner rests after each
   * scan for a time that chance gives, `pauseMs` at most.
   */
  stream(scanners: number, options?: { pauseMs?: number }): { stop(): Promise<void> };
}

/** Which of those who were here before come back. */
export interface Returning {
  /** Not before this time after their last answer. */
  afterMs?: number;
  /** Only they: so many of the newest guests. */
  newest?: number;
}

/** The doors of a site's terminal, one for each gate. */
export async function doorsOf(site: Site, terminal: string, gates: readonly string[]): Promise<Door[]> {
  return Promise.all(gates.map(async (gate) => ({ terminal, gate, scan: await connectScanner(site, { gate }) })));
}

/** The doors that a guest has stood at. */
export const doorsSeenBy = ({ answers, unansweredAt }: Guest): Set<Door> =>
  new Set([...answers.map(({ door }) => door), ...unansweredAt]);

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

  async function present(guest: Guest, door: Door): Promise<ScanVerdict | null> {
    busy.add(guest);
    const askedAt = Date.now();
    try {
      const verdict = await door.scan(guest.ticket.ticketInfoCode);
      guest.answers.push({ door, askedAt, answeredAt: Date.now(), verdict });
      return verdict;
    } catch {
      guest.unansweredAt.push(door);
      return null;
    } finally {
      guest.lastAskedAt = Date.now();
      busy.delete(guest);
    }
  }

  function newGuest(ticket: Ticket): Guest {
    const guest = { ticket, answers: [], unansweredAt: [], firstAskedAt: Date.now(), lastAskedAt: 0 };
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

  return {
    seen,
    present,
    newGuest,
    stream(scanners, { pauseMs = 0 } = {}) {
      let stopped = false;
      const one = async () => {
        while (!stopped) {
          const guest = next();
          if (guest === undefined || (await present(guest, anyDoor())) === null) await delay(AFTER_A_FAULT_MS);
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
