import { createPrivateKey, createPublicKey, generateKeyPair } from 'node:crypto';
import { promisify } from 'node:util';
import type { Store } from '@ticket-check/storage';
import { ExpectedError } from '../expected-error.ts';
import type { UpstreamTables } from './migrations.ts';

/** A key pair of one's own on its way to the platform above. Its private half never leaves the store. Reading E8. */
export type PendingKey = {
  /**
   * Makes a key pair (RSA-2048) and keeps it as the pending one. Where one is pending already that one stays, because
   * the platform above may have been given it.
   * @returns the public half of the pending pair, PEM
   */
  newKey(): Promise<string>;
  /** The private half of the pending pair, PEM; null where none is pending. */
  pendingKey(): Promise<string | null>;
  /**
   * Signs with the pending key from now on, in place of the one before, which is gone.
   * @throws ExpectedError where that key is pending no longer, or no upstream is set.
   */
  useKey(privateKeyPem: string): Promise<void>;
};

const ID = 1;
const generateRsaKeyPair = promisify(generateKeyPair);

export function createPendingKey(store: Store<UpstreamTables>): PendingKey {
  const { db } = store;

  async function pendingKey(): Promise<string | null> {
    const row = await db.selectFrom('pendingKey').select('privateKey').executeTakeFirst();
    return row?.privateKey ?? null;
  }

  return {
    pendingKey,

    async newKey() {
      if ((await pendingKey()) === null) {
        const { privateKey } = await generateRsaKeyPair('rsa', { modulusLength: 2048 });
        await db
          .insertInto('pendingKey')
          .values({ id: ID, privateKey: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString() })
          .onConflict((conflict) => conflict.column('id').doNothing())
          .execute();
      }
      const kept = await pendingKey();
      if (kept === null) throw new ExpectedError('The pending key was put to use while it was read: try again.');
      return createPublicKey(createPrivateKey(kept)).export({ type: 'spki', format: 'pem' }).toString();
    },

    async useKey(privateKey) {
      await store.transaction(async (trx) => {
        const taken = await trx
          .deleteFrom('pendingKey')
          .where('privateKey', '=', privateKey)
          .returning('id')
          .executeTakeFirst();
        const changed = await trx.updateTable('upstream').set({ privateKey }).returning('id').executeTakeFirst();
        if (taken === undefined) throw new ExpectedError('This key is pending no longer: see upstream show.');
        if (changed === undefined) throw new ExpectedError('No upstream is set yet: see upstream set.');
      });
    },
  };
}
