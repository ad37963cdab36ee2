import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseBusinessDate, parseCinemaCode } from '@ticket-check/protocol';
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
  const stepsFor = async (cinema?: string) => {
    const cinemaCode = cinema === undefined ? undefined : parseCinemaCode(cinema);
    const counting = countingCompleteness(store, parseBusinessDate('2026-11-24'), cinemaCode).compile(store.db);
    return (await explainOnSqlite(store, counting)).filter((step) => / (c|n|check_record)( |$)/.test(step));
  };
  const counted = [
    'SEARCH c USING COVERING INDEX check_record_cinema (cinema_code=? AND check_time>? AND check_time<?)',
    expect.stringMatching(/USING INDEX check_record_quarantine/),
    expect.stringContaining('USING COVERING INDEX outbox_check_time (check_time>? AND check_time<?'),
  ];
  expect(await stepsFor()).toEqual([
    'SEARCH check_record USING COVERING INDEX check_record_cinema',
    'SEARCH n USING COVERING INDEX check_record_cinema (cinema_code>?)',
    ...counted,
  ]);
  expect(await stepsFor('31012801')).toEqual(counted);
});
