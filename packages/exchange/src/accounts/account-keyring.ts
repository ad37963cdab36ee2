import { createHash, createPublicKey, type KeyObject } from 'node:crypto';
import { type SignatureAlgorithm, type WallClock, wallClockAt } from '@ticket-check/protocol';
import type { Store } from '@ticket-check/storage';
import { algorithmNamed } from '../algorithms.ts';
import { AccountFault, noAccount } from './account.ts';
import type { AccountTables, StoredKey } from './migrations.ts';

const MAX_KEYS = 2;

/** The keys of an account: one or, during an exchange, two; either may sign. Reading E8. */
export function createAccountKeyring(store: Store<AccountTables>, now: () => number) {
  async function changeKeys(username: string, change: (keys: readonly StoredKey[]) => readonly StoredKey[]) {
    await store.transaction(async (trx) => {
      const own = trx.updateTable('account').where('username', '=', username);
      // Writing the same value again locks the row, on both engines.
      const locked = own.set((eb) => ({ keys: eb.ref('keys') })).returning('keys');
      const row = await locked.executeTakeFirst();
      if (row === undefined) throw noAccount(username);
      await own.set({ keys: JSON.stringify(change(JSON.parse(row.keys))) }).execute();
    });
  }

  return {
    /** Adds a second key. @throws AccountFault or KeyRefusal if the key or the account cannot be used, or it has two already. */
    async addKey(username: string, text: string, name?: string): Promise<void> {
      const algorithm = algorithmNamed(name, 'The new key');
      const spki = parseAccountKey(text, algorithm);
      await changeKeys(username, (keys) => {
        if (keys.some((key) => key.spki === spki)) return keys;
        if (keys.length < MAX_KEYS) return [...keys, { spki, algorithm: algorithm.name, addedAt: wallClockAt(now()) }];
        const message = `The account ${username} has two keys already: take one away first (account remove-key).`;
        throw new AccountFault('two-keys', message);
      });
    },

    /** Takes a key away. @throws AccountFault if no key has this fingerprint, or it is the only one. */
    async removeKey(username: string, fingerprint: string): Promise<void> {
      await changeKeys(username, (keys) => {
        const others = keys.filter(({ spki }) => fingerprintOf(spki) !== fingerprint.toLowerCase());
        if (others.length === keys.length) {
          const message = `The account ${username} has no key with the fingerprint ${fingerprint}: account keys ${username} lists them.`;
          throw new AccountFault('no-key', message);
        }
        if (others.length > 0) return others;
        const message = `This is the only key of the account ${username}: add the next one first (account add-key), or end the account (account revoke).`;
        throw new AccountFault('only-key', message);
      });
    },
  };
}

export type AccountKey = {
  readonly publicKey: KeyObject;
  readonly algorithm: SignatureAlgorithm;
  /** Length in bytes of the signatures that it verifies; asking the KeyObject for it takes a microsecond. */
  readonly signatureLength: number;
  /** Base64 of the DER SubjectPublicKeyInfo, one line. */
  readonly spki: string;
  readonly addedAt: WallClock;
};

/** Reads a caller's public key in any form of its algorithm, and returns its SPKI. @throws KeyRefusal if it is none. */
export function parseAccountKey(text: string, algorithm: SignatureAlgorithm): string {
  return spkiOf(algorithm.readPublicKey(text));
}

export function spkiOf(publicKey: KeyObject): string {
  return publicKey.export({ type: 'spki', format: 'der' }).toString('base64');
}

/** SHA-256 of the DER SubjectPublicKeyInfo in hex, as `openssl pkey -pubin -outform DER | sha256sum` prints it. */
export function fingerprintOf(spki: string): string {
  return createHash('sha256').update(Buffer.from(spki, 'base64')).digest('hex');
}

export function publicKeyOf(spki: string): KeyObject {
  return createPublicKey({ key: Buffer.from(spki, 'base64'), format: 'der', type: 'spki' });
}
