import { join } from 'node:path';
import Database from 'better-sqlite3';
import { makeDataDirectory } from './data-store.ts';
import { isBusy } from './sqlite/sqlite-busy.ts';
import { errorText, StoreError } from './store-error.ts';

/** The right to serve from a data directory. */
export interface ServeLock {
  /** Who else can enter the directory, for the log; null if nobody can. */
  readonly warning: string | null;
  /** Releases it; a second call changes nothing. */
  release(): void;
}

/** What is locked stays reachable from here: a database that is not would be collected as garbage, and its lock be gone. */
const locked = new Set<Database.Database>();

/**
 * Takes the right to serve from a data directory, which one process has at a time; commands do not need it. The
 * directory is made when it is missing.
 *
 * It is the exclusive lock that SQLite puts on the empty database `serve.lock`, so a lock of the operating system: it ends
 * with the process, however that ends, and no file needs cleaning up. It is held until it is released or the process ends,
 * also where nobody keeps the result.
 *
 * @throws StoreError SERVED_ALREADY when another service has it, CANNOT_OPEN when the directory cannot be used.
 */
export function takeServeLock(dataDir: string): ServeLock {
  const path = join(dataDir, 'serve.lock');
  const warning = makeDataDirectory(dataDir);
  let db: Database.Database | undefined;
  try {
    db = new Database(path, { timeout: 0 });
    const held = db;
    // Nothing is ever written, so no journal is needed beside it.
    held.pragma('journal_mode = memory');
    held.exec('begin exclusive');
    locked.add(held);
    return {
      warning,
      release() {
        held.close();
        locked.delete(held);
      },
    };
  } catch (error) {
    db?.close();
    if (isBusy(error)) {
      throw new StoreError('SERVED_ALREADY', `Another process serves from ${dataDir} already; stop it first.`, {
        cause: error,
      });
    }
    throw new StoreError('CANNOT_OPEN', `The data directory ${dataDir} cannot be used: ${errorText(error)}.`, {
      cause: error,
    });
  }
}
