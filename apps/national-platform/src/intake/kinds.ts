import {
  APIS,
  type CinemaRow,
  cinemaRow,
  type FilmRow,
  filmRow,
  importCinemasQuery,
  importFilmsQuery,
  importPublicKeysQuery,
  importRefundsQuery,
  importScreensQuery,
  importTicketsQuery,
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
import type { CinemaTables } from '../cinemas/cinema-tables.ts';
import { assertCinemasKnown } from '../cinemas/known-cinemas.ts';
import { writeCinemas, writeFilms, writeScreens } from '../cinemas/write-names.ts';
import { publicKeyCheck, writePublicKeys } from '../public-keys/write-public-keys.ts';
import { writeRefunds, writeTickets } from '../tickets/write-tickets.ts';
import type { RowKind } from './row-kind.ts';

const asItIs = <Row>(row: Row): Row => row;

const nothingToCheck = () => async () => {};

const cinemasAreKnown = (store: Store<CinemaTables>) => (rows: Parameters<typeof assertCinemasKnown>[2]) =>
  assertCinemasKnown(store, store.db, rows);

export const cinemaKind: RowKind<CinemaRow> = {
  name: 'cinemas',
  api: APIS.importCinemas,
  list: 'Cinemas',
  row: cinemaRow,
  query: importCinemasQuery,
  finish: asItIs,
  cinemaOf: ({ cinemaCode }) => cinemaCode,
  write: writeCinemas,
  check: nothingToCheck,
};

export const screenKind: RowKind<ScreenRow> = {
  name: 'screens',
  api: APIS.importScreens,
  list: 'Screens',
  row: screenRow,
  query: importScreensQuery,
  finish: asItIs,
  cinemaOf: ({ cinemaCode }) => cinemaCode,
  write: writeScreens,
  check: cinemasAreKnown,
};

export const filmKind: RowKind<FilmRow> = {
  name: 'films',
  api: APIS.importFilms,
  list: 'Films',
  row: filmRow,
  query: importFilmsQuery,
  finish: asItIs,
  // A film runs in many cinemas, so every data source may name it.
  cinemaOf: () => null,
  write: writeFilms,
  check: nothingToCheck,
};

export const publicKeyKind: RowKind<PublicKeyRow, UnreadPublicKeyRow> = {
  name: 'public-keys',
  api: APIS.importPublicKeys,
  list: 'PublicKeys',
  row: publicKeyRow,
  query: importPublicKeysQuery,
  finish: readPublicKeyRow,
  cinemaOf: ({ cinemaCode }) => cinemaCode,
  write: writePublicKeys,
  check: publicKeyCheck,
};

export const ticketKind: RowKind<TicketRow> = {
  name: 'tickets',
  api: APIS.importTickets,
  list: 'Tickets',
  row: ticketRow,
  query: importTicketsQuery,
  finish: asItIs,
  cinemaOf: ({ cinemaCode }) => cinemaCode,
  write: writeTickets,
  check: cinemasAreKnown,
};

export const refundKind: RowKind<RefundRow> = {
  name: 'refunds',
  api: APIS.importRefunds,
  list: 'Refunds',
  row: refundRow,
  query: importRefundsQuery,
  finish: asItIs,
  cinemaOf: ({ cinemaCode }) => cinemaCode,
  write: writeRefunds,
  check: cinemasAreKnown,
};
