import pMap from 'p-map';
import { admissionsOf, type Door, doorsSeenBy, type Guest, type Guests } from '../guests.ts';
import type { ProofResult } from '../report.ts';

/** As many as keep two processors busy. More at once wait for each other, on a busy machine past the budget of a scan, and are let in offline. */
const CONCURRENCY = 4;

/**
 * Lets every guest come again: those who were never admitted at the doors where their scans went unanswered, and those who were
 * at one door only at another one, if there is one.
 */
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
  await pMap(guests.seen, comeAgain, { concurrency: CONCURRENCY });
}
