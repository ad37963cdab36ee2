import { createOperators, hashOfToken, makeReadableSecret, type Operator, permits } from '@ticket-check/operators';
import { type WallClock, wallClockAt } from '@ticket-check/protocol';
import type { Clock } from '@ticket-check/runtime';
import { withTables } from '@ticket-check/storage';
import type { TerminalStore } from '../tables.ts';

/** 150 random bits, in letters that Caps Lock does not change. */
const CODE = /badge(?:-[a-z2-9]{5}){6}/i;

export const makeBadgeCode = (): string => `badge-${makeReadableSecret(6)}`;

export const badgeIn = (text: string): string | null => CODE.exec(text)?.[0].toLowerCase() ?? null;

export type BadgeHolder = Pick<Operator, 'username' | 'cinemaCodes'> & { readonly pinHash: string };

/** What changes something is run as an operation (`runOperation`). */
export function createBadges(store: TerminalStore, now: Clock) {
  const { db } = store;

  /** A badge counts while its operator may let guests in on the console: enabled, with a password of their own, in such a role. */
  async function holderOf(by: { username: string } | { codeHash: string }): Promise<BadgeHolder | null> {
    const badge = await db
      .selectFrom('badge')
      .selectAll()
      .where((eb) => eb.and(by))
      .executeTakeFirst();
    if (badge === undefined) return null;
    const operator = await createOperators(withTables(store), now).find(badge.username);
    if (operator === null || operator.disabledAt !== null || operator.oneTimeUntil !== null) return null;
    if (!permits(operator.role, 'entries.override')) return null;
    return { username: operator.username, cinemaCodes: operator.cinemaCodes, pinHash: badge.pinHash };
  }

  async function revoke(username: string): Promise<boolean> {
    return (await db.deleteFrom('badge').where('username', '=', username).executeTakeFirst()).numDeletedRows > 0n;
  }

  return {
    holderOf: (username: string) => holderOf({ username }),
    holderOfCode: (code: string) => holderOf({ codeHash: hashOfToken(code) }),
    async make(username: string, { code, pinHash }: { code: string; pinHash: string }): Promise<void> {
      await revoke(username);
      const badge = { username, codeHash: hashOfToken(code), pinHash, madeAt: wallClockAt(now()) };
      await db.insertInto('badge').values(badge).execute();
    },
    revoke,
    async madeAt(username: string): Promise<WallClock | null> {
      const badge = await db.selectFrom('badge').select('madeAt').where('username', '=', username).executeTakeFirst();
      return (badge?.madeAt ?? null) as WallClock | null;
    },
  };
}
