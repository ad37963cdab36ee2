import { randomUUID } from 'node:crypto';
import type { AddressInfo } from 'node:net';
import { createSecureContext } from 'node:tls';
import { type FastifyInstance, fastify, LogController } from 'fastify';
import { CommandFailure } from './command-failure.ts';
import { answerErrors } from './error-answers.ts';
import { type HealthCheck, serveHealth } from './health.ts';
import type { Logger } from './logger.ts';
import { createMetrics, type Registry, serveMetrics } from './metrics.ts';
import { RequestLogger } from './request-logger.ts';
import type { RunningService } from './serve-until-stopped.ts';
import { type BaseSettings, httpsUrl } from './settings.ts';

export type ServerOptions = {
  /** The service's name and version, as `/health` shows them. */
  name: string;
  version: string;
  settings: Pick<BaseSettings, 'HOST' | 'PORT'>;
  logger: Logger;
  /** PEM texts of the certificate chain and its private key. */
  tls: { cert: string; key: string };
  /** Adds the service's own routes. */
  register(app: FastifyInstance): void | Promise<void>;
  health?: readonly HealthCheck[];
  /** The registry that `/metrics` shows; an empty one by default. */
  metrics?: Registry;
  /** How long requests under way may take to finish after `close` was called. */
  drainMs?: number;
};

export type RunningServer = RunningService & { app: FastifyInstance; port: number };

/**
 * Starts an HTTPS server (TLS 1.2 or newer) with the service's routes, `GET /health` and `GET /metrics`. Every reply
 * carries its request id as `x-request-id`, which the log lines of that request carry as `requestId`.
 * `url` is where it listens (127.0.0.1 where HOST is 0.0.0.0), with the real port where PORT is 0.
 * `close` stops accepting, lets requests under way finish, and then closes; calling it again changes nothing.
 *
 * @throws CommandFailure when the certificate or its key is unusable, or the address cannot be listened on.
 */
export async function startServer(options: ServerOptions): Promise<RunningServer> {
  const { name, version, settings, logger, tls, drainMs = 10_000 } = options;
  const app = createApp(tls, logger);
  answerErrors(app);
  serveHealth(app, { name, version, checks: options.health ?? [], logger });
  serveMetrics(app, options.metrics ?? createMetrics());
  try {
    await options.register(app);
    await app.ready();
    await listen(app, settings.HOST, settings.PORT);
  } catch (error) {
    await app.close();
    throw error;
  }
  const { port } = app.server.address() as AddressInfo;
  const url = httpsUrl(settings.HOST === '0.0.0.0' || settings.HOST === '::' ? '127.0.0.1' : settings.HOST, port);
  let closing: Promise<void> | undefined;
  return { app, url, port, close: () => (closing ??= drain(app, drainMs, logger)) };
}

function createApp(tls: ServerOptions['tls'], logger: Logger): FastifyInstance {
  assertUsable(tls);
  const app = fastify({
    https: { cert: tls.cert, key: tls.key, minVersion: 'TLSv1.2', handshakeTimeout: 30_000 },
    loggerInstance: logger,
    logController: new LogController({ disableRequestLogging: true, requestIdLogLabel: 'requestId' }),
    // A caller's own id could forge or flood log lines.
    requestIdHeader: false,
    genReqId: () => randomUUID(),
    childLoggerFactory: (parent, bindings) => new RequestLogger(parent, bindings),
    trustProxy: false,
    requestTimeout: 60_000,
    return503OnClosing: true,
    forceCloseConnections: 'idle',
  });
  app.addHook('onRequest', (request, reply, done) => {
    reply.header('x-request-id', request.id);
    done();
  });
  // Plugins are typed for the default server type; nothing they may use differs between http and https.
  return app as unknown as FastifyInstance;
}

function assertUsable(tls: ServerOptions['tls']): void {
  try {
    createSecureContext({ cert: tls.cert, key: tls.key });
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new CommandFailure(`The TLS certificate and its private key cannot be used (${reason}).`, { cause: error });
  }
}

const LISTEN_FAULTS: Record<string, string> = {
  EADDRINUSE: 'another program already listens there',
  EACCES: 'this user may not listen there',
  EADDRNOTAVAIL: 'this machine does not have that address',
  ENOTFOUND: 'that host name is not known',
  EAI_AGAIN: 'that host name cannot be resolved now',
};

async function listen(app: FastifyInstance, host: string, port: number): Promise<void> {
  try {
    // Thousands of terminals reconnect at once when a platform restarts; the default of 511 makes them wait for retries.
    await app.listen({ host, port, backlog: 4096, listenTextResolver: (address) => `listening on ${address}` });
  } catch (error) {
    const reason = LISTEN_FAULTS[(error as NodeJS.ErrnoException).code ?? ''];
    if (reason === undefined) throw error;
    throw new CommandFailure(`Cannot listen on ${host} port ${port}: ${reason}.`, { cause: error });
  }
}

async function drain(app: FastifyInstance, drainMs: number, logger: Logger): Promise<void> {
  // A connection is kept alive after its last answer, and nobody closes it then but us.
  const sweep = setInterval(() => app.server.closeIdleConnections(), 50);
  // A connection that never completes its request would hold the server open for ever.
  const deadline = setTimeout(() => {
    logger.warn({ drainMs }, 'requests still under way were cut off');
    app.server.closeAllConnections();
  }, drainMs);
  try {
    await app.close();
  } finally {
    clearInterval(sweep);
    clearTimeout(deadline);
  }
}
