import { type CheckRecordTables, inSlice, ROWS_A_SLICE, type Walk } from '@ticket-check/check-records';
import { businessDate } from '@ticket-check/protocol';
import { type Store, withTables } from '@ticket-check/storage';
import { sql } from 'kysely';
import type { ToldDayKey, ToldDayTables } from './told-day-tables.ts';

/** Purges reports of business dates whose records are old enough to be purged. Reading S3. */
export function walkToldDays(store: Store<CheckRecordTables & ToldDayTables>): Walk {
  return async function* ({ cutoff }, { deletes }) {
    let after: ToldDayKey = { businessDate: '', cinemaCode: '', username: '' };
    for (;;) {
      const { businessDate: date, cinemaCode, username } = after;
      const slice = await inSlice(withTables(store), deletes, async (trx) => {
        const db = trx.withTables<ToldDayTables>();
        const days = await db
          .selectFrom('toldDay')
          .select(['businessDate', 'cinemaCode', 'username'])
          .where('businessDate', '<', businessDate(cutoff))
          .where(sql<boolean>`(business_date, cinema_code, username) > (${date}, ${cinemaCode}, ${username})`)
          .orderBy('businessDate')
          .orderBy('cinemaCode')
          .orderBy('username')
          .limit(ROWS_A_SLICE)
          .execute();
        if (deletes && days.length > 0) {
          const given = store.rowsAsTable(days, { businessDate: 'text', cinemaCode: 'text', username: 'text' });
          const listed = sql`select business_date, cinema_code, username from ${given} as given`;
          await db
            .deleteFrom('toldDay')
            .where(sql<boolean>`(business_date, cinema_code, username) in (${listed})`)
            .execute();
        }
        const last = days.length < ROWS_A_SLICE ? undefined : days.at(-1);
        return { gone: { toldDays: days.length }, stayed: {}, oldest: null, last };
      });
      yield slice;
      if (slice.last === undefined) return;
      after = slice.last;
    }
  };
}
