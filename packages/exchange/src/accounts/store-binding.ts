import { ProtocolError, type StoreGeneration } from '@ticket-check/protocol';
import { coalesce, type Store } from '@ticket-check/storage';
import { LRUCache } from 'lru-cache';
import type { AccountStoreRow, AccountTables } from './migrations.ts';

/** Holds each account to one store at a time. Reading X4. */
export type StoreBinding = {
  /**
   * Takes note that an account is used from a store, and binds it to that one where it was bound to none, to one that
   * this replaces, or to one that was not heard of for 10 minutes.
   *
   * @throws ProtocolError ACCOUNT_IN_USE where it is bound to another one.
   */
  admitStore(username: string, store: StoreGeneration): Promise<void>;
  /**
   * For a caller that has a store and does not name it yet.
   *
   * @throws ProtocolError ACCOUNT_IN_USE where the account is bound to a store: it may be another one.
   */
  assertUnbound(username: string): Promise<void>;
  /** Forgets the store of an account, so that it is bound to the next other one that is heard of. */
  rebind(username: string): Promise<void>;
};

const RELEASED_AFTER_MS = 10 * 60_000;
/** A binding costs a write only so often. */
const WRITTEN_EVERY_MS = 60_000;
/** What another process has changed is noticed within this time. */
const READ_EVERY_MS = 5_000;
const MAX_REMEMBERED = 10_000;

type Seen = { readonly storeId: string; seenAt: number; writtenAt: number; readAt: number };

/**
 * Two terminals set up under one account would admit one ticket each on their own while they are offline, and neither
 * knows what the other has promised. A copy of a store's files is the same store, and is not told apart.
 */
export function createStoreBinding(store: Store<AccountTables>, now: () => number): StoreBinding {
  const seen = new LRUCache<string, Seen>({ max: MAX_REMEMBERED });

  /**
   * Terminals come back by the thousand when a platform starts, so those of one turn share a commit. Several processes do
   * so at once: rows are written in the order of their key, so that none waits for another that waits for it.
   */
  const bind = coalesce(async (asked: { username: string; named: StoreGeneration }[]) => {
    const at = now();
    const admitted = asked.map(() => false);
    const inOrder = [...asked.entries()].sort(([, a], [, b]) => byUsername(a, b));
    await store.transaction(async (trx) => {
      for (const [index, { username, named }] of inOrder) {
        admitted[index] = await bindOne(trx, username, named, at);
      }
    });
    asked.forEach(({ username, named: { generation } }, index) => {
      if (admitted[index]) seen.set(username, { storeId: generation, seenAt: at, writtenAt: at, readAt: at });
    });
    return admitted;
  });

  async function bindOne(
    trx: Store<AccountTables>['db'],
    username: string,
    { generation, replaces }: StoreGeneration,
    at: number,
  ): Promise<boolean> {
    const row = await trx
      .selectFrom('accountStore')
      .select(['storeId', 'seenAt'])
      .where('username', '=', username)
      .executeTakeFirst();
    if (row?.storeId === generation && at - row.seenAt < WRITTEN_EVERY_MS) return true;
    const admissible = [generation, ...replaces];
    if (row !== undefined && !admissible.includes(row.storeId) && at - heardAt(username, row) < RELEASED_AFTER_MS) {
      return false;
    }
    const bound = { storeId: generation, seenAt: at };
    // Another process may have bound it since.
    const written = await trx
      .insertInto('accountStore')
      .values({ username, ...bound })
      .onConflict((conflict) =>
        conflict
          .column('username')
          .doUpdateSet(bound)
          .where((eb) =>
            eb.or([
              eb('accountStore.storeId', 'in', admissible),
              eb('accountStore.seenAt', '<=', at - RELEASED_AFTER_MS),
            ]),
          ),
      )
      .returning('username')
      .executeTakeFirst();
    return written !== undefined;
  }

  /** When the store that an account is bound to was heard of, also where that is not written yet. */
  function heardAt(username: string, row: { storeId: string; seenAt: number }): number {
    const remembered = seen.get(username);
    return remembered?.storeId === row.storeId ? Math.max(row.seenAt, remembered.seenAt) : row.seenAt;
  }

  const touch = coalesce(async (touched: { username: string; storeId: string; seenAt: number }[]) => {
    const latest = [...new Map(touched.map((row) => [row.username, row])).values()].sort(byUsername);
    await store.transaction(async (trx) => {
      for (const { username, storeId, seenAt } of latest) {
        // Only a row that is still there: what `rebind` has taken away stays away.
        await trx
          .updateTable('accountStore')
          .set({ seenAt })
          .where('username', '=', username)
          .where('storeId', '=', storeId)
          .execute();
      }
    });
    return touched.map(() => undefined);
  });

  const rowsOf = store.compileForRows<{ username: string }, 'username', AccountStoreRow>(
    { username: 'text' },
    (given) =>
      store.db
        .selectFrom(given.as('given'))
        .innerJoin('accountStore', 'accountStore.username', 'given.username')
        .selectAll('accountStore'),
  );
  const read = coalesce<string, AccountStoreRow | null>(async (usernames) => {
    const rows = await store.readCommitted(rowsOf([...new Set(usernames)].map((username) => ({ username }))));
    const found = new Map(rows.map((row) => [row.username, row]));
    return usernames.map((username) => found.get(username) ?? null);
  });

  /** Whether an account is still bound to the store that it was last heard from here, or to none. */
  async function isUnchanged(username: string, known: Seen, at: number): Promise<boolean> {
    if (at - known.readAt < READ_EVERY_MS) return true;
    const row = await read(username);
    if (row !== null && row.storeId !== known.storeId) return false;
    known.readAt = at;
    return true;
  }

  return {
    async admitStore(username, named) {
      const known = seen.get(username);
      const at = now();
      if (known?.storeId !== named.generation || !(await isUnchanged(username, known, at))) {
        if (await bind({ username, named })) return;
        throw inUse();
      }
      known.seenAt = at;
      if (at - known.writtenAt < WRITTEN_EVERY_MS) return;
      known.writtenAt = at;
      // Without it the account is only bound a minute less; whoever asks needs no write of ours.
      touch({ username, storeId: known.storeId, seenAt: at }).catch(() => {});
    },

    async assertUnbound(username) {
      const row = await read(username);
      if (row !== null && now() - heardAt(username, row) < RELEASED_AFTER_MS) throw inUse();
    },

    async rebind(username) {
      await store.transaction((trx) => trx.deleteFrom('accountStore').where('username', '=', username).execute());
    },
  };
}

const byUsername = (a: { username: string }, b: { username: string }) => (a.username < b.username ? -1 : 1);

function inUse(): ProtocolError {
  return new ProtocolError(
    'ACCOUNT_IN_USE',
    'This account was used from another store within the last 10 minutes; where that one was replaced, its platform binds the account anew (account rebind).',
  );
}
