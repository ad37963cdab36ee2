import type { FastifyInstance } from 'fastify';
import type { HealthCheck, MayReadHealth } from './console.ts';
import { endAll, endTogether } from './ends.ts';
import type { TlsPair } from './https-app.ts';
import { type Job, type JobDefinition, type JobTable, startJob, tableOfOneProcess } from './jobs/job.ts';
import { type SharedJobs, startSharedJobs } from './jobs/shared-jobs.ts';
import { createMetrics } from './metrics.ts';
import type { RunningService } from './serve-until-stopped.ts';
import type { ServerOptions } from './server.ts';
import type { Clock } from './time.ts';

/** A service while it is put together: each capability adds what it consists of. */
export type Service = ReturnType<typeof assemble>['service'];

type Closable = { close(): unknown } | { stop(): unknown };

export type ServiceOptions = Pick<ServerOptions, 'name' | 'version' | 'settings' | 'logger' | 'drainMs'> & {
  /** The machine's clock by default. */
  clock?: Clock | undefined;
};

/**
 * Starts a service: `build` assembles it, its server listens, its jobs start, it is ready. Returns what `build` returned, with the
 * addresses. It stops in the opposite order: requests under way finish, what `drain` named is awaited, all jobs stop together, owned
 * resources are closed, latest first. Every step is tried, and `close` rejects with the first error. A start that fails closes what it
 * had opened. @throws ExpectedError if certificate, key or address is unusable; what `build` and the starts of jobs throw.
 */
export async function startService<Offer extends object>(
  options: ServiceOptions,
  // biome-ignore lint/suspicious/noConfusingVoidType: most services offer nothing more
  build: (service: Service) => Promise<Offer | void>,
): Promise<RunningService & Offer> {
  const { logger, ...server } = options;
  const { service, parts } = assemble(options);
  const { ends, jobs } = parts;
  let hasStarted = false;

  try {
    const offer = await build(service);
    const { served, table, mayReadHealth } = parts;
    if (served === undefined) throw new Error(`${server.name} was given no certificate to serve with`);
    ends.push(() => {
      const running = [...jobs.map(({ job }) => job), ...(parts.shared === null ? [] : [parts.shared])];
      const stops = running.map((job) => () => job.stop());
      return endTogether(stops, logger);
    });
    ends.push(() => endTogether(parts.drained, logger));
    // A command, which serves nothing, starts in less time without what a server is made of.
    const { startServer } = await import('./server.ts');
    const running = await startServer({
      ...server,
      ...served,
      logger,
      metrics: service.metrics,
      health: parts.checks,
      mayReadHealth,
      hasStarted: () => hasStarted,
      async register(app) {
        for (const register of parts.routes) await register(app);
      },
      async registerPages(app) {
        for (const register of parts.pages) await register(app);
      },
    });
    ends.push(running.close);
    const context = { table, now: service.now, logger };
    for (const job of parts.defined)
      if (job.runs === 'everywhere') jobs.push({ name: job.name, job: await startJob(job, context) });
    const inOneProcess = parts.defined.filter(({ runs }) => runs === 'in one process');
    if (inOneProcess.length > 0) parts.shared = await startSharedJobs(inOneProcess, context);

    hasStarted = true;
    let closing: Promise<void> | undefined;
    const close = () => (closing ??= endAll(ends, logger));
    const { url, consoleUrl, retire } = running;
    return { ...(offer as Offer), url, consoleUrl, retire, close };
  } catch (error) {
    await endAll(ends, logger).catch((err: unknown) => logger.error({ err }, 'failed to close after a failed start'));
    throw error;
  }
}

type Register = (app: FastifyInstance) => void | Promise<void>;

/** The service that `build` adds to, and what it has been given. */
function assemble({ name, version, logger, clock = Date.now }: ServiceOptions) {
  const ends: (() => unknown)[] = [];
  const jobs: { readonly name: string; readonly job: Job }[] = [];
  const parts = {
    ends,
    jobs,
    checks: [] as HealthCheck[],
    routes: [] as Register[],
    pages: [] as Register[],
    drained: [] as (() => Promise<unknown>)[],
    defined: [] as JobDefinition[],
    shared: null as SharedJobs | null,
    table: tableOfOneProcess(),
    mayReadHealth: (async () => false) as MayReadHealth,
    served: undefined as Pick<ServerOptions, 'tls' | 'reloadTls' | 'ticketKeys'> | undefined,
  };
  const service = {
    name,
    version,
    logger,
    now: clock,
    metrics: createMetrics(),
    /** Closes or stops the resource when the service ends, before everything that was opened earlier. */
    own<T extends Closable>(resource: T): T {
      ends.push(() => ('close' in resource ? resource.close() : resource.stop()));
      return resource;
    },
    /** Calls an end when the service ends, in the same order. */
    defer: (end: () => unknown) => void ends.push(end),
    /** Serves the listeners with this certificate; the functions load it, and the secret of session tickets, as they are now. */
    certificate(tls: TlsPair, reloadTls: () => Promise<TlsPair>, ticketKeys?: () => Promise<Buffer>): void {
      parts.served = { tls, reloadTls, ticketKeys };
    },
    route: (register: Register) => void parts.routes.push(register),
    /** Adds pages to the console, beside `GET /live`, `GET /ready`, `GET /health` and `GET /metrics`. */
    pages: (register: Register) => void parts.pages.push(register),
    /** Sets who, besides this machine, may read what `GET /health` found. */
    healthReaders(may: MayReadHealth): void {
      parts.mayReadHealth = may;
    },
    /** Adds a check to `GET /health`; they are shown in the order of these calls. */
    check: (check: HealthCheck) => void parts.checks.push(check),
    /** Starts a job once the service listens, each when the one before has started, those that run in one process last. */
    job(definition: JobDefinition) {
      parts.defined.push(definition);
      const running = () =>
        jobs.find((started) => started.name === definition.name)?.job ?? parts.shared?.running(definition.name);
      return {
        /** Runs a recurring job now, or once more after the run under way; does nothing while it does not run here. */
        trigger: async () => running()?.trigger?.(),
        isHere: () => running() !== undefined,
      };
    },
    /** Says where jobs and their runs are kept. Without it there is only this process. */
    jobTable(table: JobTable): void {
      parts.table = table;
    },
    /** Waits for work beside requests when the service ends: after the last request, while the jobs still run. */
    drain: (work: () => Promise<unknown>) => void parts.drained.push(work),
  };
  return { service, parts };
}
