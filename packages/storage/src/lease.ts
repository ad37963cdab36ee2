import { randomUUID } from 'node:crypto';
import { type QueryExecutorProvider, sql } from 'kysely';
import type { Engine, Migrations } from './migrations.ts';
import type { Urgency } from './urgent-driver.ts';

export const leaseMigrations: Migrations = {
  '0001': async (db) => {
    await db.schema
      .createTable('lease')
      .addColumn('name', 'text', (column) => column.primaryKey())
      .addColumn('owner', 'text', (column) => column.notNull())
      // Epoch milliseconds by the clock of the database.
      .addColumn('ends_at', 'bigint', (column) => column.notNull())
      .execute();
  },
};

/** Leases for work that only one of several processes on a database does at a time. */
export type Leases = {
  /**
   * Runs `work` while this process holds the lease of that name, and releases it afterwards. Returns null at once, without
   * running it, if the lease is held, by this process or another. The lease of a dead process expires after `ttlMs`.
   *
   * `signal` aborts if the lease was lost because the database was unreachable for that long: another process may work from
   * then on. Work that must never be done twice also needs a constraint.
   */
  run<T>(name: string, work: (signal: AbortSignal) => Promise<T>): Promise<T | null>;
  /** Whether somebody holds the lease, in this process or another; reads only. */
  isHeld(name: string): Promise<boolean>;
};

type LeasedStore = {
  readonly db: QueryExecutorProvider;
  transaction<T>(fn: (trx: QueryExecutorProvider) => Promise<T>, urgency?: Urgency): Promise<T>;
};

const TTL_MS = 15_000;

/**
 * Leases are rows with an end, and no locks of a session: so they hold behind a pooler that hands out connections a
 * transaction at a time. A SQLite database is served by one process (`takeServeLock`), which needs no row for it: there a
 * lease excludes only what goes through the same `Leases`.
 *
 * @param options.ttlMs how long a lease outlives its process; it is renewed three times within that.
 */
export function createLeases(
  store: LeasedStore & { readonly engine: Engine },
  { ttlMs = TTL_MS }: { ttlMs?: number } = {},
): Leases {
  return store.engine === 'sqlite' ? leasesOfOneProcess() : leasesInDatabase(store, ttlMs);
}

function leasesOfOneProcess(): Leases {
  const held = new Set<string>();
  const { signal } = new AbortController();
  return {
    isHeld: async (name) => held.has(name),
    async run(name, work) {
      if (held.has(name)) return null;
      held.add(name);
      try {
        return await work(signal);
      } finally {
        held.delete(name);
      }
    },
  };
}

function leasesInDatabase({ db, transaction }: LeasedStore, ttlMs: number): Leases {
  // One clock for all processes, independent of their machines.
  const now = sql`(extract(epoch from clock_timestamp()) * 1000)::bigint`;

  async function take(name: string, owner: string, by: QueryExecutorProvider = db): Promise<boolean> {
    const { rows } = await sql`
      insert into lease (name, owner, ends_at) values (${name}, ${owner}, ${now} + ${ttlMs})
      on conflict (name) do update set owner = excluded.owner, ends_at = excluded.ends_at
      where lease.owner = excluded.owner or lease.ends_at <= ${now}
      returning name
    `.execute(by);
    return rows.length > 0;
  }

  async function giveBack(name: string, owner: string): Promise<void> {
    await sql`delete from lease where name = ${name} and owner = ${owner}`.execute(db);
  }

  return {
    async isHeld(name) {
      const held = sql`select name from lease where name = ${name} and ends_at > ${now}`;
      return (await held.execute(db)).rows.length > 0;
    },
    async run(name, work) {
      const owner = randomUUID();
      const takenUntil = performance.now() + ttlMs;
      if (!(await take(name, owner))) return null;
      const lost = new AbortController();
      // By this process's own time, since a database that does not answer says nothing.
      const expireAt = (heldUntil: number) => setTimeout(() => lost.abort(), heldUntil - performance.now());
      let expiry = expireAt(takenUntil);
      // One at a time: if two overlapped, the later one could take the lease again after its release.
      let renewing: Promise<void> | null = null;
      const timer = setInterval(() => {
        renewing ??= renew().finally(() => {
          renewing = null;
        });
      }, ttlMs / 3);
      async function renew(): Promise<void> {
        const renewedUntil = performance.now() + ttlMs;
        // Work that keeps the database busy must not lose its own lease because the renewal waits behind it.
        const isOurs = await transaction((trx) => take(name, owner, trx), { urgent: true }).catch(() => null);
        if (isOurs === false) lost.abort();
        if (isOurs !== true || lost.signal.aborted) return;
        clearTimeout(expiry);
        expiry = expireAt(renewedUntil);
      }
      try {
        return await work(lost.signal);
      } finally {
        clearInterval(timer);
        await renewing;
        clearTimeout(expiry);
        // If that fails, the lease expires.
        await giveBack(name, owner).catch(() => {});
      }
    },
  };
}
