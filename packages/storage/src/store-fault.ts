import { errorCode, errorText, StoreError } from './store-error.ts';

/**
 * What codes say: of a disk by SQLite and the operating system; of a server that does not answer by PostgreSQL, a pooler or the
 * network; of itself by PostgreSQL.
 */
const FAULTS: readonly (readonly [code: RegExp, says: 'of-disk' | 'of-away' | 'of-itself', words: string])[] = [
  [/^(SQLITE_FULL|ENOSPC)/, 'of-disk', 'the disk is full'],
  [/^SQLITE_READONLY/, 'of-disk', 'the database file is read-only'],
  [/^SQLITE_(CORRUPT|NOTADB)/, 'of-disk', 'the database file is damaged'],
  [/^SQLITE_IOERR/, 'of-disk', 'the disk does not read or write'],
  [/^SQLITE_CANTOPEN/, 'of-disk', 'the database file cannot be opened'],
  [/^SQLITE_PROTOCOL/, 'of-disk', 'the database file stayed locked'],
  [/^57P/, 'of-away', 'the database server is shutting down or starting'],
  [/^08/, 'of-away', 'the connection to the database server failed'],
  [/^(ECONN|EPIPE|ETIMEDOUT|EHOST|ENET|ENOTFOUND|EAI_AGAIN)/, 'of-away', 'the database server cannot be reached'],
  [/^53100/, 'of-itself', 'the disk of the database server is full'],
  [/^53300/, 'of-itself', 'the database server has no connection left; max_connections is too low for its clients'],
  [/^53/, 'of-itself', 'the database server lacks the means'],
  [/^25006/, 'of-itself', 'the database is read-only'],
  [/^58/, 'of-itself', 'the database server reports a fault of its machine'],
  [/^XX00[12]/, 'of-itself', 'the database is damaged'],
];

/** What the client of PostgreSQL says without a code. */
const LOST_CONNECTION =
  /^(Connection terminated|Client has encountered a connection error|Client was closed|timeout exceeded when trying)/;

/** What Citus says with the code of any internal error (XX000) when a worker ends inside a transaction; most are words of libpq. */
const LOST_WORKER =
  /^(failure on connection marked as essential|connection to the remote node|server closed the connection|SSL (SYSCALL|connection|error)|could not (receive|send) data|no connection to the server|invalid socket)/;

/** StoreErrors that speak of the store's state and not of what was asked; those that a server causes which does not answer or was replaced. */
const UNFIT: ReadonlySet<string> = new Set(['DAMAGED', 'THREAD_ENDED']);
const AWAY: ReadonlySet<string> = new Set(['BUSY', 'CANNOT_OPEN', 'SERVER_CHANGED']);

/**
 * Describes in a few words why the store cannot be read or written at present: a full disk, a read-only or damaged file, a
 * lost server. null for any other error, which the same query would meet again.
 */
export function storeFault(error: unknown): string | null {
  return faultIn(error)?.words ?? null;
}

/** The same as a sentence for the user of a command, or of a service that did not start. */
export function explainFault(error: unknown): string | null {
  const fault = storeFault(error);
  if (fault === null) return null;
  return `The database cannot be used: ${fault} (${errorText(error)}). Mend that, or wait until it has passed, and run this again.`;
}

/** The same of a PostgreSQL server that does not answer: whatever is asked meets it, and it ends with the next answer. */
export function awayFault(error: unknown): string | null {
  const fault = faultIn(error);
  return fault?.says === 'of-away' ? fault.words : null;
}

function faultIn(error: unknown): { readonly says: string; readonly words: string } | null {
  const [code, text] = [errorCode(error), errorText(error)];
  if (error instanceof StoreError) {
    if (AWAY.has(code)) return { says: 'of-away', words: text };
    return UNFIT.has(code) ? { says: 'of-itself', words: text } : null;
  }
  const says = 'of-away';
  if (code === '')
    return LOST_CONNECTION.test(text) ? { says, words: 'the connection to the database server failed' } : null;
  if (code === 'XX000')
    return LOST_WORKER.test(text) ? { says, words: 'a worker of the database cannot be reached' } : null;
  const [, of, words] = FAULTS.find(([fits]) => fits.test(code)) ?? [];
  return words !== undefined && (of === 'of-disk' || isFromServer(error, code)) ? { says: of ?? '', words } : null;
}

/** Five digits or letters of PostgreSQL, or the error of a socket; a code of ours has an underscore or another length. */
function isFromServer(error: unknown, code: string): boolean {
  return /^[0-9A-Z]{5}$/.test(code) || (error instanceof Error && 'syscall' in error);
}

/**
 * Whether a write failed because of what was to be written, so that the same without the offending record can succeed;
 * false if the database itself failed.
 */
export function isViolation(error: unknown): boolean {
  if (error instanceof StoreError) return error.code === 'UNSTORABLE_VALUE';
  const code = errorCode(error);
  // PostgreSQL: data exception (22), integrity constraint violation (23), program limit exceeded (54).
  return /^(22|23|54)...$/.test(code) || /^SQLITE_(CONSTRAINT|MISMATCH|TOOBIG|RANGE)/.test(code);
}

/**
 * PostgreSQL's codes for a transaction that it ended because it and another waited for each other, or because it waited for a lock
 * longer than it had said (`lock_timeout`).
 */
const LOCKED: ReadonlySet<string> = new Set(['40P01', '55P03']);

/** Whether others stood in the way of a transaction, so that the same succeeds when they have passed. */
export const isLocked = (error: unknown): boolean => LOCKED.has(errorCode(error));

const MAX_RUNS = 5;

/** Runs a transaction again that others stood in the way of: nothing of it is left. */
export async function unlessDeadlocked<T>(run: () => Promise<T>): Promise<T> {
  for (let runs = 1; ; runs += 1) {
    try {
      return await run();
    } catch (error) {
      if (!isLocked(error) || runs === MAX_RUNS) throw error;
    }
  }
}
