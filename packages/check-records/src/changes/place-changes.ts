import { acrossCinemas, queryOverRows, type Store } from '@ticket-check/storage';
import { sql } from 'kysely';
import { ticketText } from '../tables/keys.ts';
import type { ChangeTables } from './change-tables.ts';

/** Changes placed in one transaction, which takes some milliseconds. */
const AT_A_TIME = 1000;

const SUBJECT = ['startTime', 'cinemaCode', 'filmTicketCode', 'subject'] as const;

/**
 * Gives places to what waits for one, in one transaction. What an open transaction has noted gets a later place.
 * Returns whether nothing that was committed waits any more.
 */
export async function placeChanges(store: Store<ChangeTables>): Promise<boolean> {
  const oldest = await store.db
    .selectFrom('changePending')
    .modifyFront(acrossCinemas('waiting'))
    .select(SUBJECT)
    .orderBy('startTime')
    .limit(AT_A_TIME)
    .execute();
  if (oldest.length === 0) return true;
  await store.transaction(async (trx) => {
    const database = { db: trx, store };
    const { position } = await trx
      .selectFrom('changeHead')
      .select('position')
      .$if(store.engine === 'postgres', (query) => query.forUpdate())
      .executeTakeFirstOrThrow();
    // One that is being overwritten is waited for, and placed in its newer state.
    const taken = await takePending.ask(database, oldest);
    taken.sort((a, b) => (ticketText(a) < ticketText(b) ? -1 : 1));
    await insertPlaced.ask(
      database,
      taken.map((change, index) => ({ ...change, position: position + 1 + index })),
    );
    if (taken.length === 0) return;
    await trx
      .updateTable('changeHead')
      .set({ position: position + taken.length })
      .execute();
  });
  return oldest.length < AT_A_TIME;
}

type Pending = ChangeTables['changePending'];
type Placed = ChangeTables['change'];

const takePending = queryOverRows<
  ChangeTables,
  Pick<Pending, (typeof SUBJECT)[number]>,
  (typeof SUBJECT)[number],
  Pending
>({ startTime: 'text', cinemaCode: 'text', filmTicketCode: 'text', subject: 'text' }, ({ db }, given) =>
  db
    .deleteFrom('changePending')
    .where(
      sql<boolean>`(start_time, cinema_code, film_ticket_code, subject) in (
          select start_time, cinema_code, film_ticket_code, subject from ${given} as given
        )`,
    )
    .returningAll(),
);

const COLUMNS = {
  position: 'integer',
  startTime: 'text',
  cinemaCode: 'text',
  filmTicketCode: 'text',
  kind: 'text',
} as const;

const insertPlaced = queryOverRows<ChangeTables, Placed, keyof Placed, unknown>(COLUMNS, ({ db }, given) =>
  db
    .insertInto('change')
    .columns(['position', 'startTime', 'cinemaCode', 'filmTicketCode', 'kind'])
    .expression(
      sql`select given.position, given.start_time, given.cinema_code, given.film_ticket_code, given.kind from ${given} as given`,
    ),
);
