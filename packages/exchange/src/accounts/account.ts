import { type CinemaCode, epochOf, type MessageLanguage, type WallClock, wallClockAt } from '@ticket-check/protocol';
import { OperationRefused } from '@ticket-check/runtime';
import { type RawBuilder, sql } from 'kysely';
import type { AccountKey } from './account-keyring.ts';

/** `platform` asks and reports (chapters 6 and 7); `data-source` feeds the national platform's intake; `seller` makes e-tickets (reading C5). */
export type AccountRole = 'platform' | 'data-source' | 'seller';

export type Account = {
  readonly username: string;
  readonly role: AccountRole;
  readonly cinemaCodes: ReadonlySet<CinemaCode> | 'all';
  /** One or, while they are exchanged, two; what either has signed counts. The latest first. */
  readonly keys: readonly AccountKey[];
  readonly createdAt: WallClock;
  readonly expiresAt: WallClock | null;
  readonly revokedAt: WallClock | null;
  /** The account that it was issued in place of, where somebody said so: what came through that one is listed to it. */
  readonly replaces: string | null;
  /** The display name of its terminal; null without one. */
  readonly displayName: string | null;
  readonly messageLanguage: MessageLanguage;
  readonly boundTo: BoundStore | null;
};

type BoundStore = {
  readonly storeId: string;
  /** When it was last used, epoch milliseconds; up to a minute behind. */
  readonly seenAt: number;
};

/** Whether a text may be a username: an alphabet in which the signed text, joined without separators, cannot be split otherwise. E2. */
export function isUsername(text: string): boolean {
  return /^[A-Za-z0-9._-]{1,64}$/.test(text);
}

const FAULTS = {
  'no-account': { status: 404, zh: '没有此账号。请核对账号名，或刷新列表。' },
  'username-taken': { status: 409, zh: '账号已存在，请换一个账号名。已吊销的账号名也不能再用。' },
  'bad-username': { status: 400, zh: '账号名须为 1 到 64 个字母、数字、点、下划线或连字符。' },
  'name-too-long': { status: 400, zh: '名称最多 32 个字符。' },
  'cannot-replace': {
    status: 409,
    zh: '不能接替这个账号：一个账号只能由一个账号接替，也不能接替自己或接替它的账号。',
  },
  'bad-key': { status: 400, zh: '公钥或签名算法不可用。' },
  'two-keys': { status: 409, zh: '该账号已有两个公钥，请先删除一个。' },
  'no-key': { status: 404, zh: '该账号没有此公钥。' },
  'only-key': { status: 409, zh: '这是该账号唯一的公钥：请先添加新的公钥，或吊销账号。' },
} as const;

/** Why something cannot be done with an account; the message in English names it. */
export class AccountFault extends OperationRefused {
  constructor(code: keyof typeof FAULTS, message: string) {
    super(code, { ...FAULTS[code], en: message });
  }
}

export const noAccount = (username: string) => new AccountFault('no-account', `There is no account named ${username}.`);

export const usernameTaken = (username: string) =>
  new AccountFault('username-taken', `An account named ${username} exists already.`);

/** @throws AccountFault if the text is no username. */
export function parseUsername(text: string): string {
  if (isUsername(text)) return text;
  const allowed = '1 to 64 letters, digits, dots, underscores and hyphens';
  throw new AccountFault('bad-username', `The username ${JSON.stringify(text)} cannot be used: ${allowed}.`);
}

const LONGEST_DISPLAY_NAME = 32;

/** Reads the name that people know a terminal by: one line. Empty for none. @throws AccountFault if it is too long. */
export function parseDisplayName(text: string): string | null {
  const name = text.trim().replaceAll(/[\s\p{Cc}]+/gu, ' ');
  if (name.length <= LONGEST_DISPLAY_NAME) return name === '' ? null : name;
  throw new AccountFault('name-too-long', `The name must hold at most ${LONGEST_DISPLAY_NAME} characters.`);
}

/** Whether an account may be used at a moment (epoch milliseconds): neither revoked nor expired. */
export function isInForce({ revokedAt, expiresAt }: Account, now: number): boolean {
  return revokedAt === null && (expiresAt === null || now < epochOf(expiresAt));
}

/** In a statement, whether a row of the table of accounts, under the name that it has there, is of one in force (`isInForce`). */
export function isAccountInForce(name: string, now: number): RawBuilder<boolean> {
  const [revokedAt, expiresAt] = [sql.ref(`${name}.revokedAt`), sql.ref(`${name}.expiresAt`)];
  return sql<boolean>`(${revokedAt} is null and (${expiresAt} is null or ${expiresAt} > ${wallClockAt(now)}))`;
}

export function mayActFor(account: Account, cinemaCode: CinemaCode): boolean {
  return account.cinemaCodes === 'all' || account.cinemaCodes.has(cinemaCode);
}
