import type { FastifyInstance } from 'fastify';
import type { Logger } from './logger.ts';

/** One thing that must be well for the service to be well. What `run` answers is shown under `name`. */
export type HealthCheck = {
  name: string;
  run(): Promise<Record<string, unknown> & { ok: boolean }>;
};

export type HealthOptions = {
  name: string;
  version: string;
  checks: readonly HealthCheck[];
  logger: Logger;
  /** How long a check may take before it counts as failed. */
  timeoutMs?: number;
};

/**
 * Serves `GET /health`: 200 with `{ status: 'ok', name, version, [check]: {…} }`, or 503 with status `failing` when a
 * check says `ok: false`, throws or does not answer in time. Why a check threw is logged and not shown.
 */
export function serveHealth(app: FastifyInstance, options: HealthOptions): void {
  const { name, version, checks, logger, timeoutMs = 5000 } = options;
  app.get('/health', async (_request, reply) => {
    const results = await Promise.all(
      checks.map(async (check) => [check.name, await outcomeOf(check, timeoutMs, logger)] as const),
    );
    const well = results.every(([, result]) => result.ok);
    reply.code(well ? 200 : 503).header('cache-control', 'no-store');
    return { ...Object.fromEntries(results), status: well ? 'ok' : 'failing', name, version };
  });
}

async function outcomeOf(check: HealthCheck, timeoutMs: number, logger: Logger) {
  const { promise: late, resolve } = Promise.withResolvers<{ ok: false; error: string }>();
  const timer = setTimeout(() => resolve({ ok: false, error: `no answer within ${timeoutMs} ms` }), timeoutMs);
  try {
    return await Promise.race([check.run(), late]);
  } catch (error) {
    logger.error({ err: error, check: check.name }, 'health check failed');
    return { ok: false as const, error: 'failed; the log says why' };
  } finally {
    clearTimeout(timer);
  }
}
