import { randomUUID } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import type { Service } from '@ticket-check/runtime';
import { inOrder, type Migrations, type Store } from '@ticket-check/storage';
import { type Kysely, sql } from 'kysely';
import type { RequestLimit, Spent } from './request-limit.ts';

type SpentRow = {
  process: string;
  /** JSON: a list of `Spent` for each limit. */
  spent: string;
  at: number;
};

export type SharedLimitTables = { sharedLimit: SpentRow };

export const sharedLimitMigrations: Migrations = {
  '0001': (db) =>
    inOrder(db, sql`create table shared_limit (process text primary key, spent text not null, at bigint not null)`),
};

const EVERY_MS = 1000;
/** Longer than a minute of an account lasts: older rows are of processes that have ended or count nothing. */
const STALE_MS = 150_000;

/**
 * Shares what accounts spend of limits (by name) between the processes of a platform, once a second and only while an account has spent
 * a tenth of its minute here. An account gets at most a tenth more for each further process, and what it sends within a second.
 */
export function shareLimits(
  service: Pick<Service, 'job' | 'now'>,
  { store, limits }: { store: Store<SharedLimitTables>; limits: Readonly<Record<string, RequestLimit>> },
): void {
  // One process serves a SQLite database.
  if (store.engine === 'sqlite') return;
  const db = store.db as Kysely<SharedLimitTables>;
  const process = randomUUID();
  let written: unknown;

  async function run(): Promise<void> {
    const spent = Object.fromEntries(Object.entries(limits).map(([name, limit]) => [name, limit.spentHere()]));
    if (Object.values(spent).every(({ length }) => length === 0)) return;
    const at = service.now();
    if (written === undefined)
      await db
        .deleteFrom('sharedLimit')
        .where('at', '<', at - STALE_MS)
        .execute();
    if (!isDeepStrictEqual(spent, written)) {
      await db
        .insertInto('sharedLimit')
        .values({ process, spent: JSON.stringify(spent), at })
        .onConflict((conflict) =>
          conflict.column('process').doUpdateSet((eb) => ({ spent: eb.ref('excluded.spent'), at })),
        )
        .execute();
      written = spent;
    }
    const rows = await db.selectFrom('sharedLimit').select('spent').where('process', '<>', process).execute();
    const others = rows.map((row) => JSON.parse(row.spent) as Record<string, Spent[]>);
    for (const [name, limit] of Object.entries(limits)) {
      limit.spentElsewhere(others.flatMap((each) => each[name] ?? []));
    }
  }

  service.job({ name: 'shared limits', runs: 'everywhere', everyMs: EVERY_MS, run });
}
