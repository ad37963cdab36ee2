import { chmodSync, existsSync, mkdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Service } from '@ticket-check/runtime';
import { loadOrCreateKey } from './database-key.ts';
import type { Migrator } from './migrate.ts';
import type { Migrations } from './migrations.ts';
import { findDamage } from './set-aside.ts';
import { lookAtStore, openStore, type Store, type StoreOptions } from './store.ts';
import { errorText, StoreError } from './store-error.ts';
import { isSqliteUrl, parseSqliteUrl } from './store-url.ts';

export type DataSettings = {
  readonly DATA_DIR: string;
  readonly DATABASE_URL: string;
  readonly DATABASE_KEY_FILE: string;
};

/**
 * Opens the store of a service, for the service and its commands; directory, key and database are made on the first
 * start.
 * @throws StoreError CANNOT_OPEN when the directory cannot be used, and what `loadOrCreateKey` and `openStore` throw.
 */
export async function openDataStore<DB>(
  settings: DataSettings,
  migrations: Migrations,
  serving: Pick<StoreOptions, 'now' | 'onNewGeneration' | 'onAway' | 'onBack' | 'serves'> = {},
): Promise<Store<DB>> {
  const { DATA_DIR, DATABASE_URL: url, DATABASE_KEY_FILE: keyFile } = settings;
  makeDataDirectory(DATA_DIR);
  const encryptionKey = isSqliteUrl(url) ? loadOrCreateKey(keyFile) : undefined;
  const acknowledgedFile = join(DATA_DIR, 'acknowledged.json');
  return openStore<DB>({ url, encryptionKey, migrations, acknowledgedFile, ...serving });
}

/**
 * Looks at the steps of a service's database without changing it (`lookAtStore`).
 * @throws StoreError CANNOT_OPEN where there is no database yet, and what `lookAtStore` throws.
 */
export async function lookAtDataStore<T>(
  { DATABASE_URL: url, DATABASE_KEY_FILE: keyFile }: DataSettings,
  migrations: Migrations,
  look: (migrator: Migrator) => Promise<T>,
): Promise<T> {
  if (!isSqliteUrl(url)) return lookAtStore({ url, migrations }, look);
  const path = parseSqliteUrl(url);
  if (!existsSync(path))
    throw new StoreError('CANNOT_OPEN', `There is no database ${path} yet: the first start makes it.`);
  return lookAtStore({ url, migrations, encryptionKey: loadOrCreateKey(keyFile) }, look);
}

/**
 * The same to serve from it, once it is known to be whole. Only for the one process that serves.
 * @throws StoreError DAMAGED, and what `openDataStore` throws.
 */
export async function openServedDataStore<DB>(
  settings: DataSettings,
  migrations: Migrations,
  { now, logger }: Pick<Service, 'now' | 'logger'>,
): Promise<Store<DB>> {
  const { DATA_DIR, DATABASE_URL: url, DATABASE_KEY_FILE: keyFile } = settings;
  makeDataDirectory(DATA_DIR);
  const damage = isSqliteUrl(url) ? findDamage(url, loadOrCreateKey(keyFile)) : null;
  if (damage !== null) {
    throw new StoreError(
      'DAMAGED',
      `The database ${parseSqliteUrl(url)} is damaged (${damage}); put a backup in its place with \`store restore FILE\`.`,
    );
  }
  return openDataStore<DB>(settings, migrations, {
    serves: true,
    now,
    onNewGeneration: ({ generation, replaces }) =>
      logger.warn({ generation, replaces }, 'began a new generation: the database may lack records'),
    onAway: (fault, reason) => logger.error({ fault, reason }, 'database does not answer'),
    onBack: (awayMs) => logger.warn({ seconds: Math.round(awayMs / 100) / 10 }, 'database answers again'),
  });
}

/**
 * Creates the directory, or removes the access of others to an existing one; where that is impossible, at most its group
 * may enter it. Returns who can, as a sentence for the log, or null. Reading S1.
 * @throws StoreError CANNOT_OPEN
 */
export function makeDataDirectory(path: string): string | null {
  let refusal: unknown;
  try {
    mkdirSync(path, { recursive: true, mode: 0o700 });
    if (process.platform === 'win32' || (statSync(path).mode & 0o077) === 0) return null;
    try {
      chmodSync(path, 0o700);
    } catch (error) {
      refusal = error;
    }
    // There are file systems that take the call and change nothing.
    return leftOpen(path, refusal);
  } catch (error) {
    if (error instanceof StoreError) throw error;
    throw new StoreError('CANNOT_OPEN', `The data directory ${path} cannot be used: ${errorText(error)}.`, {
      cause: error,
    });
  }
}

function leftOpen(path: string, cause: unknown): string | null {
  const { mode, uid, gid } = statSync(path);
  if ((mode & 0o077) === 0) return null;
  const which = `The data directory ${path} of user ${uid} has mode ${(mode & 0o7777).toString(8)}`;
  const why = `its mode cannot be changed from here${cause === undefined ? '' : ` (${errorText(cause)})`}`;
  if ((mode & 0o007) === 0) return `${which}, and ${why}: who is in group ${gid} can enter it`;
  throw new StoreError(
    'CANNOT_OPEN',
    `${which}, so everybody on this machine can enter it, and ${why}. Take that away from outside: chmod o-rwx, or mount the volume so that it belongs to this service.`,
    { cause },
  );
}
