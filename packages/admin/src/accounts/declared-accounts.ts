import {
  type Account,
  AccountFault,
  type AccountTables,
  algorithmNamed,
  createAccounts,
  fingerprintOf,
  type Issuer,
  makeBundle,
  parseAccountKey,
  parseDisplayName,
} from '@ticket-check/exchange';
import {
  type CinemaCode,
  elementsJson,
  KeyRefusal,
  MESSAGE_LANGUAGES,
  parseWallClock,
  SCHEME_ALGORITHM,
  storedCinemas,
  wallClockAt,
} from '@ticket-check/protocol';
import { type Clock, ExpectedError } from '@ticket-check/runtime';
import { pageOf, type Store } from '@ticket-check/storage';
import { z } from 'zod';
import { isOfNoOther, textOf } from '../asked.ts';
import { asked } from '../declared/field.ts';
import { list, usernameFilter } from '../declared/list.ts';
import { operation } from '../declared/operation.ts';
import type { InEachLanguage } from '../language.ts';
import { askedCinemas, cinemaCodesIn, shownCinemas } from '../operators/declared-operators.ts';
import { DataRefused, PageError } from '../sent-texts.ts';
import { ACCOUNT_KEY_ROW, ACCOUNT_ROW, EXPLAINED_ROW } from './account-row.ts';
import { explainRefused } from './explain-refused.ts';

type AccountStore = Store<AccountTables>;

export type AccountParts = {
  readonly now: Clock;
  readonly issuer: () => Promise<Issuer>;
  /** The role of accounts beside those that ask and report: data sources for the intake, or ticket sellers. */
  readonly others: 'data-source' | 'seller';
  /** What the user of an account has not reported yet, as far as it said so: a sentence for `account revoke`. */
  readonly leaves?: (store: AccountStore, username: string) => Promise<InEachLanguage>;
};

/** The name of a signature algorithm, with the user id of SM2 where it has one; `whose` begins the help of its option. */
export const askedAlgorithm = (whose: string) =>
  asked(z.string().max(100).optional(), {
    label: { zh: '签名算法', en: 'Signature algorithm' },
    choices: {
      'rsa-md5': { zh: 'RSA（规范规定，默认）', en: 'RSA, of the scheme (the default)' },
      'sm2-sm3': { zh: '国密 SM2', en: 'SM2' },
    },
    option: ['--algorithm <name>', `${whose}; ${SCHEME_ALGORITHM.name} by default`],
  });

const messages = <T extends z.ZodType>(part: T, option: readonly [flags: string, says: string]): T =>
  asked(part, {
    label: { zh: '错误信息的语言', en: 'Language of error messages' },
    choices: { en: { zh: 'English（默认）', en: 'English (the default)' }, zh: { zh: '中文', en: '中文' } },
    option,
  });

export const oneAccount = z.strictObject({
  Username: asked(z.string().trim().max(64), {
    label: { zh: '账号', en: 'Account' },
    hint: {
      zh: '1 到 64 个字母、数字、点、下划线或连字符',
      en: '1 to 64 letters, digits, dots, underscores or hyphens',
    },
    option: ['<username>', ''],
  }),
});

/** What a change of an account demands. */
export const accountChange = {
  permission: 'service.manage',
  needsPassword: true,
} as const;

const destroys = ({ Username }: z.output<typeof oneAccount>) => Username;

/** The account of a name, for who manages all of its cinemas. @throws DataRefused or PageError */
async function seen(accounts: Accounts, username: string, cinemas: 'all' | readonly CinemaCode[]): Promise<Account> {
  const account = await accounts.find(username);
  if (account === null) throw new DataRefused('no-account', `There is no account named ${username}.`, 404);
  const codes = account.cinemaCodes === 'all' ? 'all' : [...account.cinemaCodes];
  if (!isOfNoOther(codes, cinemas)) throw new PageError('forbidden');
  return account;
}

/** The accounts of those who call a platform, and what administrators do with them. Readings E8, X4, X7, C5. */
export function declaredAccounts({ now, issuer, others, leaves }: AccountParts) {
  const of = (store: AccountStore) => createAccounts(store, now);

  /** An unknown account is of all cinemas: only who manages those learns that there is none. */
  async function cinemasOf({ Username, Former = null }: Named, store: AccountStore) {
    const codes: CinemaCode[] = [];
    for (const name of [Username, ...(Former === null ? [] : [Former])]) {
      const of = (await createAccounts(store, now).find(name))?.cinemaCodes ?? 'all';
      if (of === 'all' || of.size === 0) return 'all';
      codes.push(...of);
    }
    return codes;
  }

  /** Makes a change, and answers how the account stood before and stands after. */
  async function changing(store: AccountStore, username: string, run: (accounts: Accounts) => Promise<unknown>) {
    const accounts = of(store);
    const before = standing(await accounts.find(username));
    await run(accounts);
    return { before, after: standing(await accounts.find(username)) };
  }

  type Says<Input> = (account: Account, input: Input, store: AccountStore) => Promise<InEachLanguage | null>;
  const foretelling =
    <Input extends Named>(says: Says<Input>) =>
    async (store: AccountStore, input: Input) => {
      const account = await of(store).find(input.Username);
      return account === null ? null : says(account, input, store);
    };

  const common = { ...accountChange, cinemasOf };
  const ofOne = { ...common, input: oneAccount, outcome: (came: object) => came };

  return {
    accounts: list({
      name: 'accounts',
      rowsName: 'Accounts',
      title: { zh: '接入账号', en: 'Client accounts' },
      permission: 'service.manage',
      filters: {},
      row: ACCOUNT_ROW,
      place: z.string(),
      rowsAPage: 200,
      async find(store: AccountStore, { cinemas, after, limit }) {
        const found = await store.reports
          .selectFrom('account')
          .leftJoin('accountStore', 'accountStore.username', 'account.username')
          .selectAll('account')
          .select(['storeId', 'seenAt'])
          .where('account.username', '>', after ?? '')
          .orderBy('account.username')
          .limit(limit + 1)
          .execute();
        const { page, next } = pageOf(found, limit, ({ username }) => username);
        const rows = page.flatMap(({ expiresAt, seenAt, ...row }) => {
          const cinemaCodes = storedCinemas(row.cinemaCodes);
          if (!isOfNoOther(cinemaCodes, cinemas)) return [];
          return {
            ...elementsJson(row, 'Username', 'Role', 'CreatedAt', 'RevokedAt', 'Replaces', 'DisplayName'),
            CinemaCodes: shownCinemas(cinemaCodes),
            ExpiresAt: expiresAt,
            Expired: expiresAt !== null && expiresAt <= wallClockAt(now()),
            Messages: row.messageLanguage,
            Store: row.storeId,
            StoreSeenAt: seenAt === null ? null : wallClockAt(seenAt),
          };
        });
        return { rows, next };
      },
    }),
    keys: list({
      name: 'accounts/keys',
      rowsName: 'Keys',
      title: { zh: '账号的公钥', en: 'Keys of an account' },
      permission: 'service.manage',
      filters: { username: usernameFilter },
      row: ACCOUNT_KEY_ROW,
      async find(store: AccountStore, { filters: { username }, cinemas }) {
        const account = await seen(of(store), username, cinemas);
        const rows = account.keys.map(({ spki, publicKey, algorithm, addedAt }) => ({
          Fingerprint: fingerprintOf(spki),
          Algorithm: algorithm.name,
          Bits: algorithm.keyBits(publicKey),
          AddedAt: addedAt,
        }));
        return { rows };
      },
    }),
    /** Why the last request of an account was refused. Reading E8. */
    explained: list({
      name: 'accounts/explain',
      rowsName: 'Explained',
      title: { zh: '解释最近被拒绝的请求', en: 'Explain the last refused request' },
      permission: 'service.manage',
      filters: { username: usernameFilter },
      row: EXPLAINED_ROW,
      live: 'none',
      async find(store: AccountStore, { filters: { username }, cinemas }) {
        return { rows: [await explainRefused(store, await seen(of(store), username, cinemas), now)] };
      },
    }),
    add: operation({
      ...common,
      name: 'account add',
      title: { zh: '新建账号', en: 'Issue an account' },
      says: 'issue an account and write its bundle (only copy of the key)',
      input: oneAccount.extend({
        CinemaCodes: askedCinemas(cinemaCodesIn, 'cinemas it may act for'),
        Role: z.enum(['platform', others]).default('platform'),
        ExpiresAt: asked(textOf(parseWallClock).optional(), {
          option: ['--expires <time>', 'when it ends, YYYY-MM-DDThh:mm:ss'],
        }),
        /** PEM; without it a key pair is made. */
        PublicKey: z.string().max(4096).optional(),
        Algorithm: askedAlgorithm('the signature algorithm of the key pair'),
        Replaces: asked(z.string().max(64).optional(), {
          option: ['--replaces <former>', 'the account it replaces; lists its records too'],
        }),
        Messages: messages(z.enum(MESSAGE_LANGUAGES).optional(), [
          '--messages <language>',
          'of its error messages: en (the default) or zh',
        ]),
      }),
      async cinemasOf({ CinemaCodes, Replaces }, store: AccountStore) {
        if (CinemaCodes === 'all' || Replaces === undefined) return CinemaCodes;
        const former = await cinemasOf({ Username: Replaces }, store);
        return former === 'all' ? 'all' : [...CinemaCodes, ...former];
      },
      what: ({ Username, Role, CinemaCodes, ExpiresAt = null, Algorithm, Replaces }) => ({
        ...{ username: Username, role: Role, cinemaCodes: CinemaCodes },
        ...{ expiresAt: ExpiresAt, algorithm: Algorithm, replaces: Replaces },
      }),
      async prepare({ Username, CinemaCodes, PublicKey = null, Algorithm }) {
        const [by, whose] = [await issuer(), { username: Username, cinemaCodes: CinemaCodes }];
        return unlessBadKey(() => makeBundle(by, { ...whose, algorithm: Algorithm, publicKey: PublicKey }));
      },
      async change(store: AccountStore, input, { prepared: { publicKey, bundle, fingerprint } }) {
        const { Username, Role, CinemaCodes, ExpiresAt = null, Algorithm, Replaces, Messages } = input;
        const came = await changing(store, Username, async (accounts) => {
          const issued = { username: Username, role: Role, cinemaCodes: CinemaCodes, expiresAt: ExpiresAt };
          await accounts.addWithKey({ ...issued, algorithm: Algorithm, messageLanguage: Messages }, publicKey);
          if (Replaces !== undefined) await accounts.replace(Username, Replaces);
        });
        return { Username, Bundle: bundle, fingerprint, ...came };
      },
      outcome: ({ Username: _, Bundle: __, ...came }) => came,
      answer: ({ Username, Bundle }) => ({ Username, Bundle }),
    }),
    revoke: operation({
      ...ofOne,
      name: 'account revoke',
      title: { zh: '吊销账号', en: 'Revoke an account' },
      says: 'revoke an account for good (takes effect immediately)',
      destroys,
      preview: foretelling(async ({ username, cinemaCodes, role }, _, store) => {
        const count = cinemaCodes === 'all' ? null : cinemaCodes.size;
        const left = role === 'platform' ? await leaves?.(store, username) : STAYS[role];
        return {
          zh: `账号 ${username}（${count === null ? '全部影院' : `${count} 家影院`}）的请求立即全部拒绝，且不能恢复。${left?.zh ?? ''}`,
          en: `Every request of the account ${username} is refused at once and for good, for ${count === null ? 'every cinema' : `its cinemas (${count})`}.${left ? ` ${left.en}` : ''}`,
        };
      }),
      change: (store: AccountStore, { Username }) => changing(store, Username, (accounts) => accounts.revoke(Username)),
    }),
    rebind: operation({
      ...ofOne,
      name: 'account rebind',
      title: { zh: '允许更换终端', en: 'Let another terminal use it' },
      says: 'bind the account to the next store (terminal reinstalled)',
      destroys,
      preview: foretelling(async ({ username, boundTo }, _, store) => {
        if (boundTo === null) return null;
        const seenAt = wallClockAt(boundTo.seenAt).replace('T', ' ');
        const left = await leaves?.(store, username);
        return {
          zh: `账号 ${username} 绑定到下一台使用它的终端。原终端（最近使用：${seenAt}）从那时起被拒绝。${left?.zh ?? ''}`,
          en: `The account ${username} is bound to the next store that uses it. The one that has used it until now, last at ${seenAt}, is refused from then on.${left ? ` ${left.en}` : ''}`,
        };
      }),
      change: (store: AccountStore, { Username }) => changing(store, Username, (accounts) => accounts.rebind(Username)),
    }),
    replaces: operation({
      ...ofOne,
      name: 'account replaces',
      title: { zh: '接替原账号', en: 'Replace an account' },
      says: 'set the account that this one replaces; lists its records too',
      destroys,
      input: oneAccount.extend({
        /** Null, or empty: it replaces none. */
        Former: asked(
          z
            .string()
            .max(64)
            .transform((name) => name || null)
            .nullable()
            .default(null),
          {
            label: { zh: '原账号', en: 'Former account' },
            hint: { zh: '留空表示不接替任何账号', en: 'empty for none' },
            as: 'account',
            option: ['[former]', ''],
          },
        ),
      }),
      preview: foretelling(async ({ username, replaces }, { Former }: Required<Named>, store) => {
        if (replaces === Former || (Former !== null && (await of(store).find(Former)) === null)) return null;
        const sentences = [
          replaces !== null && {
            zh: `${replaces} 报送的记录不再列给 ${username}。`,
            en: `The records that came through ${replaces} are no longer listed to ${username}.`,
          },
          Former !== null && {
            zh: `${Former} 报送的记录也列给 ${username}；${Former} 在吊销前继续有效。`,
            en: `The records that came through ${Former} are listed to ${username} too; ${Former} goes on working until it is revoked.`,
          },
        ].filter((one) => one !== false);
        return { zh: sentences.map(({ zh }) => zh).join(''), en: sentences.map(({ en }) => en).join(' ') };
      }),
      change: (store: AccountStore, { Username, Former }) =>
        changing(store, Username, (accounts) => accounts.replace(Username, Former)),
    }),
    name: operation({
      ...ofOne,
      name: 'account name',
      title: { zh: '设置终端名称', en: 'Name a terminal' },
      says: 'set the display name of a terminal; empty removes it',
      input: oneAccount.extend({
        DisplayName: asked(z.string().max(256).default(''), {
          label: { zh: '名称', en: 'Name' },
          hint: { zh: '留空则显示账号', en: 'empty: the account is shown' },
          option: ['<name>', ''],
        }),
      }),
      needsPassword: false,
      change: (store: AccountStore, { Username, DisplayName }) =>
        changing(store, Username, (accounts) => accounts.setDisplayName(Username, parseDisplayName(DisplayName))),
    }),
    messages: operation({
      ...ofOne,
      name: 'account messages',
      title: { zh: '设置错误信息的语言', en: 'Set the language of error messages' },
      says: 'set the language of its error messages: en or zh',
      input: oneAccount.extend({ Messages: messages(z.enum(MESSAGE_LANGUAGES), ['<language>', '']) }),
      needsPassword: false,
      change: (store: AccountStore, { Username, Messages }) =>
        changing(store, Username, (accounts) => accounts.setMessageLanguage(Username, Messages)),
    }),
    addKey: operation({
      ...ofOne,
      name: 'account add-key',
      title: { zh: '添加账号的公钥', en: 'Add a key of an account' },
      says: 'add a second key that may sign for the account',
      input: oneAccount.extend({
        PublicKey: z.string().max(4096),
        Algorithm: askedAlgorithm('the signature algorithm of the key'),
      }),
      what: ({ Username, Algorithm }) => ({ username: Username, algorithm: Algorithm }),
      async change(store: AccountStore, { Username, PublicKey, Algorithm }) {
        const came = await changing(store, Username, (accounts) =>
          unlessBadKey(() => accounts.addKey(Username, PublicKey, Algorithm)),
        );
        const fingerprint = fingerprintOf(parseAccountKey(PublicKey, algorithmNamed(Algorithm, 'The key')));
        return { ...came, fingerprint };
      },
    }),
    removeKey: operation({
      ...ofOne,
      name: 'account remove-key',
      title: { zh: '删除账号的公钥', en: 'Remove a key of an account' },
      says: 'remove a key (takes effect immediately)',
      destroys,
      input: oneAccount.extend({ Fingerprint: asked(z.string().max(64), { option: ['<fingerprint>', ''] }) }),
      preview: foretelling(async ({ username, keys }, { Fingerprint }: Named & { Fingerprint: string }) => {
        const [stays, ...others] = keys.filter(({ spki }) => fingerprintOf(spki) !== Fingerprint.toLowerCase());
        if (stays === undefined || others.length === keys.length - 1) return null;
        const staying = fingerprintOf(stays.spki);
        return {
          zh: `账号 ${username} 用此公钥签名的请求立即全部拒绝。另一个公钥保留（${staying}）：请确认其已改用该公钥签名。`,
          en: `Every request of the account ${username} that this key signs is refused at once. The other of its ${keys.length} keys stays (${staying}): make sure that it signs with that one already.`,
        };
      }),
      change: (store: AccountStore, { Username, Fingerprint }) =>
        changing(store, Username, (accounts) => accounts.removeKey(Username, Fingerprint)),
    }),
  };
}

type Accounts = ReturnType<typeof createAccounts>;
type Named = { readonly Username: string; readonly Former?: string | null };

/** What stays of an account that reports no check records. */
const STAYS: Readonly<Record<'seller' | 'data-source', InEachLanguage | undefined>> = {
  seller: { zh: '已生成的电子影票仍然有效。', en: 'The e-tickets that it made stay good.' },
  'data-source': undefined,
};

function standing(account: Account | null): object | null {
  if (account === null) return null;
  const { displayName, messageLanguage, revokedAt, replaces, boundTo, keys } = account;
  const fingerprints = keys.map(({ spki }) => fingerprintOf(spki));
  return { displayName, messageLanguage, revokedAt, replaces, boundTo: boundTo?.storeId ?? null, keys: fingerprints };
}

/** @throws AccountFault if the key or its algorithm cannot be used */
export async function unlessBadKey<T>(run: () => Promise<T>): Promise<T> {
  try {
    return await run();
  } catch (error) {
    const isOfKey = error instanceof KeyRefusal || (error instanceof ExpectedError && !(error instanceof AccountFault));
    throw isOfKey ? new AccountFault('bad-key', error.message) : error;
  }
}
