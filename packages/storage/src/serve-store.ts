import { join } from 'node:path';
import { epochOf, type WallClock } from '@ticket-check/protocol';
import {
  every,
  type JobRuns,
  type JobTable,
  measuredGauge,
  outputTaken,
  type Service,
  within,
} from '@ticket-check/runtime';
import Database from 'better-sqlite3';
import { makeDataDirectory } from './data-store.ts';
import { createJobs, THIS_PROCESS } from './jobs.ts';
import type { Blocker, DuePart, Migrator } from './migrate.ts';
import { isBusy } from './sqlite/sqlite-file.ts';
import type { Store } from './store.ts';
import { errorCode, errorText, StoreError } from './store-error.ts';
import { storeFault } from './store-fault.ts';

/**
 * Takes the right to serve from a data directory and opens its store; both end among the last things of the service. The
 * table `job` says which process runs a job that needs only one, and health which jobs failed. Under `store` it shows
 * whether it accepts writes and when it was backed up, with what `details` returns.
 * @throws StoreError SERVED_ALREADY if another process serves from the directory, CANNOT_OPEN where the directory cannot
 * be used; what `open` throws.
 */
export async function serveStore<DB>(
  service: Service,
  { dataDir, open, details }: { dataDir: string; open: () => Promise<Store<DB>>; details?: () => object },
) {
  const lock = takeServeLock(dataDir);
  service.defer(() => lock.release());
  if (lock.warning !== null) service.logger.warn(lock.warning);
  const store = service.own(await open());
  const jobs = createJobs(store);
  service.jobTable(jobs);
  const failing = (runs: readonly JobRuns[]) =>
    runs.flatMap(({ name, lastError }) => (lastError === null ? [] : { name, lastError }));
  const probe = service.own(await startStoreProbe(store as Store<unknown>, service.logger));
  const waiting = store.migrator.hasLater ? finishMigrations(service, store.migrator, jobs) : () => [];
  const backedUpAt = () => store.currentGeneration().backedUpAt as WallClock | null;
  if (store.engine === 'sqlite') {
    const help = 'Time since the last `store backup`; +Inf before the first';
    measuredGauge(service.metrics, 'store_backup_age_seconds', help, () => {
      const at = backedUpAt();
      return at === null ? Number.POSITIVE_INFINITY : Math.round((service.now() - epochOf(at)) / 1000);
    });
  }
  if (!store.seesFailovers()) service.logger.warn('PostgreSQL shows no timeline: failovers go unnoticed');
  service.check({
    name: 'store',
    run: async () => ({
      ...probe.latest(),
      ...(!store.seesFailovers() && { degraded: true, failovers: 'unnoticed' }),
      ...(backedUpAt() !== null && { backedUpAt: backedUpAt() }),
      ...(waiting().length > 0 && { migrations: waiting() }),
      ...details?.(),
    }),
  });
  service.check({
    name: 'jobs',
    async run() {
      const runs = await jobs.list();
      const failed = failing(runs);
      const owned = runs.filter(({ owner }) => owner !== null);
      const namesOf = Map.groupBy(owned, ({ owner }) => owner);
      return {
        ok: true,
        ...(failed.length > 0 && { degraded: true }),
        failing: failed,
        process: THIS_PROCESS,
        owners: Object.fromEntries([...namesOf].map(([owner, jobs]) => [owner, jobs.map(({ name }) => name)])),
      };
    },
  });
  const countFailing = async () => failing(await jobs.list()).length;
  measuredGauge(service.metrics, 'jobs_failing', 'Recurring jobs whose last run failed', countFailing);
  return { store, jobs, noteFault: probe.noteFault };
}

/**
 * Finishes the steps of the database that need not be done before the service works. It runs in each process, because the one that has
 * the other jobs may be of an older version; one at a time works. Returns what is left.
 */
function finishMigrations(service: Service, migrator: Migrator, jobs: JobTable): () => readonly DuePart[] {
  let left: readonly DuePart[] = [];
  let logged = '[]';
  async function look(): Promise<void> {
    left = await migrator.plan({ estimated: false });
    const now = JSON.stringify(left.map(({ step, part, of, blockedBy }) => [step, part, of, blockedBy.map(nameOf)]));
    if (now === logged) return;
    logged = now;
    if (left.length === 0) service.logger.info('finished the migrations');
    else service.logger.info({ left }, 'waiting to finish migrations');
  }
  service.job({
    name: 'migrations',
    runs: 'everywhere',
    everyMs: MIGRATIONS_EVERY_MS,
    jitterMs: MIGRATIONS_EVERY_MS / 5,
    longestMs: MAX_MIGRATIONS_MS,
    atOnce: true,
    async run(stopping) {
      await look();
      if (left.some(({ blockedBy }) => blockedBy.length === 0)) {
        await jobs.alone('migrations', (lost) => migrator.advance(AbortSignal.any([stopping, lost])));
        await look();
      }
      return left.length === 0 && 'back-off';
    },
  });
  return () => left;
}

const nameOf = (blocker: Blocker): string =>
  'process' in blocker ? blocker.process : 'index' in blocker ? blocker.index : blocker.backfill;

/** What is locked stays reachable from here: a database that is not would be collected as garbage, and its lock be gone. */
const locked = new Set<Database.Database>();

/**
 * Takes the right to serve from a data directory, which one process has at a time; commands do not need it. It is the
 * exclusive lock that SQLite puts on the empty database `serve.lock`: it ends with the process, and no file needs
 * cleaning up.
 * @throws StoreError SERVED_ALREADY when another service has it, CANNOT_OPEN when the directory cannot be used.
 */
export function takeServeLock(dataDir: string) {
  const path = join(dataDir, 'serve.lock');
  const warning = makeDataDirectory(dataDir);
  let db: Database.Database | undefined;
  try {
    db = new Database(path, { timeout: 0 });
    const held = db;
    // Nothing is ever written, so no journal is needed beside it.
    held.pragma('journal_mode = memory');
    held.exec('begin exclusive');
    locked.add(held);
    return {
      /** Who else can enter the directory, for the log; null if nobody can. */
      warning,
      release() {
        held.close();
        locked.delete(held);
      },
    };
  } catch (error) {
    db?.close();
    if (isBusy(error)) {
      throw new StoreError('SERVED_ALREADY', `Another process serves from ${dataDir} already; stop it first.`, {
        cause: error,
      });
    }
    throw new StoreError('CANNOT_OPEN', `The data directory ${dataDir} cannot be used: ${errorText(error)}.`, {
      cause: error,
    });
  }
}

const MIGRATIONS_EVERY_MS = 5000;
/** Where nothing is left, an older program that was started may leave something again. */
const MAX_MIGRATIONS_MS = 60_000;

const PROBE_EVERY_MS = 10_000;
const AGAIN_MS = 1000;
const MAX_PROBE_MS = 5000;
/** Each that hangs holds a connection. */
const MAX_HANGING_PROBES = 2;

export type StoreState = { ok: true } | { ok: false; error: string };

/**
 * Probes a store now and every 10 s, a second after a failure, in every process, so that a health check needs no write
 * for each request. Resolves after the first probe. `outrun` is called when a newer program has changed the database;
 * ends the process by default.
 */
export async function startStoreProbe(
  store: Pick<Store<unknown>, 'migrator' | 'awayFault'>,
  logger: Service['logger'],
  outrun: () => void = () => void outputTaken().then(() => process.exit(1)),
) {
  let result: StoreState = { ok: false, error: 'not tried yet' };
  let triedAt = Number.NEGATIVE_INFINITY;
  let hanging = 0;
  let met: { error: string; at: number } | undefined;

  async function run(): Promise<void> {
    const startedAt = performance.now();
    if (result.ok && startedAt - triedAt < PROBE_EVERY_MS) return;
    if (hanging >= MAX_HANGING_PROBES) return;
    result = (await within(MAX_PROBE_MS, renew())) ?? { ok: false, error: `no answer within ${MAX_PROBE_MS} ms` };
    triedAt = startedAt;
  }

  async function renew(): Promise<StoreState> {
    hanging += 1;
    try {
      // As durable as everything else: only a write shows that a store still takes anything.
      await store.migrator.renew();
      return { ok: true };
    } catch (error) {
      if (errorCode(error) === 'NEWER_DATA') {
        logger.fatal({ reason: errorText(error) }, 'stopping: a newer version changed the database');
        outrun();
      }
      return { ok: false, error: storeFault(error) ?? errorText(error) };
    } finally {
      hanging -= 1;
    }
  }

  const job = every({ name: 'store probe', everyMs: AGAIN_MS, run, logger });
  await job.trigger();
  return {
    latest(): StoreState {
      const awayFault = store.awayFault();
      if (awayFault !== null) return { ok: false, error: awayFault };
      if (met !== undefined && performance.now() - met.at < PROBE_EVERY_MS) return { ok: false, error: met.error };
      return result;
    },
    /** Notes a fault that real work met and a smaller write may not: it is shown for ten seconds, whatever a probe finds meanwhile. */
    noteFault(error: string): void {
      met = { error, at: performance.now() };
    },
    /** No further probes; resolves when the one under way is over or has taken too long. */
    stop: job.stop,
  };
}
