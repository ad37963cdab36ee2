import { type QueryExecutorProvider, sql } from 'kysely';
import type { Backfill, Engine } from './migrations.ts';

/** How far the backfills of a step are: the first `nth` have ended, the next one has filled `rows`, those up to the key `after`. */
export type Progress = { readonly nth: number; readonly after: readonly unknown[] | null; readonly rows: number };

export const NOTHING_FILLED: Progress = { nth: 0, after: null, rows: 0 };

const SLICE_ROWS = 1000;

export async function fillSlice(
  trx: QueryExecutorProvider,
  backfills: readonly Backfill[],
  { nth, after, rows }: Progress,
): Promise<Progress | null> {
  const backfill = backfills[nth];
  if (backfill === undefined) return null;
  const { table, key, set, where } = backfill;
  const columns = sql.join(key.map((column) => sql.ref(column)));
  const beyond = after === null ? sql`1 = 1` : sql`(${columns}) > (${sql.join(after)})`;
  const found = await sql<Record<string, unknown>>`
    select ${columns} from ${sql.table(table)} where ${beyond} order by ${columns} limit ${sql.lit(SLICE_ROWS)}
  `.execute(trx);
  const last = found.rows.at(-1);
  if (last === undefined) return { nth: nth + 1, after: null, rows: 0 };
  const upTo = Object.values(last);
  await sql`
    update ${sql.table(table)} set ${set} where ${beyond} and (${columns}) <= (${sql.join(upTo)}) and (${where})
  `.execute(trx);
  return { nth, after: upTo, rows: rows + found.rows.length };
}

/** How many rows a table has, by PostgreSQL's own estimate where it has one. */
export async function countRows(db: QueryExecutorProvider, engine: Engine, table: string): Promise<number> {
  if (engine === 'postgres') {
    const { rows } = await sql<{ rows: number | null }>`
      select case when bool_and(reltuples >= 0 or pg_relation_size(oid) = 0) then sum(greatest(reltuples, 0))::bigint end as rows
      from pg_class where relkind = 'r' and oid in (
        select relid from pg_partition_tree(to_regclass(${table})) union select to_regclass(${table})
      )
    `.execute(db);
    const estimate = rows[0]?.rows;
    if (typeof estimate === 'number') return estimate;
  }
  const { rows } = await sql<{ rows: number }>`select count(*) as rows from ${sql.table(table)}`.execute(db);
  return rows[0]?.rows ?? 0;
}
