import {
  type CinemaCode,
  findAlgorithm,
  MESSAGE_LANGUAGES,
  type MessageLanguage,
  storedCinemas,
  type WallClock,
  wallClockAt,
} from '@ticket-check/protocol';
import { createLruCache } from '@ticket-check/runtime';
import { coalesce, queryOverRows, type Store } from '@ticket-check/storage';
import { algorithmNamed } from '../algorithms.ts';
import { type Account, type AccountRole, noAccount, parseUsername, usernameTaken } from './account.ts';
import { type AccountKey, createAccountKeyring, parseAccountKey, publicKeyOf } from './account-keyring.ts';
import type { AccountRow, AccountTables, StoredKey } from './migrations.ts';
import { createStoreBinding } from './store-binding.ts';
import { createSuccession } from './succession.ts';

export type NewAccount = {
  username: string;
  role: AccountRole;
  cinemaCodes: readonly CinemaCode[] | 'all';
  expiresAt?: WallClock | null;
  algorithm?: string | undefined;
  messageLanguage?: MessageLanguage | undefined;
};

export type Accounts = ReturnType<typeof createAccounts>;

const MAX_PER_QUERY = 500;
const MAX_CACHED = 10_000;

/** The accounts that a platform has issued. Scheme 6.5.2.3, 7.5.2.3; reading E8. */
export function createAccounts(store: Store<AccountTables>, now: () => number) {
  const { db } = store;
  const readRow = accountReader();

  const joined = db
    .selectFrom('account')
    .leftJoin('accountStore', 'accountStore.username', 'account.username')
    .select(['account.username', 'account.role', 'account.cinemaCodes', 'account.keys', 'account.createdAt'])
    .select(['account.expiresAt', 'account.revokedAt', 'account.displayName', 'account.replaces'])
    .select(['account.messageLanguage', 'accountStore.storeId', 'accountStore.seenAt']);

  const accountsOf = queryOverRows<AccountTables, { username: string }, JoinedRow>({ username: 'text' }, (_, given) =>
    joined.innerJoin(given.as('given'), 'account.username', 'given.username'),
  );

  // One query for all requests of a turn, and no memory: a revocation or binding acts at once, from any process.
  const find = coalesce<string, Account | null>(
    async (usernames) => {
      const asked = [...new Set(usernames)].map((username) => ({ username }));
      const rows = await accountsOf.find(store, asked);
      const found = new Map(rows.map((row) => [row.username, readRow(row)]));
      return usernames.map((username) => found.get(username) ?? null);
    },
    // The first step of a request: those that are looked up together go on together.
    { max: MAX_PER_QUERY, windowMs: store.engine === 'postgres' ? 10 : 0 },
  );

  const binding = createStoreBinding(store, now);

  async function assertKnown(username: string): Promise<void> {
    if ((await find(username)) === null) throw noAccount(username);
  }

  async function change(username: string, changes: Partial<AccountRow>): Promise<void> {
    await assertKnown(username);
    await db.updateTable('account').set(changes).where('username', '=', username).execute();
  }

  return {
    /** Reads an account from the database, revoked and expired ones too; null if there is none. */
    find,
    ...createAccountKeyring(store, now),
    ...createSuccession(store),
    ...binding,

    async rebind(username: string): Promise<void> {
      await assertKnown(username);
      await binding.rebind(username);
    },

    /** Issues an account to a signer with the private half of `publicKey` (PEM). @throws AccountFault, ExpectedError or KeyRefusal. */
    async addWithKey(account: NewAccount, publicKey: string): Promise<void> {
      const { role, cinemaCodes, expiresAt = null, messageLanguage = MESSAGE_LANGUAGES[0] } = account;
      const algorithm = algorithmNamed(account.algorithm, 'The new account');
      const [createdAt, username] = [wallClockAt(now()), parseUsername(account.username)];
      const spki = parseAccountKey(publicKey, algorithm);
      const row: AccountRow = {
        ...{ username, role, createdAt, expiresAt, messageLanguage },
        cinemaCodes: cinemaCodes === 'all' ? 'all' : JSON.stringify([...new Set(cinemaCodes)].sort()),
        keys: JSON.stringify([{ spki, algorithm: algorithm.name, addedAt: createdAt } satisfies StoredKey]),
        ...{ revokedAt: null, replaces: null, displayName: null },
      };
      const inserted = await db
        .insertInto('account')
        .values(row)
        .onConflict((conflict) => conflict.column('username').doNothing())
        .returning('username')
        .executeTakeFirst();
      if (inserted === undefined) throw usernameTaken(username);
    },

    /** To be asked before anybody is served. @throws KeyRefusal if an account signs with an algorithm that this runtime lacks. */
    async assertVerifiable(): Promise<void> {
      const rows = await db.selectFrom('account').select('keys').where('revokedAt', 'is', null).distinct().execute();
      const names = new Set(rows.flatMap(({ keys }) => (JSON.parse(keys) as StoredKey[]).map((key) => key.algorithm)));
      for (const name of names) findAlgorithm(name)?.assertHere?.();
    },

    list: async (): Promise<Account[]> => (await joined.orderBy('account.username').execute()).map(readRow),

    /** Gives an account a name that people know it by; null takes it away. @throws AccountFault if there is no such account. */
    setDisplayName: (username: string, displayName: string | null) => change(username, { displayName }),

    /** Sets what the messages of its errors are written in. @throws AccountFault if no such account exists. */
    setMessageLanguage: (username: string, messageLanguage: MessageLanguage) => change(username, { messageLanguage }),

    /** Ends an account for good; a second time changes nothing. @throws AccountFault if no such account exists. */
    async revoke(username: string): Promise<void> {
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

type JoinedRow = AccountRow & { storeId: string | null; seenAt: number | null };

/** Makes a reader of rows. Making a KeyObject costs nearly as much as using it, so an account is cached while its row is the same. */
function accountReader(): (row: JoinedRow) => Account {
  const read = createLruCache<{ row: JoinedRow; account: Account }>(MAX_CACHED);
  return (row) => {
    const before = read.get(row.username);
    if (before !== undefined && isSameRow(before.row, row)) return before.account;
    const account = accountOf(row);
    read.set(row.username, { row, account });
    return account;
  };
}

function isSameRow(a: JoinedRow, b: JoinedRow): boolean {
  for (const column in a) if (a[column as keyof JoinedRow] !== b[column as keyof JoinedRow]) return false;
  return true;
}

function accountOf({ storeId, seenAt, ...row }: JoinedRow): Account {
  const cinemaCodes = storedCinemas(row.cinemaCodes);
  return {
    // Rows are written from accounts only, so their texts are known to be in form.
    ...(row as unknown as Account),
    cinemaCodes: cinemaCodes === 'all' ? 'all' : new Set(cinemaCodes),
    keys: (JSON.parse(row.keys) as StoredKey[]).flatMap(keyOf).reverse(),
    boundTo: storeId === null || seenAt === null ? null : { storeId, seenAt },
  };
}

/** None for a key whose algorithm only a newer version knows: nothing can be verified with it. */
function keyOf({ spki, addedAt, algorithm: name }: StoredKey): AccountKey[] {
  const algorithm = findAlgorithm(name);
  if (algorithm === null) return [];
  const publicKey = publicKeyOf(spki);
  return [{ publicKey, algorithm, signatureLength: algorithm.signatureLength(publicKey), spki, addedAt }];
}
