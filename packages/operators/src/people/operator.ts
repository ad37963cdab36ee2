import { type CinemaCode, storedCinemas, type WallClock } from '@ticket-check/protocol';
import { OperatorFault } from './operator-fault.ts';
import type { OperatorRow } from './operator-tables.ts';
import type { Role } from './role.ts';

/** A person who operates the platform. Scheme 5.3.2.1; reading S4. */
export type Operator = {
  readonly username: string;
  readonly role: Role;
  /** The cinemas whose data the operator may see and change. */
  readonly cinemaCodes: readonly CinemaCode[] | 'all';
  /** Until when the password that somebody else issued may be used; null once the operator has chosen one. */
  readonly oneTimeUntil: WallClock | null;
  readonly createdAt: WallClock;
  readonly disabledAt: WallClock | null;
  /** Whether a login needs more than the password. */
  readonly hasSecondFactor: boolean;
};

/** Whether a text may be the username of an operator: only lower case, so that no two differ by case. */
export function isOperatorName(text: string): boolean {
  return /^[a-z0-9][a-z0-9._-]{0,63}$/.test(text);
}

/** @throws OperatorFault if the text is no username of an operator. */
export function parseOperatorName(text: string): string {
  if (isOperatorName(text)) return text;
  throw new OperatorFault(
    'bad-username',
    `The username ${JSON.stringify(text)} cannot be used: it takes 1 to 64 small letters, digits, dots, underscores and hyphens, and begins with a letter or digit.`,
  );
}

/** Whether an operator may see and change what belongs to a cinema. */
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
