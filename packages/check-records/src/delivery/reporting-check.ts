import { type CinemaCode, epochOf, wallClockAt } from '@ticket-check/protocol';
import type { HealthCheck, Recurring } from '@ticket-check/runtime';
import type { Logger } from 'pino';
import type { Forwarder, Holdup } from '../forwarder/forwarder.ts';
import type { Deadline } from '../outbox/deadline.ts';
import type { StandingCinema } from '../outbox/summary.ts';
import type { RecordStore } from '../store/record-store.ts';

/** A queue without deliveries for this long stands still. */
export const STANDS_AFTER_SECONDS = 600;

export type Standstill = Pick<Holdup, 'code' | 'message'> & {
  readonly cinemaCode: CinemaCode;
  readonly seconds: number;
};

/**
 * Why reporting stands still: the cinemas without deliveries for 10 minutes while something waits, each with its cause if this
 * process knows it; another process may be the one that sends. Empty while all of them move.
 *
 * @param now epoch milliseconds
 */
export function standstills(
  holdups: readonly Holdup[],
  standing: readonly StandingCinema[],
  now: number,
): Standstill[] {
  const causes = new Map(holdups.map((holdup) => [holdup.cinemaCode, holdup]));
  return standing.map(({ cinemaCode, since }) => ({
    cinemaCode,
    code: causes.get(cinemaCode)?.code ?? 'NOTHING_DELIVERED',
    message: causes.get(cinemaCode)?.message ?? 'records wait, and none was delivered for 10 minutes',
    seconds: Math.round((now - epochOf(since)) / 1000),
  }));
}

const MAX_NAMED = 20;

/** What `GET /health` shows of records on their way upstream; degraded if reporting stands still. */
export function reportingCheck(options: {
  recordStore: Pick<RecordStore, 'summary' | 'standingCinemas'>;
  forwarder: Pick<Forwarder, 'status'>;
  deadline: Deadline;
  /** Epoch milliseconds, by the clock that check times are taken from. */
  now: () => number;
}): HealthCheck {
  const { recordStore, forwarder, deadline, now } = options;
  return {
    name: 'records',
    async run() {
      const at = now();
      const [summary, standing] = await Promise.all([
        recordStore.summary({ deadline, at: wallClockAt(at) }),
        recordStore.standingCinemas({ at: wallClockAt(at), forSeconds: STANDS_AFTER_SECONDS }),
      ]);
      const { waiting, parked, overdue, quarantined, oldestUnsent, lastDeliveredAt } = summary;
      const { holdups } = forwarder.status();
      const standsStill = standstills(holdups, standing, at);
      return {
        ok: true,
        ...(standsStill.length > 0 && { degraded: true, standstills: standsStill.slice(0, MAX_NAMED) }),
        waiting,
        parked,
        overdue,
        quarantined,
        oldestUnsentSeconds:
          oldestUnsent === null ? null : Math.max(0, Math.round((at - epochOf(oldestUnsent)) / 1000)),
        lastDeliveredAt,
        holdups: holdups.slice(0, MAX_NAMED),
      };
    },
  };
}

const EVERY_MS = 30_000;
const REPEAT_MS = 10 * 60_000;

/**
 * Raises the alarm in the log when records are overdue, again every ten minutes while they are, and says when none is any
 * more. Reading R1.
 */
export function watchDeadlines(options: {
  recordStore: Pick<RecordStore, 'summary'>;
  forwarder: Pick<Forwarder, 'status'>;
  deadline: Deadline;
  /** Epoch milliseconds, by the clock that check times are taken from. */
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
