import { BlockList, isIP } from 'node:net';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Logger } from './logger.ts';
import { metricsText, type Registry } from './metrics.ts';
import { guestOf } from './proxy-header.ts';
import { atMostEvery } from './shared-for.ts';
import { within } from './time.ts';

export type ConsoleOptions = {
  name: string;
  version: string;
  health: readonly HealthCheck[];
  metrics: Registry;
  logger: Logger;
  /** Who, besides this machine, may read what health found. */
  mayReadHealth?: MayReadHealth | undefined;
  /** What `GET /ready` answers by; `ready` by default. */
  phase?: (() => Phase) | undefined;
};

type Phase = 'starting' | 'ready' | 'stopping';

export type MayReadHealth = (request: FastifyRequest) => Promise<boolean>;

const COMPUTE_GAP_MS = 1000;
const CHECK_MS = 5000;

/**
 * Serves `GET /live`; `GET /ready`, with 503 while the service starts or stops, and never because of what all its processes share; and
 * `GET /health` and `/metrics`, computed at most once a second, because anyone may ask. Strangers get only status and version of health.
 */
export function serveConsole(app: FastifyInstance, options: ConsoleOptions): void {
  const { version, metrics, mayReadHealth, phase = () => 'ready' } = options;
  const healthNow = atMostEvery(COMPUTE_GAP_MS, () => reportHealth(options));
  const metricsNow = atMostEvery(COMPUTE_GAP_MS, () => metricsText(metrics));

  app.get('/live', async (_request, reply) => {
    reply.header('cache-control', 'no-store');
    return { live: true };
  });
  app.get('/ready', async (_request, reply) => {
    const now = phase();
    const isReady = now === 'ready';
    reply.code(isReady ? 200 : 503).header('cache-control', 'no-store');
    return { ready: isReady, ...(!isReady && { reason: now }) };
  });
  app.get('/health', async (request, reply) => {
    const report = await healthNow();
    reply.code(report.status === 'failing' ? 503 : 200).header('cache-control', 'no-store');
    const isTold = isFromHere(request) || (await mayReadHealth?.(request)) === true;
    return isTold ? report : { status: report.status, version };
  });
  app.get('/metrics', async (_request, reply) => {
    const text = await metricsNow();
    reply.type(metrics.contentType);
    return text;
  });
}

/** `ok: false`: the service cannot do its work; `degraded: true`: it needs attention. Other members are shown unchanged. */
type HealthResult = Record<string, unknown> & { ok: boolean; degraded?: boolean };

/** One thing that must be well for the service to be well. What `run` answers is shown under `name`. */
export type HealthCheck = {
  name: string;
  run(): Promise<HealthResult>;
};

/** Runs all checks. `failing`: one says `ok: false`, throws or does not answer in time. Why one threw is logged and not shown. */
export async function reportHealth({ name, version, health: checks, logger }: ConsoleOptions) {
  const results = await Promise.all(checks.map(async (check) => [check.name, await outcomeOf(check, logger)] as const));
  return { ...Object.fromEntries(results), status: statusOf(results.map(([, result]) => result)), name, version };
}

function statusOf(results: readonly HealthResult[]): 'ok' | 'degraded' | 'failing' {
  if (results.some(({ ok }) => !ok)) return 'failing';
  return results.some(({ degraded }) => degraded === true) ? 'degraded' : 'ok';
}

async function outcomeOf(check: HealthCheck, logger: Logger): Promise<HealthResult> {
  try {
    const result = await within(CHECK_MS, check.run());
    return result ?? { ok: false, error: `no answer within ${CHECK_MS} ms` };
  } catch (error) {
    logger.error({ err: error, check: check.name }, 'health check failed');
    return { ok: false, error: 'failed; the log says why' };
  }
}

const LOOPBACK = new BlockList();
LOOPBACK.addSubnet('127.0.0.0', 8, 'ipv4');
LOOPBACK.addAddress('::1', 'ipv6');

/** Headers that a proxy adds: the connection is then the proxy's, not the client's. */
const FORWARDED = ['forwarded', 'x-forwarded-for', 'x-real-ip', 'via'];

/** Whether a request comes from this machine, or from one of `besides`; one through a proxy does not. */
export function isFromHere(
  { socket, headers }: Pick<FastifyRequest, 'socket' | 'headers'>,
  besides?: BlockList,
): boolean {
  if (FORWARDED.some((name) => headers[name] !== undefined)) return false;
  const from = plain(socket.remoteAddress);
  if (from === '') return false;
  const isBeside = besides?.check(from, isIP(from) === 6 ? 'ipv6' : 'ipv4') === true;
  // A proxy's own machine need not be this one.
  if (guestOf(socket) !== undefined) return isBeside;
  // A client with one of this machine's own addresses is on this machine.
  if (from === plain(socket.localAddress)) return true;
  return isBeside || LOOPBACK.check(from, isIP(from) === 6 ? 'ipv6' : 'ipv4');
}

/** An IPv4 address as such, where the socket has it as one of IPv6. */
const plain = (address: string | undefined): string => (address ?? '').replace(/^::ffff:(?=\d+\.)/, '');
