import {
  createOperators,
  createSecondFactors,
  createSessions,
  issuePassword,
  type Operator,
  OperatorFault,
  type OperatorTables,
  type Passwords,
  type Rights,
  ROLES,
} from '@ticket-check/operators';
import { type Issued, OPERATOR_ROW, SESSION_ROW } from '@ticket-check/operators/rows';
import { ROLE_WORDS } from '@ticket-check/operators/words';
import { elementsJson, parseCinemaCode, wallClockAt } from '@ticket-check/protocol';
import type { Clock } from '@ticket-check/runtime';
import type { Store } from '@ticket-check/storage';
import { z } from 'zod';
import { textOf } from '../asked.ts';
import { asked, type Field } from '../declared/field.ts';
import { list, usernameFilter } from '../declared/list.ts';
import { operation } from '../declared/operation.ts';
import type { InEachLanguage } from '../language.ts';

type People = Store<OperatorTables>;

/** What a change of somebody's rights demands. */
export const ofPeople = {
  permission: 'operators.manage',
  needsPassword: true,
  cinemasOf: () => 'all' as const,
} as const;

/** Cinemas as screens send them. Nobody gets all by an empty list: that is `*`. */
export const cinemaCodesIn = z.union([
  z.tuple([z.literal('*')]).transform(() => 'all' as const),
  z.array(textOf(parseCinemaCode)).min(1).readonly(),
]);

export const shownCinemas = (cinemaCodes: Operator['cinemaCodes']): string[] =>
  cinemaCodes === 'all' ? ['*'] : [...cinemaCodes];

/** Cinemas as a dialog and a command ask for them; `says` begins the help of its option. */
export const askedCinemas = <T extends z.ZodType>(part: T, says: string, allIf?: Field['allIf']): T =>
  asked(part, {
    ...{ label: { zh: '影院', en: 'Cinemas' }, as: 'cinemas', option: ['--cinemas <codes>', says] },
    ...(allIf && { allIf }),
  });

const RIGHTS = { Role: z.enum(ROLES), CinemaCodes: cinemaCodesIn };
const ROLE = asked(z.enum(ROLES), {
  label: { zh: '角色', en: 'Role' },
  choices: ROLE_WORDS,
  option: ['--role <role>', 'what they may do'],
});
const SEEN = ['cinemas that they see', ['Role', 'administrator']] as const;

/** What names a session: the beginning of its token's hash. */
export const shownSession = (tokenHash: string): string => tokenHash.slice(0, 16);

/** The sessions of an operator that go on, the one that was used last first. */
export const sessionRows = async (store: People, now: Clock, username: string) =>
  (await createSessions(store, now).list(username)).map(({ tokenHash, address, beganAt, seenAt }) => ({
    Session: shownSession(tokenHash),
    Address: address,
    BeganAt: wallClockAt(beganAt),
    SeenAt: wallClockAt(seenAt),
  }));

/** One of their sessions, by so much of its hash as rows show. */
export const sessionNamed = async (store: People, now: Clock, username: string, session: string) =>
  (await createSessions(store, now).list(username)).find(({ tokenHash }) => shownSession(tokenHash) === session);

/**
 * The people who use the console of a service, and what administrators do with them. Each change asks for the administrator's own
 * password, so that a browser left open gives nobody an account. Scheme 5.3.2.1; reading S4.
 */
export function declaredOperators(now: Clock, passwords: Passwords) {
  const of = (store: People) => createOperators(store, now);
  const one = z.strictObject({
    Username: asked(z.string().trim().max(64), {
      label: { zh: '用户名', en: 'Username' },
      hint: {
        zh: '1 至 64 个小写字母、数字、点、下划线或连字符，以字母或数字开头',
        en: '1 to 64 small letters, digits, dots, underscores or hyphens, the first a letter or digit',
      },
      option: ['<username>', ''],
    }),
  });
  const destroys = ({ Username }: z.output<typeof one>) => Username;
  const ofOne = { ...ofPeople, input: one };

  /** Describes what an operator loses, and how many sessions end; null if there is no such operator. */
  const losing =
    (zh: string, en: string, then: InEachLanguage = { zh: '', en: '' }) =>
    async (store: People, { Username }: { Username: string }): Promise<InEachLanguage | null> => {
      const found = await of(store).find(Username);
      if (found === null) return null;
      const { length: ending } = await createSessions(store, now).list(Username);
      return {
        zh: `${Username}（${ROLE_WORDS[found.role].zh}）${zh}。目前的 ${ending} 个登录立即结束。${then.zh}`,
        en: `${Username} (${found.role}) ${en}. Their sessions end at once: ${ending}.${then.en}`,
      };
    };

  const issued = (result: { username: string; password: string; oneTimeUntil: string }): Issued => ({
    Username: result.username,
    OneTimePassword: result.password,
    ValidUntil: result.oneTimeUntil,
  });

  return {
    issued,
    operators: list({
      name: 'operators',
      rowsName: 'Operators',
      title: { zh: '操作员', en: 'Operators' },
      permission: 'operators.manage',
      filters: {},
      isOfAll: true,
      row: OPERATOR_ROW,
      async find(store: People) {
        return { rows: (await of(store).list()).map(operatorRow) };
      },
    }),
    sessions: list({
      name: 'operators/sessions',
      rowsName: 'Sessions',
      title: { zh: '登录中的设备', en: 'Where they are logged in' },
      permission: 'operators.manage',
      filters: { username: usernameFilter },
      isOfAll: true,
      row: SESSION_ROW,
      async find(store: People, { filters: { username } }) {
        if ((await of(store).find(username)) === null) throw new OperatorFault('unknown');
        return { rows: await sessionRows(store, now, username) };
      },
    }),
    add: operation({
      ...ofPeople,
      name: 'operator add',
      title: { zh: '添加操作员', en: 'Add an operator' },
      says: 'add an operator and print a one-time password (shown once)',
      input: one.extend({ Role: ROLE, CinemaCodes: askedCinemas(cinemaCodesIn, ...SEEN) }).refine(isPossible),
      prepare: () => issuePassword(passwords),
      async change(store: People, input, { prepared: { password, passwordHash } }) {
        const added = { username: input.Username, ...rightsIn(input), passwordHash };
        return { username: input.Username, password, oneTimeUntil: await of(store).add(added) };
      },
      answer: issued,
    }),
    change: operation({
      ...ofPeople,
      name: 'operator change',
      title: { zh: '更改角色与影院', en: 'Change role and cinemas' },
      says: 'change role or cinemas of an operator (takes effect immediately)',
      input: one
        .extend({
          Role: ROLE,
          /** Left out, they stay: nobody sees more because nothing was said of it. */
          CinemaCodes: askedCinemas(cinemaCodesIn.optional(), ...SEEN),
          /** As the list showed them: who did not see a later change is refused. */
          From: z.strictObject(RIGHTS).optional(),
        })
        .refine(isPossible),
      what: ({ Username }) => ({ username: Username }),
      async change(store: People, { Username: username, Role: role, CinemaCodes: cinemaCodes = null, From }) {
        return { username, ...(await of(store).change(username, { role, cinemaCodes, from: From && rightsIn(From) })) };
      },
      outcome: ({ before, after }) => ({ before, after }),
    }),
    disable: operation({
      ...ofOne,
      name: 'operator disable',
      title: { zh: '停用操作员', en: 'Disable an operator' },
      says: 'disable an operator and end their sessions (immediately)',
      destroys,
      preview: losing(
        '不能再登录，其添加的接口令牌同时失效',
        'can no longer log in, and the tokens that they added stop working',
        {
          zh: '其操作记录保留，以后可以重新启用。',
          en: ' What they did stays in the audit, and they can be enabled again.',
        },
      ),
      change: (store: People, { Username }) => of(store).disable(Username),
      outcome: (came) => came,
    }),
    enable: operation({
      ...ofOne,
      name: 'operator enable',
      title: { zh: '启用操作员', en: 'Enable an operator' },
      says: 'enable a disabled operator, with their old password',
      preview: async (_: People, { Username }) => ({
        zh: `${Username} 可以用原来的密码重新登录，其添加的接口令牌恢复可用。`,
        en: `${Username} can log in again with the password that they had, and the tokens that they added work again.`,
      }),
      change: (store: People, { Username }) => of(store).enable(Username),
      outcome: (came) => came,
    }),
    endSession: operation({
      ...ofPeople,
      name: 'operator end-session',
      title: { zh: '结束一个登录', en: 'End one session' },
      says: 'end one session from `operator sessions` (immediately)',
      destroys,
      input: one.extend({ Session: asked(z.string().max(64), { option: ['<session>', ''] }) }),
      async preview(store: People, { Username, Session }) {
        const named = await sessionNamed(store, now, Username, Session);
        if (named === undefined) return null;
        const [at, since] = [named.address, wallClockAt(named.beganAt)];
        return {
          zh: `${Username} 在 ${at} 的登录（自 ${since.replace('T', ' ')}）立即结束，其他登录不受影响，之后可以重新登录。`,
          en: `${Username} has to log in again at ${at}, where they have been logged in since ${since}. Their other sessions go on.`,
        };
      },
      async change(store: People, { Username, Session }) {
        const named = await sessionNamed(store, now, Username, Session);
        const ended = named && (await createSessions(store, now).endOne(Username, named.tokenHash));
        if (!ended) throw new OperatorFault('no-session');
        return ended;
      },
      outcome: ({ address, beganAt }) => ({ address, beganAt: wallClockAt(beganAt) }),
    }),
    endSessions: operation({
      ...ofOne,
      name: 'operator end-sessions',
      title: { zh: '结束全部登录', en: 'End all sessions' },
      says: 'end their sessions, at once, also on the running service; they can log in again',
      destroys,
      async preview(store: People, input) {
        if ((await createSessions(store, now).list(input.Username)).length === 0) return null;
        return losing('需要重新登录', 'has to log in again')(store, input);
      },
      change: (store: People, { Username }) => of(store).endSessions(Username),
      outcome: (came) => came,
    }),
    resetPassword: operation({
      ...ofOne,
      name: 'operator reset-password',
      title: { zh: '重置密码', en: 'Reset the password' },
      says: 'end their sessions and print a one-time password (shown once)',
      destroys,
      preview: losing('不能再用现在的密码登录', 'cannot log in with the present password any more'),
      prepare: () => issuePassword(passwords),
      async change(store: People, { Username: username }, { prepared: { password, passwordHash } }) {
        return { username, password, ...(await of(store).resetPassword(username, passwordHash)) };
      },
      outcome: ({ sessionsEnded }) => ({ sessionsEnded }),
      answer: (came) => issued(came),
    }),
    resetSecondFactor: operation({
      ...ofOne,
      name: 'operator reset-second-factor',
      title: { zh: '重置两步验证', en: 'Reset the second factor' },
      says: 'remove all second factors of an operator, end their sessions',
      destroys,
      preview: losing(
        '的手机验证器、通行密钥和恢复码全部失效',
        'loses the authenticator app, every passkey and all recovery codes',
      ),
      change: (store: People, { Username }) => createSecondFactors(store, now).reset(Username),
      outcome: (came) => came,
    }),
  };
}

const isPossible = ({ Role, CinemaCodes }: { Role: Rights['role']; CinemaCodes?: Rights['cinemaCodes'] | undefined }) =>
  Role !== 'administrator' || CinemaCodes === 'all';

const rightsIn = ({ Role, CinemaCodes }: z.output<z.ZodObject<typeof RIGHTS>>): Rights => ({
  role: Role,
  cinemaCodes: CinemaCodes,
});

const operatorRow = (operator: Operator) => ({
  ...elementsJson(operator, 'Username', 'Role', 'OneTimeUntil', 'CreatedAt', 'DisabledAt'),
  CinemaCodes: shownCinemas(operator.cinemaCodes),
  SecondFactor: operator.hasSecondFactor,
});
