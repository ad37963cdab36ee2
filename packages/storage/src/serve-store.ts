import { type JobTable, measuredGauge, type Service, startProbeJob } from '@ticket-check/runtime';
import { createJobs } from './jobs.ts';
import { probeStore } from './probe-store.ts';
import { takeServeLock } from './serve-lock.ts';
import type { Store } from './store.ts';

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
