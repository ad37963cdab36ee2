import { mkdir } from 'node:fs/promises';
import { CommandFailure } from '@ticket-check/runtime';
import { assertUndamaged, loadOrCreateKey, openStore, type Store, StoreError } from '@ticket-check/storage';
import type { ThirdPartySettings } from './config.ts';
import { type ThirdPartyTables, thirdPartyMigrations } from './migrations.ts';

export type ThirdPartyStore = Store<ThirdPartyTables>;

/**
 * Opens the platform's store; the service and its commands may have it open at the same time.
 *
 * @throws CommandFailure when it cannot be opened or its key does not fit.
 */
export async function openDatabase(settings: ThirdPartySettings): Promise<ThirdPartyStore> {
  const { DATA_DIR, DATABASE_URL: url, DATABASE_KEY_FILE: keyFile } = settings;
  try {
    await mkdir(DATA_DIR, { recursive: true, mode: 0o700 });
    const encryptionKey = url.startsWith('sqlite:') ? loadOrCreateKey(keyFile) : undefined;
    return await openStore<ThirdPartyTables>({ url, encryptionKey, migrations: thirdPartyMigrations });
  } catch (error) {
    if (error instanceof StoreError) throw new CommandFailure(error.message, { cause: error });
    throw error;
  }
}

/**
 * Opens the store to serve from it, once it is known to be whole. Only for the one process that serves.
 *
 * @throws StoreError DAMAGED, and what `openDatabase` throws.
 */
export async function openServedDatabase(settings: ThirdPartySettings): Promise<ThirdPartyStore> {
  const { DATABASE_URL: url, DATABASE_KEY_FILE: keyFile } = settings;
  if (url.startsWith('sqlite:')) assertUndamaged(url, loadOrCreateKey(keyFile));
  return openDatabase(settings);
}
