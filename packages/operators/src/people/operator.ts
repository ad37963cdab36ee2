import { type CinemaCode, parseCinemaCode, storedCinemas, type WallClock } from '@ticket-check/protocol';
import { ExpectedError, OperationRefused } from '@ticket-check/runtime';
import type { Command } from 'commander';
import type { ExpressionBuilder, Kysely } from 'kysely';
import type { Role } from './role.ts';
import type { OperatorRow, OperatorTables } from './tables.ts';

/** A person who operates the platform. Scheme 5.3.2.1; reading S4. */
export type Operator = {
  readonly username: string;
  readonly role: Role;
  readonly cinemaCodes: readonly CinemaCode[] | 'all';
  /** Until when the password that somebody else issued may be used; null once the operator has chosen one. */
  readonly oneTimeUntil: WallClock | null;
  readonly createdAt: WallClock;
  readonly disabledAt: WallClock | null;
  readonly hasSecondFactor: boolean;
};

/** Whether a text may be the username of an operator: only lower case, so that no two differ by case. */
export function isOperatorName(text: string): boolean {
  return /^[a-z0-9][a-z0-9._-]{0,63}$/.test(text);
}

export const NAME_RULE = {
  zh: '1 至 64 个小写字母、数字、点、下划线或连字符，以字母或数字开头',
  en: 'it takes 1 to 64 small letters, digits, dots, underscores and hyphens, and begins with a letter or digit',
};

export function mayOperateFor({ cinemaCodes }: Pick<Operator, 'cinemaCodes'>, cinemaCode: string): boolean {
  return cinemaCodes === 'all' || cinemaCodes.some((code) => code === cinemaCode);
}

export function operatorIn(
  row: Omit<OperatorRow, 'passwordHash'> & { /** Boolean or number, by engine. */ hasSecondFactor: unknown },
): Operator {
  const { username, role, cinemaCodes, oneTimeUntil, createdAt, disabledAt } = row;
  return {
    username,
    role,
    oneTimeUntil,
    createdAt,
    disabledAt,
    hasSecondFactor: Boolean(row.hasSecondFactor),
    cinemaCodes: storedCinemas(cinemaCodes),
  } as Operator;
}

const FAULTS = {
  unknown: { status: 404, zh: '没有这个操作员。', en: 'There is no such operator: `operator list` shows them.' },
  taken: {
    status: 409,
    zh: '该用户名已被使用，请换一个。',
    en: 'That username is taken: choose another one. `operator list` shows them.',
  },
  'bad-username': {
    status: 400,
    zh: `用户名不符合要求：${NAME_RULE.zh}。`,
    en: `That username cannot be used: ${NAME_RULE.en}.`,
  },
  'last-administrator': {
    status: 409,
    zh: '这是最后一个可用的管理员。请先添加或启用另一名管理员，或为一次性密码已过期的管理员重置密码。',
    en: 'This is the last enabled administrator who can log in. Add or enable another administrator, or reset the password of one whose one-time password has ended, first.',
  },
  'changed-meanwhile': {
    status: 409,
    zh: '其他管理员已修改此人，未做任何更改。请核对现在的角色和影院后重试。',
    en: 'Another administrator has changed this operator meanwhile. Nothing was changed: check role and cinemas, then try again.',
  },
  'no-session': { status: 410, zh: '该登录已结束。', en: 'The operator has no such session, or it has ended.' },
} as const;

/** Why something cannot be done with an operator. */
export class OperatorFault extends OperationRefused {
  constructor(code: keyof typeof FAULTS) {
    super(code, FAULTS[code]);
  }
}

/** @throws OperatorFault if there is no such operator. */
export async function mustExist(db: Kysely<OperatorTables>, username: string): Promise<void> {
  const found = await db.selectFrom('operator').select('username').where('username', '=', username).executeTakeFirst();
  if (found === undefined) throw new OperatorFault('unknown');
}

/** Whether the operator of a row has set up a second factor, as an expression of a query. */
export function hasSecondFactor(eb: ExpressionBuilder<OperatorTables, 'operator'>) {
  const has = (table: 'operatorTotp' | 'operatorPasskey') =>
    eb.exists(eb.selectFrom(table).select(`${table}.username`).whereRef(`${table}.username`, '=', 'operator.username'));
  return eb.or([has('operatorTotp'), has('operatorPasskey')]);
}

export async function hasSecondFactorNow(db: Kysely<OperatorTables>, username: string): Promise<boolean> {
  const operator = db.selectFrom('operator').select('username').where('username', '=', username);
  return (await operator.where(hasSecondFactor).execute()).length > 0;
}

/** Ends the sessions of an operator, but for the one of `except`, and logins that are under way; returns how many sessions. */
export async function endSessionsOf(
  db: Kysely<OperatorTables>,
  username: string,
  { except = '' }: { except?: string } = {},
): Promise<number> {
  await db.deleteFrom('operatorLoginStep').where('username', '=', username).execute();
  const { numDeletedRows } = await db
    .deleteFrom('operatorSession')
    .where('username', '=', username)
    .where('tokenHash', '!=', except)
    .executeTakeFirst();
  return Number(numDeletedRows);
}

/** Reads cinema codes separated by commas. @throws ExpectedError naming the one that is none */
export function parseCinemaCodes(list: string): CinemaCode[] {
  return list.split(',').map((text) => {
    try {
      return parseCinemaCode(text.trim());
    } catch {
      throw new ExpectedError(`${JSON.stringify(text)} is no cinema code: 8 characters are needed.`);
    }
  });
}

/** The cinemas that a command names; ends it where neither option is given, or both: nobody gets every cinema by leaving them out. */
export function cinemasOf(
  { cinemas, allCinemas }: { readonly cinemas?: string; readonly allCinemas?: boolean },
  command: Command,
): readonly CinemaCode[] | 'all' {
  if ((cinemas === undefined) === (allCinemas !== true)) {
    command.error('error: give either --cinemas or --all-cinemas', { exitCode: 2 });
  }
  return cinemas === undefined ? 'all' : parseCinemaCodes(cinemas);
}
