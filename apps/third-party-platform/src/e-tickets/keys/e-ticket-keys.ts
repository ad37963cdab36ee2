import { createPrivateKey, createPublicKey } from 'node:crypto';
import {
  E_TICKET_ALGORITHMS,
  type ETicketAlgorithm,
  type ETicketKey,
  eTicketAlgorithmOf,
  eTicketKeyId,
  generateETicketKeyPair,
  signETicket,
  wallClockAt,
} from '@ticket-check/protocol';
import { type Clock, sharedFor } from '@ticket-check/runtime';
import type { Store } from '@ticket-check/storage';
import type { Kysely } from 'kysely';
import type { ETicketKeyRow, ETicketTables } from '../e-ticket-tables.ts';
import type { ListedETicketKey } from './e-ticket-key-row.ts';
import { acceptedUntil, dueKey, earlierKey, isPublished, keyState, type NewKey, signingKey } from './key-plan.ts';

/** What another process has changed is seen within a second. */
const SEEN_WITHIN_MS = 1000;

export type ETicketSigner = { readonly keyId: string; sign(signedText: Buffer): Buffer };

/** The keys that this platform signs e-tickets with. Reading C5. */
export type ETicketKeys = ReturnType<typeof createETicketKeys>;

export function createETicketKeys(store: Store<ETicketTables>, now: Clock) {
  const load = (db: Kysely<ETicketTables>) =>
    db.selectFrom('eTicketKey').selectAll().orderBy('validFrom', 'desc').orderBy('keyId').execute();
  const seen = sharedFor(SEEN_WITHIN_MS, () => load(store.db));

  async function make(db: Kysely<ETicketTables>, times: NewKey, algorithm: ETicketAlgorithm): Promise<ETicketKeyRow> {
    const { keyId, privateKey } = makeKeyPair(algorithm);
    const pem = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
    const row = { keyId, privateKey: pem, ...times, revokedAt: null };
    await db.insertInto('eTicketKey').values(row).execute();
    return row;
  }

  async function makeDue(db: Kysely<ETicketTables>): Promise<string | null> {
    const keys = await load(db);
    const due = dueKey(keys, now());
    return due === null ? null : (await make(db, due, algorithmAfter(keys))).keyId;
  }

  return {
    /** Null while no key may sign, which lasts moments: the next is made within a minute. */
    async signer(): Promise<ETicketSigner | null> {
      const key = signingKey(await seen(), now());
      if (key === null) return null;
      const privateKey = createPrivateKey(key.privateKey);
      return { keyId: key.keyId, sign: (signedText) => signETicket(signedText, privateKey) };
    },

    async published(): Promise<ETicketKey[]> {
      const keys = (await seen()).filter((key) => isPublished(key, now()));
      return keys.map((key) => ({
        keyId: key.keyId,
        publicKey: createPublicKey(createPrivateKey(key.privateKey)),
        validFrom: wallClockAt(key.validFrom),
        validUntil: wallClockAt(acceptedUntil(key)),
        revokedAt: key.revokedAt === null ? null : wallClockAt(key.revokedAt),
      }));
    },

    /** Makes the key that is due, deletes those that are long over, and answers the id of the one that it made. */
    keepUp: () =>
      store.transaction(async (db) => {
        const over = (await load(db)).filter((key) => !isPublished(key, now()));
        for (const { keyId } of over) await db.deleteFrom('eTicketKey').where('keyId', '=', keyId).execute();
        return makeDue(db);
      }),

    /** Makes a key that takes over in a day, of the algorithm of the one before if no other is asked for; null if the next one is made already. */
    rotate: (algorithm?: ETicketAlgorithm) =>
      store.transaction(async (db) => {
        const keys = await load(db);
        const next = earlierKey(keys, now());
        return next === null ? null : make(db, next, algorithm ?? algorithmAfter(keys));
      }),

    /** Revokes a key at once, for good; where none is left that signs, answers the one that was made in its place. Null if there is no such key. */
    revoke: (keyId: string) =>
      store.transaction(async (db) => {
        const known = (await load(db)).find((key) => key.keyId === keyId);
        if (known === undefined) return null;
        const revokedAt = known.revokedAt ?? now();
        await db.updateTable('eTicketKey').set({ revokedAt }).where('keyId', '=', keyId).execute();
        return { revokedAt, made: await makeDue(db) };
      }),

    /** All that are kept, the newest first, as pages and commands show them. */
    async list(): Promise<ListedETicketKey[]> {
      const keys = await load(store.db);
      return keys.map((key) => {
        const State = keyState(key, keys, now());
        return { ...keyJson(key), State, Signs: State === 'SIGNS' };
      });
    },
  };
}

/** What signs after these keys, the newest first: what signs now, until somebody changes it. */
const algorithmAfter = ([newest]: readonly ETicketKeyRow[]): ETicketAlgorithm =>
  newest === undefined ? E_TICKET_ALGORITHMS[0] : algorithmOf(newest);

const algorithmOf = ({ privateKey }: ETicketKeyRow): ETicketAlgorithm =>
  eTicketAlgorithmOf(createPrivateKey(privateKey));

/**
 * Makes a key pair that signs e-tickets, with its id. Commands take the id as an argument, so none begins with a hyphen, which
 * would be read as an option: `eticket-key revoke` could not name the key. Reading C5.
 */
export function makeKeyPair(algorithm: ETicketAlgorithm) {
  for (;;) {
    const { publicKey, privateKey } = generateETicketKeyPair(algorithm);
    const keyId = eTicketKeyId(publicKey);
    if (!keyId.startsWith('-')) return { privateKey, keyId };
  }
}

export const keyJson = (row: ETicketKeyRow) => ({
  KeyId: row.keyId,
  Algorithm: algorithmOf(row),
  ValidFrom: wallClockAt(row.validFrom),
  SignsUntil: wallClockAt(row.signsUntil),
  ValidUntil: wallClockAt(acceptedUntil(row)),
  RevokedAt: row.revokedAt === null ? null : wallClockAt(row.revokedAt),
});
