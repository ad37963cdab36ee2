import { hostname } from 'node:os';
import { JOBS_OF_ONE_PROCESS, type JobRuns, type JobTable, within } from '@ticket-check/runtime';
import { type CompiledQuery, type QueryExecutorProvider, sql } from 'kysely';
import { createTables, type Engine } from './migrations.ts';

export const jobMigrations = createTables(
  // Times in epoch milliseconds: of runs by the clock of the process that ran it, null if it never ran to its end; of `owned_until`
  // by that of the database. `last_error`: why the last run failed; null if it did not.
  sql`create table job (
    name text primary key, next_run_at bigint, last_run_at bigint, last_error text, owner text, owned_until bigint default 0 not null
  )`,
);

type SharedStore = {
  readonly db: QueryExecutorProvider;
  readCommitted<O>(query: CompiledQuery<O>): Promise<O[]>;
};

/** By which people find this process: its machine, its id there, and when it started. */
export const THIS_PROCESS = `${hostname()}:${process.pid} since ${new Date(performance.timeOrigin).toISOString().replace(/\.\d+/, '')}`;
let ownerships = 0;

/** For how long a job belongs to a process that has died. */
const OWNED_MS = 12_000;
/** How much of that time is left when it is renewed. */
const RENEW_BEFORE = 2 / 3;

/**
 * The jobs of a database: who runs them, and how their runs ended. Ownership is a row with an end and no lock of a
 * session, so it holds behind a pooler. A SQLite database is served by one process (`takeServeLock`), which needs no row.
 */
export function createJobs(
  store: SharedStore & { readonly engine: Engine },
  { ownedMs = OWNED_MS }: { ownedMs?: number } = {},
): JobTable {
  const { db, engine } = store;
  const held = new Set<string>();
  const ownership = engine === 'postgres' ? createOwnership(store, ownedMs) : null;

  return {
    async retain(names) {
      await sql`delete from job where next_run_at is not null and name not in (${sql.join(names)})`.execute(db);
    },
    async alone(name, work) {
      if (held.has(name)) return null;
      held.add(name);
      try {
        return await (ownership === null ? work(new AbortController().signal) : ownership(name, work));
      } finally {
        held.delete(name);
      }
    },
    async list() {
      const found = sql<JobRuns>`
        select name, next_run_at as "nextRunAt", last_run_at as "lastRunAt", last_error as "lastError",
          coalesce(owner, (select owner from job where name = ${JOBS_OF_ONE_PROCESS})) as owner
        from job where name <> ${JOBS_OF_ONE_PROCESS} order by name
      `;
      const { rows } = await found.execute(db);
      return rows.map((job) => ({ ...job, owner: job.owner?.replace(/ #\d+$/, '') ?? null }));
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

function createOwnership({ db, readCommitted }: SharedStore, ownedMs: number) {
  /** What belongs to others is only read: a row that `on conflict` meets would be locked. */
  async function take(name: string, owner: string): Promise<boolean> {
    const statement = sql<{ name: string }>`
      insert into job (name, owner, owned_until)
      select ${name}, ${owner}, ${DATABASE_NOW} + ${ownedMs}
      where not exists (select 1 from job where name = ${name} and owner <> ${owner} and owned_until > ${DATABASE_NOW})
      on conflict (name) do update set owner = excluded.owner, owned_until = excluded.owned_until
      where job.owner = excluded.owner or job.owned_until <= ${DATABASE_NOW}
      returning name
    `;
    // Urgent: work that keeps the database busy must not lose its own job because the renewal waits behind it.
    return (await readCommitted(statement.compile(db))).length > 0;
  }

  return <T>(name: string, work: (signal: AbortSignal) => Promise<T>): Promise<T | null> =>
    whileOwned(
      {
        ownedMs,
        take: (owner) => take(name, owner),
        release: (owner) => sql`delete from job where name = ${name} and owner = ${owner}`.execute(db),
      },
      work,
    );
}

/** The time of PostgreSQL in epoch milliseconds: one clock for all processes, independent of their machines. */
export const DATABASE_NOW = sql<number>`(extract(epoch from clock_timestamp()) * 1000)::bigint`;

/** A row that this process wrote, by which it owns something until then by its own clock. */
export type Taken = { readonly owner: string; readonly until: number };

/** Another one each time: what reaches the database late must not touch a later ownership. */
export function nextOwner(): string {
  return `${THIS_PROCESS} #${++ownerships}`;
}

/** What is owned by a row with an end, which is taken again before that. */
type Ownership = {
  readonly ownedMs?: number;
  readonly taken?: Taken | undefined;
  readonly owner?: string | undefined;
  /** Takes it, or extends what is taken; answers whether it is this owner's. */
  take(owner: string): Promise<boolean>;
  /** `wasExtended`: a row that was given up with the work may have been taken again. */
  release(owner: string, wasExtended: boolean): Promise<unknown>;
};

/**
 * Runs `work` while this process owns something; null, without running it, if another one does. `signal` aborts when another
 * process may have taken over.
 */
export async function whileOwned<T>(
  { ownedMs = OWNED_MS, taken, owner: former, take, release }: Ownership,
  work: (signal: AbortSignal, owner: string) => Promise<T>,
): Promise<T | null> {
  const { owner, until: takenUntil } = taken ?? { owner: former ?? nextOwner(), until: performance.now() + ownedMs };
  if (taken === undefined && (await within(OWNED_MS, take(owner))) !== true) return null;
  const lost = new AbortController();
  // By this process's own time, since a database that does not answer says nothing.
  let heldUntil = takenUntil;
  // One at a time: if two overlapped, the later one could take it again after its release.
  let renewing: Promise<void> | null = null;
  let wasExtended = false;
  // More often where it fails: a short outage must not cost the ownership.
  const tickMs = ownedMs / 12;
  const timer = setInterval(() => {
    const leftMs = heldUntil - performance.now();
    if (leftMs <= tickMs) return lost.abort();
    if (leftMs > RENEW_BEFORE * ownedMs) return;
    wasExtended = true;
    renewing ??= renew().finally(() => {
      renewing = null;
    });
  }, tickMs);
  async function renew(): Promise<void> {
    const until = performance.now() + ownedMs;
    const isOurs = await take(owner).catch(() => null);
    if (isOurs === false) lost.abort();
    if (isOurs && !lost.signal.aborted) heldUntil = until;
  }
  async function end(): Promise<void> {
    await renewing;
    await release(owner, wasExtended);
  }
  try {
    return await work(lost.signal, owner);
  } finally {
    clearInterval(timer);
    // What is lost is not waited for; if it fails, its time runs out.
    await within(lost.signal.aborted ? 0 : Math.max(0, heldUntil - performance.now()), end()).catch(() => {});
  }
}
