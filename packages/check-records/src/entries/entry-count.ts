import type { QueryOverRows, Store } from '@ticket-check/storage';
import { sql } from 'kysely';
import type { CheckRecordTables } from '../tables/tables.ts';
import { TICKET_COLUMNS } from '../tables/ticket-key.ts';

/** What entries of one ticket are counted by: all of them, or those of one account. */
export const BY_TICKET = TICKET_COLUMNS;
export const BY_ACCOUNT = { ...TICKET_COLUMNS, account: 'text' } as const;

type Columns = typeof BY_TICKET | typeof BY_ACCOUNT;
type Key<C extends Columns> = { readonly [column in keyof C]: string };

/** Builds a query that counts the entries of each key, up to `max`, without reading further. */
export function createEntryCount<C extends Columns>(
  store: Store<CheckRecordTables>,
  columns: C,
  max: number,
): QueryOverRows<Key<C>, Key<C> & { entries: number }> {
  const names = Object.keys(columns) as (keyof typeof BY_ACCOUNT)[];
  const ofTheKey = names.map((name) => sql`${sql.ref(`c.${name}`)} = ${sql.ref(`given.${name}`)}`);
  const entries = sql<number>`(
    select count(*) from (
      select 1 from check_record c where ${sql.join(ofTheKey, sql` and `)} and c.quarantine is null limit ${sql.lit(max)}
    ) as entry
  )`;
  return store.compileForRows(columns, (given) =>
    store.db
      .selectFrom(given.as('given'))
      .selectAll('given')
      .select(entries.as('entries'))
      .$castTo<Key<C> & { entries: number }>(),
  );
}
