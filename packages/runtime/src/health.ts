import type { Logger } from './logger.ts';
import { within } from './within.ts';

/**
 * The result of a check: `ok: false` if the service cannot do its work, `ok: true` with `degraded: true` if it can but
 * needs attention. Other members are shown unchanged.
 */
export type HealthResult = Record<string, unknown> & { ok: boolean; degraded?: boolean };

/** One thing that must be well for the service to be well. What `run` answers is shown under `name`. */
export type HealthCheck = {
  name: string;
  run(): Promise<HealthResult>;
};

export type HealthOptions = {
  name: string;
  version: string;
  checks: readonly HealthCheck[];
  logger: Logger;
  /** How long a check may take before it counts as failed. */
  timeoutMs?: number;
};

export type HealthReport = {
  status: 'ok' | 'degraded' | 'failing';
  name: string;
  version: string;
  [check: string]: unknown;
};

/**
 * Runs all checks and answers `{ status, name, version, [check]: {…} }`. The status is `failing` when a check says
 * `ok: false`, throws or does not answer in time, `degraded` when one says `degraded: true`, and otherwise `ok`. Why a
 * check threw is logged and not shown.
 */
export async function reportHealth(options: HealthOptions): Promise<HealthReport> {
  const { name, version, checks, logger, timeoutMs = 5000 } = options;
  const results = await Promise.all(
    checks.map(async (check) => [check.name, await outcomeOf(check, timeoutMs, logger)] as const),
  );
  return { ...Object.fromEntries(results), status: statusOf(results.map(([, result]) => result)), name, version };
}

function statusOf(results: readonly HealthResult[]): HealthReport['status'] {
  if (results.some(({ ok }) => !ok)) return 'failing';
  return results.some(({ degraded }) => degraded === true) ? 'degraded' : 'ok';
}

async function outcomeOf(check: HealthCheck, timeoutMs: number, logger: Logger): Promise<HealthResult> {
  try {
    const result = await within(timeoutMs, check.run());
    return result ?? { ok: false, error: `no answer within ${timeoutMs} ms` };
  } catch (error) {
    logger.error({ err: error, check: check.name }, 'health check failed');
    return { ok: false, error: 'failed; the log says why' };
  }
}
