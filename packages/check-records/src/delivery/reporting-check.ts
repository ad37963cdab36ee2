import { epochOf, wallClockAt } from '@ticket-check/protocol';
import type { HealthCheck, Recurring } from '@ticket-check/runtime';
import type { Logger } from 'pino';
import type { Forwarder } from '../forwarder/forwarder.ts';
import type { Deadline } from '../outbox/deadline.ts';
import type { RecordStore } from '../store/record-store.ts';

const MAX_NAMED = 20;

/** What `GET /health` shows of records on their way upstream; degraded if one that is on its way is past its deadline. */
export function reportingCheck(options: {
  recordStore: Pick<RecordStore, 'summary'>;
  forwarder: Pick<Forwarder, 'status'>;
  deadline: Deadline;
  now: () => number;
}): HealthCheck {
  const { recordStore, forwarder, deadline, now } = options;
  return {
    name: 'records',
    async run() {
      const at = now();
      const summary = await recordStore.summary({ deadline, at: wallClockAt(at) });
      const { waiting, parked, overdue, overdueWaiting, quarantined, oldestUnsent, lastDeliveredAt } = summary;
      return {
        ok: true,
        ...(overdueWaiting > 0 && { degraded: true }),
        waiting,
        parked,
        overdue,
        quarantined,
        oldestUnsentSeconds:
          oldestUnsent === null ? null : Math.max(0, Math.round((at - epochOf(oldestUnsent)) / 1000)),
        lastDeliveredAt,
        holdups: forwarder.status().holdups.slice(0, MAX_NAMED),
      };
    },
  };
}

const EVERY_MS = 30_000;
const REPEAT_MS = 10 * 60_000;

/** Raises the alarm in the log while records are overdue, every ten minutes, and says when none is. Reading R1. */
export function watchDeadlines(options: {
  recordStore: Pick<RecordStore, 'summary'>;
  forwarder: Pick<Forwarder, 'status'>;
  deadline: Deadline;
  now: () => number;
  logger: Logger;
}): Recurring {
  const { recordStore, forwarder, deadline, now, logger } = options;
  let alarmedAt: number | null = null;

  async function look(): Promise<void> {
    const at = now();
    const { overdue, oldestUnsent } = await recordStore.summary({ deadline, at: wallClockAt(at) });
    if (overdue === 0) {
      if (alarmedAt !== null) logger.info('check records no longer overdue');
      alarmedAt = null;
      return;
    }
    // A clock that was set back must not silence the alarm.
    if (alarmedAt !== null && Math.abs(at - alarmedAt) < REPEAT_MS) return;
    alarmedAt = at;
    const [holdup] = forwarder.status().holdups;
    logger.error({ overdue, oldestUnsent, holdup }, 'check records overdue: not confirmed upstream in time');
  }

  return { everyMs: EVERY_MS, run: look, atOnce: true };
}
