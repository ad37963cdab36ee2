import type { Store } from '@ticket-check/storage';
import { sql } from 'kysely';
import { REVERSAL_KEY } from '../tables/reversal-rows.ts';
import type { CheckRecordTables, ReversalRow } from '../tables/tables.ts';
import { inSlice, ROWS_A_SLICE, type Walk } from './walk.ts';

/** In the order of the index by ticket, so that nothing is sorted but those of one ticket. */
const PLACE = ['startTime', 'cinemaCode', 'filmTicketCode', 'reverses', 'identity', 'account'] as const;
const KEY = { reverses: 'text', identity: 'text', cinemaCode: 'text', account: 'text' } as const;

/**
 * Purges compensating records whose check records never came, once they are as old as these would have to be: others go with
 * their record. One stays while any record of its ticket is here, so that none comes to count again. Readings R9, S3.
 */
export function walkReversals(store: Store<CheckRecordTables>): Walk {
  return async function* ({ cutoff }, { deletes }) {
    let after: Pick<ReversalRow, (typeof PLACE)[number]> | undefined;
    for (;;) {
      const from = after;
      const slice = await inSlice(store, deletes, async (db) => {
        const rows = await db
          .selectFrom('reversal')
          .select([...PLACE, 'checkTime', 'receivedAt'])
          .select(
            sql<number>`case when exists (
              select 1 from check_record c
              where c.start_time = reversal.start_time and c.cinema_code = reversal.cinema_code
                and c.film_ticket_code = reversal.film_ticket_code
            ) then 1 else 0 end`.as('isOfRecord'),
          )
          .where('startTime', '<', cutoff)
          .$if(from !== undefined, (query) => query.where(sql<boolean>`${columns()} > ${valuesOf(from)}`))
          .orderBy('startTime')
          .orderBy('cinemaCode')
          .orderBy('filmTicketCode')
          .orderBy('reverses')
          .orderBy('identity')
          .orderBy('account')
          .limit(ROWS_A_SLICE)
          .$if(deletes && store.engine === 'postgres', (query) => query.forUpdate('reversal'))
          .execute();
        const isYoung = (row: (typeof rows)[number]) => row.checkTime >= cutoff || row.receivedAt >= cutoff;
        const orphans = rows.filter(({ isOfRecord }) => isOfRecord === 0);
        const gone = orphans.filter((row) => !isYoung(row));
        if (deletes && gone.length > 0) {
          const names = sql.join(REVERSAL_KEY.map((column) => sql.ref(column)));
          await db
            .deleteFrom('reversal')
            .where(sql<boolean>`(${names}) in (select ${names} from ${store.rowsAsTable(gone, KEY)} as given)`)
            .execute();
        }
        const last = rows.length < ROWS_A_SLICE ? undefined : rows.at(-1);
        return {
          gone: { reversals: gone.length },
          stayed: { LATER: orphans.length - gone.length },
          oldest: null,
          last,
        };
      });
      yield slice;
      if (slice.last === undefined) return;
      after = slice.last;
    }
  };
}

const columns = () => sql`(${sql.join(PLACE.map((column) => sql.ref(`reversal.${column}`)))})`;

function valuesOf(place: Pick<ReversalRow, (typeof PLACE)[number]> | undefined) {
  return sql`(${sql.join(PLACE.map((column) => place?.[column] ?? ''))})`;
}
