import { createPublicKey } from 'node:crypto';
import type { SignatureAlgorithm } from '@ticket-check/protocol';
import { ExpectedError } from '@ticket-check/runtime';
import type { Store } from '@ticket-check/storage';
import { algorithmNamed } from '../algorithms.ts';
import type { UpstreamTables } from './migrations.ts';

type NewKeyPair = { readonly algorithm: SignatureAlgorithm; readonly privateKeyPem: string };

const ID = 1;

/** A key pair of one's own on its way to the platform above. Its private half never leaves the store. Reading E8. */
export function createPendingKey(store: Store<UpstreamTables>, changedUpstream: () => void) {
  const { db } = store;

  /** The private half of the pending pair, PEM; null if none is pending. */
  const pendingKey = async (): Promise<string | null> =>
    (await db.selectFrom('pendingKey').select('privateKey').executeTakeFirst())?.privateKey ?? null;

  /** Makes a key pair, or returns the pending one. @param name of its algorithm @throws ExpectedError if that is unknown. */
  async function makeKey(name?: string): Promise<NewKeyPair> {
    const used = await db.selectFrom('upstream').select('algorithm').executeTakeFirst();
    const algorithm = algorithmNamed(name ?? used?.algorithm, 'The key pair');
    const pending = await pendingKey();
    if (pending !== null) return { algorithm, privateKeyPem: pending };
    const { privateKey } = await algorithm.generateKeyPair();
    return { algorithm, privateKeyPem: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString() };
  }

  /** Keeps a pair as the pending one, unless one is; returns the public half (PEM). @throws KeyRefusal for another algorithm. */
  async function keepKey({ algorithm, privateKeyPem }: NewKeyPair): Promise<string> {
    await db
      .insertInto('pendingKey')
      .values({ id: ID, privateKey: privateKeyPem })
      .onConflict((conflict) => conflict.column('id').doNothing())
      .execute();
    const kept = await pendingKey();
    if (kept === null) throw new ExpectedError('The pending key was put to use while it was read: try again.');
    return createPublicKey(algorithm.readPrivateKey(kept)).export({ type: 'spki', format: 'pem' }).toString();
  }

  return {
    pendingKey,
    makeKey,
    keepKey,

    /** Signs with the pending key from now on. @throws ExpectedError if that is pending no longer, or no upstream is set. */
    async useKey(privateKey: string): Promise<void> {
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
      changedUpstream();
    },
  };
}
