import type {
  CinemaRow,
  Fen,
  FilmCode,
  FilmRow,
  RefundRow,
  ScreenCode,
  SeatCode,
  SessionCode,
  TicketRow,
  WallClock,
} from '@ticket-check/protocol';
import type { Ukey } from './ukeys/ukey.ts';

/** How a screen writes its seat codes; the field knows all of them. Reading T5. */
export type SeatStyle = 'number' | 'marked' | 'letters';

export type Screen = {
  readonly screenCode: ScreenCode;
  readonly screenName: string;
  readonly rows: number;
  readonly columns: number;
  readonly seatStyle: SeatStyle;
};

/** One showing of a film. */
export type Session = {
  readonly sessionCode: SessionCode;
  readonly screenCode: ScreenCode;
  readonly filmCode: FilmCode;
  readonly startTime: WallClock;
  readonly price: Fen;
};

/** A sold ticket as reported to the national platform, with the seat and the printed code. */
export type Ticket = TicketRow & { readonly seatCode: SeatCode; readonly ticketInfoCode: string };

/** The kinds of facts that are fed to the national platform, in the order in which they must arrive. */
export const FACT_KINDS = ['cinemas', 'screens', 'films', 'publicKeys', 'tickets', 'refunds'] as const;
export type FactKind = (typeof FACT_KINDS)[number];

/** How many facts of each kind the national platform has confirmed, and the generation of its data in which it did. */
type Fed = { generation: string | null } & Record<FactKind, number>;

/**
 * A cinema's ticketing system: one plain object that JSON can hold, private keys included. Its lists only grow, so a count
 * of each says what was sent to the national platform.
 */
export type BoxOffice = {
  readonly format: 1;
  readonly cinema: CinemaRow;
  readonly screens: Screen[];
  readonly films: FilmRow[];
  readonly ukeys: Ukey[];
  readonly sessions: Session[];
  readonly tickets: Ticket[];
  readonly refunds: RefundRow[];
  readonly fed: Fed;
};
