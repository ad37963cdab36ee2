import { chmodSync, mkdirSync, statSync } from 'node:fs';
import { loadOrCreateKey } from './database-key.ts';
import type { Migrations } from './migrations.ts';
import { assertUndamaged } from './set-aside.ts';
import { isSqliteUrl } from './sqlite/sqlite-url.ts';
import { openStore, type Store, type StoreOptions } from './store.ts';
import { errorText, StoreError } from './store-error.ts';

/** Where a service keeps its data, in the words of its settings. */
export type DataSettings = {
  readonly DATA_DIR: string;
  readonly DATABASE_URL: string;
  readonly DATABASE_KEY_FILE: string;
};

/**
 * Opens the store of a service, for the service and its commands alike: directory, key and database are made on the first
 * start.
 *
 * @throws StoreError CANNOT_OPEN when the directory cannot be used, and what `loadOrCreateKey` and `openStore` throw.
 */
export async function openDataStore<DB>(
  settings: DataSettings,
  migrations: Migrations,
  watching: Pick<StoreOptions, 'now' | 'onNewLife'> = {},
): Promise<Store<DB>> {
  const { DATA_DIR, DATABASE_URL: url, DATABASE_KEY_FILE: keyFile } = settings;
  makeDataDirectory(DATA_DIR);
  const encryptionKey = isSqliteUrl(url) ? loadOrCreateKey(keyFile) : undefined;
  return openStore<DB>({ url, encryptionKey, migrations, ...watching });
}

/**
 * The same to serve from it, once it is known to be whole. Only for the one process that serves.
 *
 * @throws StoreError DAMAGED, and what `openDataStore` throws.
 */
export async function openServedDataStore<DB>(
  settings: DataSettings,
  migrations: Migrations,
  watching: Pick<StoreOptions, 'now' | 'onNewLife'> = {},
): Promise<Store<DB>> {
  const { DATA_DIR, DATABASE_URL: url, DATABASE_KEY_FILE: keyFile } = settings;
  makeDataDirectory(DATA_DIR);
  if (isSqliteUrl(url)) assertUndamaged(url, loadOrCreateKey(keyFile));
  return openDataStore<DB>(settings, migrations, watching);
}

/**
 * Makes the directory, or closes one that others than its owner can enter. Reading S1.
 *
 * @throws StoreError CANNOT_OPEN
 */
export function makeDataDirectory(path: string): void {
  try {
    mkdirSync(path, { recursive: true, mode: 0o700 });
    if (process.platform !== 'win32' && (statSync(path).mode & 0o077) !== 0) chmodSync(path, 0o700);
  } catch (error) {
    throw new StoreError('CANNOT_OPEN', `The data directory ${path} cannot be used: ${errorText(error)}.`, {
      cause: error,
    });
  }
}
