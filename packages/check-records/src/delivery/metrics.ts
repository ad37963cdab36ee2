import { epochOf, wallClockAt } from '@ticket-check/protocol';
import { countedTotal, measuredGauge } from '@ticket-check/runtime';
import { coalesce } from '@ticket-check/storage';
import { Counter, Histogram, type Registry } from 'prom-client';
import type { Forwarder } from '../forwarder/forwarder.ts';
import { type Deadline, isLate } from '../outbox/deadline.ts';
import type { Summary } from '../outbox/summary.ts';
import type { RecordStore } from '../store/record-store.ts';

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
  // All gauges are read in one turn, from one query.
  const summarize = coalesce(async (askers: null[]) => {
    const summary = await recordStore.summary(sending && { deadline: sending.deadline, at: wallClockAt(now()) });
    return askers.map(() => summary);
  });
  const gauge = (name: string, help: string, measure: (summary: Summary) => number) =>
    measuredGauge(registry, name, help, async () => measure(await summarize(null)));
  gauge('check_records_waiting', 'Records on their way upstream', ({ waiting }) => waiting);
  gauge('check_records_parked', 'Records that upstream refused', ({ parked }) => parked);
  gauge('check_records_quarantined', 'Records quarantined here', ({ quarantined }) => quarantined);
  for (const [of, since, oldestOf] of AGES) {
    gauge(`check_records_oldest_${of}_seconds`, `Time since ${since}, 0 if none`, (summary) => {
      const oldest = summary[oldestOf];
      return oldest === null ? 0 : Math.max(0, (now() - epochOf(oldest)) / 1000);
    });
  }
  if (sending === undefined) return;
  gauge(
    'check_records_overdue',
    'Records that upstream has not confirmed by their deadline, parked ones included',
    ({ overdue }) => overdue,
  );
  deliveryMetrics(registry, sending, now);
}

const AGES = [
  ['unsent', 'the check of the oldest record that upstream has not confirmed', 'oldestUnsent'],
  ['waiting', 'the check of the oldest record on its way upstream', 'oldestWaiting'],
  ['parked', 'upstream refused the record that has been parked for longest', 'oldestParked'],
  ['quarantined', 'the record came that has been quarantined longest', 'oldestQuarantined'],
] as const;

function deliveryMetrics(registry: Registry, { forwarder, deadline }: Sending, now: () => number): void {
  const registers = [registry];
  countedTotal(
    registry,
    'check_records_delivered_total',
    'Records that upstream has confirmed to this process',
    () => forwarder.status().delivered,
  );
  const late = new Counter({
    name: 'check_records_delivered_late_total',
    help: 'Of these, records confirmed after their deadline, resent ones included',
    registers,
  });
  const delay = new Histogram({
    name: 'check_records_delivery_seconds',
    help: 'Time from the check to the confirmation by upstream',
    buckets: [1, 2, 5, 15, 60, 300, 600, 1800, 3600, 7200, 21_600, 86_400],
    registers,
  });
  forwarder.onDelivered((records) => {
    const at = now();
    const atWallClock = wallClockAt(at);
    for (const record of records) {
      delay.observe(Math.max(0, (at - epochOf(record.checkTime)) / 1000));
      if (isLate(record, deadline, atWallClock)) late.inc();
    }
  });
}
