import {
  closeSync,
  existsSync,
  linkSync,
  openSync,
  readdirSync,
  readSync,
  renameSync,
  rmSync,
  statSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import Database from 'better-sqlite3';
import { syncDirectory } from './durable-file.ts';
import { keyFits } from './salvage/salvage-rows.ts';
import { damageIn, unlock } from './sqlite/sqlite-file.ts';
import { errorCode, errorText } from './store-error.ts';
import { isSqliteUrl, parseSqliteUrl } from './store-url.ts';

/** A file of this size is read in a few seconds; of a larger one only what opening it needs is. */
const MAX_CHECKED_BYTES = 1024 ** 3;

/**
 * Checks a SQLite file for damage: up to 1 GiB, that every page is readable and consistent; of a larger file, that it
 * opens. Returns the damage in a few words; null for an intact or missing file, PostgreSQL, and a wrong key: a file
 * counts as damaged only if a page or its log was written with this key, or it starts with zeros.
 * To be called in a process that does not have it open (POSIX drops the locks of the whole process when a file is
 * closed).
 */
export function findDamage(url: string, encryptionKey: string): string | null {
  if (!isSqliteUrl(url)) return null;
  const path = parseSqliteUrl(url);
  const size = sizeOf(path);
  if (size === undefined) return null;
  // SQLite takes an empty file for a new database, and throws away the log beside it.
  if (size === 0) return (sizeOf(`${path}-wal`) ?? 0) > 0 ? 'it is empty, and its write-ahead log is not' : null;
  try {
    return checkPages(path, encryptionKey, size);
  } catch (error) {
    const code = errorCode(error);
    if (code.startsWith('SQLITE_CORRUPT')) return errorText(error);
    if (code !== 'SQLITE_NOTADB') return null;
    if (beginsWithZeros(path)) return 'its beginning holds nothing but zeros';
    return keyFits(path, encryptionKey) ? 'its beginning cannot be read' : null;
  }
}

function checkPages(path: string, key: string, size: number): string | null {
  const db = new Database(path, { readonly: true });
  try {
    unlock(db, key);
    return size > MAX_CHECKED_BYTES ? null : damageIn(db);
  } finally {
    db.close();
  }
}

function beginsWithZeros(path: string): boolean {
  const beginning = Buffer.alloc(16, 1);
  const file = openSync(path, 'r');
  try {
    return readSync(file, beginning, 0, 16, 0) === 16 && beginning.every((byte) => byte === 0);
  } finally {
    closeSync(file);
  }
}

/**
 * Moves a SQLite file with its log out of the way, as `<file>.corrupt-<time>` (`now` in epoch milliseconds); returns its
 * new path.
 */
export function setAside(url: string, now: number): string {
  const path = parseSqliteUrl(url);
  const aside = keepAs(path, `${path}.corrupt-${timeIn(now)}`);
  // The file first: SQLite throws away a log that lies beside none.
  for (const suffix of ['', '-wal', '-shm']) rmSync(path + suffix, { force: true });
  syncDirectory(dirname(path));
  return aside;
}

/**
 * Replaces a SQLite file by the file `by` and keeps the former one, with its log, as `<file>.replaced-<time>`; returns
 * its path, null if there was none. The name is never free: a start that found no file would begin an empty one.
 */
export function replaceFile(path: string, by: string, now: number): string | null {
  const kept = keepAs(path, `${path}.replaced-${timeIn(now)}`);
  // SQLite would apply the former log to the new file.
  for (const suffix of ['-wal', '-shm']) rmSync(path + suffix, { force: true });
  syncDirectory(dirname(path));
  renameSync(by, path);
  syncDirectory(dirname(path));
  return existsSync(kept) ? kept : null;
}

/** Gives a file and its log a second name, so that a crash while the first one goes loses nothing. */
function keepAs(path: string, name: string): string {
  for (const suffix of ['-wal', '']) if (existsSync(path + suffix)) linkSync(path + suffix, name + suffix);
  syncDirectory(dirname(path));
  return name;
}

const timeIn = (now: number): string => new Date(now).toISOString().replaceAll(/[-:]|\.\d+/g, '');

export function listSetAside(url: string): string[] {
  if (!isSqliteUrl(url)) return [];
  const path = parseSqliteUrl(url);
  const directory = dirname(path);
  if (!existsSync(directory)) return [];
  const isOne = (name: string) => name.startsWith(`${basename(path)}.corrupt-`) && !/-(wal|shm)$/.test(name);
  const names = readdirSync(directory).filter(isOne).sort();
  return names.map((name) => join(directory, name));
}

const sizeOf = (path: string) => statSync(path, { throwIfNoEntry: false })?.size;
