import { setTimeout as delay } from 'node:timers/promises';
import type { Ticket } from '@ticket-check/simulators/box-office';
import type { Door, Guests } from '../guests.ts';

/** Many times longer than a guest should have to wait, so that what takes too long is measured and not cut off. */
const GIVE_UP_AFTER_MS = 120_000;

/** How a guest got in, or why not. */
export interface Persisted {
  scans: number;
  /** From the first scan to the last answer, in milliseconds. */
  tookMs: number;
  /** null where the guest was admitted by the rules. */
  failure: string | null;
}

/** A guest who scans, and where the terminal says that keys are pending comes again when it says, until admitted. Reading K4. */
export async function persist(guests: Guests, ticket: Ticket, door: Door): Promise<Persisted> {
  const from = performance.now();
  const guest = guests.newGuest(ticket);
  for (let scans = 1; ; scans++) {
    const verdict = await guests.present(guest, door);
    const now = performance.now();
    const ended = (failure: string | null): Persisted => ({
      scans,
      tookMs: now - from,
      failure: failure === null ? null : `${ticket.filmTicketCode} ${failure}`,
    });
    if (verdict?.Verdict === 'ADMIT') return ended(null);
    if (verdict?.Verdict !== 'KEYS_PENDING') return ended(`was answered ${verdict?.Verdict ?? 'nothing'}`);
    if (now - from > GIVE_UP_AFTER_MS) return ended(`had to scan again ${scans} times`);
    await delay((verdict.RetryInSeconds ?? 1) * 1000);
  }
}
