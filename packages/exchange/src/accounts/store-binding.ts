import { ProtocolError, type StoreGeneration } from '@ticket-check/protocol';
import { coalesce, type Store } from '@ticket-check/storage';
import type { Account } from './account.ts';
import type { AccountTables } from './migrations.ts';

type BoundAccount = Pick<Account, 'username' | 'boundTo'>;

/** A binding costs a write only so often. */
const WRITTEN_EVERY_MS = 60_000;
/** 10 minutes of silence, whichever process heard it last: what is written may be that much behind. */
const RELEASED_AFTER_MS = 10 * 60_000 + WRITTEN_EVERY_MS;

/** Holds each account to one store at a time (X4): two terminals under one account would each admit a ticket while they are offline. */
export function createStoreBinding(store: Store<AccountTables>, now: () => number) {
  /** Those of one turn share a commit, since thousands of terminals come back at once; in the order of their key. */
  const bind = coalesce(async (asked: { username: string; named: StoreGeneration }[]) => {
    const at = now();
    const admitted = asked.map(() => false);
    const inOrder = [...asked.entries()].sort(([, a], [, b]) => (a.username < b.username ? -1 : 1));
    await store.transaction(async (trx) => {
      for (const [index, one] of inOrder) admitted[index] = await bindOne(trx, one, at);
    });
    return admitted;
  });

  async function bindOne(
    trx: Store<AccountTables>['db'],
    { username, named }: { username: string; named: StoreGeneration },
    at: number,
  ): Promise<boolean> {
    const bound = { storeId: named.generation, seenAt: at };
    // Another process may have bound it since the look-up.
    const written = await trx
      .insertInto('accountStore')
      .values({ username, ...bound })
      .onConflict((conflict) =>
        conflict
          .column('username')
          .doUpdateSet(bound)
          .where(({ eb, or }) =>
            or([
              eb('accountStore.storeId', 'in', admissible(named)),
              eb('accountStore.seenAt', '<=', at - RELEASED_AFTER_MS),
            ]),
          ),
      )
      .returning('username')
      .executeTakeFirst();
    return written !== undefined;
  }

  return {
    /** Binds an account to a store, unless it is bound to another one in use that this does not replace. @throws ACCOUNT_IN_USE */
    async admitStore({ username, boundTo }: BoundAccount, named: StoreGeneration): Promise<void> {
      const at = now();
      if (boundTo?.storeId === named.generation) {
        // If it fails, the account is bound a minute less; the caller's request does not depend on it.
        if (at - boundTo.seenAt >= WRITTEN_EVERY_MS) bind({ username, named }).catch(() => {});
        return;
      }
      const isHeld =
        boundTo !== null && !admissible(named).includes(boundTo.storeId) && at - boundTo.seenAt < RELEASED_AFTER_MS;
      if (isHeld || !(await bind({ username, named }))) throw inUse(username);
    },

    /** For a caller that has a store and does not name it yet. @throws ProtocolError ACCOUNT_IN_USE if it is bound to one. */
    assertUnbound({ username, boundTo }: BoundAccount): void {
      if (boundTo !== null && now() - boundTo.seenAt < RELEASED_AFTER_MS) throw inUse(username);
    },

    async rebind(username: string): Promise<void> {
      await store.transaction((trx) => trx.deleteFrom('accountStore').where('username', '=', username).execute());
    },
  };
}

/** The stores in whose place one is taken at once: itself and those that it replaces. */
const admissible = ({ generation, replaces }: StoreGeneration) => [generation, ...replaces];

function inUse(username: string): ProtocolError {
  return new ProtocolError(
    'ACCOUNT_IN_USE',
    `This account was used from another store within the last 10 minutes; if that one is out of use, \`account rebind ${username}\` at this platform admits another one at once.`,
  );
}
