import { epochOf } from '@ticket-check/protocol';
import { coalesce } from '@ticket-check/storage';
import { Counter, Gauge, type Registry } from 'prom-client';
import type { Forwarder } from './forwarder/forwarder.ts';
import type { RecordStore } from './record-store.ts';
import type { Summary } from './summary.ts';

/** Adds how the records stand to a registry; measured when it is read. Deadlines: reading R1. */
export function recordMetrics(
  registry: Registry,
  { recordStore, forwarder, now }: { recordStore: RecordStore; forwarder?: Forwarder; now: () => number },
): void {
  const registers = [registry];
  // All gauges are read in one turn, from one query.
  const summarize = coalesce(async (askers: null[]) => {
    const summary = await recordStore.summary();
    return askers.map(() => summary);
  });
  const gauge = (name: string, help: string, measure: (summary: Summary) => number) =>
    new Gauge({
      name,
      help,
      registers,
      async collect() {
        this.set(measure(await summarize(null)));
      },
    });
  gauge('check_records_waiting', 'Records on their way upstream', ({ waiting }) => waiting);
  gauge('check_records_parked', 'Records that upstream refused', ({ parked }) => parked);
  gauge('check_records_quarantined', 'Records kept aside here', ({ quarantined }) => quarantined);
  gauge(
    'check_records_oldest_unsent_seconds',
    'Time since the check of the oldest record that upstream has not confirmed, 0 where there is none',
    ({ oldestUnsent }) => (oldestUnsent === null ? 0 : Math.max(0, (now() - epochOf(oldestUnsent)) / 1000)),
  );
  if (forwarder === undefined) return;
  new Counter({
    name: 'check_records_delivered_total',
    help: 'Records that upstream has confirmed to this process',
    registers,
    collect() {
      this.reset();
      this.inc(forwarder.status().delivered);
    },
  });
}
