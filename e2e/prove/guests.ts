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
  /** Presents tickets, new ones and ones that were presented before, until `stop` is called. */
  stream(scanners: number): { stop(): Promise<void> };
}

/** The doors of a site's terminal, one for each gate. */
export async function doorsOf(site: Site, terminal: string, gates: readonly string[]): Promise<Door[]> {
  return Promise.all(gates.map(async (gate) => ({ terminal, gate, scan: await connectScanner(site, { gate }) })));
}

/** Guests who come one after the other to any door, return with the same ticket, and try again when nothing answers. */
export function guestsAt(doors: readonly Door[], tickets: readonly Ticket[], chance: () => number): Guests {
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

  function next(): Guest | undefined {
    const earlier = seen[Math.floor(chance() * seen.length)];
    const mayReturn = earlier !== undefined && !busy.has(earlier) && Date.now() - earlier.lastAskedAt > LATER_MS;
    if (mayReturn && chance() < RETURNS) return earlier;
    const { value: ticket } = waiting.next();
    if (ticket === undefined) return mayReturn ? earlier : undefined;
    const guest = { ticket, answers: [], unansweredAt: [], firstAskedAt: Date.now(), lastAskedAt: 0 };
    seen.push(guest);
    return guest;
  }

  return {
    seen,
    present,
    stream(scanners) {
      let stopped = false;
      const one = async () => {
        while (!stopped) {
          const guest = next();
          if (guest === undefined || (await present(guest, anyDoor())) === null) await delay(AFTER_A_FAULT_MS);
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
