import type { Store } from '@ticket-check/storage';
import { CompiledQuery } from 'kysely';

/** The steps in which SQLite runs a query. */
export async function explainOnSqlite<DB>(
  store: Store<DB>,
  { sql, parameters }: Pick<CompiledQuery, 'sql' | 'parameters'>,
): Promise<string[]> {
  const asked = CompiledQuery.raw(`explain query plan ${sql}`, [...parameters]);
  const { rows } = await store.db.executeQuery<{ detail: string }>(asked);
  return rows.map(({ detail }) => detail);
}
