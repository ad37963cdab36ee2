import { cinemaFilter, list } from '@ticket-check/admin';
import type { AccountTables } from '@ticket-check/exchange';
import { worstOf } from '@ticket-check/protocol/terminal-advice';
import type { Clock } from '@ticket-check/runtime';
import type { Store } from '@ticket-check/storage';
import { z } from 'zod';
import { fleetJson, loadFleet } from './load-fleet.ts';
import { SEVERITIES, TERMINAL_ROW } from './terminal-row.ts';
import type { FleetTables } from './terminal-states.ts';

/** The terminals of the asker's cinemas, the worst first. Reading X8. */
export const declaredFleet = (now: Clock) =>
  list({
    name: 'fleet',
    rowsName: 'Terminals',
    title: { zh: '终端', en: 'Terminals' },
    permission: 'fleet.read',
    filters: {
      q: z.string().default('').describe('a part of the account or of its name, or a whole cinema code'),
      severity: z.enum(SEVERITIES).optional().describe('how soon somebody has to look after it'),
      cinema: cinemaFilter,
    },
    row: TERMINAL_ROW,
    place: z.number().int().nonnegative(),
    rowsAPage: 500,
    async find(store: Store<AccountTables & FleetTables>, { filters: { q, severity }, cinemas, after, limit }) {
      const all = await loadFleet(store, { now: now(), cinemas });
      const members = all.filter(
        ({ advice, account, displayName, cinemaCodes }) =>
          (severity === undefined || worstOf(advice).severity === severity) &&
          (account.includes(q) || displayName?.includes(q) || (cinemaCodes !== 'all' && cinemaCodes.includes(q))),
      );
      const [from, until] = [after ?? 0, (after ?? 0) + limit];
      const rows = members.slice(from, until).map((member) => fleetJson(member, cinemas));
      return { rows, next: until < members.length ? until : null };
    },
  });
