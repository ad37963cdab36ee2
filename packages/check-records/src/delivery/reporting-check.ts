import { epochOf, type WallClock, wallClockAt } from '@ticket-check/protocol';
import type { HealthCheck } from '@ticket-check/runtime';
import type { Forwarder } from '../forwarder/forwarder.ts';
import type { Deadline } from '../outbox/deadline.ts';
import type { Summary } from '../outbox/summary.ts';
import type { RecordStore } from '../store/record-store.ts';
import { STANDS_AFTER_SECONDS, standstills } from './standstill.ts';

const MAX_NAMED = 20;

/** What `GET /health` shows of records on their way upstream; degraded if reporting stands still. */
export function reportingCheck(options: {
  recordStore: Pick<RecordStore, 'summary' | 'standingCinemas'>;
  forwarder: Pick<Forwarder, 'status'>;
  deadline: Deadline;
  /** Epoch milliseconds, by the clock that check times are taken from. */
  now: () => number;
  /** The parts of the summary shown too. */
  details: (summary: Summary) => object;
}): HealthCheck {
  const { recordStore, forwarder, deadline, now, details } = options;
  return {
    name: 'records',
    async run() {
      const at = now();
      const [summary, standing] = await Promise.all([
        recordStore.summary({ deadline, at: wallClockAt(at) }),
        recordStore.standingCinemas({ at: wallClockAt(at), forSeconds: STANDS_AFTER_SECONDS }),
      ]);
      const { waiting, parked, overdue } = summary;
      const age = (since: WallClock | null) =>
        since === null ? null : Math.max(0, Math.round((at - epochOf(since)) / 1000));
      const { holdups } = forwarder.status();
      const standsStill = standstills(holdups, standing, at);
      return {
        ok: true,
        ...(standsStill.length > 0 && { degraded: true, standstills: standsStill.slice(0, MAX_NAMED) }),
        waiting,
        parked,
        overdue,
        oldestUnsentSeconds: age(summary.oldestUnsent),
        oldestWaitingSeconds: age(summary.oldestWaiting),
        oldestParkedSeconds: age(summary.oldestParked),
        oldestQuarantinedSeconds: age(summary.oldestQuarantined),
        ...details(summary),
        holdups: holdups.slice(0, MAX_NAMED),
      };
    },
  };
}
