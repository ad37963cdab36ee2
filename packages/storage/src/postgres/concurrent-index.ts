import { type QueryExecutorProvider, sql } from 'kysely';
import type { ConcurrentIndex } from '../migrations.ts';

type Found = { readonly isValid: number; readonly isBuilt: number };

async function find(db: QueryExecutorProvider, name: string): Promise<Found | undefined> {
  const { rows } = await sql<Found>`
    select indisvalid as "isValid", exists (select 1 from pg_stat_progress_create_index where index_relid = indexrelid) as "isBuilt"
    from pg_index where indexrelid = to_regclass(${name})
  `.execute(db);
  return rows[0];
}

export async function hasIndex(db: QueryExecutorProvider, name: string): Promise<boolean> {
  return (await find(db, name))?.isValid === 1;
}

/**
 * Makes an index beside readers and writers; what a killed build left is dropped and built again. Each statement is a transaction of
 * its own, so nothing of it is in a session. On a partitioned table each partition gets its own.
 */
export async function makeIndex(db: QueryExecutorProvider, index: ConcurrentIndex): Promise<void> {
  const { name, table, columns } = index;
  const partitions = await sql<{ partition: string; nth: string }>`
    select relid::regclass::text as partition, relid::text as nth from pg_partition_tree(to_regclass(${table}))
    where isleaf and parentrelid is not null
  `.execute(db);
  if (partitions.rows.length === 0) {
    await makeOne(db, name, sql`create index concurrently ${sql.ref(name)} on ${sql.table(table)} ${sql.raw(columns)}`);
    return;
  }
  // Partitions that are added from now on get theirs with it.
  const parent = sql`create index if not exists ${sql.ref(name)} on only ${sql.table(table)} ${sql.raw(columns)}`;
  await parent.execute(db);
  for (const { partition, nth } of partitions.rows) {
    const own = `${name}_${nth}`;
    const isAttached = await sql`
      select 1 from pg_inherits join pg_index on indexrelid = inhrelid
      where inhparent = to_regclass(${name}) and indrelid = to_regclass(${partition})
    `.execute(db);
    if (isAttached.rows.length > 0) continue;
    await makeOne(db, own, sql`create index concurrently ${sql.ref(own)} on ${sql.raw(partition)} ${sql.raw(columns)}`);
    await sql`alter index ${sql.ref(name)} attach partition ${sql.ref(own)}`.execute(db);
  }
}

async function makeOne(db: QueryExecutorProvider, name: string, create: ReturnType<typeof sql>): Promise<void> {
  const found = await find(db, name);
  if (found?.isValid === 1) return;
  // By one that has lost the job to this one, or by a person.
  if (found?.isBuilt === 1) throw new Error(`another process builds the index ${name}`);
  if (found !== undefined) await sql`drop index concurrently ${sql.ref(name)}`.execute(db);
  await create.execute(db);
}
