import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseBusinessDate } from '@ticket-check/protocol';
import { openStore, sqliteUrl } from '@ticket-check/storage';
import { expect, onTestFinished, test } from 'vitest';
import { checkRecordMigrations } from '../tables/migrations.ts';
import type { CheckRecordTables } from '../tables/tables.ts';
import { explainOnSqlite } from '../testing/explain.ts';
import { countingCompleteness } from './count-completeness.ts';

test('completeness is counted in indexes, without reading the records of a day', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'completeness-'));
  const url = sqliteUrl(join(directory, 'store.db'));
  const store = await openStore<CheckRecordTables>({
    url,
    encryptionKey: '0f'.repeat(32),
    migrations: checkRecordMigrations,
  });
  onTestFinished(async () => {
    await store.close();
    rmSync(directory, { recursive: true, force: true });
  });
  const steps = await explainOnSqlite(
    store,
    countingCompleteness(store.engine, parseBusinessDate('2026-11-24')).compile(store.db),
  );
  const ofRecords = steps.filter((step) => step.includes('SEARCH c') || step.includes('SCAN c'));
  expect(ofRecords).toEqual([
    expect.stringContaining('USING COVERING INDEX check_record_check_time (check_time>? AND check_time<?)'),
    expect.stringMatching(/USING INDEX check_record_quarantine/),
    'SCAN c',
  ]);
});
