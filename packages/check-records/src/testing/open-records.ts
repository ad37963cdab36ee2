import type { TestEngine } from '@ticket-check/storage/testing';
import { pino } from 'pino';
import { onTestFinished } from 'vitest';
import { createForwarder, type ForwarderOptions } from '../forwarder/forwarder.ts';
import { createRecordStore, type RecordStore } from '../store/record-store.ts';
import { checkRecordMigrations } from '../tables/migrations.ts';
import type { CheckRecordTables } from '../tables/tables.ts';

/** A store of check records, in a database of its own or in that of other processes. */
export const openStore = ({ open }: Pick<TestEngine, 'open'>, url?: string) =>
  open<CheckRecordTables>(checkRecordMigrations, url);

/** The same, and what keeps records in it. */
export async function openRecords(engine: Pick<TestEngine, 'open'>, url?: string) {
  const store = await openStore(engine, url);
  return { store, records: createRecordStore(store) };
}

/** A forwarder that completes nothing, is not started yet and ends with the test. */
export function makeForwarder(
  recordStore: RecordStore,
  options: Partial<ForwarderOptions> & Pick<ForwarderOptions, 'upstream' | 'now'>,
) {
  const logger = pino({ level: 'silent' });
  const forwarder = createForwarder({ recordStore, complete: async () => null, logger, ...options });
  onTestFinished(() => forwarder.stop());
  return forwarder;
}
