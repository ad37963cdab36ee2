import { sql } from 'kysely';
import type { Store } from '../store.ts';

/**
 * The unique keys, primary ones included, that lack a column although their table has it, as the database's catalog lists
 * them: `table (column, column)`, by name.
 */
export async function uniqueKeysWithout(store: Store<unknown>, column: string): Promise<string[]> {
  const { rows } = await KEYS[store.engine].execute(store.db);
  const keys = Map.groupBy(rows, ({ tableName, keyName }) => `${tableName} ${keyName}`);
  return [...keys.values()]
    .filter((key) => key[0]?.columns.split(',').includes(column) && key.every(({ part }) => part !== column))
    .map((key) => `${key[0]?.tableName} (${key.map(({ part }) => part).join(', ')})`)
    .sort();
}

/** A column of a unique key, with all columns of its table. */
type Part = { tableName: string; keyName: string; part: string; columns: string };

const KEYS = {
  // A primary key that is the rowid has no index.
  sqlite: sql<Part>`
    with
      columns as (
        select t.name as table_name, c.name, c.pk, t.sql from sqlite_schema t join pragma_table_info(t.name) c where t.type = 'table'
      ),
      keys as (
        select t.name as table_name, i.name as key_name, p.name as part, p.seqno as place
        from sqlite_schema t join pragma_index_list(t.name) i join pragma_index_info(i.name) p
        where t.type = 'table' and i."unique" = 1
        union all
        select table_name, 'primary key', name, pk from columns c where pk > 0 and not exists (
          select 1 from pragma_index_list(c.table_name) where origin = 'pk'
        )
      )
    select table_name, key_name, part, (
      select group_concat(name) from columns c where c.table_name = keys.table_name
    ) as columns
    from keys order by table_name, key_name, place
  `,
  postgres: sql<Part>`
    select t.relname as table_name, i.indexrelid::regclass::text as key_name, a.attname as part, (
      select string_agg(attname, ',') from pg_attribute where attrelid = t.oid and attnum > 0
    ) as columns
    from pg_index i
    join pg_class t on t.oid = i.indrelid
    cross join lateral unnest(i.indkey) with ordinality as k (attnum, place)
    join pg_attribute a on a.attrelid = t.oid and a.attnum = k.attnum
    where i.indisunique and t.relnamespace = 'public'::regnamespace
    order by t.relname, key_name, k.place
  `,
};
