import { BlockList } from 'node:net';
import type { FastifyInstance } from 'fastify';
import type { ConnectionLimits } from './connection-limits.ts';
import { type ConsoleOptions, serveConsole } from './console.ts';
import { endTogether } from './ends.ts';
import { createApp, drain, type HttpsApp, listen, type TlsPair } from './https-app.ts';
import type { Logger } from './logger.ts';
import { countConnections, createMetrics, measureRequests, type Registry } from './metrics.ts';
import type { RunningService } from './serve-until-stopped.ts';
import { serveCertificate } from './served-certificate.ts';
import type { BaseSettings } from './settings.ts';
import { pause } from './time.ts';

export type ServerOptions = {
  name: string;
  version: string;
  settings: Pick<BaseSettings, 'HOST' | 'PORT' | 'CONSOLE_HOST' | 'CONSOLE_PORT' | 'DRAIN_SECONDS'> &
    Pick<BaseSettings, 'MAX_CONNECTIONS' | 'MAX_CONNECTIONS_PER_ADDRESS'> &
    Partial<Pick<BaseSettings, 'PROXY_ADDRESSES'>>;
  logger: Logger;
  tls: TlsPair;
  /** Loads the certificate as it is now: another one is served without a restart. */
  reloadTls?: () => Promise<TlsPair>;
  /** Answers the secret of TLS session tickets as it is now: processes that share it resume each other's sessions. */
  ticketKeys?: (() => Promise<Buffer>) | undefined;
  /** How often both are asked for; a minute by default. */
  reloadTlsEveryMs?: number;
  register(app: FastifyInstance): void | Promise<void>;
  registerPages?(app: FastifyInstance): void | Promise<void>;
  health?: ConsoleOptions['health'];
  mayReadHealth?: ConsoleOptions['mayReadHealth'];
  hasStarted?: () => boolean;
  /** The registry that `/metrics` shows; an empty one by default. */
  metrics?: Registry;
  /** How long requests under way may take to finish after `close` was called. */
  drainMs?: number;
};

/** Operators and monitoring need few connections. */
const CONSOLE_LIMITS: ConnectionLimits = { inAll: 256, perAddress: 128 };

/** What people fill in is short. */
const CONSOLE_BODY_LIMIT = 16 * 1024;

export type RunningServer = RunningService & { app: FastifyInstance; port: number };

/**
 * Starts two HTTPS listeners with one certificate, so that load on one does not block the other: for the service's routes, and for its
 * console. `url` and `consoleUrl` have 127.0.0.1 for 0.0.0.0 and the real port for 0. @throws ExpectedError if something is unusable.
 */
export async function startServer(options: ServerOptions): Promise<RunningServer> {
  const { settings, logger, tls, health = [], metrics = createMetrics() } = options;
  const { drainMs = 10_000, hasStarted = () => true } = options;
  let isStopping = false;
  const limits = { inAll: settings.MAX_CONNECTIONS, perAddress: settings.MAX_CONNECTIONS_PER_ADDRESS };
  const connections = countConnections(metrics);
  const proxies = settings.PROXY_ADDRESSES ?? new BlockList();
  const common = { tls, logger, proxies, isStopping: () => isStopping };
  const ofConsole = { limits: CONSOLE_LIMITS, bodyLimit: CONSOLE_BODY_LIMIT };
  const service = createApp({ ...common, limits, onFault: connections.faultAt('service') });
  const console = createApp({ ...common, ...ofConsole, onFault: connections.faultAt('console') });
  const both = [service, console];
  const [{ app }, { app: consoleApp }] = [service, console];
  connections.watch({ service: service.servers, console: console.servers });
  const certificate = serveCertificate({
    ...{ tls, apps: both, metrics, logger },
    reload: options.reloadTls,
    ticketKeys: options.ticketKeys,
    everyMs: options.reloadTlsEveryMs,
  });
  measureRequests(app, metrics);
  const closeBoth = (close: (one: HttpsApp) => Promise<void>) =>
    endTogether([certificate.stop, ...both.map((one) => () => close(one))], logger);
  try {
    await options.register(app);
    const phase = () => (isStopping ? 'stopping' : hasStarted() ? 'ready' : 'starting');
    serveConsole(consoleApp, { ...options, health: [...health, certificate.health], metrics, phase });
    await options.registerPages?.(consoleApp);
    await Promise.all([app.ready(), consoleApp.ready(), certificate.lookForTicketKeys()]);
    const { url, port } = await listen(app, settings.HOST, settings.PORT);
    const { url: consoleUrl } = await listen(consoleApp, settings.CONSOLE_HOST, settings.CONSOLE_PORT);
    let closing: Promise<void> | undefined;
    async function retire(): Promise<void> {
      isStopping = true;
      if (settings.DRAIN_SECONDS > 0) await pause(settings.DRAIN_SECONDS * 1000, undefined);
    }
    function close(): Promise<void> {
      isStopping = true;
      closing ??= closeBoth((one) => drain(one, drainMs, logger));
      return closing;
    }
    return { app, url, port, consoleUrl, retire, close };
  } catch (error) {
    await closeBoth((one) => one.app.close());
    throw error;
  }
}
