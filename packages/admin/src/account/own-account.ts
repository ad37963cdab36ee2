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
  tryOperation,
} from '@ticket-check/operators';
import { wallClockAt } from '@ticket-check/protocol';
import type { Clock } from '@ticket-check/runtime';
import type { Store } from '@ticket-check/storage';
import { z } from 'zod';
import { asked } from '../declared/field.ts';
import type { InEachLanguage } from '../language.ts';
import { sessionNamed, sessionRows, shownCinemas, shownSession } from '../operators/declared-operators.ts';
import { type ActionRequest, action, type PageSet } from '../page.ts';
import { PageError, Refused } from '../sent-texts.ts';
import { refusedLogin } from '../serve-actions.ts';
import { WORDS } from '../words.ts';
import type { OwnAccount } from './own-account-row.ts';

type By = Omit<ActionRequest<unknown>, 'body' | 'setSession'>;

const NOTHING = z.strictObject({});
const ENDED = { reason: 'ended by its operator' };

/** The name that an operator gives a passkey. */
const PASSKEY_NAME = z
  .string()
  .overwrite((text) => text.trim().replaceAll(/\s+/g, ' '))
  .min(1)
  .max(64);

/** Why nothing was changed. */
const REFUSED = {
  'wrong-code': {
    zh: '验证码不正确。请输入应用中当前显示的 6 位数字，并检查手机时间是否准确。',
    en: 'That code is wrong. Enter the six digits that the app shows now, and check the clock of your phone.',
  },
  'last-second-factor': {
    zh: '您的角色必须使用两步验证，最后一种不能停用。请先设置另一种，再停用这一种。',
    en: 'Your role needs a second factor, so the last one cannot be removed. Set up another one first.',
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
};

const refused = (code: keyof typeof REFUSED, { language }: Pick<By, 'language'>) =>
  new Refused(code, { status: 409, message: REFUSED[code][language] });

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
  const confirmed = { permission: 'logged in', needsPassword: true } as const;
  const beforeAll = { permission: 'own password' } as const;

  /** Changes something of one's own; null if nothing was to be done. */
  function change<T>(
    { operator: { username: actor }, address: from }: By,
    [name, what]: readonly [name: string, what?: object],
    make: (within: typeof store, username: string) => Promise<T | null>,
    outcome?: (result: T) => object,
  ): Promise<T | null> {
    return tryOperation(
      store,
      { name, actor, from, what: what ?? { username: actor }, now },
      (within) => make(within, actor),
      outcome,
    );
  }

  async function state(username: string) {
    const { totpSince, recoveryCodes } = await createSecondFactors(store, now).state(username);
    return { totpSince, recoveryCodes, passkeys: await passkeys.list(username) };
  }

  const isDemanded = ({ operator }: By) => secondFactorRoles.includes(operator.role);

  /** Whether the operator's role needs a second factor, and they have no other one. */
  async function isLast(by: By): Promise<boolean> {
    if (!isDemanded(by)) return false;
    const has = await state(by.operator.username);
    return (has.totpSince === null ? 0 : 1) + has.passkeys.length <= 1;
  }

  const ended = ({ sessionsEnded }: { sessionsEnded: number }) => ({ sessionsEnded });

  return {
    name: 'account',
    screens: [{ path: '/account', permission: 'own password', label: null }],
    /** What `/account.json` answers. */
    async read({ tokenHash, operator: { username, cinemaCodes } }) {
      const known = await state(username);
      return {
        Username: username,
        CinemaCodes: shownCinemas(cinemaCodes),
        TotpSince: known.totpSince,
        RecoveryCodes: known.recoveryCodes,
        Passkeys: known.passkeys.map(({ id, name, origin, addedAt, usedAt }) => ({
          ...{ Id: id, Name: name, Host: new URL(origin).host, AddedAt: addedAt, UsedAt: usedAt },
        })),
        Sessions: await sessionRows(store, now, username),
        ThisSession: shownSession(tokenHash),
      };
    },
    actions: [
      action({
        path: '/account/end-session',
        permission: 'logged in',
        describes: { title: { zh: '结束这个登录', en: 'End this session' } },
        destroys: true,
        body: z.strictObject({ Session: z.string().max(64) }),
        async handler({ body: { Session: name }, ...by }) {
          const named = await sessionNamed(store, now, by.operator.username, name);
          if (named?.tokenHash === by.session.tokenHash) throw new PageError('bad-input');
          // One that has ended meanwhile is not an error.
          await change(
            by,
            ['session end', ENDED],
            (within, username) => createSessions(within, now).endOne(username, named?.tokenHash ?? ''),
            ({ address, beganAt }) => ({ session: { address, beganAt: wallClockAt(beganAt) } }),
          );
          return {};
        },
      }),
      action({
        path: '/account/end-other-sessions',
        permission: 'logged in',
        describes: { title: { zh: '结束其他全部登录', en: 'End all other sessions' } },
        destroys: true,
        body: NOTHING,
        async handler(by) {
          await change(
            by,
            ['session end', ENDED],
            async (within, username) =>
              (await createSessions(within, now).endOthers(username, by.session.tokenHash)) || null,
            (sessionsEnded) => ({ sessionsEnded }),
          );
          return {};
        },
      }),
      action({
        path: '/account/password',
        ...confirmed,
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
        path: '/account/second-factor/offer',
        ...beforeAll,
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
        path: '/account/second-factor/set-up',
        ...beforeAll,
        needsPassword: true,
        describes: { title: { zh: '设置手机验证器', en: 'Set up an authenticator app' } },
        body: z.strictObject({ Secret: z.string().refine(isTotpSecret), Code: z.string().max(32) }),
        async handler({ body: { Secret: secret, Code: code }, ...by }) {
          const shown = { secret, code: code.replaceAll(/\s/g, ''), session: by.session.tokenHash };
          const done = await change(
            by,
            ['operator set-up-second-factor', { username: by.operator.username, kind: 'totp' }],
            (within, username) => createSecondFactors(within, now).setUpTotp(username, shown),
            ended,
          );
          if (done === null) throw refused('wrong-code', by);
          return { RecoveryCodes: done.recoveryCodes };
        },
      }),
      action({
        path: '/account/second-factor/recovery-codes',
        ...confirmed,
        describes: { title: { zh: '重新生成恢复码', en: 'New recovery codes' } },
        body: NOTHING,
        async handler(by) {
          const codes = await change(by, ['operator make-recovery-codes'], (within, username) =>
            createSecondFactors(within, now).makeRecoveryCodes(username, by.session.tokenHash),
          );
          if (codes === null) throw new PageError('not-found');
          return { RecoveryCodes: codes };
        },
      }),
      action({
        path: '/account/second-factor/remove',
        ...confirmed,
        describes: { title: { zh: '停用两步验证方式', en: 'Remove a second factor' } },
        destroys: true,
        /** The ID of a passkey; null for the authenticator app. */
        body: z.strictObject({ Id: z.string().max(2048).nullable() }),
        async handler({ body: { Id: id }, ...by }) {
          if (await isLast(by)) throw refused('last-second-factor', by);
          const { username } = by.operator;
          const passkey = id === null ? null : (await passkeys.list(username)).find((known) => known.id === id);
          if (passkey === undefined) throw new PageError('not-found');
          const what = passkey === null ? { kind: 'totp' } : { kind: 'passkey', name: passkey.name };
          const demanded = { isDemanded: isDemanded(by) };
          const removed = await change(
            by,
            ['operator remove-second-factor', { username, ...what }],
            async (within) =>
              (passkey === null
                ? await createSecondFactors(within, now).removeTotp(username, demanded)
                : await createPasskeys(within, now).remove(username, { id: passkey.id, ...demanded })) || null,
          );
          // One that is gone meanwhile is no error, unless the other one went at the same time.
          if (removed === null && (await isLast(by))) throw refused('last-second-factor', by);
          return {};
        },
      }),
      action({
        path: '/account/passkey/offer',
        ...beforeAll,
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
        async handler({ body: { Name }, ...by }) {
          const { session, operator, host, language } = by;
          if (rpIdOf(host) === null) throw refused('is-address', by);
          const { length } = await passkeys.list(operator.username);
          if (length >= MAX_PASSKEYS) throw refused('too-many', by);
          const asking = { session: session.tokenHash, host, site: site[language] };
          return { Name, Options: await passkeys.offer(operator.username, asking) };
        },
      }),
      action({
        path: '/account/passkey/add',
        ...beforeAll,
        body: z.strictObject({ Name: PASSKEY_NAME, Credential: z.string() }),
        async handler({ body: { Name: called, Credential: credential }, ...by }) {
          const { session, operator, host } = by;
          if (rpIdOf(host) === null) throw new PageError('bad-input');
          const made = { name: called, credential, session: session.tokenHash, host };
          const done = await change(
            by,
            ['operator set-up-second-factor', { username: operator.username, kind: 'passkey', name: called }],
            (within, username) => createPasskeys(within, now).add(username, made),
            ended,
          );
          if (done === null) throw refused('bad-passkey', by);
          return { RecoveryCodes: done.recoveryCodes };
        },
      }),
    ],
  };
}
