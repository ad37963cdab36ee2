import type { FastifyInstance, FastifyRequest } from 'fastify';
import { atMostEvery } from './at-most-every.ts';
import { isFromHere } from './from-here.ts';
import { type HealthCheck, reportHealth } from './health.ts';
import type { Logger } from './logger.ts';
import { metricsText, type Registry } from './metrics.ts';

export type ConsoleOptions = {
  /** The service's name and version, as `/health` shows them. */
  name: string;
  version: string;
  health: readonly HealthCheck[];
  metrics: Registry;
  logger: Logger;
  /** Who, besides this machine, may read what health found. */
  mayReadHealth?: MayReadHealth | undefined;
};

export type MayReadHealth = (request: FastifyRequest) => Promise<boolean>;

const COMPUTE_GAP_MS = 1000;

/**
 * Serves `GET /health`, with 503 if a check fails, and `GET /metrics`. Anyone may ask, so each answer is computed at most
 * once a second and shared; strangers get only status and version.
 */
export function serveConsole(app: FastifyInstance, options: ConsoleOptions): void {
  const { name, version, health, metrics, logger, mayReadHealth } = options;
  const healthNow = atMostEvery(COMPUTE_GAP_MS, () => reportHealth({ name, version, checks: health, logger }));
  const metricsNow = atMostEvery(COMPUTE_GAP_MS, () => metricsText(metrics));

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
