import type { FastifyInstance } from 'fastify';
import type { HealthCheck, MayReadHealth } from './console.ts';
import { createEndStack, endTogether } from './ends.ts';
import type { TlsPair } from './https-app.ts';
import { type Job, type JobDefinition, type JobTable, startJob, tableOfOneProcess } from './jobs/job.ts';
import { type SharedJobs, startSharedJobs } from './jobs/shared-jobs.ts';
import type { Logger } from './logger.ts';
import { createMetrics, type Registry } from './metrics.ts';
import type { RunningService } from './serve-until-stopped.ts';
import type { ServerOptions } from './server.ts';
import type { Clock } from './time.ts';

/** A service while it is put together: each capability adds what it consists of. */
export type Service = {
  readonly name: string;
  /** That of the program. */
  readonly version: string;
  readonly logger: Logger;
  readonly now: Clock;
  readonly metrics: Registry;
  /** Closes or stops the resource when the service ends, before everything that was opened earlier. */
  own<T extends Closable>(resource: T): T;
  /** Calls `end` when the service ends, in the same order. */
  defer(end: () => unknown): void;
  /**
   * Serves the listeners with this certificate; `reload` loads it as it is now, `ticketKeys` the secret of session tickets. To be
   * called once.
   */
  certificate(tls: TlsPair, reload: () => Promise<TlsPair>, ticketKeys?: () => Promise<Buffer>): void;
  route(register: (app: FastifyInstance) => void | Promise<void>): void;
  /** Adds pages to the console, beside `GET /live`, `GET /ready`, `GET /health` and `GET /metrics`. */
  pages(register: (console: FastifyInstance) => void | Promise<void>): void;
  /** Sets who, besides this machine, may read what `GET /health` found. Called once. */
  healthReaders(may: MayReadHealth): void;
  /** Adds a check to `GET /health`; they are shown in the order of these calls. */
  check(check: HealthCheck): void;
  /**
   * Starts a job once the service listens. Whatever speaks upstream is such a job: a service that cannot start has sent
   * nothing. Jobs are started in the order of these calls, each when the one before has started, those that run in one process last.
   */
  job(job: JobDefinition): JobHandle;
  /** Says where jobs and their runs are kept. Without it there is only this process. */
  jobTable(table: JobTable): void;
  /** Waits for work beside requests when the service ends: after the last request, while the jobs still run. */
  drain(work: () => Promise<unknown>): void;
};

type JobHandle = {
  /** Runs a recurring job now, or once more after the run under way; does nothing while it runs in another process or not yet. */
  trigger(): Promise<void>;
  /** Whether it runs in this process now. */
  isHere(): boolean;
};

type Closable = { close(): unknown } | { stop(): unknown };

export type ServiceOptions = Pick<ServerOptions, 'name' | 'version' | 'settings' | 'logger' | 'drainMs'> & {
  /** The machine's clock by default. */
  clock?: Clock | undefined;
};

/**
 * Starts a service: `build` assembles it, then its server listens, then its jobs start, then it is ready. Returns what `build`
 * returned, with the addresses.
 *
 * It stops in the opposite order. The server takes no new requests and finishes those under way; the work that `drain`
 * named is awaited; all jobs stop together; owned resources are closed, latest first. Every step is tried even if others
 * fail, and `close` rejects with the first error at the end. A start that fails midway closes what it had opened in the
 * same way, and rejects with its own error.
 *
 * @throws ExpectedError when the certificate or its key is unusable, or an address cannot be listened on; what `build`
 * and the starts of jobs throw.
 */
export function startService(
  options: ServiceOptions,
  build: (service: Service) => Promise<void>,
): Promise<RunningService>;
export function startService<Offer extends object>(
  options: ServiceOptions,
  build: (service: Service) => Promise<Offer>,
): Promise<RunningService & Offer>;
export async function startService(
  options: ServiceOptions,
  build: (service: Service) => Promise<unknown>,
): Promise<RunningService> {
  const { logger, clock = Date.now, ...server } = options;
  const metrics = createMetrics();
  const ends = createEndStack(logger);
  const checks: HealthCheck[] = [];
  const routes: ((app: FastifyInstance) => void | Promise<void>)[] = [];
  const pages: ((console: FastifyInstance) => void | Promise<void>)[] = [];
  const drained: (() => Promise<unknown>)[] = [];
  const defined: JobDefinition[] = [];
  const jobs: { readonly name: string; readonly job: Job }[] = [];
  let shared: SharedJobs | null = null;
  let table: JobTable = tableOfOneProcess();
  let mayReadHealth: MayReadHealth = async () => false;
  let hasStarted = false;
  let served: Pick<ServerOptions, 'tls' | 'reloadTls' | 'ticketKeys'> | undefined;

  const service: Service = {
    name: server.name,
    version: server.version,
    logger,
    now: clock,
    metrics,
    own(resource) {
      ends.defer(() => ('close' in resource ? resource.close() : resource.stop()));
      return resource;
    },
    defer: ends.defer,
    certificate(tls, reloadTls, ticketKeys) {
      served = { tls, reloadTls, ticketKeys };
    },
    route: (register) => void routes.push(register),
    pages: (register) => void pages.push(register),
    healthReaders(may) {
      mayReadHealth = may;
    },
    check: (check) => void checks.push(check),
    job(definition) {
      defined.push(definition);
      const { name } = definition;
      const running = () => jobs.find((started) => started.name === name)?.job ?? shared?.running(name);
      return { trigger: async () => running()?.trigger?.(), isHere: () => running() !== undefined };
    },
    jobTable(given) {
      table = given;
    },
    drain: (work) => void drained.push(work),
  };

  try {
    const offer = await build(service);
    if (served === undefined) throw new Error(`${server.name} was given no certificate to serve with`);
    ends.defer(() =>
      endTogether(
        [...jobs.map(({ job }) => job), ...(shared === null ? [] : [shared])].map((job) => () => job.stop()),
        logger,
      ),
    );
    ends.defer(() => endTogether(drained, logger));
    // A command, which serves nothing, starts in less time without what a server is made of.
    const { startServer } = await import('./server.ts');
    const {
      url,
      consoleUrl,
      retire,
      close: closeServer,
    } = await startServer({
      ...server,
      ...served,
      logger,
      metrics,
      health: checks,
      mayReadHealth,
      hasStarted: () => hasStarted,
      async register(app) {
        for (const register of routes) await register(app);
      },
      async registerPages(app) {
        for (const register of pages) await register(app);
      },
    });
    ends.defer(closeServer);
    const context = { table, now: clock, logger };
    for (const job of defined)
      if (job.runs === 'everywhere') jobs.push({ name: job.name, job: await startJob(job, context) });
    const inOneProcess = defined.filter(({ runs }) => runs === 'in one process');
    if (inOneProcess.length > 0) shared = await startSharedJobs(inOneProcess, context);

    hasStarted = true;
    let closing: Promise<void> | undefined;
    return { ...(offer ?? {}), url, consoleUrl, retire, close: () => (closing ??= ends.endAll()) };
  } catch (error) {
    await ends.endAll().catch((err: unknown) => logger.error({ err }, 'failed to close after a failed start'));
    throw error;
  }
}
