import {
  ActionRefused,
  type AskedList,
  action,
  changeAccount,
  liveList,
  PageError,
  type PageSet,
  textOf,
} from '@ticket-check/admin';
import { qrSymbol } from '@ticket-check/admin/qr-symbol';
import {
  type Accounts,
  type AccountTables,
  createAccounts,
  createEnrolments,
  type EnrolmentTables,
  enrolmentText,
  type Issuer,
  makeBundle,
  parseDisplayName,
} from '@ticket-check/exchange';
import { type OperationTables, type Operator, runOperation, tryOperation } from '@ticket-check/operators';
import { parseCinemaCode, storedCinemas, wallClockAt } from '@ticket-check/protocol';
import { ExpectedError, type Service } from '@ticket-check/runtime';
import type { Store } from '@ticket-check/storage';
import { type ZodType, z } from 'zod';
import { isOfNoOther } from '../fleet/load-fleet.ts';
import { enrolmentJson } from './enrol-command.ts';

const ACCOUNTS_A_PART = 200;
const MAX_CINEMAS = 1000;

const username = z.string().regex(/^[A-Za-z0-9._-]{1,64}$/);
const newAccount = z.strictObject({
  username,
  cinemaCodes: z.union([z.literal('all'), z.array(textOf(parseCinemaCode)).min(1).max(MAX_CINEMAS)]),
});
/** A selling service has its account as a file: only a terminal scans a code. */
const newAccountAsFile = newAccount.extend({ role: z.enum(['platform', 'seller']).default('platform') });
const named = z.strictObject({ username });
const displaying = z.strictObject({ username, displayName: z.string() });
const replacing = z.strictObject({ username, former: z.union([username, z.null()]) });

type Asked = { readonly operator: Operator; readonly address: string };

type AccountStore = Store<AccountTables & EnrolmentTables & OperationTables>;

/** The accounts of terminals and selling services: who has one; issuing, ending and binding them; which replaces which, as the commands `account …` do. Readings E8, C5. */
export function accountsPages(
  { now }: Pick<Service, 'now'>,
  { store, issuer }: { store: AccountStore; issuer: () => Promise<Issuer> },
): PageSet {
  async function listJson({ cinemaCodes, query }: AskedList): Promise<object> {
    const after = query.get('after') ?? '';
    const rows = await store.reports
      .selectFrom('account')
      .leftJoin('accountStore', 'accountStore.username', 'account.username')
      .select([
        'account.username',
        'role',
        'cinemaCodes',
        'createdAt',
        'expiresAt',
        'revokedAt',
        'replaces',
        'displayName',
        'storeId',
        'seenAt',
      ])
      .where('account.username', '>', after)
      .orderBy('account.username')
      .limit(ACCOUNTS_A_PART + 1)
      .execute();
    const last = rows.length > ACCOUNTS_A_PART ? rows[ACCOUNTS_A_PART - 1] : undefined;
    return {
      Accounts: rows.slice(0, ACCOUNTS_A_PART).flatMap((row) => {
        const of = storedCinemas(row.cinemaCodes);
        if (!isOfNoOther(of, cinemaCodes)) return [];
        return {
          Username: row.username,
          Role: row.role,
          CinemaCodes: of === 'all' ? ['*'] : of,
          CreatedAt: row.createdAt,
          ExpiresAt: row.expiresAt,
          Expired: row.expiresAt !== null && row.expiresAt <= wallClockAt(now()),
          RevokedAt: row.revokedAt,
          Replaces: row.replaces,
          DisplayName: row.displayName,
          Store: row.storeId,
          StoreSeenAt: row.seenAt === null ? null : wallClockAt(row.seenAt),
        };
      }),
      // They are few and short-lived, so the first page shows them all.
      Enrolments:
        after === ''
          ? (await createEnrolments(store, now).pending())
              .filter((one) => isOfNoOther(one.cinemaCodes, cinemaCodes))
              .map(enrolmentJson)
          : [],
      Next: last === undefined ? null : `/accounts.json?${new URLSearchParams({ after: last.username })}`,
    };
  }

  /** @throws PageError if the operator does not manage all of the cinemas. */
  function assertManages(operator: Operator, cinemas: readonly string[] | 'all'): void {
    if (!isOfNoOther(cinemas, operator.cinemaCodes)) throw new PageError('forbidden');
  }

  const operationOf = ({ operator, address }: Asked, command: string, what: object) => {
    return { name: `account ${command}`, actor: operator.username, from: address, what, now };
  };

  /** Changes an account as the command does. */
  const changing = <Body extends z.infer<typeof named> & { former?: string | null }>(
    command: string,
    body: ZodType<Body>,
    change: (accounts: Accounts, asked: Body) => Promise<unknown>,
    { needsPassword = true, problem = 'refused' } = {},
  ) =>
    action({
      path: `/accounts/${command}`,
      permission: 'service.manage',
      needsPassword,
      body,
      async handler({ body: asked, ...by }) {
        for (const name of [asked.username, asked.former ?? []].flat()) {
          const account = await createAccounts(store, now).find(name);
          if (account === null) throw new ActionRefused('no-account', 404);
          assertManages(by.operator, account.cinemaCodes === 'all' ? 'all' : [...account.cinemaCodes]);
        }
        await unlessRefused(problem, () =>
          runOperation(
            store,
            operationOf(by, command, asked),
            (within) => {
              const accounts = createAccounts(within, now);
              return changeAccount(accounts, asked.username, () => change(accounts, asked));
            },
            (came) => came,
          ),
        );
        return { Username: asked.username };
      },
    });

  return {
    name: 'accounts',
    screens: [{ path: '/accounts', permission: 'service.manage', label: { zh: '接入账号', en: 'Client accounts' } }],
    json: [{ path: '/accounts.json', permission: 'service.manage', handler: listJson }],
    live: [liveList('accounts', 'service.manage', listJson)],
    actions: [
      action({
        path: '/accounts/add',
        permission: 'service.manage',
        needsPassword: true,
        body: newAccountAsFile,
        async handler({ body: account, ...by }) {
          assertManages(by.operator, account.cinemaCodes);
          // Made before anything is written: it takes a while, in which others need the store.
          const { publicKey, fingerprint, bundle } = await makeBundle(await issuer(), account);
          await unlessRefused('username-taken', () =>
            runOperation(
              store,
              operationOf(by, 'add', account),
              (within) => createAccounts(within, now).addWithKey(account, publicKey),
              () => ({ fingerprint }),
            ),
          );
          return { Username: account.username, Bundle: bundle };
        },
      }),
      action({
        path: '/accounts/enrol',
        permission: 'service.manage',
        needsPassword: true,
        body: newAccount,
        async handler({ body: account, ...by }) {
          assertManages(by.operator, account.cinemaCodes);
          const issuedBy = await issuer();
          const { code, expiresAt } = await unlessRefused('username-taken', () =>
            runOperation(
              store,
              operationOf(by, 'enrol', account),
              (within) => createEnrolments(within, now).create({ ...account, by: by.operator.username }),
              (made) => ({ expiresAt: wallClockAt(made.expiresAt) }),
            ),
          );
          const text = enrolmentText(issuedBy, { username: account.username, code });
          const { size, path } = qrSymbol(text);
          return {
            Username: account.username,
            Text: text,
            Symbol: { Size: size, Path: path },
            GoodUntil: wallClockAt(expiresAt),
          };
        },
      }),
      action({
        path: '/accounts/withdraw',
        permission: 'service.manage',
        needsPassword: true,
        body: named,
        async handler({ body, ...by }) {
          const pending = (await createEnrolments(store, now).pending()).find((one) => one.username === body.username);
          if (pending === undefined) throw new ActionRefused('no-enrolment', 404);
          assertManages(by.operator, pending.cinemaCodes);
          const withdrawn = await tryOperation(
            store,
            operationOf(by, 'withdraw', body),
            (within) => createEnrolments(within, now).withdraw(body.username),
            (before) => ({ before: enrolmentJson(before) }),
          );
          // Somebody has fetched or withdrawn it meanwhile.
          if (withdrawn === null) throw new ActionRefused('no-enrolment', 404);
          return { Username: body.username };
        },
      }),
      changing('revoke', named, (accounts, { username: name }) => accounts.revoke(name)),
      changing('rebind', named, (accounts, { username: name }) => accounts.rebind(name)),
      changing(
        'name',
        displaying,
        (accounts, { username: name, displayName }) => accounts.setDisplayName(name, parseDisplayName(displayName)),
        { needsPassword: false, problem: 'name-too-long' },
      ),
      changing('replaces', replacing, (accounts, { username: name, former }) => accounts.replace(name, former), {
        problem: 'cannot-replace',
      }),
    ],
  };
}

async function unlessRefused<T>(problem: string, change: () => Promise<T>): Promise<T> {
  try {
    return await change();
  } catch (error) {
    if (error instanceof ExpectedError) throw new ActionRefused(problem);
    throw error;
  }
}
