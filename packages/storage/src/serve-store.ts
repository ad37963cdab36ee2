import { join } from 'node:path';
import { type JobTable, measuredGauge, type Service, startProbeJob } from '@ticket-check/runtime';
import Database from 'better-sqlite3';
import { sql } from 'kysely';
import { makeDataDirectory } from './data-store.ts';
import { createJobs } from './jobs.ts';
import { isBusy } from './sqlite/sqlite-file.ts';
import type { Store } from './store.ts';
import { errorText, StoreError } from './store-error.ts';
import { storeFault } from './store-fault.ts';

export type ServedStore<DB> = {
  readonly store: Store<DB>;
  readonly jobs: Pick<JobTable, 'list'>;
  /** Notes a fault of the store that work met: health shows it for a while, whatever the probe finds. */
  noteFault(error: string): void;
};

/**
 * Takes the right to serve from a data directory and opens its store. The store is closed among the last things of the
 * service, and the right is released after that. Of several processes on one database, the table `job` says which one runs a
 * job that needs only one, and health which jobs failed. Health shows, under `store`, whether it accepts writes, with what `details` returns.
 *
 * @throws StoreError SERVED_ALREADY if another process serves from the directory, CANNOT_OPEN where the directory
 * cannot be used; what `open` throws.
 */
export async function serveStore<DB>(
  service: Service,
  { dataDir, open, details }: { dataDir: string; open: () => Promise<Store<DB>>; details?: () => object },
): Promise<ServedStore<DB>> {
  const lock = takeServeLock(dataDir);
  service.defer(() => lock.release());
  if (lock.warning !== null) service.logger.warn(lock.warning);
  const store = service.own(await open());
  const jobs = createJobs(store);
  service.jobTable(jobs);
  const failing = async () =>
    (await jobs.list()).flatMap(({ name, lastError }) => (lastError === null ? [] : { name, lastError }));
  const probe = service.own(
    await startProbeJob({ name: 'store', probe: () => probeStore(store), logger: service.logger }),
  );
  if (!store.seesFailovers()) service.logger.warn('PostgreSQL shows no timeline: failovers go unnoticed');
  service.check({
    name: 'store',
    run: async () => ({
      ...probe.latest(),
      ...(!store.seesFailovers() && { degraded: true, failovers: 'unnoticed' }),
      ...details?.(),
    }),
  });
  service.check({
    name: 'jobs',
    async run() {
      const failed = await failing();
      return { ok: true, ...(failed.length > 0 && { degraded: true }), failing: failed };
    },
  });
  measuredGauge(
    service.metrics,
    'jobs_failing',
    'Recurring jobs whose last run failed',
    async () => (await failing()).length,
  );
  return { store, jobs, noteFault: probe.noteFault };
}

/** The right to serve from a data directory. */
export interface ServeLock {
  /** Who else can enter the directory, for the log; null if nobody can. */
  readonly warning: string | null;
  /** Releases it; a second call changes nothing. */
  release(): void;
}

/** What is locked stays reachable from here: a database that is not would be collected as garbage, and its lock be gone. */
const locked = new Set<Database.Database>();

/**
 * Takes the right to serve from a data directory, which one process has at a time; commands do not need it. The
 * directory is made when it is missing.
 *
 * It is the exclusive lock that SQLite puts on the empty database `serve.lock`, so a lock of the operating system: it ends
 * with the process, however that ends, and no file needs cleaning up. It is held until it is released or the process ends,
 * also where nobody keeps the result.
 *
 * @throws StoreError SERVED_ALREADY when another service has it, CANNOT_OPEN when the directory cannot be used.
 */
export function takeServeLock(dataDir: string): ServeLock {
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

/** What a health check shows of a store. */
export type StoreState = { ok: true } | { ok: false; error: string };

/** Writes what is there already, as durably as everything else: only that shows that a store still takes anything. */
export async function probeStore<DB>(store: Store<DB>): Promise<StoreState> {
  try {
    await store.transaction((trx) => sql`update store_generation set generation = generation`.execute(trx));
    return { ok: true };
  } catch (error) {
    return { ok: false, error: storeFault(error) ?? errorText(error) };
  }
}
