import { type SignatureAlgorithm, wallClockAt } from '@ticket-check/protocol';
import { ExpectedError } from '@ticket-check/runtime';
import type { Store } from '@ticket-check/storage';
import type { Kysely, Selectable } from 'kysely';
import { algorithmNamed } from '../algorithms.ts';
import { fingerprintOf, parseAccountKey } from './account-key.ts';
import type { AccountKeyRow, AccountTables } from './migrations.ts';

/** The keys of an account: one or, during an exchange, two; either may sign. Reading E8. */
export type AccountKeyring = {
  /**
   * Adds a second key, of the scheme's algorithm where no other is named; adding one that is there changes nothing.
   * @throws ExpectedError or KeyRefusal if the algorithm or the key cannot be used, there is no such account, or it has
   * two keys already.
   */
  addKey(username: string, publicKey: string, algorithm?: string): Promise<void>;
  /**
   * Takes a key away; what it signs is refused from then on.
   * @throws ExpectedError if no key has this fingerprint, or it is the only one.
   */
  removeKey(username: string, fingerprint: string): Promise<void>;
};

export function createAccountKeyring(
  store: Store<AccountTables>,
  now: () => number,
  algorithms: readonly SignatureAlgorithm[],
): AccountKeyring {
  /** The account's keys, and nobody else changes them until the transaction is over. */
  async function lockedKeys(trx: Kysely<AccountTables>, username: string): Promise<Selectable<AccountKeyRow>[]> {
    // Writing the same value again locks the row, on both engines.
    const locked = await trx
      .updateTable('account')
      .set((eb) => ({ role: eb.ref('role') }))
      .where('username', '=', username)
      .returning('username')
      .executeTakeFirst();
    if (locked === undefined) throw new ExpectedError(`There is no account named ${username}.`);
    return trx.selectFrom('accountKey').selectAll().where('username', '=', username).execute();
  }

  return {
    async addKey(username, text, name) {
      const algorithm = algorithmNamed(name, algorithms, 'The new key');
      const publicKey = parseAccountKey(text, algorithm);
      await store.transaction(async (trx) => {
        const keys = await lockedKeys(trx, username);
        if (keys.some((key) => key.publicKey === publicKey)) return;
        const slot = ([1, 2] as const).find((one) => keys.every((key) => key.slot !== one));
        if (slot === undefined) {
          throw new ExpectedError(
            `The account ${username} has two keys already: take one away first (account remove-key).`,
          );
        }
        await trx
          .insertInto('accountKey')
          .values({ username, slot, publicKey, addedAt: wallClockAt(now()), algorithm: algorithm.name })
          .execute();
      });
    },

    async removeKey(username, fingerprint) {
      await store.transaction(async (trx) => {
        const keys = await lockedKeys(trx, username);
        const key = keys.find((one) => fingerprintOf(one.publicKey) === fingerprint.toLowerCase());
        if (key === undefined) {
          throw new ExpectedError(
            `The account ${username} has no key with the fingerprint ${fingerprint}: account keys ${username} lists them.`,
          );
        }
        if (keys.length === 1) {
          throw new ExpectedError(
            `This is the only key of the account ${username}: add the next one first (account add-key), or end the account (account revoke).`,
          );
        }
        await trx.deleteFrom('accountKey').where('username', '=', username).where('slot', '=', key.slot).execute();
      });
    },
  };
}
