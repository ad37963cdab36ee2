import { hash } from 'node:crypto';
import type { CheckRecord, CinemaCode, RecordId } from '@ticket-check/protocol';
import { type Engine, isAmong, isOneOf, type Store } from '@ticket-check/storage';
import { type RawBuilder, sql } from 'kysely';

export function sameColumns(columns: object): (table: string, other: string) => RawBuilder<boolean> {
  return (table, other) => {
    const equal = (column: string) => sql`${sql.ref(`${table}.${column}`)} = ${sql.ref(`${other}.${column}`)}`;
    return sql<boolean>`${sql.join(Object.keys(columns).map(equal), sql` and `)}`;
  };
}

/** Identifies a record: its RecordId with what it names, since anybody who has read a RecordId can use it. Reading X3. */
export type RecordKey = { readonly recordId: RecordId; readonly identity: string };

/** What rows are found by: the key, the cinema code, by which a database is distributed, and StartTime, by which it is partitioned. */
export const KEY_COLUMNS = { recordId: 'text', identity: 'text', cinemaCode: 'text', startTime: 'text' } as const;

/**
 * The primary key of records and of the outbox. PostgreSQL wants the columns in it by which a table is distributed and partitioned:
 * last, so that rows of all cinemas are written in the order of time.
 */
export const PRIMARY_KEY = {
  sqlite: ['recordId', 'identity'],
  postgres: ['recordId', 'identity', 'cinemaCode', 'startTime'],
} as const satisfies Record<Engine, (keyof typeof KEY_COLUMNS)[]>;

type Named = Pick<CheckRecord, 'cinemaCode' | 'filmTicketCode' | 'startTime' | 'checkTime' | 'ticketInfoCode'>;

const NAMED_COLUMNS = ['cinemaCode', 'filmTicketCode', 'startTime', 'checkTime', 'ticketInfoCode'] as const;

/**
 * The ticket, the CheckTime and the ticket info code of a record as 96 bits of SHA-256, in base64url. The code is included because a
 * false one under the same RecordId must not block the genuine one.
 */
export function identityOf(record: Named): string {
  return hash('sha256', NAMED_COLUMNS.map((column) => record[column]).join('|'), 'base64url').slice(0, 16);
}

export function isIdentity(text: string): boolean {
  return /^[\w-]{16}$/.test(text);
}

export function keyOf(
  record: Named & Pick<CheckRecord, 'recordId'>,
): RecordKey & Pick<CheckRecord, 'cinemaCode' | 'startTime'> {
  const { recordId, cinemaCode, startTime } = record;
  return { recordId, identity: identityOf(record), cinemaCode, startTime };
}

/** A key of a map; also of a row, whose texts are those of a record. */
export function keyText({ recordId, identity }: { readonly recordId: string; readonly identity: string }): string {
  return `${recordId} ${identity}`;
}

export const haveSameKey = sameColumns(KEY_COLUMNS);

/** The place of a record in lists, which are in the order of CheckTime and, within a second, of the key. */
export type ListPlace = { readonly checkTime: string; readonly recordId: string; readonly identity: string };

export const placeIn = (table: string): RawBuilder<unknown> =>
  sql`${sql.ref(`${table}.checkTime`)}, ${sql.ref(`${table}.recordId`)}, ${sql.ref(`${table}.identity`)}`;

/** Where a page of a list begins: behind a place, or first at a CheckTime: SQLite searches an index by one bound only. */
export function isOnPage(
  table: string,
  { from, after }: { readonly from?: string | undefined; readonly after: ListPlace | null | undefined },
): RawBuilder<boolean> {
  const checkTime = sql.ref(`${table}.checkTime`);
  if (after) {
    return sql<boolean>`${checkTime} >= ${after.checkTime}
      and (${placeIn(table)}) > (${after.checkTime}, ${after.recordId}, ${after.identity})`;
  }
  return from === undefined ? sql.lit(true) : sql<boolean>`${checkTime} >= ${from}`;
}

/** What identifies a ticket (reading X3), in the order of the key that every table of tickets begins with. */
export const TICKET_COLUMNS = { startTime: 'text', cinemaCode: 'text', filmTicketCode: 'text' } as const;

export const TICKET_KEY = ['startTime', 'cinemaCode', 'filmTicketCode'] as const;

export type TicketKey = { readonly [column in keyof typeof TICKET_COLUMNS]: string };

/** The key of a ticket in maps, in the order of the primary key; none of the three can hold a space. */
export function ticketText({ startTime, cinemaCode, filmTicketCode }: TicketKey): string {
  return `${startTime} ${cinemaCode} ${filmTicketCode}`;
}

/** The username comes last, because it may contain a space. */
export function accountTicketText(record: TicketKey & { readonly account: string }): string {
  return `${ticketText(record)} ${record.account}`;
}

export function ticketKeyOf<T extends TicketKey>(ticket: T): Pick<T, keyof TicketKey> {
  const { startTime, cinemaCode, filmTicketCode } = ticket;
  return { startTime, cinemaCode, filmTicketCode };
}

/** Of several about one ticket the last. */
export function onePerTicket<T extends TicketKey>(tickets: readonly T[]): T[] {
  return [...new Map(tickets.map((ticket) => [ticketText(ticket), ticket])).values()];
}

export const haveSameTicket = sameColumns(TICKET_COLUMNS);

export const isOfTickets = (
  { rowsAsTable }: Pick<Store<unknown>, 'rowsAsTable'>,
  tickets: readonly TicketKey[],
): RawBuilder<boolean> => isAmong(TICKET_COLUMNS, rowsAsTable(onePerTicket(tickets), TICKET_COLUMNS));

export type AskedCinemas = CinemaCode | readonly CinemaCode[] | 'all' | undefined;

export function isOfCinemas(asked: AskedCinemas, column = sql`c.cinema_code`): RawBuilder<boolean> {
  if (asked === undefined || asked === 'all') return sql.lit(true);
  const codes = typeof asked === 'string' ? [asked] : asked;
  return codes.length === 0 ? sql.lit(false) : sql<boolean>`${isOneOf(column, codes)}`;
}
