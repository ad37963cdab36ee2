import { existsSync, linkSync, mkdtempSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import Database from 'better-sqlite3';
import { damageIn, unlock } from '../sqlite/sqlite-file.ts';
import { errorCode, errorText } from '../store-error.ts';

export type CheckedFile = {
  /** Why no store can begin with this file, in a few words; null if one can. */
  readonly problem: string | null;
  /** The row that was asked for; null where there is a problem. */
  readonly row: object | null;
};

/**
 * Reads all of a SQLite file that is not in use, and changes neither it nor what lies beside it; `sql` finds one row of
 * it.
 */
export function checkFile(path: string, key: string, sql: string): CheckedFile {
  const problem = (text: string): CheckedFile => ({ problem: text, row: null });
  if (!existsSync(path)) return problem('there is no such file');
  if (existsSync(`${path}-wal`)) return problem('its write-ahead log lies beside it: check a backup of it instead');
  const directory = besides(path);
  try {
    const db = new Database(directory === null ? path : join(directory, 'file'), { readonly: true });
    try {
      unlock(db, key);
      const damage = damageIn(db);
      if (damage !== null) return problem(`it is damaged (${damage})`);
      return { problem: null, row: db.prepare(sql).get() as object };
    } finally {
      db.close();
    }
  } catch (error) {
    return problem(
      errorCode(error) === 'SQLITE_NOTADB'
        ? 'the database key is another one, or it is no database of this program'
        : `it cannot be read (${errorText(error)})`,
    );
  } finally {
    if (directory !== null) rmSync(directory, { recursive: true });
  }
}

/** A directory with a second name of the file: SQLite makes a log beside the name under which it opens a closed store. */
function besides(path: string): string | null {
  let directory: string | undefined;
  try {
    directory = mkdtempSync(join(dirname(path), '.check-'));
    linkSync(path, join(directory, 'file'));
    return directory;
  } catch {
    // Where no name can be made, no log is made either.
    if (directory !== undefined) rmSync(directory, { recursive: true });
    return null;
  }
}
