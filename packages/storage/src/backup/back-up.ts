import { chmodSync, copyFileSync, existsSync, openSync, read, renameSync, rmSync, statSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { dirname } from 'node:path';
import { promisify } from 'node:util';
import { wallClockAt } from '@ticket-check/protocol';
import { ExpectedError } from '@ticket-check/runtime';
import Database from 'better-sqlite3';
import { syncDirectory } from '../durable-file.ts';
import { replaceFile } from '../set-aside.ts';
import { openSqliteFile, unlock } from '../sqlite/sqlite-file.ts';
import { errorText } from '../store-error.ts';
import { storeFault } from '../store-fault.ts';
import { parseSqliteUrl } from '../store-url.ts';

/** Copied at a time, and synced: a commit of the service waits at the disk for no more than this. */
const SLICE_BYTES = 4 * 1024 * 1024;
const LOG_HEADER_BYTES = 32;

/**
 * Copies a SQLite file, encrypted as it is, while others write to it; the copy gets its name once it is on the disk, with
 * mode 0600. The first to open it as a store begins a new generation (`renewCopied`).
 * While a reading is open, SQLite starts its log over only if the file held all of it before, so both files can be
 * copied: what a checkpoint writes meanwhile is in the copied log too. SQLite's own backup begins again with each commit;
 * `vacuum into` holds up commits for a second.
 * @param at a local time of the scheme, which the copy shows
 * @throws ExpectedError if `to` exists or cannot be written; then nothing is left
 */
export async function backUp(path: string, key: string, to: string, at: string): Promise<{ bytes: number }> {
  return drafting(to, `The backup ${to} was not made`, async (draft) => {
    assertFree(to);
    await copyInUse(path, key, draft);
    inCopy(draft, key, (copy) => {
      copy.prepare('update store_generation set backed_up_at = ?, copied_at = ?').run(at, at);
      // Nobody serves the copy.
      copy.exec('delete from store_process');
    });
    assertFree(to);
    renameSync(draft, to);
    syncDirectory(dirname(to));
    return { bytes: statSync(to).size };
  });
}

/**
 * Replaces a database that nobody uses by a copy of a checked file (`checkFile`); returns where the former one lies, null
 * if there was none. The first to open it begins a new generation, which names the replaced database as a predecessor
 * too.
 * @throws ExpectedError if that is impossible
 */
export async function restoreFile(url: string, key: string, from: string, now: number): Promise<string | null> {
  const path = parseSqliteUrl(url);
  return drafting(path, `${from} was not restored`, async (draft) => {
    copyFileSync(from, draft);
    chmodSync(draft, 0o600);
    const present = await generationsOf(path, key);
    inCopy(draft, key, (copy) =>
      copy
        .prepare(
          `update store_generation
           set replaced = nullif(concat_ws(',', ?, replaced), ''), copied_at = coalesce(copied_at, ?)`,
        )
        .run(present, wallClockAt(now)),
    );
    // Without its log, the former database would lack commits if this ended here.
    if (present !== null && existsSync(`${path}-wal`))
      throw new ExpectedError(
        `The log of ${path} was not taken over: another program has it open, or the disk is full.`,
      );
    return replaceFile(path, draft, now);
  });
}

/** The generations of a database that nobody uses, separated by commas; closing it takes over its log. Null if it is missing or damaged. */
async function generationsOf(path: string, key: string): Promise<string | null> {
  if (!existsSync(path)) return null;
  let db: Database.Database | undefined;
  try {
    db = await openSqliteFile(path, key);
    return db.prepare(`select concat_ws(',', generation, replaced) from store_generation`).pluck().get() as string;
  } catch {
    return null;
  } finally {
    db?.close();
  }
}

async function drafting<T>(path: string, failed: string, make: (draft: string) => Promise<T>): Promise<T> {
  const draft = `${path}.part`;
  const clear = () => {
    for (const suffix of ['-wal', '-shm', '-journal', '']) if (existsSync(draft + suffix)) rmSync(draft + suffix);
  };
  try {
    // One that was killed may have left its draft.
    clear();
    return await make(draft);
  } catch (error) {
    clear();
    if (error instanceof ExpectedError) throw error;
    throw new ExpectedError(`${failed}: ${storeFault(error) ?? errorText(error)}.`, { cause: error });
  }
}

function assertFree(to: string): void {
  if (existsSync(to)) throw new ExpectedError(`${to} exists already; a backup replaces no file.`);
}

async function copyInUse(path: string, key: string, draft: string): Promise<void> {
  const reader = await openSqliteFile(path, key);
  try {
    // Never closed, but with the process: closing them would drop the locks that this process has on the database (POSIX).
    const [file, log] = [openSync(path, 'r'), openSync(`${path}-wal`, 'r')];
    reader.exec('begin');
    reader.prepare('select 1 from store_generation').get();
    await copyFile(file, draft);
    const header = await headerOf(log);
    await copyFile(log, `${draft}-wal`);
    // SQLite started the log over meanwhile, so the file held all of it before the reading began.
    if (!header.equals(await headerOf(log))) rmSync(`${draft}-wal`);
    // What was written meanwhile is taken over by this process, not by the next commit of the service.
    reader.exec('commit; pragma wal_checkpoint(passive)');
  } finally {
    reader.close();
  }
}

const readFrom = promisify(read);

async function copyFile(from: number, to: string): Promise<void> {
  const slice = Buffer.alloc(SLICE_BYTES);
  const copy = await open(to, 'wx', 0o600);
  try {
    for (let at = 0; ; ) {
      const { bytesRead } = await readFrom(from, slice, 0, SLICE_BYTES, at);
      if (bytesRead === 0) return;
      await copy.appendFile(slice.subarray(0, bytesRead));
      await copy.datasync();
      at += bytesRead;
    }
  } finally {
    await copy.close();
  }
}

async function headerOf(log: number): Promise<Buffer> {
  const { buffer } = await readFrom(log, Buffer.alloc(LOG_HEADER_BYTES), 0, LOG_HEADER_BYTES, 0);
  return buffer;
}

/** Makes one file of the copy and its log, and changes it: the commit syncs the whole file. */
function inCopy(draft: string, key: string, change: (copy: Database.Database) => void): void {
  const copy = new Database(draft);
  try {
    unlock(copy, key);
    copy.pragma('fullfsync=ON');
    copy.pragma('journal_mode=DELETE');
    change(copy);
  } finally {
    copy.close();
  }
}
