import type { RecordStore } from '@ticket-check/check-records';
import type { HealthCheck } from '@ticket-check/runtime';

/** Shows the number of quarantined records in `GET /health`. */
export function quarantineCheck(recordStore: Pick<RecordStore, 'summary'>): HealthCheck {
  return {
    name: 'records',
    async run() {
      const { quarantined } = await recordStore.summary();
      return { ok: true, quarantined };
    },
  };
}
