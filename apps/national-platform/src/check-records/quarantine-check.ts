import type { RecordStore } from '@ticket-check/check-records';
import type { HealthCheck } from '@ticket-check/runtime';

/** What `GET /health` shows of check records: how many were kept aside. */
export function quarantineCheck(recordStore: Pick<RecordStore, 'summary'>): HealthCheck {
  return {
    name: 'records',
    async run() {
      const { quarantined } = await recordStore.summary();
      return { ok: true, quarantined };
    },
  };
}
