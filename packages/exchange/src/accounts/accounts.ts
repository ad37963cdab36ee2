import {
  type CinemaCode,
  SIGNATURE_ALGORITHMS,
  type SignatureAlgorithm,
  storedCinemas,
  type WallClock,
  wallClockAt,
} from '@ticket-check/protocol';
import { createLruCache, ExpectedError } from '@ticket-check/runtime';
import { coalesce, type Store } from '@ticket-check/storage';
import { sql } from 'kysely';
import { algorithmNamed } from '../algorithms.ts';
import { type Account, type AccountRole, parseUsername } from './account.ts';
import {
  type AccountKey,
  type AccountKeyring,
  createAccountKeyring,
  parseAccountKey,
  publicKeyOf,
} from './account-keyring.ts';
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
    readonly algorithms: readonly SignatureAlgorithm[];
    /**
     * Issues an account to a caller that signs with the private half of `publicKey` (PEM).
     * @throws ExpectedError or KeyRefusal if the algorithm, the key or the username is unusable, or the name is taken, even
     * by a revoked account.
     */
    addWithKey(account: NewAccount, publicKey: string): Promise<void>;
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
const MAX_CACHED = 10_000;

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

  async function insert(account: NewAccount, publicKey: string, algorithm: string): Promise<void> {
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
        .values({ username, slot: 1, publicKey, addedAt: createdAt, algorithm })
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
      await insert(account, parseAccountKey(publicKey, algorithm), algorithm.name);
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

/** An account with what its two slots hold, and the store that it is bound to. */
type JoinedRow = AccountRow & {
  firstKey: string | null;
  firstAlgorithm: string | null;
  firstAddedAt: string | null;
  secondKey: string | null;
  secondAlgorithm: string | null;
  secondAddedAt: string | null;
  storeId: string | null;
  seenAt: number | null;
};

/** Makes a reader of rows. Making a KeyObject costs nearly as much as using it, so an account is cached while its row is the same. */
function accountReader(algorithms: readonly SignatureAlgorithm[]): (row: JoinedRow) => Account {
  const read = createLruCache<{ row: JoinedRow; account: Account }>(MAX_CACHED);
  return (row) => {
    const before = read.get(row.username);
    if (before !== undefined && isSameRow(before.row, row)) return before.account;
    const account = accountOf(row, algorithms);
    read.set(row.username, { row, account });
    return account;
  };
}

function isSameRow(a: JoinedRow, b: JoinedRow): boolean {
  for (const column in a) if (a[column as keyof JoinedRow] !== b[column as keyof JoinedRow]) return false;
  return true;
}

function accountOf(row: JoinedRow, algorithms: readonly SignatureAlgorithm[]): Account {
  const keys = [
    keyOf(row.firstKey, row.firstAlgorithm, row.firstAddedAt, algorithms),
    keyOf(row.secondKey, row.secondAlgorithm, row.secondAddedAt, algorithms),
  ].filter((key) => key !== null);
  const cinemaCodes = storedCinemas(row.cinemaCodes);
  const { storeId, seenAt } = row;
  return {
    username: row.username,
    role: row.role,
    cinemaCodes: cinemaCodes === 'all' ? 'all' : new Set(cinemaCodes),
    keys: keys.sort((a, b) => (a.addedAt < b.addedAt ? 1 : -1)),
    createdAt: row.createdAt as WallClock,
    expiresAt: row.expiresAt as WallClock | null,
    revokedAt: row.revokedAt as WallClock | null,
    replaces: row.replaces,
    displayName: row.displayName,
    boundTo: storeId === null || seenAt === null ? null : { storeId, seenAt },
  };
}

/** Null also for a key whose algorithm only a newer version knows: nothing can be verified with it. */
function keyOf(
  spki: string | null,
  name: string | null,
  addedAt: string | null,
  algorithms: readonly SignatureAlgorithm[],
): AccountKey | null {
  const algorithm = algorithms.find((one) => one.name === name);
  if (spki === null || algorithm === undefined) return null;
  const publicKey = publicKeyOf(spki);
  const signatureLength = algorithm.signatureLength(publicKey);
  return { publicKey, algorithm, signatureLength, spki, addedAt: addedAt as WallClock };
}
