import { asked, operation, type PageSet, serveOperations } from '@ticket-check/admin';
import { createOperators, hashOfToken, makeReadableSecret, type Passwords, permits } from '@ticket-check/operators';
import { type WallClock, wallClockAt } from '@ticket-check/protocol';
import type { Clock, Service } from '@ticket-check/runtime';
import { withTables } from '@ticket-check/storage';
import { z } from 'zod';
import type { TerminalStore, TerminalTables } from '../tables.ts';

/** 150 random bits, in letters that Caps Lock does not change. */
const CODE = /badge(?:-[a-z2-9]{5}){6}/i;

export const makeBadgeCode = (): string => `badge-${makeReadableSecret(6)}`;

export const badgeIn = (text: string): string | null => CODE.exec(text)?.[0].toLowerCase() ?? null;

/** What changes something is run as an operation (`runOperation`). */
export function createBadges(store: TerminalStore, now: Clock) {
  const { db } = store;

  /** A badge counts while its operator may let guests in on the console: enabled, with a password of their own, in such a role. */
  async function holderOf(by: { username: string } | { codeHash: string }) {
    const those = db.selectFrom('badge').selectAll();
    const badge = await those.where((eb) => eb.and(by)).executeTakeFirst();
    if (badge === undefined) return null;
    const operator = await createOperators(withTables(store), now).find(badge.username);
    if (operator === null || operator.disabledAt !== null || operator.oneTimeUntil !== null) return null;
    if (!permits(operator.role, 'entries.override')) return null;
    const { username, cinemaCodes } = operator;
    return { username, cinemaCodes, pinHash: badge.pinHash };
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

/** The badges of supervisors, each of them their own. Scheme 5.3.2.1; reading R10. */
export function badgePages(
  { now }: Pick<Service, 'now'>,
  { store, passwords }: { store: TerminalStore; passwords: Passwords },
): PageSet {
  const permission = 'entries.override';
  const common = { permission, cinemasOf: () => [], what: () => ({}) } as const;
  const make = operation({
    ...common,
    name: 'badge make',
    title: { zh: '制作放行工牌', en: 'Make a badge' },
    input: z.strictObject({
      Pin: asked(z.string().regex(/^\d{6}$/), { label: { zh: '六位数字 PIN', en: 'PIN of six digits' }, as: 'secret' }),
    }),
    needsPassword: true,
    async prepare({ Pin }) {
      const { qrSymbol } = await import('@ticket-check/admin/qr-symbol');
      const code = makeBadgeCode();
      return { code, pinHash: await passwords.hash(Pin), symbol: qrSymbol(code) };
    },
    async change(within: TerminalStore, _, { actor, prepared }) {
      await createBadges(within, now).make(actor, prepared);
      return prepared.symbol;
    },
    answer: ({ size, path }) => ({ Symbol: { Size: size, Path: path } }),
  });
  const revoke = operation({
    ...common,
    name: 'badge revoke',
    title: { zh: '作废放行工牌', en: 'Revoke the badge' },
    input: z.strictObject({}),
    destroys: () => 'badge',
    change: async (within: TerminalStore, _, { actor }) => (await createBadges(within, now).revoke(actor)) || null,
  });
  const { madeAt } = createBadges(store, now);
  return {
    name: 'badge',
    json: [{ path: '/badge.json', permission, handler: async ({ actor }) => ({ MadeAt: await madeAt(actor) }) }],
    actions: serveOperations<TerminalTables>([make, revoke], { store, now }),
  };
}
