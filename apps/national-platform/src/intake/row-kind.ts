import type { CinemaCode } from '@ticket-check/protocol';
import type { Store } from '@ticket-check/storage';
import type { Kysely } from 'kysely';
import type { ZodType } from 'zod';
import type { ImportOrigin } from '../imported-rows/import-origin.ts';
import type { IntakeTables } from './intake-tables.ts';

/**
 * One kind of rows that the platform takes in, by file and by signed Api alike. `Unread` is a row whose costly parts were
 * not read yet.
 */
export type RowKind<Row, Unread = Row> = {
  /** What the import command calls it. */
  readonly name: string;
  /** The signed Api, and the element of its QueryData that holds the rows. */
  readonly api: string;
  readonly list: string;
  /** Reads one row in wire form, but for what `finish` reads. */
  readonly row: ZodType<Unread>;
  /** Reads QueryData of the Api: at most 1000 rows. */
  readonly query: ZodType<{ rows: Unread[] }>;
  /**
   * Reads the rest of a row, which may take a millisecond.
   * @throws ProtocolError naming the element.
   */
  finish(row: Unread): Row;
  /** The cinema that a row is about; null where it is about none. */
  cinemaOf(row: Unread): CinemaCode | null;
  /**
   * Writes at most 1000 rows in an open transaction, and returns how many were new or changed.
   * @throws ProtocolError with the `index` of the row that cannot be taken in its details; nothing may then be kept.
   */
  write(
    store: Store<IntakeTables>,
    trx: Kysely<IntakeTables>,
    rows: readonly Row[],
    origin: ImportOrigin,
  ): Promise<number>;
  /** Looks over the rows of a file, chunk by chunk, for what `write` would refuse, without writing. */
  check(store: Store<IntakeTables>): (rows: readonly Row[]) => Promise<void>;
};
