import { chmodSync, closeSync, openSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import Database from 'better-sqlite3';
import { saltOf, verifyKeyForm } from '../database-key.ts';
import { errorCode, errorText, StoreError } from '../store-error.ts';

/**
 * Pages of the write-ahead log at which a commit also copies them into the database, decrypting and encrypting each, while
 * everybody else waits: 7 ms, where SQLite's default of 1000 pages takes 25 ms.
 */
const CHECKPOINT_PAGES = 250;

/**
 * Opens an encrypted SQLite file (SQLCipher format, readings S1 and S2), making it when it is missing; its directory
 * must exist. Files have mode 0600, the journal is WAL and every commit is synced.
 */
export async function openSqliteFile(path: string, key: string): Promise<Database.Database> {
  verifyKeyForm(key);
  prepareFile(path);
  const giveUpAt = performance.now() + BUSY_TIMEOUT_MS;
  for (;;) {
    let db: Database.Database | undefined;
    try {
      db = new Database(path, { timeout: BUSY_TIMEOUT_MS });
      unlock(db, key);
      makeDurable(db, path);
      restrict(path);
      return db;
    } catch (error) {
      db?.close();
      // The change to WAL ignores the busy timeout for another connection's lock.
      if (!isBusy(error) || performance.now() > giveUpAt) throw asStoreError(error, path);
      await delay(1 + Math.random() * 10);
    }
  }
}

/**
 * Opens an existing file read-only; its writer has checked that it is durable. `busyTimeoutMs`: how long a question waits
 * in the rare moment when another connection sets up or tears down the log.
 */
export function openToRead(path: string, key: string, busyTimeoutMs: number): Database.Database {
  const db = new Database(path, { fileMustExist: true, timeout: busyTimeoutMs });
  try {
    unlock(db, key);
    db.pragma('query_only = ON');
    return db;
  } catch (error) {
    db.close();
    throw error;
  }
}

/** Opens what is encrypted; throws SQLITE_NOTADB where the key does not fit. */
export function unlock(db: Database.Database, key: string): void {
  db.pragma(`cipher='sqlcipher'`);
  // Raw bytes: deriving a key from a passphrase would take a tenth of a second at every opening.
  db.pragma(`key="x'${key}${saltOf(key).toString('hex')}'"`);
  db.prepare('select count(*) from sqlite_schema').get();
  // Sorting would spill plain text to disk.
  db.pragma('temp_store=MEMORY');
}

/** What is wrong with the pages of a file, in a few words; null if nothing is. */
export function damageIn(db: Database.Database): string | null {
  const found = String(db.pragma('quick_check(1)', { simple: true }));
  return found === 'ok' ? null : found.replaceAll(/\s+/g, ' ');
}

function makeDurable(db: Database.Database, path: string): void {
  const journal = db.pragma('journal_mode=WAL', { simple: true });
  db.pragma('synchronous=FULL');
  db.pragma(`wal_autocheckpoint=${CHECKPOINT_PAGES}`);
  // On macOS a plain fsync leaves the data in the drive's cache.
  db.pragma('fullfsync=ON');
  const synchronous = db.pragma('synchronous', { simple: true });
  if (journal !== 'wal' || synchronous !== 2) {
    throw new StoreError(
      'NOT_DURABLE',
      `The database ${path} cannot be written durably: its file system gives journal_mode ${journal}, synchronous ${synchronous} instead of WAL and FULL.`,
    );
  }
}

// Only by path: closing a file descriptor of the database would drop the locks of this process's other connections to
// it.
function prepareFile(path: string): void {
  const directory = dirname(path);
  if (!statSync(directory, { throwIfNoEntry: false })?.isDirectory()) {
    throw new StoreError(
      'CANNOT_OPEN',
      `The database ${path} cannot be opened: the directory ${directory} does not exist.`,
    );
  }
  try {
    // SQLite gives -wal and -shm the mode of the database file.
    closeSync(openSync(path, 'wx', 0o600));
  } catch (error) {
    if (errorCode(error) !== 'EEXIST') throw asStoreError(error, path);
  }
  if (!statSync(path).isFile()) {
    throw new StoreError('CANNOT_OPEN', `The database ${path} cannot be opened: it is not a file.`);
  }
  restrict(path);
}

function restrict(path: string): void {
  if (process.platform === 'win32') return;
  try {
    for (const file of [path, `${path}-wal`, `${path}-shm`]) {
      const mode = statSync(file, { throwIfNoEntry: false })?.mode;
      if (mode !== undefined && (mode & 0o777) !== 0o600) chmodSync(file, 0o600);
    }
  } catch (error) {
    throw asStoreError(error, path);
  }
}

function asStoreError(error: unknown, path: string): StoreError {
  if (error instanceof StoreError) return error;
  const code = errorCode(error);
  if (code === 'SQLITE_NOTADB') {
    return new StoreError(
      'WRONG_KEY',
      `The database ${path} cannot be read: either the database key is not the one it was made with, or the file is not a database of this program.`,
      { cause: error },
    );
  }
  if (isBusy(error)) return busy(error);
  if (code.startsWith('SQLITE_CORRUPT')) {
    return new StoreError('DAMAGED', `The database ${path} is damaged: ${errorText(error)}.`, { cause: error });
  }
  return new StoreError('CANNOT_OPEN', `The database ${path} cannot be opened: ${errorText(error)}.`, { cause: error });
}

export const BUSY_TIMEOUT_MS = 5000;

export function isBusy(error: unknown): boolean {
  return errorCode(error).startsWith('SQLITE_BUSY');
}

export function busy(cause: unknown): StoreError {
  const seconds = BUSY_TIMEOUT_MS / 1000;
  return new StoreError('BUSY', `The database stayed locked by another process for ${seconds} seconds.`, { cause });
}
