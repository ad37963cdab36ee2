import { createPublicKey, generateKeyPair } from 'node:crypto';
import { promisify } from 'node:util';
import { type CinemaCode, type WallClock, wallClockAt } from '@ticket-check/protocol';
import { coalesce, type Store } from '@ticket-check/storage';
import { LRUCache } from 'lru-cache';
import { ExpectedError } from '../expected-error.ts';
import { type Account, type AccountRole, parseUsername } from './account.ts';
import type { AccountRow, AccountTables } from './migrations.ts';
import { createStoreBinding, type StoreBinding } from './store-binding.ts';

export type NewAccount = {
  username: string;
  role: AccountRole;
  cinemaCodes: readonly CinemaCode[] | 'all';
  expiresAt?: WallClock | null;
};

export type Accounts = StoreBinding & {
  /**
   * Issues an account with a key pair of its own (RSA-2048) and keeps the public half only.
   * @throws ExpectedError where the username cannot be used or is taken, also by a revoked account.
   */
  add(account: NewAccount): Promise<{ privateKeyPem: string }>;
  /** Every account ever issued, by username. */
  list(): Promise<Account[]>;
  /**
   * Ends an account for good; a second time changes nothing.
   * @throws ExpectedError where no such account exists.
   */
  revoke(username: string): Promise<void>;
  /** An account as it stands in the database now, also where it is revoked or expired; null where there is none. */
  find(username: string): Promise<Account | null>;
};

const generateRsaKeyPair = promisify(generateKeyPair);
const MOST_CACHED = 10_000;
const MOST_PER_QUERY = 500;

/** The accounts that a platform has issued. Scheme 6.5.2.3, 7.5.2.3; reading E8. */
export function createAccounts(store: Store<AccountTables>, now: () => number): Accounts {
  const { db } = store;
  const parsed = new LRUCache<string, { row: AccountRow; account: Account }>({ max: MOST_CACHED });

  // Making a KeyObject costs nearly as much as using it, so one is kept for as long as the row is the same.
  function parseRow(row: AccountRow): Account {
    const cached = parsed.get(row.username);
    if (cached !== undefined && isSameRow(cached.row, row)) return cached.account;
    const account = accountOf(row);
    parsed.set(row.username, { row, account });
    return account;
  }

  const accountsOf = store.queryOver<{ username: string }, 'username', AccountRow>({ username: 'text' }, (given) =>
    db.selectFrom(given.as('given')).innerJoin('account', 'account.username', 'given.username').selectAll('account'),
  );

  // One query for all requests of a turn, and no memory of the last one: a revocation acts at once.
  const find = coalesce<string, Account | null>(
    async (usernames) => {
      const asked = [...new Set(usernames)].map((username) => ({ username }));
      const rows = await store.lookUp(accountsOf(asked));
      const found = new Map(rows.map((row) => [row.username, parseRow(row)]));
      return usernames.map((username) => found.get(username) ?? null);
    },
    { most: MOST_PER_QUERY },
  );

  const binding = createStoreBinding(store, now);

  async function assertKnown(username: string): Promise<void> {
    if ((await find(username)) === null) throw new ExpectedError(`There is no account named ${username}.`);
  }

  return {
    find,
    admitStore: binding.admitStore,

    async rebind(username) {
      await assertKnown(username);
      await binding.rebind(username);
    },

    async add({ username, role, cinemaCodes, expiresAt = null }) {
      const { publicKey, privateKey } = await generateRsaKeyPair('rsa', { modulusLength: 2048 });
      const row: AccountRow = {
        username: parseUsername(username),
        role,
        cinemaCodes: cinemaCodes === 'all' ? 'all' : JSON.stringify([...new Set(cinemaCodes)].sort()),
        publicKey: publicKey.export({ type: 'spki', format: 'der' }).toString('base64'),
        createdAt: wallClockAt(now()),
        expiresAt,
        revokedAt: null,
      };
      const inserted = await db
        .insertInto('account')
        .values(row)
        .onConflict((conflict) => conflict.column('username').doNothing())
        .returning('username')
        .executeTakeFirst();
      if (inserted === undefined) throw new ExpectedError(`An account named ${username} exists already.`);
      return { privateKeyPem: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString() };
    },

    async list() {
      const rows = await db.selectFrom('account').selectAll().orderBy('username').execute();
      return rows.map(parseRow);
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

function isSameRow(a: AccountRow, b: AccountRow): boolean {
  return (
    a.publicKey === b.publicKey &&
    a.revokedAt === b.revokedAt &&
    a.expiresAt === b.expiresAt &&
    a.cinemaCodes === b.cinemaCodes &&
    a.role === b.role
  );
}

function accountOf(row: AccountRow): Account {
  return {
    username: row.username,
    role: row.role,
    cinemaCodes: row.cinemaCodes === 'all' ? 'all' : new Set(JSON.parse(row.cinemaCodes) as CinemaCode[]),
    publicKey: createPublicKey({ key: Buffer.from(row.publicKey, 'base64'), format: 'der', type: 'spki' }),
    createdAt: row.createdAt as WallClock,
    expiresAt: row.expiresAt as WallClock | null,
    revokedAt: row.revokedAt as WallClock | null,
  };
}
