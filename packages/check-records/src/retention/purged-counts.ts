import { type Kysely, sql } from 'kysely';
import type { CheckRecordTables } from '../tables/tables.ts';

/** How many of each kind; kinds without any may be missing. */
export type Counts = Readonly<Record<string, number>>;

/** Counts what a transaction deletes, so that the counts add up whatever cuts a run off. */
export async function countPurged(trx: Kysely<CheckRecordTables>, counts: Counts): Promise<void> {
  for (const [kind, count] of Object.entries(counts)) {
    if (count === 0) continue;
    await trx
      .insertInto('purgedCount')
      .values({ kind, count })
      .onConflict((conflict) =>
        conflict.column('kind').doUpdateSet({ count: sql`purged_count.count + excluded.count` }),
      )
      .execute();
  }
}

export async function loadPurged(db: Kysely<CheckRecordTables>): Promise<Counts> {
  const rows = await db.selectFrom('purgedCount').selectAll().orderBy('kind').execute();
  return Object.fromEntries(rows.map(({ kind, count }) => [kind, count]));
}

export function sumOf(a: Counts, b: Counts): Counts {
  const sum: Record<string, number> = { ...a };
  for (const [name, count] of Object.entries(b)) {
    if (count > 0) sum[name] = (sum[name] ?? 0) + count;
  }
  return sum;
}
