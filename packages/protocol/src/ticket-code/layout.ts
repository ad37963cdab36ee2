import type { CinemaCode, FilmCode, FilmTicketCode, ScreenCode, SeatCode, SessionCode } from '../codes.ts';
import type { Fen } from '../money.ts';
import type { WallClock } from '../time.ts';

/** Bytes of the cinema code, which precedes the encrypted part in clear. Scheme 5.1.2, table 1. */
export const CLEAR_LENGTH = 8;

/** Bytes of the encrypted fields together: 16 + 16 + 12 + 16 + 19 + 16 + 6 + 6. Reading T1. */
export const MESSAGE_LENGTH = 107;

/** A ticket info code's fields. Codes have their full length, as in the JSON messages. */
export type TicketCodeFields = {
  /** In clear, and so not to be trusted: it selected the keys. Reading T7. */
  readonly cinemaCode: CinemaCode;
  readonly filmTicketCode: FilmTicketCode;
  readonly screenCode: ScreenCode;
  readonly filmCode: FilmCode;
  readonly sessionCode: SessionCode;
  readonly startTime: WallClock;
  readonly seatCode: SeatCode;
  /** null if the genuine code holds something else than an amount. Reading T4. */
  readonly price: Fen | null;
  /** The price as in the code, without the padding. */
  readonly priceText: string;
  /** null if the genuine code holds something else than an amount. */
  readonly service: Fen | null;
  readonly serviceText: string;
};
