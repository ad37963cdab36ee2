import { sql } from 'kysely';
import type { Store } from '../store.ts';

/**
 * The unique keys in a PostgreSQL database, primary ones included, that lack a column although their table has it:
 * `table (column, column)`, by name.
 */
export async function uniqueKeysWithout(store: Store<unknown>, column: string): Promise<string[]> {
  const { rows } = await sql<{ key: string }>`
    select format('%s (%s)', t.relname, string_agg(a.attname, ', ' order by k.place)) as key
    from pg_index i
    join pg_class t on t.oid = i.indrelid
    cross join lateral unnest(i.indkey) with ordinality as k (attnum, place)
    join pg_attribute a on a.attrelid = t.oid and a.attnum = k.attnum
    where i.indisunique and t.relnamespace = 'public'::regnamespace
      and exists (select 1 from pg_attribute c where c.attrelid = t.oid and c.attname = ${column} and c.attnum > 0)
    group by t.relname, i.indexrelid
    having not bool_or(a.attname = ${column})
    order by 1
  `.execute(store.db);
  return rows.map(({ key }) => key);
}

/** The tables that have a column, without their partitions, by name. */
export async function tablesWith(store: Store<unknown>, column: string): Promise<string[]> {
  const { rows } = await sql<{ name: string }>`
    select t.relname as name from pg_class t join pg_attribute c on c.attrelid = t.oid and c.attname = ${column}
    where t.relkind in ('r', 'p') and not t.relispartition and t.relnamespace = 'public'::regnamespace order by 1
  `.execute(store.db);
  return rows.map(({ name }) => name);
}
