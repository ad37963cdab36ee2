import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openStore, sqliteUrl } from '@ticket-check/storage';
import { onTestFinished } from 'vitest';
import { type TerminalStore, type TerminalTables, terminalMigrations } from '../tables.ts';

/** A terminal's store in a directory of its own, both gone when the test has finished. */
export async function openTestStore(): Promise<TerminalStore> {
  const directory = mkdtempSync(join(tmpdir(), 'terminal-store-'));
  const store = await openStore<TerminalTables>({
    url: sqliteUrl(join(directory, 'store.db')),
    encryptionKey: '0f'.repeat(32),
    migrations: terminalMigrations,
  });
  onTestFinished(async () => {
    await store.close();
    rmSync(directory, { recursive: true, force: true });
  });
  return store;
}
