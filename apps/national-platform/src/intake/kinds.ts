import {
  APIS,
  type CinemaCode,
  cinemaRow,
  filmRow,
  type PublicKeyRow,
  publicKeyRow,
  readPublicKeyRow,
  refundRow,
  screenRow,
  ticketRow,
  type UnreadPublicKeyRow,
} from '@ticket-check/protocol';
import type { Store } from '@ticket-check/storage';
import type { Kysely } from 'kysely';
import type { ZodType } from 'zod';
import { assertCinemasKnown, CINEMAS, type CinemaTables, SCREENS, writeFilms } from '../cinemas/names.ts';
import { type DatedTarget, type ImportOrigin, upsertDated } from '../imported-rows.ts';
import type { PublicKeyTables } from '../public-keys/cinema-keys.ts';
import { writePublicKeys } from '../public-keys/write-public-keys.ts';
import { TICKETS, type TicketTables, writeRefunds } from '../tickets/write-tickets.ts';
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

type Write<Row> = RowKind<Row>['write'];

const dated =
  <Row extends object>(target: DatedTarget<Row>): Write<Row> =>
  (store, trx, rows, { datetime }) =>
    upsertDated(store, trx, target, rows, datetime);

/** Rows of a cinema that was not imported are refused. */
const ofKnownCinemas =
  <Row extends { cinemaCode: CinemaCode }>(write: Write<Row>): Write<Row> =>
  async (store, trx, rows, origin) => {
    await assertCinemasKnown(trx, rows);
    return write(store, trx, rows, origin);
  };

/** null for films, which run in many cinemas, so that every data source may name them. */
const cinemaOf = (row: object) => ('cinemaCode' in row ? (row.cinemaCode as CinemaCode) : null);

/** A kind whose rows are parsed at once. */
const simpleKind = <Row extends object>(
  name: string,
  [api, list]: readonly [api: string, list: string],
  row: ZodType<Row>,
  write: Write<Row>,
): RowKind<Row> => ({ name, api, list, row, finish: (parsed) => parsed, cinemaOf, write });

export const cinemaKind = simpleKind('cinemas', [APIS.importCinemas, 'Cinemas'], cinemaRow, dated(CINEMAS));
export const screenKind = simpleKind(
  'screens',
  [APIS.importScreens, 'Screens'],
  screenRow,
  ofKnownCinemas(dated(SCREENS)),
);
export const filmKind = simpleKind('films', [APIS.importFilms, 'Films'], filmRow, writeFilms);
export const publicKeyKind: RowKind<PublicKeyRow, UnreadPublicKeyRow> = {
  name: 'public-keys',
  api: APIS.importPublicKeys,
  list: 'PublicKeys',
  row: publicKeyRow,
  finish: readPublicKeyRow,
  cinemaOf,
  write: ofKnownCinemas(writePublicKeys),
};
export const ticketKind = simpleKind(
  'tickets',
  [APIS.importTickets, 'Tickets'],
  ticketRow,
  ofKnownCinemas(dated(TICKETS)),
);
export const refundKind = simpleKind(
  'refunds',
  [APIS.importRefunds, 'Refunds'],
  refundRow,
  ofKnownCinemas(writeRefunds),
);

export const KINDS: readonly RowKind<object, object>[] = [
  cinemaKind,
  screenKind,
  filmKind,
  publicKeyKind,
  ticketKind,
  refundKind,
];
