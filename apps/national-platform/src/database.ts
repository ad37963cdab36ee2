import { mkdir } from 'node:fs/promises';
import type { CheckRecordTables } from '@ticket-check/check-records';
import type { AccountTables } from '@ticket-check/exchange';
import { CommandFailure } from '@ticket-check/runtime';
import { assertUndamaged, loadOrCreateKey, openStore, type Store, StoreError } from '@ticket-check/storage';
import type { Kysely } from 'kysely';
import type { CinemaTables } from './cinemas/cinema-tables.ts';
import type { NationalSettings } from './config.ts';
import { nationalMigrations } from './migrations.ts';
import type { PublicKeyTables } from './public-keys/public-key-tables.ts';
import type { TicketTables } from './tickets/ticket-tables.ts';

export type NationalTables = AccountTables & CheckRecordTables & CinemaTables & PublicKeyTables & TicketTables;

export type NationalStore = Store<NationalTables>;

/** The database as one transaction sees it. */
export type NationalTransaction = Kysely<NationalTables>;

/**
 * Opens the platform's store; the service and its commands may have it open at the same time.
 *
 * @throws CommandFailure when it cannot be opened or its key does not fit.
 */
export async function openDatabase(settings: NationalSettings): Promise<NationalStore> {
  const { DATA_DIR, DATABASE_URL: url, DATABASE_KEY_FILE: keyFile } = settings;
  try {
    await mkdir(DATA_DIR, { recursive: true, mode: 0o700 });
    const encryptionKey = url.startsWith('sqlite:') ? loadOrCreateKey(keyFile) : undefined;
    return await openStore<NationalTables>({ url, encryptionKey, migrations: nationalMigrations });
  } catch (error) {
    if (error instanceof StoreError) throw new CommandFailure(error.message, { cause: error });
    if (error instanceof Error && 'syscall' in error) {
      throw new CommandFailure(`The data directory ${DATA_DIR} cannot be made (${error.message}).`, { cause: error });
    }
    throw error;
  }
}

/**
 * Opens the store to serve from it, once it is known to be whole. Only for the one process that serves.
 *
 * @throws StoreError DAMAGED, and what `openDatabase` throws.
 */
export async function openServedDatabase(settings: NationalSettings): Promise<NationalStore> {
  const { DATABASE_URL: url, DATABASE_KEY_FILE: keyFile } = settings;
  if (url.startsWith('sqlite:')) assertUndamaged(url, loadOrCreateKey(keyFile));
  return openDatabase(settings);
}
