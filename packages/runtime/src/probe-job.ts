import type { HealthResult } from './console.ts';
import { every } from './jobs/every.ts';
import type { Logger } from './logger.ts';

const PROBE_EVERY_MS = 10_000;
const LOOK_EVERY_MS = 1000;
const MAX_PROBE_MS = 5000;

export type ProbeJob = {
  /** What the latest probe found; a failure also where the probe under way has taken too long. */
  latest(): HealthResult;
  /** Notes a fault that real work met: it is shown for ten seconds, whatever a probe finds meanwhile. */
  noteFault(error: string): void;
  /** No further probes; resolves when the one under way is over. */
  stop(): Promise<void>;
};

export type ProbeJobOptions = {
  name: string;
  probe(): Promise<HealthResult>;
  logger: Logger;
  everyMs?: number;
  /** Time to the next probe after a failure. */
  againMs?: number;
};

/**
 * Runs a probe now and every 10 s, a second after a failure, so that a health check shows its result without running it for
 * each request. It runs in every process: each reports its own connection. Resolves after the first probe.
 */
export async function startProbeJob(options: ProbeJobOptions): Promise<ProbeJob> {
  const { name, probe, logger, everyMs = PROBE_EVERY_MS, againMs = LOOK_EVERY_MS } = options;
  let result: HealthResult = { ok: false, error: 'not tried yet' };
  let triedAt = Number.NEGATIVE_INFINITY;
  let underWaySince: number | undefined;
  let met: { error: string; at: number } | undefined;

  async function run(): Promise<void> {
    const startedAt = performance.now();
    if (result.ok && startedAt - triedAt < everyMs) return;
    underWaySince = startedAt;
    try {
      result = await probe();
    } catch (error) {
      logger.error({ err: error, check: name }, 'health check failed');
      result = { ok: false, error: 'failed; the log says why' };
    }
    underWaySince = undefined;
    triedAt = startedAt;
  }

  const job = every({ name: `${name} probe`, everyMs: againMs, run, logger });
  await job.trigger();
  return {
    latest() {
      if (underWaySince !== undefined && performance.now() - underWaySince > MAX_PROBE_MS) {
        return { ok: false, error: `no answer within ${MAX_PROBE_MS} ms` };
      }
      if (met !== undefined && performance.now() - met.at < everyMs) return { ok: false, error: met.error };
      return result;
    },
    noteFault(error) {
      met = { error, at: performance.now() };
    },
    stop: job.stop,
  };
}
