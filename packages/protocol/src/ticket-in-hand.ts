import type { FilmTicketCode, TicketIdentity } from './codes.ts';
import { readETicket } from './e-ticket.ts';
import { filled, lenient, readPaddedFilmTicketCode, readRecordId } from './messages/elements.ts';
import type { RecordId } from './messages/record-id.ts';
import { type CinemaKey, decryptionOrder } from './public-key/cinema-keys.ts';
import { decodeTicketCode } from './ticket-code/decode-ticket-code.ts';
import { type RawTicketCode, readTicketCode } from './ticket-code/read-ticket-code.ts';
import type { WallClock } from './time.ts';

/** What a person may have in hand of a ticket. Nothing in it is proven. */
export type TicketInHand =
  /** The code of a printed ticket, or the one in an e-ticket's QR. */
  | ({ readonly kind: 'code'; readonly code: string } & Pick<RawTicketCode, 'cinemaCode'>)
  /** The last part of the link to a guest's e-ticket page. */
  | { readonly kind: 'link'; readonly token: string }
  | { readonly kind: 'record'; readonly recordId: RecordId }
  | { readonly kind: 'number'; readonly filmTicketCode: FilmTicketCode };

const LINK = /^https:\/\/[^/?#]+\/t\/([\w-]{24})$/;

/** The keys in force open nearly every genuine code; to try more would keep the event loop from guests. */
const MAX_TRIED = 8;

/** Reads what somebody scanned, pasted or typed to look a ticket up, a FilmTicketCode also without its padding zeros; or null. */
export const readTicketInHand = (typed: string): TicketInHand | null => {
  const text = typed.replace(/\s+/g, '');
  if (text === '') return null;
  const token = LINK.exec(text)?.[1];
  if (token !== undefined) return { kind: 'link', token };
  const eTicket = readETicket(text);
  const code = typeof eTicket === 'string' ? text : eTicket.code;
  const recordId = lenient(text, readRecordId, null);
  if (recordId !== null) return { kind: 'record', recordId };
  const read = lenient(code, filled(readTicketCode), null);
  if (read !== null) return { kind: 'code', code, cinemaCode: read.cinemaCode };
  const filmTicketCode = lenient(text, readPaddedFilmTicketCode, null);
  return filmTicketCode && { kind: 'number', filmTicketCode };
};

/** The ticket of a code that one of the newest keys of its cinema opens; null if none does. */
export const ticketOfCode = (code: string, keys: readonly CinemaKey[], now: WallClock): TicketIdentity | null =>
  lenient(
    code,
    () => {
      const tried = decryptionOrder(keys, now).slice(0, MAX_TRIED);
      const { cinemaCode, filmTicketCode, startTime } = decodeTicketCode(code, tried, { diagnose: false }).fields;
      return { cinemaCode, filmTicketCode, startTime };
    },
    null,
  );
