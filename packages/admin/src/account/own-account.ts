import {
  createPasskeys,
  createSecondFactors,
  createSessions,
  isTotpSecret,
  type Logins,
  MAX_PASSKEYS,
  makeTotpSecret,
  type OperationTables,
  type OperatorTables,
  type Role,
  rpIdOf,
  type Session,
  totpUri,
} from '@ticket-check/operators';
import { wallClockAt } from '@ticket-check/protocol';
import { type Clock, OperationRefused } from '@ticket-check/runtime';
import type { Store } from '@ticket-check/storage';
import { z } from 'zod';
import { asked } from '../declared/field.ts';
import { type By, operation, serveOperation, serveOperations } from '../declared/operation.ts';
import type { InEachLanguage } from '../language.ts';
import { sessionNamed, sessionRows, shownCinemas, shownSession } from '../operators/declared-operators.ts';
import { action, type PageSet } from '../page.ts';
import { Refused } from '../sent-texts.ts';
import { refusedLogin } from '../serve-actions.ts';
import { WORDS } from '../words.ts';
import type { OwnAccount, WithCodes } from './own-account-row.ts';

const NOTHING = z.strictObject({});

const PASSKEY_NAME = z
  .string()
  .overwrite((text) => text.trim().replaceAll(/\s+/g, ' '))
  .min(1)
  .max(64);

const PROBLEMS = {
  'wrong-code': {
    zh: '验证码不正确。请输入应用中当前显示的 6 位数字，并检查手机时间是否准确。',
    en: 'That code is wrong. Enter the six digits that the app shows now, and check the clock of your phone.',
  },
  'is-address': { zh: WORDS.zh.passkey.isAddress, en: WORDS.en.passkey.isAddress },
  'too-many': {
    zh: '最多可有 10 个通行密钥。请先移除不再使用的。',
    en: 'You can have ten passkeys. Remove one that you no longer use first.',
  },
  'bad-passkey': {
    zh: '未能添加通行密钥：已超时，或浏览器的回应不符。请重试。',
    en: 'The passkey was not added: it took too long, or the answer of the browser does not fit. Try again.',
  },
} as const;

const problem = (code: keyof typeof PROBLEMS) => ({ code, status: 409, ...PROBLEMS[code] }) as const;

/** The session that it is asked in: no command changes one's own account. */
function browserOf({ browser }: Pick<By, 'browser'>) {
  if (browser === undefined) throw new Error('an own account is changed in a session');
  const { host, session } = browser;
  return { host, session: session.tokenHash, operator: session.operator };
}

type People = Store<OperatorTables>;
/** What a new second factor brings with it. */
type Secured = { readonly recoveryCodes: readonly string[] | null; readonly sessionsEnded: number };

/** What people change of their own accounts. An operator's session and second factors are theirs, and of no cinema. */
function declaredOwnAccount(now: Clock, secondFactorRoles: readonly Role[]) {
  const common = {
    permission: 'logged in',
    input: NOTHING,
    needsPassword: true,
    cinemasOf: () => [],
  } as const;
  const setUp = {
    ...common,
    name: 'operator set-up-second-factor',
    title: { zh: '设置两步验证', en: 'Set up a second factor' },
    permission: 'own password',
    outcome: ({ sessionsEnded }: Secured) => ({ sessionsEnded }),
    answer: ({ recoveryCodes }: Secured): WithCodes => ({ RecoveryCodes: recoveryCodes }),
  } as const;

  return {
    /** Ends one session, or all others where none is named. */
    endSession: operation({
      ...common,
      name: 'session end',
      title: { zh: '结束登录', en: 'End a session' },
      needsPassword: false,
      destroys: () => '',
      input: z.strictObject({ Session: z.string().max(64).nullable() }),
      what: () => ({ reason: 'ended by its operator' }),
      async change(store: People, { Session: name }, by) {
        const [sessions, { session: own }] = [createSessions(store, now), browserOf(by)];
        if (name === null) {
          const sessionsEnded = await sessions.endOthers(by.actor, own);
          return sessionsEnded === 0 ? null : { sessionsEnded };
        }
        const named = await sessionNamed(store, now, by.actor, name);
        const ended = named && named.tokenHash !== own && (await sessions.endOne(by.actor, named.tokenHash));
        return ended ? { session: { address: ended.address, beganAt: wallClockAt(ended.beganAt) } } : null;
      },
      outcome: (ended) => ended,
    }),
    setUpApp: operation({
      ...setUp,
      input: z.strictObject({ Secret: z.string().refine(isTotpSecret), Code: z.string().max(32) }),
      what: () => ({ kind: 'totp' }),
      change(store: People, { Secret: secret, Code }, by) {
        const shown = { secret, code: Code.replaceAll(/\s/g, ''), session: browserOf(by).session };
        return createSecondFactors(store, now).setUpTotp(by.actor, shown);
      },
      gone: problem('wrong-code'),
    }),
    /** What the browser made of an offered passkey. */
    addPasskey: operation({
      ...setUp,
      needsPassword: false,
      input: z.strictObject({ Name: PASSKEY_NAME, Credential: z.string() }),
      what: ({ Name: name }) => ({ kind: 'passkey', name }),
      async change(store: People, { Name: name, Credential: credential }, by) {
        const { session, host } = browserOf(by);
        return createPasskeys(store, now).add(by.actor, { name, credential, session, host });
      },
      gone: problem('bad-passkey'),
    }),
    makeRecoveryCodes: operation({
      ...common,
      name: 'operator make-recovery-codes',
      title: { zh: '重新生成恢复码', en: 'New recovery codes' },
      change: (store: People, _, by) =>
        createSecondFactors(store, now).makeRecoveryCodes(by.actor, browserOf(by).session),
      answer: (RecoveryCodes): WithCodes => ({ RecoveryCodes }),
    }),
    removeSecondFactor: operation({
      ...common,
      name: 'operator remove-second-factor',
      title: { zh: '停用两步验证方式', en: 'Remove a second factor' },
      destroys: () => '',
      /** The ID of a passkey; null for the authenticator app. */
      input: z.strictObject({ Id: z.string().max(2048).nullable() }),
      what: () => ({}),
      change(store: People, { Id: id }, by) {
        const isDemanded = secondFactorRoles.includes(browserOf(by).operator.role);
        return createSecondFactors(store, now).remove(by.actor, { id, isDemanded });
      },
      outcome: (removed) => removed,
    }),
  };
}

/**
 * One's own account: who one is here, what a login needs, and where one is logged in. What opens the account asks for the password
 * again, so that a browser left open gives it to nobody. A second factor is set up here too by somebody whose role needs one, before
 * anything else. Scheme 5.3.2.1; reading S4.
 */
export function ownAccount(options: {
  store: Store<OperatorTables & OperationTables>;
  now: Clock;
  site: InEachLanguage;
  secondFactorRoles: readonly Role[];
  logins: Pick<Logins, 'changePassword'>;
}): PageSet & { read(session: Session): Promise<OwnAccount> } {
  const { store, now, site, secondFactorRoles, logins } = options;
  const passkeys = createPasskeys(store, now);
  const { addPasskey, ...declared } = declaredOwnAccount(now, secondFactorRoles);
  const parts = { store, now, under: '/account' };
  return {
    name: 'account',
    screens: [{ path: '/account', permission: 'own password', label: null }],
    async read({ tokenHash, operator: { username, cinemaCodes } }) {
      const { totpSince, recoveryCodes } = await createSecondFactors(store, now).state(username);
      return {
        Username: username,
        CinemaCodes: shownCinemas(cinemaCodes),
        TotpSince: totpSince,
        RecoveryCodes: recoveryCodes,
        Passkeys: (await passkeys.list(username)).map(({ id, name, origin, addedAt, usedAt }) => ({
          ...{ Id: id, Name: name, Host: new URL(origin).host, AddedAt: addedAt, UsedAt: usedAt },
        })),
        Sessions: await sessionRows(store, now, username),
        ThisSession: shownSession(tokenHash),
      };
    },
    actions: [
      ...serveOperations<OperatorTables>(Object.values(declared), parts),
      ...serveOperation(addPasskey, { ...parts, under: '/account/passkey' }),
      // The next three are no operations: a login writes its own entry and begins a session, and an offer changes nothing.
      action({
        path: '/account/password',
        permission: 'logged in',
        needsPassword: true,
        describes: { title: { zh: '修改密码', en: 'Change password' } },
        body: z.object({ Chosen: z.string() }),
        async handler({ session, language, address, setSession, body: { Chosen: chosen } }) {
          const outcome = await logins.changePassword(session, { chosen, address });
          if (outcome.kind === 'unusable') {
            const message = WORDS[language].password.faults[outcome.fault];
            throw new Refused(outcome.fault, { status: 400, message });
          }
          if (outcome.kind !== 'in') throw refusedLogin(outcome);
          setSession(outcome.token);
          return {};
        },
      }),
      action({
        path: '/account/offer-app',
        permission: 'own password',
        body: NOTHING,
        async handler({ operator, language, host }) {
          const secret = await makeTotpSecret();
          // One person may have accounts at several consoles.
          const uri = await totpUri({ secret, issuer: site[language], label: `${operator.username}@${host}` });
          // Services start sooner without it.
          const { qrSymbol } = await import('../qr-symbol.ts');
          const { size, path } = qrSymbol(uri);
          return { Secret: secret, Symbol: { Size: size, Path: path } };
        },
      }),
      action({
        path: '/account/offer-passkey',
        permission: 'own password',
        needsPassword: true,
        describes: { title: { zh: '添加通行密钥', en: 'Add a passkey' } },
        body: z.strictObject({
          Name: asked(PASSKEY_NAME, {
            label: { zh: '名称', en: 'Name' },
            hint: {
              zh: '便于以后辨认，例如：办公室电脑',
              en: 'By which you will recognise it, for example: office computer',
            },
          }),
        }),
        async handler({ body: { Name }, session, operator: { username }, host, language }) {
          const isFull = (await passkeys.list(username)).length >= MAX_PASSKEYS;
          const fault = rpIdOf(host) === null ? 'is-address' : isFull ? 'too-many' : null;
          if (fault !== null) throw new OperationRefused(fault, problem(fault));
          const asking = { session: session.tokenHash, host, site: site[language] };
          return { Name, Options: await passkeys.offer(username, asking) };
        },
      }),
    ],
  };
}
