import { join } from 'node:path';
import { openStore, sqliteUrl } from '@ticket-check/storage';
import { aDirectory } from '@ticket-check/storage/testing/directory';
import { onTestFinished } from 'vitest';
import { type TerminalStore, type TerminalTables, terminalMigrations } from '../tables.ts';

/** A terminal's store in a directory of its own, both gone when the test has finished. */
export async function openTestStore(): Promise<TerminalStore> {
  const url = sqliteUrl(join(aDirectory(), 'store.db'));
  const encryptionKey = '0f'.repeat(32);
  const store = await openStore<TerminalTables>({ url, encryptionKey, migrations: terminalMigrations });
  onTestFinished(() => store.close());
  return store;
}
