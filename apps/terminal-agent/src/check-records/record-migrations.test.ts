import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openStore, sqliteUrl } from '@ticket-check/storage';
import { sql } from 'kysely';
import { expect, it, onTestFinished } from 'vitest';
import { type TerminalTables, terminalMigrations } from '../migrations.ts';

it('records that an earlier version made keep their gates, and none of them is written anew', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'terminal-store-'));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  const at = { url: sqliteUrl(join(directory, 'store.db')), encryptionKey: '0123456789abcdef'.repeat(4) };
  const steps = Object.entries(terminalMigrations);
  const earlier = steps.filter(([name]) => name < '2026-11-26-records-by-account-and-gate');
  const before = await openStore<unknown>({ ...at, migrations: Object.fromEntries(earlier) });
  await sql`
    insert into check_record
    select '019a', '31012801', '1234567890123456', '2026-11-24T20:00:00', 'code', '2026-11-24T19:50:00', '1', '1', '1', '1', '1',
      'Normal', 1, 1, 1, 1, 'gate-1', '2026-11-24T19:50:00', null, '', 'identity'
  `.execute(before.db);
  await sql`
    create trigger write_nothing before update on check_record begin select raise(abort, 'written anew'); end
  `.execute(before.db);
  await before.close();

  const after = await openStore<TerminalTables>({ ...at, migrations: terminalMigrations });
  onTestFinished(() => after.close());
  expect(await after.db.selectFrom('checkRecord').select(['recordId', 'account', 'gate']).execute()).toEqual([
    { recordId: '019a', account: '', gate: 'gate-1' },
  ]);
});
