import type { JobMemory } from '@ticket-check/runtime';
import { type QueryExecutorProvider, sql } from 'kysely';
import type { Migrations } from './migrations.ts';

export const jobMigrations: Migrations = {
  '0001': async (db) => {
    await db.schema
      .createTable('job')
      .addColumn('name', 'text', (column) => column.primaryKey())
      // Epoch milliseconds, by the clock of the process that ran it to its end last; null if none did.
      .addColumn('ran_at', 'bigint')
      // Why the last run failed; null if it did not.
      .addColumn('error', 'text')
      .execute();
  },
};

/** What a store keeps of the runs of a job. */
export function createJobMemory(store: { readonly db: QueryExecutorProvider }, name: string) {
  const load = async () => {
    const found = sql<{ ranAt: number | null; error: string | null }>`
      select ran_at as "ranAt", error from job where name = ${name}
    `;
    return (await found.execute(store.db)).rows[0] ?? { ranAt: null, error: null };
  };
  return {
    load,
    lastRun: async () => (await load()).ranAt,
    async note({ at, error }) {
      const ranAt = error === null ? at : null;
      await sql`
        insert into job (name, ran_at, error) values (${name}, ${ranAt}, ${error})
        on conflict (name) do update set ran_at = coalesce(excluded.ran_at, job.ran_at), error = excluded.error
      `.execute(store.db);
    },
  } satisfies JobMemory & { load: unknown };
}
