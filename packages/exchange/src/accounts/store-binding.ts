import { ProtocolError, type StoreIdentity } from '@ticket-check/protocol';
import { coalesce, type Store } from '@ticket-check/storage';
import { LRUCache } from 'lru-cache';
import type { AccountTables } from './migrations.ts';

/** Holds each account to one store at a time. Reading X4. */
export type StoreBinding = {
  /**
   * Takes note that an account is used from a store, and binds it to that one where it was bound to none, to one that
   * this replaces, or to one that was not heard of for 10 minutes.
   *
   * @throws ProtocolError ACCOUNT_IN_USE where it is bound to another one.
   */
  admitStore(username: string, store: StoreIdentity): Promise<void>;
  /** Forgets the store of an account, so that it is bound to the next other one that is heard of. */
  rebind(username: string): Promise<void>;
};

const RELEASED_AFTER_MS = 10 * 60_000;
/** A binding costs a write only so often. */
const WRITTEN_EVERY_MS = 60_000;
const MOST_REMEMBERED = 10_000;

type Seen = { readonly storeId: string; seenAt: number; writtenAt: number };

/**
 * Two terminals set up under one account would admit one ticket each on their own while they are offline, and neither
 * knows what the other has promised. A copy of a store's files is the same store, and is not told apart.
 */
export function createStoreBinding(store: Store<AccountTables>, now: () => number): StoreBinding {
  const seen = new LRUCache<string, Seen>({ max: MOST_REMEMBERED });

  /** Terminals come back by the thousand when a platform starts, so those of one turn share a commit. */
  const bind = coalesce(async (asked: { username: string; identity: StoreIdentity }[]) => {
    const at = now();
    const admitted = await store.transaction(async (trx) => {
      const answers: boolean[] = [];
      for (const { username, identity } of asked) answers.push(await bindOne(trx, username, identity, at));
      return answers;
    });
    asked.forEach(({ username, identity: { generation } }, index) => {
      if (admitted[index]) seen.set(username, { storeId: generation, seenAt: at, writtenAt: at });
    });
    return admitted;
  });

  async function bindOne(
    trx: Store<AccountTables>['db'],
    username: string,
    { generation, replaces }: StoreIdentity,
    at: number,
  ): Promise<boolean> {
    const row = await trx
      .selectFrom('accountStore')
      .select(['storeId', 'seenAt'])
      .where('username', '=', username)
      .executeTakeFirst();
    if (row?.storeId === generation && at - row.seenAt < WRITTEN_EVERY_MS) return true;
    if (row !== undefined && row.storeId !== generation && !replaces.includes(row.storeId)) {
      const remembered = seen.get(username);
      const heardAt = remembered?.storeId === row.storeId ? Math.max(row.seenAt, remembered.seenAt) : row.seenAt;
      if (at - heardAt < RELEASED_AFTER_MS) return false;
    }
    const bound = { storeId: generation, seenAt: at };
    await trx
      .insertInto('accountStore')
      .values({ username, ...bound })
      .onConflict((conflict) => conflict.column('username').doUpdateSet(bound))
      .execute();
    return true;
  }

  const touch = coalesce(async (touched: { username: string; storeId: string; seenAt: number }[]) => {
    const latest = [...new Map(touched.map((row) => [row.username, row])).values()];
    const given = store.rowsFrom(latest, { username: 'text', storeId: 'text', seenAt: 'integer' }).as('given');
    // Only a row that is still there: what `rebind` has taken away stays away.
    await store.transaction((trx) =>
      trx
        .updateTable('accountStore')
        .from(given)
        .set((eb) => ({ seenAt: eb.ref('given.seenAt') }))
        .whereRef('accountStore.username', '=', 'given.username')
        .whereRef('accountStore.storeId', '=', 'given.storeId')
        .execute(),
    );
    return touched.map(() => undefined);
  });

  return {
    async admitStore(username, identity) {
      const known = seen.get(username);
      if (known?.storeId !== identity.generation) {
        if (await bind({ username, identity })) return;
        throw inUse();
      }
      known.seenAt = now();
      if (known.seenAt - known.writtenAt < WRITTEN_EVERY_MS) return;
      known.writtenAt = known.seenAt;
      // Without it the account is only bound a minute less; whoever asks needs no write of ours.
      touch({ username, storeId: known.storeId, seenAt: known.seenAt }).catch(() => {});
    },

    async rebind(username) {
      await store.transaction((trx) => trx.deleteFrom('accountStore').where('username', '=', username).execute());
    },
  };
}

function inUse(): ProtocolError {
  return new ProtocolError(
    'ACCOUNT_IN_USE',
    'This account was used from another store within the last 10 minutes; where that one was replaced, its platform binds the account anew (account rebind).',
  );
}
