import { mkdir } from 'node:fs/promises';
import { CommandFailure } from '@ticket-check/runtime';
import { loadOrCreateKey, openStore, type Store, StoreError } from '@ticket-check/storage';
import type { TerminalSettings } from './config.ts';
import { type TerminalTables, terminalMigrations } from './migrations.ts';

/**
 * Opens this terminal's encrypted store, made on the first start.
 *
 * @throws CommandFailure when the directory, the key or the database cannot be used.
 */
export async function openTerminalStore(settings: TerminalSettings): Promise<Store<TerminalTables>> {
  try {
    await mkdir(settings.DATA_DIR, { recursive: true, mode: 0o700 });
    const encryptionKey = loadOrCreateKey(settings.DATABASE_KEY_FILE);
    return await openStore<TerminalTables>({
      url: settings.DATABASE_URL,
      encryptionKey,
      migrations: terminalMigrations,
    });
  } catch (error) {
    if (error instanceof StoreError) throw new CommandFailure(error.message, { cause: error });
    const { code, path } = error as NodeJS.ErrnoException;
    if (path === undefined) throw error;
    throw new CommandFailure(`The data directory ${settings.DATA_DIR} cannot be used (${code}).`, { cause: error });
  }
}
