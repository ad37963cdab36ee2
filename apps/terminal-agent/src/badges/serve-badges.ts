import { asked, operation, type PageSet, serveOperation } from '@ticket-check/admin';
import type { Passwords } from '@ticket-check/operators';
import type { Clock, Service } from '@ticket-check/runtime';
import { z } from 'zod';
import type { TerminalStore } from '../tables.ts';
import { createBadges, makeBadgeCode } from './badges.ts';

/** The badges of supervisors, each of them their own. Scheme 5.3.2.1; reading R10. */
const declaredBadges = (now: Clock, passwords: Passwords) => {
  const common = { permission: 'entries.override', cinemasOf: () => [], what: () => ({}) } as const;
  return {
    make: operation({
      ...common,
      name: 'badge make',
      title: { zh: '制作放行工牌', en: 'Make a badge' },
      input: z.strictObject({
        Pin: asked(z.string().regex(/^\d{6}$/), {
          label: { zh: '六位数字 PIN', en: 'PIN of six digits' },
          as: 'secret',
        }),
      }),
      needsPassword: true,
      async prepare({ Pin }) {
        const { qrSymbol } = await import('@ticket-check/admin/qr-symbol');
        const code = makeBadgeCode();
        return { code, pinHash: await passwords.hash(Pin), symbol: qrSymbol(code) };
      },
      async change(store: TerminalStore, _, { actor, prepared }) {
        await createBadges(store, now).make(actor, prepared);
        return prepared.symbol;
      },
      answer: ({ size, path }) => ({ Symbol: { Size: size, Path: path } }),
    }),
    revoke: operation({
      ...common,
      name: 'badge revoke',
      title: { zh: '作废放行工牌', en: 'Revoke the badge' },
      input: z.strictObject({}),
      destroys: () => 'badge',
      change: async (store: TerminalStore, _, { actor }) => (await createBadges(store, now).revoke(actor)) || null,
    }),
  };
};

export function badgePages(
  { now }: Pick<Service, 'now'>,
  { store, passwords }: { store: TerminalStore; passwords: Passwords },
): PageSet {
  const { make, revoke } = declaredBadges(now, passwords);
  const badges = createBadges(store, now);
  return {
    name: 'badge',
    json: [
      {
        path: '/badge.json',
        permission: make.permission,
        handler: async ({ actor }) => ({ MadeAt: await badges.madeAt(actor) }),
      },
    ],
    actions: [...serveOperation(make, { store, now }), ...serveOperation(revoke, { store, now })],
  };
}
