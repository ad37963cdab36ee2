import { pause } from '@ticket-check/runtime';
import { type Kysely, type QueryExecutorProvider, sql } from 'kysely';
import { countRows, fillSlice, NOTHING_FILLED, type Progress } from './backfill.ts';
import { generationMigrations } from './generation.ts';
import { DATABASE_NOW, jobMigrations, THIS_PROCESS } from './jobs.ts';
import {
  type Change,
  type ConcurrentIndex,
  type Engine,
  type Expand,
  inOrder,
  type Migrations,
  mergeMigrations,
} from './migrations.ts';
import { hasIndex, makeIndex } from './postgres/concurrent-index.ts';
import { runSlice } from './slices.ts';
import { errorCode, errorText, StoreError } from './store-error.ts';
import { unlessDeadlocked } from './store-fault.ts';

const LOCK = 3853314791062309107n;
/** For how long a process counts as alive that was not heard since. */
const ALIVE_MS = 30_000;
/** After a longer gap between two renewals, the database may have been away for all processes. */
const GAP_MS = ALIVE_MS / 2;

/** PostgreSQL's code for a lock that did not come within `lock_timeout`. */
const LOCK_NOT_AVAILABLE = '55P03';
/** Everybody who wants the table waits behind a change that waits for it. */
const LOCK_TIMEOUT_MS = 2000;
const LOCK_TRIES = 10;
const LOCK_PAUSE_MS = 1000;

/** Rows a second, measured with 200,000 of 500 bytes on a machine with two processors at a load of 15 to 20. */
const INDEX_ROWS_A_SECOND = 50_000;
const BACKFILL_ROWS_A_SECOND = 600;

type ServingProcess = { readonly process: string; readonly step: string };

/** What a step or a part of it waits for. */
export type Blocker =
  | ServingProcess
  | { readonly index: string }
  | { readonly backfill: string; readonly rows: number };

export type DuePart = {
  readonly step: string;
  readonly kind: 'create' | 'expand' | 'contract';
  readonly part: 'run' | 'index' | 'backfill';
  readonly of?: string;
  /** Tables locked against everybody, for a moment. */
  readonly locks: readonly string[];
  /** In the tables that are locked or read. */
  readonly rows: number;
  readonly seconds: number;
  readonly blockedBy: readonly Blocker[];
};

export type Migrator = ReturnType<typeof createMigrator>;

type PlannedStep = {
  readonly name: string;
  readonly kind: DuePart['kind'];
  readonly run: Change;
  readonly locks: readonly string[];
  readonly indexes: NonNullable<Expand['indexes']>;
  readonly backfills: NonNullable<Expand['backfills']>;
  /** Since which step the database can be read once this one has run; null if it takes nothing away. */
  readonly readableSince: string | null;
};

type DoneStep = { readonly name: string; readonly readableSince: string | null; readonly backfill: string | null };

type State = {
  readonly done: ReadonlyMap<string, DoneStep>;
  readonly processes: readonly ServingProcess[];
  /** Those that were not heard for too long and may come back. */
  readonly lapsed: readonly ServingProcess[];
};

let opened = 0;

/** In place of the progress of a backfill that has ended. */
const ENDED = 'ended';

export function createMigrator(
  db: Kysely<unknown>,
  engine: Engine,
  migrations: Migrations,
  { serves = false }: { readonly serves?: boolean | undefined } = {},
) {
  const steps = planned(mergeMigrations(generationMigrations, jobMigrations, migrations));
  const newest = steps.at(-1)?.name ?? '';
  const id = `${THIS_PROCESS} #${++opened}`;
  const now = engine === 'sqlite' ? sql`cast(unixepoch('subsec') * 1000 as integer)` : DATABASE_NOW;

  async function exists(on: QueryExecutorProvider, table: string): Promise<boolean> {
    const found =
      engine === 'sqlite'
        ? sql`select 1 from sqlite_schema where type = 'table' and name = ${table}`
        : sql`select 1 where to_regclass(${table}) is not null`;
    return (await found.execute(on)).rows.length > 0;
  }

  async function look(): Promise<State> {
    return (await exists(db, 'migration')) ? readState(db) : { done: new Map(), processes: [], lapsed: [] };
  }

  async function readState(on: QueryExecutorProvider): Promise<State> {
    const done = await sql<DoneStep>`
      select name, readable_since as "readableSince", backfill from migration order by name
    `.execute(on);
    const { rows } = await sql<ServingProcess & { alive: number }>`
      select id as process, step, alive_until > ${now} as alive from store_process where id <> ${id} order by step, id
    `.execute(on);
    const those = (alive: number) =>
      rows.filter((row) => row.alive === alive).map(({ process, step }) => ({ process, step }));
    return { done: new Map(done.rows.map((step) => [step.name, step])), processes: those(1), lapsed: those(0) };
  }

  /** What a step waits for: before a contract all that earlier steps left to do must be done. */
  async function blockersOf(on: QueryExecutorProvider, step: PlannedStep, state: State): Promise<Blocker[]> {
    if (step.readableSince === null) return [];
    const blockers: Blocker[] = olderThan(step.readableSince, state);
    if (step.kind !== 'contract') return blockers;
    blockers.push(...olderThan(step.readableSince, { processes: state.lapsed }));
    for (const earlier of steps.filter(({ name }) => name < step.name)) {
      const { name, backfills } = earlier;
      blockers.push(...(await missing(on, earlier, state)).map((index) => ({ index: index.name })));
      if (backfills.length > 0 && state.done.get(name)?.backfill !== ENDED)
        blockers.push({ backfill: name, rows: progressOf(state.done.get(name)).rows });
    }
    return blockers;
  }

  /** A contract step waited for all indexes before it, and may have dropped one since. */
  async function missing(on: QueryExecutorProvider, { name, indexes }: PlannedStep, { done }: State) {
    const isSettled = steps.some((later) => later.kind === 'contract' && later.name > name && done.has(later.name));
    if (engine === 'sqlite' || isSettled) return [];
    const absent: ConcurrentIndex[] = [];
    for (const index of indexes) if (!(await hasIndex(on, index.name))) absent.push(index);
    return absent;
  }

  let hasEntered = false;
  let renewedAt = Number.NEGATIVE_INFINITY;
  /** Since when this process has renewed without a gap. */
  let steadySince = 0;
  let under = '';

  /** Runs work in a transaction that excludes every other migration, with what has been done. */
  async function exclusively<T>(work: (trx: Kysely<unknown>, state: State) => Promise<T>): Promise<T> {
    for (let tries = 1; ; tries += 1) {
      under = 'Migrating the database';
      try {
        return await db.transaction().execute(async (trx) => {
          if (engine === 'postgres') {
            await sql`select pg_advisory_xact_lock(${sql.lit(LOCK)})`.execute(trx);
            await sql`set local lock_timeout = ${sql.lit(LOCK_TIMEOUT_MS)}`.execute(trx);
          }
          // A role that may create nothing can still open a database that has all steps.
          if (!(await exists(trx, 'migration'))) await createTables(trx);
          const state = await readState(trx);
          assertReadable(readableSinceOf(state));
          return work(trx, state);
        });
      } catch (error) {
        if (error instanceof StoreError) throw error;
        if (errorCode(error) === LOCK_NOT_AVAILABLE && tries < LOCK_TRIES) {
          await pause(LOCK_PAUSE_MS, undefined);
          continue;
        }
        throw new StoreError('MIGRATION_FAILED', `${under} failed: ${errorText(error)}.`, { cause: error });
      }
    }
  }

  function assertReadable(readableSince: string | null): void {
    if (readableSince === null || readableSince <= newest) return;
    throw new StoreError(
      'NEWER_DATA',
      `The database was written by a newer program: it needs a version that knows the migration ${readableSince}, and this one knows those up to ${newest}.`,
    );
  }

  /** Runs the first step that is due. Returns whether one ran. */
  async function runDue(contracts: boolean): Promise<boolean> {
    return exclusively(async (trx, state) => {
      for (const step of steps.filter(({ name }) => !state.done.has(name))) {
        const blockers = await blockersOf(trx, step, state);
        if (step.kind === 'contract' && (!contracts || blockers.length > 0)) continue;
        if (blockers.length > 0) throw olderProcess(step, blockers);
        under = `The migration ${step.name}`;
        await run(trx, step);
        return true;
      }
      return false;
    });
  }

  async function run(trx: Kysely<unknown>, { name, run, indexes, readableSince }: PlannedStep): Promise<void> {
    await run(trx, engine);
    for (const index of engine === 'sqlite' ? indexes : []) {
      await sql`create index ${sql.ref(index.name)} on ${sql.table(index.table)} ${sql.raw(index.columns)}`.execute(
        trx,
      );
    }
    await sql`insert into migration (name, readable_since) values (${name}, ${readableSince})`.execute(trx);
  }

  /** Notes this process, and that rows written by a program as old as this one are to be filled again. */
  async function enter(trx: QueryExecutorProvider): Promise<void> {
    hasEntered = true;
    await sql`
      insert into store_process (id, step, alive_until) values (${id}, ${newest}, ${now} + ${sql.lit(ALIVE_MS)})
      on conflict (id) do update set alive_until = excluded.alive_until
    `.execute(trx);
    await sql`update migration set backfill = null where name > ${newest} and backfill is not null`.execute(trx);
  }

  /** Fills one slice, if nothing older can write beside it. An older process that starts waits for the row of the step. */
  function fillNext({ name, backfills }: PlannedStep): Promise<'filled' | 'ended' | 'blocked'> {
    return unlessDeadlocked(() =>
      db.transaction().execute(async (trx) => {
        if (engine === 'postgres') await sql`select 1 from migration where name = ${name} for update`.execute(trx);
        const state = await readState(trx);
        if (state.done.get(name)?.backfill === ENDED) return 'ended';
        if (olderThan(name, state).length > 0) return 'blocked';
        const next = await fillSlice(trx, backfills, progressOf(state.done.get(name)));
        const backfill = next === null ? ENDED : JSON.stringify(next);
        await sql`update migration set backfill = ${backfill} where name = ${name}`.execute(trx);
        return next === null ? 'ended' : 'filled';
      }),
    );
  }

  return {
    /**
     * Runs what must be there before the program works with the database, and notes this process if it serves. Safe against
     * processes that open it at once: each transaction takes an advisory lock that ends with it.
     * @throws StoreError NEWER_DATA where an older program can no longer read the database, OLDER_PROCESS where a step needs
     * that no older process is alive, MIGRATION_FAILED naming the step.
     */
    async open(): Promise<void> {
      if (serves && engine === 'sqlite' && (await exists(db, 'store_process'))) {
        // The right to serve has been taken, so nobody else does.
        await sql`delete from store_process`.execute(db);
      }
      while (await runDue(serves));
      if (serves) await exclusively(enter);
    },
    /** Says that this process is alive. @throws StoreError NEWER_DATA */
    async renew(): Promise<void> {
      const { rows } = await sql<{ readableSince: string | null; at: number }>`
        update store_process set alive_until = ${now} + ${sql.lit(ALIVE_MS)} where id = ${id} and alive_until > ${now}
        returning (select max(readable_since) from migration) as "readableSince", ${now} as at
      `.execute(db);
      const answeredAt = performance.now();
      if (rows[0] === undefined || answeredAt - renewedAt > GAP_MS) steadySince = answeredAt;
      renewedAt = answeredAt;
      if (rows[0] === undefined) return exclusively(enter);
      assertReadable(rows[0].readableSince);
      // After an outage each process has time to renew before a contract step may outrun it.
      if (answeredAt - steadySince < ALIVE_MS) return;
      await sql`delete from store_process where alive_until <= ${rows[0].at}`.execute(db);
    },
    async leave(): Promise<void> {
      if (hasEntered) await sql`delete from store_process where id = ${id}`.execute(db);
    },
    /** Whether the program has steps that may be left for `advance`. */
    hasLater: steps.some(({ kind }) => kind !== 'create'),
    /** What is due, part by part. Changes nothing. */
    async plan({ estimated = true } = {}): Promise<DuePart[]> {
      const state = await look();
      const parts: DuePart[] = [];
      const count = async (tables: readonly string[]) => {
        let rows = 0;
        for (const table of estimated ? tables : [])
          if (await exists(db, table)) rows += await countRows(db, engine, table);
        return rows;
      };
      for (const step of steps) {
        const { name, kind, indexes, backfills } = step;
        const done = state.done.get(name);
        const none = { step: name, kind, locks: [], blockedBy: [] };
        if (done === undefined) {
          const { locks } = step;
          const blockedBy = await blockersOf(db, step, state);
          parts.push({ ...none, part: 'run', locks, rows: await count(locks), seconds: 0, blockedBy });
        }
        for (const { name: of, table } of done === undefined ? indexes : await missing(db, step, state)) {
          const rows = await count([table]);
          parts.push({ ...none, part: 'index', of, rows, seconds: Math.ceil(rows / INDEX_ROWS_A_SECOND) });
        }
        if (done?.backfill === ENDED) continue;
        const { nth, rows: filled } = progressOf(done);
        for (const [index, { table: of }] of backfills.entries()) {
          if (index < nth) continue;
          const rows = Math.max(0, (await count([of])) - (index === nth ? filled : 0));
          const seconds = Math.ceil(rows / BACKFILL_ROWS_A_SECOND);
          parts.push({ ...none, part: 'backfill', of, rows, seconds, blockedBy: olderThan(name, state) });
        }
      }
      return parts;
    },
    /** Builds indexes, fills, and contracts, as far as nothing blocks it. */
    async advance(stopping: AbortSignal): Promise<void> {
      for (const step of steps) {
        const state = await look();
        if (!state.done.has(step.name)) continue;
        for (const index of await missing(db, step, state)) await makeIndex(db, index);
        if (step.backfills.length === 0) continue;
        while (!stopping.aborted && (await runSlice(() => fillNext(step), { stopping })) === 'filled');
      }
      while (!stopping.aborted && (await runDue(true)));
    },
    /** Whether this program can serve this database beside the processes that run, and why not. */
    async compatibility() {
      const state = await look();
      const found = {
        newest,
        steps: [...state.done.keys()],
        /** The oldest step whose program can read the database; null while there is none. */
        readableSince: readableSinceOf(state),
        processes: state.processes,
      };
      try {
        assertReadable(found.readableSince);
        for (const step of steps.filter(({ name, kind }) => kind === 'create' && !state.done.has(name))) {
          const blockers = await blockersOf(db, step, state);
          if (blockers.length > 0) throw olderProcess(step, blockers);
        }
        return { compatible: true, reason: undefined, ...found };
      } catch (error) {
        if (!(error instanceof StoreError)) throw error;
        return { compatible: false, reason: { code: error.code, sentence: error.message }, ...found };
      }
    },
  };
}

const createTables = (db: QueryExecutorProvider): Promise<void> =>
  inOrder(
    db,
    sql`create table migration (name text primary key, readable_since text, backfill text)`,
    // The processes that serve, with the newest step that they know, and until when they count as alive by the clock of the database.
    sql`create table store_process (id text primary key, step text not null, alive_until bigint not null)`,
  );

function planned(all: Migrations): PlannedStep[] {
  return Object.entries(all)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, step]) => {
      const nothing = { name, indexes: [], backfills: [], readableSince: null };
      if (typeof step === 'function') return { ...nothing, kind: 'create', run: step, locks: [], readableSince: name };
      return { ...nothing, ...step };
    });
}

const olderThan = (step: string, { processes }: Pick<State, 'processes'>): ServingProcess[] =>
  processes.filter((process) => process.step < step);

const progressOf = (step: DoneStep | undefined): Progress =>
  step === undefined || step.backfill === null || step.backfill === ENDED ? NOTHING_FILLED : JSON.parse(step.backfill);

function readableSinceOf({ done }: State): string | null {
  return (
    [...done.values()]
      .flatMap(({ readableSince }) => readableSince ?? [])
      .sort()
      .at(-1) ?? null
  );
}

function olderProcess({ name }: PlannedStep, blockers: readonly Blocker[]): StoreError {
  const names = blockers.flatMap((blocker) => ('process' in blocker ? blocker.process : []));
  return new StoreError(
    'OLDER_PROCESS',
    `The migration ${name} needs every process of an older version to be stopped first: ${names.join(', ')}.`,
  );
}
