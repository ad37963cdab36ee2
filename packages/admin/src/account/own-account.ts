import {
  createSessions,
  isTotpSecret,
  type Logins,
  MAX_PASSKEYS,
  makeTotpSecret,
  type OperationTables,
  type OperatorTables,
  type Session,
  tryOperation,
} from '@ticket-check/operators';
import { wallClockAt } from '@ticket-check/protocol';
import type { Clock } from '@ticket-check/runtime';
import type { Store } from '@ticket-check/storage';
import { z } from 'zod';
import { asked } from '../declared/field.ts';
import { sessionNamed, sessionRows, shownCinemas, shownSession } from '../operators/declared-operators.ts';
import { action, operationBy, type PageSet } from '../page.ts';
import { type OwnSecondFactor, passkeyName, takesPasskeys } from '../second-factor/own-second-factor.ts';
import { WORDS as SECOND_FACTOR } from '../second-factor/words.ts';
import { PageError, Refused } from '../sent-texts.ts';
import { refusedLogin } from '../serve-actions.ts';
import { WORDS } from '../words.ts';
import type { OwnAccount } from './own-account-row.ts';

const NOTHING = z.strictObject({});
const SESSION_END = { name: 'session end', reason: { reason: 'ended by its operator' } };

/**
 * One's own account: who one is here, what a login needs, and where one is logged in. What opens the account asks for the password
 * again, so that a browser left open gives it to nobody. Scheme 5.3.2.1; reading S4.
 */
export function ownAccount(options: {
  store: Store<OperatorTables & OperationTables>;
  now: Clock;
  logins: Pick<Logins, 'changePassword'>;
  own: OwnSecondFactor;
}): PageSet & { read(session: Session, host: string): Promise<OwnAccount> } {
  const { store, now, logins, own } = options;
  const ofOperator = { permission: 'logged in' } as const;
  const confirmed = { ...ofOperator, needsPassword: true };
  const refused = (code: string, message: string) => new Refused(code, { status: 409, message });

  return {
    name: 'account',
    screens: [{ path: '/account', permission: 'logged in', label: null }],
    /** What `/account.json` answers. */
    async read({ tokenHash, operator: { username, cinemaCodes } }, host) {
      const { totpSince, recoveryCodes, passkeys } = await own.state(username);
      return {
        Username: username,
        CinemaCodes: shownCinemas(cinemaCodes),
        TotpSince: totpSince,
        RecoveryCodes: recoveryCodes,
        TakesPasskeys: takesPasskeys(host),
        Passkeys: passkeys.map(({ id, name, origin, addedAt, usedAt }) => ({
          ...{ Id: id, Name: name, Host: new URL(origin).host, AddedAt: addedAt, UsedAt: usedAt },
        })),
        Sessions: await sessionRows(store, now, username),
        ThisSession: shownSession(tokenHash),
      };
    },
    actions: [
      action({
        path: '/account/end-session',
        ...ofOperator,
        describes: { title: { zh: '结束这个登录', en: 'End this session' } },
        destroys: true,
        body: z.strictObject({ Session: z.string().max(64) }),
        async handler({ session, operator, address, body: { Session: name } }) {
          const named = await sessionNamed(store, now, operator.username, name);
          if (named?.tokenHash === session.tokenHash) throw new PageError('bad-input');
          // One that has ended meanwhile is not an error.
          await tryOperation(
            store,
            operationBy({ operator, address }, now, SESSION_END.name, SESSION_END.reason),
            (within) => createSessions(within, now).endOne(operator.username, named?.tokenHash ?? ''),
            (ended) => ({ session: { address: ended.address, beganAt: wallClockAt(ended.beganAt) } }),
          );
          return {};
        },
      }),
      action({
        path: '/account/end-other-sessions',
        ...ofOperator,
        describes: { title: { zh: '结束其他全部登录', en: 'End all other sessions' } },
        destroys: true,
        body: NOTHING,
        async handler({ session, operator, address }) {
          await tryOperation(
            store,
            operationBy({ operator, address }, now, SESSION_END.name, SESSION_END.reason),
            async (within) =>
              (await createSessions(within, now).endOthers(operator.username, session.tokenHash)) || null,
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
        ...ofOperator,
        body: NOTHING,
        async handler(request) {
          const secret = await makeTotpSecret();
          const { size, path } = await own.symbolOf(request, secret);
          return { Secret: secret, Symbol: { Size: size, Path: path } };
        },
      }),
      action({
        path: '/account/second-factor/set-up',
        ...confirmed,
        describes: { title: { zh: '设置手机验证器', en: 'Set up an authenticator app' } },
        body: z.strictObject({ Secret: z.string().refine(isTotpSecret), Code: z.string().max(32) }),
        async handler({ body: { Secret: secret, Code: code }, ...request }) {
          const done = await own.setUpApp(request, { secret, code });
          if (done === null) throw refused('wrong-code', SECOND_FACTOR[request.language].setUp.wrongCode);
          return { RecoveryCodes: done.recoveryCodes };
        },
      }),
      action({
        path: '/account/second-factor/recovery-codes',
        ...confirmed,
        describes: { title: { zh: '重新生成恢复码', en: 'New recovery codes' } },
        body: NOTHING,
        async handler(request) {
          const codes = await own.renewCodes(request);
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
        async handler({ body: { Id: id }, ...request }) {
          if (await own.remove(request, id)) return {};
          throw refused('last-second-factor', SECOND_FACTOR[request.language].remove.demanded);
        },
      }),
      action({
        path: '/account/passkey/offer',
        ...confirmed,
        describes: { title: { zh: '添加通行密钥', en: 'Add a passkey' } },
        body: z.strictObject({
          Name: asked(z.string().max(64), {
            label: { zh: '名称', en: 'Name' },
            hint: {
              zh: '便于以后辨认，例如：办公室电脑',
              en: 'By which you will recognise it, for example: office computer',
            },
          }),
        }),
        async handler({ body: { Name: called }, ...request }) {
          const name = passkeyName(called);
          if (name === null) throw new PageError('bad-input');
          if (!takesPasskeys(request.host)) throw refused('is-address', WORDS[request.language].passkey.isAddress);
          const { passkeys } = await own.state(request.operator.username);
          const { tooMany } = SECOND_FACTOR[request.language].passkey;
          if (passkeys.length >= MAX_PASSKEYS) throw refused('too-many', tooMany);
          return { Name: name, Options: await own.offerPasskey(request) };
        },
      }),
      action({
        path: '/account/passkey/add',
        ...ofOperator,
        body: z.strictObject({ Name: z.string(), Credential: z.string() }),
        async handler({ body: { Name: called, Credential: credential }, ...request }) {
          const name = passkeyName(called);
          if (name === null || !takesPasskeys(request.host)) throw new PageError('bad-input');
          const done = await own.addPasskey(request, { name, credential });
          if (done === null) throw refused('bad-passkey', SECOND_FACTOR[request.language].passkey.refused);
          return { RecoveryCodes: done.recoveryCodes };
        },
      }),
    ],
  };
}
