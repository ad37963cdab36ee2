import { type CheckRecordTables, inSlice, ROWS_A_SLICE, type Walk } from '@ticket-check/check-records';
import { businessDate } from '@ticket-check/protocol';
import { type Store, withTables } from '@ticket-check/storage';
import { type Kysely, sql } from 'kysely';
import type { ToldDayTables } from './told-day-tables.ts';
import type { ToldDayKey, ToldDifferenceTables } from './told-difference-tables.ts';
import { countKept, DIFFERENCES_A_SLICE, deleteSomeDifferences } from './told-differences.ts';

type Tables = ToldDayTables & ToldDifferenceTables;

/**
 * Purges what platforms told of business dates whose records are old enough to go, the differences of a day before the day. Reading S3.
 */
export function walkToldDays(store: Store<CheckRecordTables & Tables>): Walk {
  return async function* ({ cutoff }, { deletes }) {
    let after: ToldDayKey = { businessDate: '', cinemaCode: '', username: '' };
    for (;;) {
      const slice = await inSlice(withTables(store), deletes, async (trx) => {
        const db = trx.withTables<Tables>();
        const rows = await daysAfter(db, after, businessDate(cutoff));
        const { done, toldDifferences } = await (deletes ? deleteDays(store, db, rows) : countDays(db, rows));
        const isLast = done.length === rows.length && rows.length < ROWS_A_SLICE;
        return {
          gone: { toldDays: done.length, toldDifferences },
          stayed: {},
          oldest: null,
          last: isLast ? undefined : (done.at(-1) ?? after),
        };
      });
      yield slice;
      if (slice.last === undefined) return;
      after = slice.last;
    }
  };
}

const daysAfter = (db: Kysely<Tables>, { businessDate: date, cinemaCode, username }: ToldDayKey, until: string) =>
  db
    .selectFrom('toldDay')
    .select(['businessDate', 'cinemaCode', 'username'])
    .where('businessDate', '<', until)
    .where(sql<boolean>`(business_date, cinema_code, username) > (${date}, ${cinemaCode}, ${username})`)
    .orderBy('businessDate')
    .orderBy('cinemaCode')
    .orderBy('username')
    .limit(ROWS_A_SLICE)
    .execute();

type Gone = { readonly done: readonly ToldDayKey[]; readonly toldDifferences: number };

async function countDays(db: Kysely<Tables>, days: readonly ToldDayKey[]): Promise<Gone> {
  let toldDifferences = 0;
  for (const day of days) toldDifferences += await countKept(db, day);
  return { done: days, toldDifferences };
}

/** Deletes days as far as their differences are no more than one slice holds; the next slice goes on. */
async function deleteDays(store: Store<Tables>, db: Kysely<Tables>, days: readonly ToldDayKey[]): Promise<Gone> {
  const done: ToldDayKey[] = [];
  let toldDifferences = 0;
  for (const day of days) {
    let deleted: number;
    do {
      deleted = await deleteSomeDifferences(db, day);
      toldDifferences += deleted;
    } while (deleted > 0 && toldDifferences < DIFFERENCES_A_SLICE);
    if (deleted > 0) break;
    done.push(day);
  }
  if (done.length > 0) {
    const given = store.rowsAsTable(done, { businessDate: 'text', cinemaCode: 'text', username: 'text' });
    const listed = sql`select business_date, cinema_code, username from ${given} as given`;
    await db.deleteFrom('toldDay').where(sql<boolean>`(business_date, cinema_code, username) in (${listed})`).execute();
  }
  return { done, toldDifferences };
}
