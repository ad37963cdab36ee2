import type { RecordStore } from '@ticket-check/check-records';
import type { HealthCheck } from '@ticket-check/runtime';
import { probeStore } from '@ticket-check/storage';
import type { NationalStore } from './database.ts';

/** What `GET /health` shows of the platform: that its store takes what it is given, and how many records were kept aside. */
export function nationalHealth(store: NationalStore, recordStore: Pick<RecordStore, 'summary'>): HealthCheck[] {
  return [
    { name: 'store', run: () => probeStore(store) },
    {
      name: 'records',
      async run() {
        const { quarantined } = await recordStore.summary();
        return { ok: true, quarantined };
      },
    },
  ];
}
