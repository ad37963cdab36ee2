import type { CinemaCode } from '@ticket-check/protocol';
import type { Store } from '@ticket-check/storage';
import type { Kysely } from 'kysely';
import type { ZodType } from 'zod';
import type { ImportOrigin } from '../imported-rows/import-origin.ts';
import type { IntakeTables } from './intake-tables.ts';

/**
 * A kind of rows that the platform imports by file and by signed Api. `Unread` is a row whose costly parts are not parsed yet.
 */
export type RowKind<Row, Unread = Row> = {
  /** Its name in the import command. */
  readonly name: string;
  /** The signed Api, and the element of its QueryData that holds the rows. */
  readonly api: string;
  readonly list: string;
  /** Parses a row in wire form, except what `finish` parses. */
  readonly row: ZodType<Unread>;
  /** Parses QueryData of the Api: at most 1000 rows. */
  readonly query: ZodType<{ rows: Unread[] }>;
  /**
   * Parses the rest of a row, which may take a millisecond.
   * @throws ProtocolError naming the element.
   */
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
  /** Checks the rows of a file, chunk by chunk, for what `write` would refuse, without writing. */
  check(store: Store<IntakeTables>): (rows: readonly Row[]) => Promise<void>;
};
