import {
  APIS,
  type CinemaCode,
  type CinemaRow,
  cinemaRow,
  type FilmRow,
  filmRow,
  type PublicKeyRow,
  publicKeyRow,
  type RefundRow,
  readPublicKeyRow,
  refundRow,
  type ScreenRow,
  screenRow,
  type TicketRow,
  ticketRow,
  type UnreadPublicKeyRow,
} from '@ticket-check/protocol';
import type { Store } from '@ticket-check/storage';
import type { Kysely } from 'kysely';
import type { ZodType } from 'zod';
import { type CinemaTables, writeCinemas, writeFilms, writeScreens } from '../cinemas/names.ts';
import type { ImportOrigin } from '../imported-rows.ts';
import type { PublicKeyTables } from '../public-keys/cinema-keys.ts';
import { writePublicKeys } from '../public-keys/write-public-keys.ts';
import { type TicketTables, writeRefunds, writeTickets } from '../tickets/write-tickets.ts';
import type { ImportRequestTables } from './import-rows.ts';
import type { IntakeCountTables } from './intake-counts.ts';

export type IntakeTables = CinemaTables & PublicKeyTables & TicketTables & ImportRequestTables & IntakeCountTables;

/**
 * A kind of rows that the platform imports by file and by signed Api. `Unread` is a row whose costly parts are not parsed yet.
 */
export type RowKind<Row, Unread = Row> = {
  readonly name: string;
  /** The signed Api, and the element of its QueryData that holds the rows. */
  readonly api: string;
  readonly list: string;
  /** Parses a row in wire form, except what `finish` parses. */
  readonly row: ZodType<Unread>;
  /** Parses the rest of a row, which may take a millisecond. @throws ProtocolError naming the element. */
  finish(row: Unread): Row;
  /** The cinema of a row; null for kinds that have none. */
  cinemaOf(row: Unread): CinemaCode | null;
  /**
   * Writes at most 1000 rows in an open transaction, and returns how many were new or changed.
   * @throws ProtocolError with the `index` of the refused row in its details; the transaction must then be rolled back.
   */
  write(
    store: Store<IntakeTables>,
    trx: Kysely<IntakeTables>,
    rows: readonly Row[],
    origin: ImportOrigin,
  ): Promise<number>;
};

const asItIs = <Row>(row: Row): Row => row;
const itsCinema = ({ cinemaCode }: { cinemaCode: CinemaCode }) => cinemaCode;

export const cinemaKind: RowKind<CinemaRow> = {
  name: 'cinemas',
  api: APIS.importCinemas,
  list: 'Cinemas',
  row: cinemaRow,
  finish: asItIs,
  cinemaOf: itsCinema,
  write: writeCinemas,
};

export const screenKind: RowKind<ScreenRow> = {
  name: 'screens',
  api: APIS.importScreens,
  list: 'Screens',
  row: screenRow,
  finish: asItIs,
  cinemaOf: itsCinema,
  write: writeScreens,
};

export const filmKind: RowKind<FilmRow> = {
  name: 'films',
  api: APIS.importFilms,
  list: 'Films',
  row: filmRow,
  finish: asItIs,
  // A film runs in many cinemas, so every data source may name it.
  cinemaOf: () => null,
  write: writeFilms,
};

export const publicKeyKind: RowKind<PublicKeyRow, UnreadPublicKeyRow> = {
  name: 'public-keys',
  api: APIS.importPublicKeys,
  list: 'PublicKeys',
  row: publicKeyRow,
  finish: readPublicKeyRow,
  cinemaOf: itsCinema,
  write: writePublicKeys,
};

export const ticketKind: RowKind<TicketRow> = {
  name: 'tickets',
  api: APIS.importTickets,
  list: 'Tickets',
  row: ticketRow,
  finish: asItIs,
  cinemaOf: itsCinema,
  write: writeTickets,
};

export const refundKind: RowKind<RefundRow> = {
  name: 'refunds',
  api: APIS.importRefunds,
  list: 'Refunds',
  row: refundRow,
  finish: asItIs,
  cinemaOf: itsCinema,
  write: writeRefunds,
};
