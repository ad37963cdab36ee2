import type { RecordStore } from '@ticket-check/check-records';
import type { HealthCheck, ProbeJob } from '@ticket-check/runtime';

/** What `GET /health` shows of the platform: that its store takes what it is given, and how many records were kept aside. */
export function nationalHealth(storeProbe: ProbeJob, recordStore: Pick<RecordStore, 'summary'>): HealthCheck[] {
  return [
    { name: 'store', run: async () => storeProbe.latest() },
    {
      name: 'records',
      async run() {
        const { quarantined } = await recordStore.summary();
        return { ok: true, quarantined };
      },
    },
  ];
}
