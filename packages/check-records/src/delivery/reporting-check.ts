import { epochOf, wallClockAt } from '@ticket-check/protocol';
import { countedTotal, type HealthCheck, measuredGauge, type Recurring } from '@ticket-check/runtime';
import type { Logger } from 'pino';
import { Histogram, type Registry } from 'prom-client';
import type { Forwarder } from '../forwarder/forwarder.ts';
import type { Deadline, Summary } from '../outbox/summary.ts';
import type { RecordStore } from '../store/record-store.ts';

const MAX_NAMED = 20;

type Watched = {
  recordStore: Pick<RecordStore, 'summary'>;
  forwarder: Pick<Forwarder, 'status'>;
  deadline: Deadline;
  /** Epoch milliseconds, by the clock that check times are taken from. */
  now: () => number;
};

/** What `GET /health` shows of records on their way upstream; degraded if one that is on its way is past its deadline. */
export function reportingCheck({ recordStore, forwarder, deadline, now }: Watched): HealthCheck {
  return {
    name: 'records',
    async run() {
      const at = now();
      const summary = await recordStore.summary({ deadline, at: wallClockAt(at) });
      const { overdueWaiting, oldestUnsent, ...shown } = summary;
      const oldestMs = oldestUnsent === null ? null : Math.max(0, at - epochOf(oldestUnsent));
      return {
        ok: true,
        ...(overdueWaiting > 0 && { degraded: true }),
        ...shown,
        oldestUnsentSeconds: oldestMs === null ? null : Math.round(oldestMs / 1000),
        holdups: forwarder.status().holdups.slice(0, MAX_NAMED),
      };
    },
  };
}

const EVERY_MS = 30_000;
const REPEAT_MS = 10 * 60_000;

/** Raises the alarm in the log while records are overdue, every ten minutes, and says when none is. Reading R1. */
export function watchDeadlines(options: Watched & { logger: Logger }): Recurring {
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

export type Sending = { readonly forwarder: Forwarder; readonly deadline: Deadline };

/** Adds the metrics of check records to a registry, measured when it is read. Deadlines: reading R1. */
export function recordMetrics(
  registry: Registry,
  options: {
    recordStore: RecordStore;
    /** Missing if records go no further. */
    sending?: Sending;
    /** Epoch milliseconds, by the clock that check times are taken from. */
    now: () => number;
  },
): void {
  const { recordStore, sending, now } = options;
  // All gauges are read at once, and share what is being counted.
  const summarize = () => recordStore.summary(sending && { deadline: sending.deadline, at: wallClockAt(now()) });
  const gauge = (name: string, help: string, measure: (summary: Summary) => number) =>
    measuredGauge(registry, name, help, async () => measure(await summarize()));
  gauge('check_records_waiting', 'Records on their way upstream', ({ waiting }) => waiting);
  gauge('check_records_parked', 'Records that upstream refused', ({ parked }) => parked);
  gauge('check_records_quarantined', 'Records quarantined here', ({ quarantined }) => quarantined);
  const oldest = 'Time since the check of the oldest record that upstream has not confirmed, 0 if none';
  gauge('check_records_oldest_unsent_seconds', oldest, ({ oldestUnsent }) =>
    oldestUnsent === null ? 0 : Math.max(0, (now() - epochOf(oldestUnsent)) / 1000),
  );
  if (sending === undefined) return;
  const { forwarder } = sending;
  gauge('check_records_overdue', 'Records not confirmed in time, parked ones too', ({ overdue }) => overdue);
  const delivered = 'Records that upstream has confirmed to this process';
  countedTotal(registry, 'check_records_delivered_total', delivered, () => forwarder.status().delivered);
  const delay = new Histogram({
    name: 'check_records_delivery_seconds',
    help: 'Time from the check to the confirmation by upstream',
    buckets: [1, 2, 5, 15, 60, 300, 600, 1800, 3600, 7200, 21_600, 86_400],
    registers: [registry],
  });
  forwarder.onDelivered((records) => {
    const at = now();
    for (const { checkTime } of records) delay.observe(Math.max(0, (at - epochOf(checkTime)) / 1000));
  });
}
