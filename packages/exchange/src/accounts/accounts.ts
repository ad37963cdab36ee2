import {
  type CinemaCode,
  SIGNATURE_ALGORITHMS,
  type SignatureAlgorithm,
  type WallClock,
  wallClockAt,
} from '@ticket-check/protocol';
import { ExpectedError } from '@ticket-check/runtime';
import { coalesce, type Store } from '@ticket-check/storage';
import { sql } from 'kysely';
import { algorithmNamed } from '../algorithms.ts';
import { type Account, type AccountRole, parseUsername } from './account.ts';
import { parseAccountKey } from './account-key.ts';
import { type AccountKeyring, createAccountKeyring } from './account-keyring.ts';
import { accountReader, type JoinedRow } from './account-rows.ts';
import type { AccountRow, AccountTables } from './migrations.ts';
import { createStoreBinding, type StoreBinding } from './store-binding.ts';
import { createSuccession, type Succession } from './succession.ts';

export type NewAccount = {
  username: string;
  role: AccountRole;
  cinemaCodes: readonly CinemaCode[] | 'all';
  expiresAt?: WallClock | null;
  /** The name of the signature algorithm of its key; the scheme's by default. */
  algorithm?: string | undefined;
};

export type Accounts = StoreBinding &
  Succession &
  AccountKeyring & {
    /** The signature algorithms whose keys accounts may have. */
    readonly algorithms: readonly SignatureAlgorithm[];
    /**
     * Issues an account to a caller that signs with the private half of `publicKey` (PEM).
     * @throws ExpectedError or KeyRefusal if the algorithm, the key or the username is unusable, or the name is taken, even
     * by a revoked account.
     */
    addWithKey(account: NewAccount, publicKey: string): Promise<void>;
    /** Every account ever issued, by username. */
    list(): Promise<Account[]>;
    /**
     * Ends an account for good; a second time changes nothing.
     * @throws ExpectedError if no such account exists.
     */
    revoke(username: string): Promise<void>;
    /**
     * Gives an account a name that people know it by; null takes it away.
     * @throws ExpectedError if no such account exists.
     */
    setDisplayName(username: string, displayName: string | null): Promise<void>;
    /** Reads an account from the database, revoked and expired ones too; null if there is none. */
    find(username: string): Promise<Account | null>;
  };

const MAX_PER_QUERY = 500;

/** The accounts that a platform has issued. Scheme 6.5.2.3, 7.5.2.3; reading E8. */
export function createAccounts(
  store: Store<AccountTables>,
  now: () => number,
  algorithms: readonly SignatureAlgorithm[] = SIGNATURE_ALGORITHMS,
): Accounts {
  const { db } = store;
  const readRow = accountReader(algorithms);

  const joined = db
    .selectFrom('account')
    .leftJoin('accountKey as first', (join) =>
      join.onRef('first.username', '=', 'account.username').on('first.slot', '=', sql.lit(1)),
    )
    .leftJoin('accountKey as second', (join) =>
      join.onRef('second.username', '=', 'account.username').on('second.slot', '=', sql.lit(2)),
    )
    .leftJoin('accountStore', 'accountStore.username', 'account.username')
    .selectAll('account')
    .select(['accountStore.storeId', 'accountStore.seenAt'])
    .select([
      'first.publicKey as firstKey',
      'first.algorithm as firstAlgorithm',
      'first.addedAt as firstAddedAt',
      'second.publicKey as secondKey',
      'second.algorithm as secondAlgorithm',
      'second.addedAt as secondAddedAt',
    ]);

  const accountsOf = store.compileForRows<{ username: string }, 'username', JoinedRow>({ username: 'text' }, (given) =>
    joined.innerJoin(given.as('given'), 'account.username', 'given.username'),
  );

  // One query for all requests of a turn, and no memory of the last one: a revocation acts at once, and so does what another
  // process has bound.
  const find = coalesce<string, Account | null>(
    async (usernames) => {
      const asked = [...new Set(usernames)].map((username) => ({ username }));
      const rows = await store.readCommitted(accountsOf(asked));
      const found = new Map(rows.map((row) => [row.username, readRow(row)]));
      return usernames.map((username) => found.get(username) ?? null);
    },
    { max: MAX_PER_QUERY },
  );

  const binding = createStoreBinding(store, now);

  async function insert(account: NewAccount, { spki, algorithm }: NewKey): Promise<void> {
    const { username, role, cinemaCodes, expiresAt = null } = account;
    const createdAt = wallClockAt(now());
    const row: AccountRow = {
      username: parseUsername(username),
      role,
      cinemaCodes: cinemaCodes === 'all' ? 'all' : JSON.stringify([...new Set(cinemaCodes)].sort()),
      createdAt,
      expiresAt,
      revokedAt: null,
      replaces: null,
      displayName: null,
    };
    await store.transaction(async (trx) => {
      const inserted = await trx
        .insertInto('account')
        .values(row)
        .onConflict((conflict) => conflict.column('username').doNothing())
        .returning('username')
        .executeTakeFirst();
      if (inserted === undefined) throw new ExpectedError(`An account named ${username} exists already.`);
      await trx
        .insertInto('accountKey')
        .values({ username, slot: 1, publicKey: spki, addedAt: createdAt, algorithm })
        .execute();
    });
  }

  async function assertKnown(username: string): Promise<void> {
    if ((await find(username)) === null) throw new ExpectedError(`There is no account named ${username}.`);
  }

  return {
    algorithms,
    find,
    ...createAccountKeyring(store, now, algorithms),
    ...createSuccession(store),
    admitStore: binding.admitStore,
    assertUnbound: binding.assertUnbound,

    async rebind(username) {
      await assertKnown(username);
      await binding.rebind(username);
    },

    async addWithKey(account, publicKey) {
      const algorithm = algorithmNamed(account.algorithm, algorithms, 'The new account');
      await insert(account, { spki: parseAccountKey(publicKey, algorithm), algorithm: algorithm.name });
    },

    async list() {
      const rows = await joined.orderBy('account.username').execute();
      return rows.map(readRow);
    },

    async setDisplayName(username, displayName) {
      await assertKnown(username);
      await db.updateTable('account').set({ displayName }).where('username', '=', username).execute();
    },

    async revoke(username) {
      await db
        .updateTable('account')
        .set({ revokedAt: wallClockAt(now()) })
        .where('username', '=', username)
        .where('revokedAt', 'is', null)
        .execute();
      await assertKnown(username);
    },
  };
}

/** A key as it is kept with a new account: Base64 of its DER SubjectPublicKeyInfo, and the name of its algorithm. */
type NewKey = { spki: string; algorithm: string };
