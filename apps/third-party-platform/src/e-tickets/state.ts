import { addSeconds, type WallClock } from '@ticket-check/protocol';

/** What an e-ticket says of its ticket. Scheme 5.1.4. */
export type ETicketState = 'sold' | 'picked-up' | 'refunded' | 'entered';

/** What is known of a ticket that has an e-ticket. */
export type KnownOfTicket = {
  readonly startTime: string;
  readonly isRefunded: boolean;
  readonly hasEntered: boolean;
  readonly pickedUpAt: string | null;
};

/** The longest that a terminal may admit after the beginning of a session (`ADMIT_AFTER_MINUTES`). */
const LONGEST_ADMISSION_SECONDS = 86_400;

/** A refund has precedence: nothing else lets the guest in after it. */
export function stateOf({ isRefunded, hasEntered, pickedUpAt }: Omit<KnownOfTicket, 'startTime'>): ETicketState {
  if (isRefunded) return 'refunded';
  if (hasEntered) return 'entered';
  return pickedUpAt === null ? 'sold' : 'picked-up';
}

/** Whether the ticket can no longer admit anybody because its session is long over. */
export const isOver = ({ startTime }: Pick<KnownOfTicket, 'startTime'>, now: WallClock): boolean =>
  now > addSeconds(startTime as WallClock, LONGEST_ADMISSION_SECONDS);

/** Whether the e-ticket shows its code: what lets nobody in is not there to be scanned. */
export const showsCode = (known: KnownOfTicket, now: WallClock): boolean =>
  stateOf(known) === 'sold' && !isOver(known, now);
