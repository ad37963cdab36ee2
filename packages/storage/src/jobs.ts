import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import type { JobRuns, JobTable } from '@ticket-check/runtime';
import { type QueryExecutorProvider, sql } from 'kysely';
import type { Engine, Migrations } from './migrations.ts';
import { rowsAsTable } from './rows-as-table.ts';
import type { Urgency } from './turns.ts';

export const jobMigrations: Migrations = {
  '0001': async (db) => {
    await db.schema
      .createTable('job')
      .addColumn('name', 'text', (column) => column.primaryKey())
      // Epoch milliseconds, by the clock of the process that ran it.
      .addColumn('next_run_at', 'bigint')
      // When it last ran to its end; null if it never did.
      .addColumn('last_run_at', 'bigint')
      // Why the last run failed; null if it did not.
      .addColumn('last_error', 'text')
      // The process that has it, and until when by the clock of the database.
      .addColumn('owner', 'text')
      .addColumn('owned_until', 'bigint', (column) => column.notNull().defaultTo(0))
      .execute();
  },
};

export type Jobs = JobTable & {
  /**
   * Runs `work` while this process owns what has that name, and disowns it afterwards. Returns null at once, without running it, if it
   * is owned, by this process or another.
   *
   * `signal` aborts if it was lost because the database was unreachable for too long: another process may work from then on. Work
   * that must never be done twice also needs a constraint.
   */
  alone<T>(name: string, work: (signal: AbortSignal) => Promise<T>): Promise<T | null>;
};

type SharedStore = {
  readonly db: QueryExecutorProvider;
  transaction<T>(fn: (trx: QueryExecutorProvider) => Promise<T>, urgency?: Urgency): Promise<T>;
};

/** For how long a job belongs to a process that has died. */
const OWNED_MS = 12_000;

/**
 * The jobs of a database: who runs them, and how their runs ended. Ownership is a row with an end, and no lock of a session: so it holds
 * behind a pooler that hands out connections a transaction at a time. A SQLite database is served by one process (`takeServeLock`),
 * which needs no row for it: there `alone` excludes only what goes through the same `Jobs`.
 */
export function createJobs(
  store: SharedStore & { readonly engine: Engine },
  { ownedMs = OWNED_MS }: { ownedMs?: number } = {},
): Jobs {
  const { db, engine } = store;
  const held = new Set<string>();
  const ownership = engine === 'postgres' ? createOwnership(store, ownedMs) : null;

  async function aloneHere<T>(name: string, work: () => Promise<T | null>): Promise<T | null> {
    if (held.has(name)) return null;
    held.add(name);
    try {
      return await work();
    } finally {
      held.delete(name);
    }
  }

  return {
    ownedMs: ownership === null ? null : ownedMs,
    own: async (names) => (ownership === null ? new Set(names) : ownership.take(names)),
    async retain(names) {
      await sql`delete from job where next_run_at is not null and name not in (${sql.join(names)})`.execute(db);
    },
    disown: async () => ownership?.disown(),
    alone: (name, work) =>
      aloneHere(name, () => (ownership === null ? work(new AbortController().signal) : ownership.hold(name, work))),
    async list() {
      const found = sql<JobRuns>`
        select name, next_run_at as "nextRunAt", last_run_at as "lastRunAt", last_error as "lastError", owner
        from job order by name
      `;
      return (await found.execute(db)).rows;
    },
    async note(name, { at, error, nextAt }) {
      const lastRunAt = error === null ? at : null;
      await sql`
        insert into job (name, next_run_at, last_run_at, last_error) values (${name}, ${nextAt}, ${lastRunAt}, ${error})
        on conflict (name) do update set next_run_at = excluded.next_run_at,
          last_run_at = coalesce(excluded.last_run_at, job.last_run_at), last_error = excluded.last_error
      `.execute(db);
    },
  };
}

function createOwnership({ db, transaction }: SharedStore, ownedMs: number) {
  const owner = `${hostname()}:${process.pid}:${randomUUID().slice(0, 8)}`;
  // One clock for all processes, independent of their machines.
  const now = sql`(extract(epoch from clock_timestamp()) * 1000)::bigint`;

  /** What belongs to others is only read: a row that `on conflict` meets would be locked. */
  async function take(names: readonly string[]): Promise<ReadonlySet<string>> {
    const given = rowsAsTable(
      'postgres',
      names.map((name) => ({ name })),
      { name: 'text' },
    );
    const statement = sql<{ name: string }>`
      insert into job (name, owner, owned_until)
      select given.name, ${owner}::text, ${now} + ${ownedMs}
      from ${given} as given left join job on job.name = given.name
      where job.name is null or job.owner = ${owner} or job.owned_until <= ${now}
      on conflict (name) do update set owner = excluded.owner, owned_until = excluded.owned_until
      where job.owner = excluded.owner or job.owned_until <= ${now}
      returning name
    `;
    // Work that keeps the database busy must not lose its own job because the renewal waits behind it.
    const { rows } = await transaction((trx) => statement.execute(trx), { urgent: true });
    return new Set(rows.map(({ name }) => name));
  }

  async function hold<T>(name: string, work: (signal: AbortSignal) => Promise<T>): Promise<T | null> {
    const takenUntil = performance.now() + ownedMs;
    if (!(await take([name])).has(name)) return null;
    const lost = new AbortController();
    // By this process's own time, since a database that does not answer says nothing.
    const expireAt = (heldUntil: number) => setTimeout(() => lost.abort(), heldUntil - performance.now());
    let expiry = expireAt(takenUntil);
    // One at a time: if two overlapped, the later one could take it again after its release.
    let renewing: Promise<void> | null = null;
    const timer = setInterval(() => {
      renewing ??= renew().finally(() => {
        renewing = null;
      });
    }, ownedMs / 3);
    async function renew(): Promise<void> {
      const renewedUntil = performance.now() + ownedMs;
      const owned = await take([name]).catch(() => null);
      if (owned?.has(name) === false) lost.abort();
      if (!owned?.has(name) || lost.signal.aborted) return;
      clearTimeout(expiry);
      expiry = expireAt(renewedUntil);
    }
    try {
      return await work(lost.signal);
    } finally {
      clearInterval(timer);
      await renewing;
      clearTimeout(expiry);
      // If that fails, its time runs out.
      await sql`delete from job where name = ${name} and owner = ${owner}`.execute(db).catch(() => {});
    }
  }

  return {
    take,
    hold,
    async disown() {
      await sql`update job set owner = null, owned_until = 0 where owner = ${owner}`.execute(db);
    },
  };
}
