import { type BusinessDate, businessDay } from '@ticket-check/protocol';
import type { Store } from '@ticket-check/storage';
import { type RawBuilder, sql } from 'kysely';
import { pMapIterable } from 'p-map';
import { haveSameTicket } from '../tables/keys.ts';
import { isUndone } from '../tables/reversal-rows.ts';
import type { CheckRecordTables } from '../tables/tables.ts';
import { isIn, READ_AHEAD } from './count-arrived.ts';
import { type Session, sessionChunks } from './count-doubles.ts';
import type { LineKey } from './report-line.ts';

type AskedRefunds = {
  readonly date: BusinessDate;
  /** The sessions of the date's entries. */
  readonly sessions: readonly Session[];
  /** Aborted when nobody waits for the report. */
  readonly signal?: AbortSignal | undefined;
};

/**
 * The entries of a business date whose ticket was refunded before or afterwards, as far as the service knows, by line of a report.
 * Undone entries are left out.
 */
export type FindLateRefunds = (asked: AskedRefunds) => Promise<readonly LineKey[]>;

/** Finds late refunds in a table of refunded tickets, whose key begins with the ticket's: only the refunds of the sessions are read. */
export function lateRefundsIn(
  store: Store<CheckRecordTables>,
  table: 'refund' | 'finding',
  isRefund: RawBuilder<boolean> = sql.lit(true),
): FindLateRefunds {
  return async ({ date, sessions, signal }) => {
    const day = businessDay(date);
    const lookThrough = async (some: readonly Session[]) => {
      signal?.throwIfAborted();
      const given = store.rowsAsTable(some, { startTime: 'text', cinemaCode: 'text' });
      // `cross join` has SQLite begin with the sessions.
      const { rows } = await sql<LineKey>`
        select ${LINE_KEY} from ${given} as given cross join ${sql.table(table)} as r cross join check_record as c
        where r.start_time = given.start_time and r.cinema_code = given.cinema_code and ${isRefund}
          and ${haveSameTicket('c', 'r')}
          and c.quarantine is null and ${isIn(day)} and not ${isUndone('c')}
      `.execute(store.reports);
      return rows;
    };
    const found: LineKey[] = [];
    for await (const rows of pMapIterable(sessionChunks(sessions), lookThrough, READ_AHEAD)) found.push(...rows);
    return found;
  };
}

/** What names the line of a record, `c`. */
export const LINE_KEY = sql`c.cinema_code, c.screen_code, c.session_code, c.start_time, c.film_code, c.account, c.gate`;
