import { wallClockAt } from '@ticket-check/protocol';
import { type Clock, reasonOf } from '@ticket-check/runtime';
import { inOneTransaction, type Store, withTables } from '@ticket-check/storage';
import { type Kysely, sql } from 'kysely';
import { uuidv7 } from 'uuidv7';
import type { OperationRow, OperationTables } from './transparency-log/log-tables.ts';

export type Operation = {
  /** The name of the command, `account revoke` for example. */
  readonly name: string;
  readonly actor: string;
  /** From where: the address of a browser, or the machine and terminal of a command; null if that is not known. */
  readonly from: string | null;
  /** The request. Never a secret. */
  readonly what: object;
  readonly now: () => number;
};

/** The outcome of an operation. Its `before` and `after` have columns of their own. Never a secret. */
type Outcome = object & { readonly before?: object | null; readonly after?: object | null };

/**
 * Makes a change and records who made it, with its outcome, in one transaction. `change` must use only the store that it
 * is given, and must not wait for the network or take long. A change that fails leaves an entry with the reason.
 */
export async function runOperation<DB extends OperationTables, T>(
  store: Store<DB>,
  operation: Operation,
  change: (store: Store<DB>) => Promise<T>,
  outcome: (result: T) => Outcome = () => ({}),
): Promise<T> {
  const changed = inOneTransaction(store, async (within) => {
    const { now, ...asked } = operation;
    const beganAt = wallClockAt(now());
    const result = await change(within);
    await write(within, { ...asked, beganAt, endedAt: wallClockAt(now()) }, outcome(result));
    return result;
  });
  return changed.catch(async (error: unknown) => {
    if (error === IMPOSSIBLE) throw error;
    const what = { ...operation.what, reason: reasonOf(error) };
    // Best effort: the caller gets the original error.
    await recordEvent({ db: withTables(store.db) }, { ...operation, what, failed: true }).catch(() => {});
    throw error;
  });
}

/** Thrown to leave a transaction without changes; never leaves this file. */
const IMPOSSIBLE = new Error('nothing to be done');

/** The same for a change that can turn out to be impossible: where it answers null, nothing is changed and nothing written. */
export async function tryOperation<DB extends OperationTables, T>(
  store: Store<DB>,
  operation: Operation,
  change: (store: Store<DB>) => Promise<T | null>,
  outcome: (result: T) => Outcome = () => ({}),
): Promise<T | null> {
  const changing = async (within: Store<DB>) => {
    const result = await change(within);
    if (result === null) throw IMPOSSIBLE;
    return result;
  };
  return runOperation(store, operation, changing, outcome).catch((error: unknown) => {
    if (error === IMPOSSIBLE) return null;
    throw error;
  });
}

/**
 * The same for changes that take too long for one transaction, such as an import: the start is durable before anything is
 * changed, and the end, or the failure, is recorded afterwards. A killed one has only a start.
 */
export async function runLongOperation<DB extends OperationTables, T>(
  store: Store<DB>,
  { now, what, ...asked }: Operation,
  change: (store: Store<DB>) => Promise<T>,
  outcome: (result: T) => Outcome = () => ({}),
): Promise<T> {
  const begun = { ...asked, beganAt: wallClockAt(now()) };
  const of = await write(store, { ...begun, endedAt: null, what });
  const end = (failed: boolean, came: Outcome) =>
    write(store, { ...begun, endedAt: wallClockAt(now()), of, failed, what: {} }, came);
  const changed = (async () => change(store))();
  const result = await changed.catch(async (error: unknown) => {
    const came = { reason: reasonOf(error) };
    // Best effort: the caller gets the original error.
    await end(true, came).catch(() => {});
    throw error;
  });
  await end(false, outcome(result));
  return result;
}

/** Records an event that changed nothing itself, such as a failed login; with the store of a transaction it is part of that. */
export async function recordEvent(
  store: Pick<Store<OperationTables>, 'db'>,
  { now, failed, ...happened }: Operation & { readonly failed: boolean },
): Promise<void> {
  const at = wallClockAt(now());
  await write(store, { ...happened, beganAt: at, endedAt: at, failed });
}

type Written = Omit<Operation, 'now'> &
  Pick<OperationRow, 'beganAt' | 'endedAt'> & { readonly of?: string | null; readonly failed?: boolean };

async function write<DB extends OperationTables>(
  store: Pick<Store<DB>, 'db'>,
  { what, of = null, failed = false, ...row }: Written,
  { before = null, after = null, ...came }: Outcome = {},
): Promise<string> {
  const id = uuidv7();
  const db: Kysely<OperationTables> = withTables(store.db);
  await db
    .insertInto('operation')
    .values({
      id,
      ...row,
      of,
      failed: failed ? 1 : 0,
      what: JSON.stringify({ ...what, ...came }, bounded),
      before: before === null ? null : JSON.stringify(before, bounded),
      after: after === null ? null : JSON.stringify(after, bounded),
    })
    .execute();
  return id;
}

/** A certificate is longer than what anybody writes. */
const LONGEST_TEXT = 4000;

/** Cuts texts that others chose: entries stay for good. */
function bounded(_name: string, value: unknown): unknown {
  return typeof value === 'string' && value.length > LONGEST_TEXT ? `${value.slice(0, LONGEST_TEXT)}…` : value;
}

/** Readings of one kind that a machine has on a day before the audit only counts them. */
const ENTRIES_A_DAY = 20;

/** `byMachine`: by a token, or by a command for which no operator was named. */
type Reading = Operation & { readonly byMachine: boolean };

/**
 * Reads and records who did, as `runLongOperation` does: each reading of a person, and of a machine the first 20 a day of a kind. Machines
 * read as often as they like and entries are never deleted, so further readings are counted (`noteFormerDays`).
 */
export async function runReading<DB extends OperationTables, T>(
  store: Store<DB>,
  reading: Reading,
  read: (store: Store<DB>) => Promise<T>,
  outcome: (result: T) => object,
): Promise<T> {
  const { byMachine, ...operation } = reading;
  if (byMachine && !(await hasEntry(store, operation))) return read(store);
  return runLongOperation(store, operation, read, outcome);
}

/** The same for a reading without an outcome. `isPart`: a further page of a list whose first page has an entry. */
export async function noteReading(
  store: Store<OperationTables>,
  reading: Reading,
  { isPart }: { isPart: boolean },
): Promise<void> {
  const { byMachine, ...operation } = reading;
  if (!byMachine || (await hasEntry(store, operation, isPart)))
    await recordEvent(store, { ...operation, failed: false });
}

const LOGIN_FAILED = 'login failed';
/** Counted beside the others, so that nobody who knows a password hides that among failures without. */
const FAILED_AFTER_PASSWORD = 'login failed after the password';

/**
 * Records a failed login: of each operator, and of names that nobody has, the first 20 a day, and as many after a right
 * password; further ones are counted (`noteFormerDays`). `actor` is never what was typed, which may be a password in the
 * wrong field.
 */
export async function noteFailedLogin(
  store: Store<OperationTables>,
  failed: Omit<Operation, 'name' | 'actor'> & { readonly actor: string | null; readonly afterPassword?: boolean },
): Promise<void> {
  const { afterPassword = false, ...event } = failed;
  const operation = { ...event, actor: failed.actor ?? 'unknown', name: LOGIN_FAILED };
  await inOneTransaction(store, async (within) => {
    const name = afterPassword ? FAILED_AFTER_PASSWORD : LOGIN_FAILED;
    if (await hasEntry(within, { ...operation, name })) await recordEvent(within, { ...operation, failed: true });
  });
}

/** Counts what an actor did on a day; returns whether it has an entry of its own. */
async function hasEntry<DB extends OperationTables>(
  store: Store<DB>,
  { actor, name, now }: Pick<Operation, 'actor' | 'name' | 'now'>,
  isPart = false,
): Promise<boolean> {
  const db: Kysely<OperationTables> = withTables(store.db);
  const { count } = await db
    .insertInto('dayCount')
    .values({ actor, name, day: dayAt(now), count: 1 })
    .onConflict((oc) => oc.columns(['actor', 'name', 'day']).doUpdateSet({ count: sql<number>`day_count.count + 1` }))
    .returning('count')
    .executeTakeFirstOrThrow();
  return count <= ENTRIES_A_DAY && !(isPart && count > 1);
}

/** Records how often machines read and logins failed on days that are over, where that is more than has an entry, and forgets the rest. */
export async function noteFormerDays<DB extends OperationTables>(store: Store<DB>, now: Clock): Promise<void> {
  const its: Store<OperationTables> = withTables(store);
  await inOneTransaction(its, async (within) => {
    const former = await within.db.deleteFrom('dayCount').where('day', '<', dayAt(now)).returningAll().execute();
    for (const { actor, name, day, count } of former) {
      if (count <= ENTRIES_A_DAY) continue;
      const afterRightPassword = name === FAILED_AFTER_PASSWORD;
      const failed = afterRightPassword || name === LOGIN_FAILED;
      const what = { counted: { day, times: count }, ...(afterRightPassword && { afterRightPassword }) };
      await recordEvent(within, { name: failed ? LOGIN_FAILED : name, actor, from: null, what, now, failed });
    }
  });
}

export const dayAt = (now: Clock) => wallClockAt(now()).slice(0, 'yyyy-mm-dd'.length);
