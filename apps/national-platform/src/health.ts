import type { RecordStore } from '@ticket-check/check-records';
import type { HealthCheck } from '@ticket-check/runtime';

/** What `GET /health` shows of the platform: that its store answers, and how many records were kept aside. */
export function nationalHealth(recordStore: Pick<RecordStore, 'summary'>): HealthCheck[] {
  return [
    {
      name: 'records',
      async run() {
        const { quarantined } = await recordStore.summary();
        return { ok: true, quarantined };
      },
    },
  ];
}
