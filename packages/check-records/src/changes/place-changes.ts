import type { Store } from '@ticket-check/storage';
import { sql } from 'kysely';
import type { ChangeTables } from './change-tables.ts';

/** Changes placed in one transaction, which takes some milliseconds. */
const AT_A_TIME = 1000;

/**
 * Gives places to what waits for one, in one transaction, which one process at a time runs and any may call. What a transaction that is
 * still open has noted is not seen and waited for: it gets a later place. Returns whether nothing that was committed waits any more.
 */
export async function placeChanges(store: Store<ChangeTables>): Promise<boolean> {
  const waiting = await store.db.selectFrom('changePending').select('subject').limit(1).executeTakeFirst();
  if (waiting === undefined) return true;
  return store.transaction(async (trx) => {
    const isShared = store.engine === 'postgres';
    const { position } = await trx
      .selectFrom('changeHead')
      .select('position')
      .$if(isShared, (query) => query.forUpdate())
      .executeTakeFirstOrThrow();
    // A change that is being overwritten is left for the next run, with its newer state.
    const oldest = trx
      .selectFrom('changePending')
      .select(['startTime', 'cinemaCode', 'filmTicketCode', 'subject'])
      .orderBy('startTime')
      .orderBy('cinemaCode')
      .orderBy('filmTicketCode')
      .orderBy('subject')
      .limit(AT_A_TIME)
      .$if(isShared, (query) => query.forUpdate().skipLocked());
    const taken = await trx
      .deleteFrom('changePending')
      .where(sql<boolean>`(start_time, cinema_code, film_ticket_code, subject) in (${oldest})`)
      .returning(['startTime', 'cinemaCode', 'filmTicketCode', 'kind'])
      .execute();
    if (taken.length === 0) return true;
    const placed = taken.map((change, index) => ({ ...change, position: position + 1 + index }));
    await trx.insertInto('change').values(placed).execute();
    await trx
      .updateTable('changeHead')
      .set({ position: position + placed.length })
      .execute();
    return taken.length < AT_A_TIME;
  });
}
