import type { Service } from '@ticket-check/runtime';
import type { Store } from '@ticket-check/storage';
import { dayAt, noteFormerDays } from '../operation.ts';
import { LogChangedError, type OperationTables } from '../transparency-log/log-tables.ts';
import { auditLogOf, serveCheckpoint } from '../transparency-log/transparency-log.ts';

const EVERY_MS = 1000;
/** The longest pause between attempts once somebody changed the database. */
const LONGEST_MS = 600_000;

/**
 * Keeps the audit of a service: its operations get their places in the log once a second, in one process, and its checkpoint
 * and hashes are served on the console. Once a day is over
 * it writes down how often machines read on it. Health is degraded where the log can no longer be continued. Scheme 5.3.2.2.
 */
export function keepAudit<DB extends OperationTables>(service: Service, store: Store<DB>): void {
  const log = auditLogOf(store);
  let fault: string | null = null;
  let readingsOf: string | undefined;
  async function keepUp() {
    await log.sequence();
    const today = dayAt(service.now);
    if (today === readingsOf) return;
    await noteFormerDays(store, service.now);
    readingsOf = today;
  }
  const job = service.job({
    name: 'audit',
    runs: 'in one process',
    ...{ everyMs: EVERY_MS, longestMs: LONGEST_MS, atOnce: true },
    async run() {
      fault = null;
      try {
        await keepUp();
        return undefined;
      } catch (error) {
        // Anything else may be over at the next run.
        if (!(error instanceof LogChangedError)) throw error;
        service.logger.error({ err: error }, 'failed to continue the audit: database was changed');
        fault = error.message;
        return 'back-off';
      }
    },
  });
  service.check({
    name: 'audit',
    // The health of the process that keeps the log tells.
    run: async () => (fault === null || !job.isHere() ? { ok: true } : { ok: true, degraded: true, fault }),
  });
  serveCheckpoint(service, log);
}
