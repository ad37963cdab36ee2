import { setTimeout as delay } from 'node:timers/promises';
import type { Ticket } from '@ticket-check/box-office';
import { connectScanner, type ScanVerdict, type Site } from '@ticket-check/dev-network';

/** Longer than the time in which a scanner that reads one ticket twice gets the first answer again. */
const LATER_MS = 2_000;
const AFTER_A_FAULT_MS = 50;

/** What the door said to one guest: every answer that arrived, and whether a scan went unanswered. */
export interface Guest {
  ticket: Ticket;
  admissions: ScanVerdict[];
  /** Answers other than ADMIT, by verdict. */
  refusals: string[];
  unanswered: number;
  lastAskedAt: number;
}

export interface Guests {
  /** Those who stood at the door at least once. */
  readonly seen: readonly Guest[];
  /** Presents the guest's ticket once more; answers the verdict, or null where none arrived. */
  present(guest: Guest): Promise<string | null>;
  /** Presents tickets, new ones and ones that were presented before, until `stop` is called. */
  stream(scanners: number): { stop(): Promise<void> };
}

/** Guests who come one after the other, return with the same ticket, and try again when nothing answers. */
export async function guestsAt(site: Site, tickets: readonly Ticket[], chance: () => number): Promise<Guests> {
  const scan = await connectScanner(site);
  const seen: Guest[] = [];
  const waiting = tickets.values();
  const busy = new Set<Guest>();

  async function present(guest: Guest): Promise<string | null> {
    busy.add(guest);
    try {
      const verdict = await scan(guest.ticket.ticketInfoCode);
      if (verdict.Verdict === 'ADMIT') guest.admissions.push(verdict);
      else guest.refusals.push(verdict.Verdict);
      return verdict.Verdict;
    } catch {
      guest.unanswered += 1;
      return null;
    } finally {
      guest.lastAskedAt = performance.now();
      busy.delete(guest);
    }
  }

  function next(): Guest | undefined {
    const earlier = seen[Math.floor(chance() * seen.length)];
    const mayReturn = earlier !== undefined && !busy.has(earlier) && performance.now() - earlier.lastAskedAt > LATER_MS;
    if (mayReturn && chance() < 0.4) return earlier;
    const { value: ticket } = waiting.next();
    if (ticket === undefined) return mayReturn ? earlier : undefined;
    const guest = { ticket, admissions: [], refusals: [], unanswered: 0, lastAskedAt: 0 };
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
          if (guest === undefined || (await present(guest)) === null) await delay(AFTER_A_FAULT_MS);
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
