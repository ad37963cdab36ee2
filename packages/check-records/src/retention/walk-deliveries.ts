import { businessDate } from '@ticket-check/protocol';
import type { Store } from '@ticket-check/storage';
import { sql } from 'kysely';
import type { CheckRecordTables } from '../tables/tables.ts';
import { inSlice, ROWS_A_SLICE, type Walk } from './walk.ts';

/** Purges the log of deliveries: only its last days are ever queried. */
export function walkDeliveries(store: Store<CheckRecordTables>): Walk {
  return async function* ({ cutoff }, { deletes }) {
    let after = { deliveredOn: '', cinemaCode: '' };
    for (;;) {
      const { deliveredOn, cinemaCode } = after;
      const slice = await inSlice(store, deletes, async (db) => {
        const rows = await db
          .selectFrom('delivery')
          .select(['deliveredOn', 'cinemaCode', 'lastDeliveredAt'])
          .where('deliveredOn', '<', businessDate(cutoff))
          .where(sql<boolean>`(delivered_on, cinema_code) > (${deliveredOn}, ${cinemaCode})`)
          .orderBy('deliveredOn')
          .orderBy('cinemaCode')
          .limit(ROWS_A_SLICE)
          .execute();
        const gone = rows.filter(({ lastDeliveredAt }) => lastDeliveredAt < cutoff);
        if (deletes && gone.length > 0) {
          const given = store.rowsAsTable(gone, { deliveredOn: 'text', cinemaCode: 'text' });
          await db
            .deleteFrom('delivery')
            .where(
              sql<boolean>`(delivered_on, cinema_code) in (select delivered_on, cinema_code from ${given} as given)`,
            )
            .execute();
        }
        const last = rows.length < ROWS_A_SLICE ? undefined : rows.at(-1);
        return { gone: { deliveries: gone.length }, stayed: {}, oldest: null, last };
      });
      yield slice;
      if (slice.last === undefined) return;
      after = slice.last;
    }
  };
}
