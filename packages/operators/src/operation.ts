import { wallClockAt } from '@ticket-check/protocol';
import { reasonOf } from '@ticket-check/runtime';
import { inOneTransaction, type Store } from '@ticket-check/storage';
import type { Kysely } from 'kysely';
import { uuidv7 } from 'uuidv7';
import type { OperationRow, OperationTables } from './migrations.ts';

/** A change by a person. */
export type Operation = {
  /** As the command is called, `account revoke` for example. */
  readonly name: string;
  /** Who does it. */
  readonly actor: string;
  /** What is to be done. Never a secret. */
  readonly what: object;
  /** Epoch milliseconds. */
  readonly now: () => number;
};

export const newOperationId = (): string => uuidv7();

/**
 * Makes a change and writes down who made it, in one transaction: neither is there without the other. Everything that `change`
 * does goes through the store that it is given; nothing that waits for the network, or takes long, belongs inside.
 *
 * @param outcome what came of it, to be written down beside what was asked for
 */
export function runOperation<DB extends OperationTables, T>(
  store: Store<DB>,
  { name, actor, what, now }: Operation,
  change: (store: Store<DB>) => Promise<T>,
  outcome: (result: T) => object = () => ({}),
): Promise<T> {
  return inOneTransaction(store, async (within) => {
    const beganAt = wallClockAt(now());
    const result = await change(within);
    const done = JSON.stringify({ ...what, ...outcome(result) });
    await write(within, { name, actor, beganAt, endedAt: wallClockAt(now()), of: null, failed: 0, what: done });
    return result;
  });
}

/** The same for a change that can turn out to be impossible: where it answers null, nothing is changed and nothing written. */
export async function tryOperation<DB extends OperationTables, T>(
  store: Store<DB>,
  operation: Operation,
  change: (store: Store<DB>) => Promise<T | null>,
  outcome: (result: T) => object = () => ({}),
): Promise<T | null> {
  const impossible = new Error('nothing to be done');
  try {
    const changing = async (within: Store<DB>) => {
      const result = await change(within);
      if (result === null) throw impossible;
      return result;
    };
    return await runOperation(store, operation, changing, outcome);
  } catch (error) {
    if (error === impossible) return null;
    throw error;
  }
}

/**
 * The same for what takes too long for one transaction, such as an import: its beginning is durable before anything is
 * changed, and its end afterwards, or that it broke off. One that was killed has a beginning alone.
 */
export async function runLongOperation<DB extends OperationTables, T>(
  store: Store<DB>,
  { name, actor, what, now }: Operation,
  change: (store: Store<DB>) => Promise<T>,
  outcome: (result: T) => object,
): Promise<T> {
  const beganAt = wallClockAt(now());
  const common = { name, actor, beganAt };
  const of = await write(store, { ...common, endedAt: null, of: null, failed: 0, what: JSON.stringify(what) });
  const end = (failed: 0 | 1, came: object) =>
    write(store, { ...common, endedAt: wallClockAt(now()), of, failed, what: JSON.stringify(came) });
  let result: T;
  try {
    result = await change(store);
  } catch (error) {
    // Whoever asked hears why it failed, and not that this could not be written down.
    await end(1, { reason: reasonOf(error) }).catch(() => {});
    throw error;
  }
  await end(0, outcome(result));
  return result;
}

async function write<DB extends OperationTables>(store: Store<DB>, row: Omit<OperationRow, 'id'>): Promise<string> {
  const id = newOperationId();
  await (store.db as unknown as Kysely<OperationTables>)
    .insertInto('operation')
    .values({ id, ...row })
    .execute();
  return id;
}
