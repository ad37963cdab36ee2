import { type AccountTables, isAccountInForce } from '@ticket-check/exchange';
import { LATE_SECONDS, UNHEARD_SECONDS } from '@ticket-check/protocol/terminal-advice';
import { type Clock, type HealthCheck, measuredGauge, type Registry, sharedFor } from '@ticket-check/runtime';
import type { Store } from '@ticket-check/storage';
import { dayBeganAt } from './load-fleet.ts';
import type { FleetTables } from './terminal-states.ts';

const MAX_NAMED = 20;
/** The metrics of one scrape share a reading. */
const SHARED_MS = 1000;

type FleetStore = Store<AccountTables & FleetTables>;

/**
 * Counts the terminals that were heard on this business date and whose accounts are in force. `heard`: within the last ten minutes;
 * `silent`: not since then, though they did not say that they end; `behind`: with records that have waited for more than ten minutes.
 */
async function countFleet({ db }: FleetStore, now: number) {
  const told = await db
    .selectFrom('terminalState')
    .select(['account', 'heardAt', 'waitingSince', 'ending'])
    .where('heardAt', '>=', dayBeganAt(now))
    .where('account', 'in', (eb) => eb.selectFrom('account').select('username').where(isAccountInForce('account', now)))
    .orderBy('account')
    .execute();
  const serving = told.filter(({ ending }) => ending === 0);
  const silent = serving.filter(({ heardAt }) => heardAt < now - UNHEARD_SECONDS * 1000);
  const lateSince = now - LATE_SECONDS * 1000;
  return {
    heard: serving.length - silent.length,
    unheard: silent.length,
    behind: told.filter(({ waitingSince }) => waitingSince !== null && waitingSince < lateSince).length,
    silent: silent.slice(0, MAX_NAMED).map(({ account }) => account),
  };
}

/** What `GET /health` shows of the terminals; degraded while one is silent that was heard on this business date. */
export function fleetCheck(store: FleetStore, now: Clock): HealthCheck {
  return {
    name: 'terminals',
    async run() {
      const { silent, ...counts } = await countFleet(store, now());
      return { ok: true, ...(silent.length > 0 && { degraded: true, silent }), ...counts };
    },
  };
}

/** Adds how many terminals are well to a registry; which ones, `fleet list` says. */
export function fleetMetrics(registry: Registry, store: FleetStore, now: Clock): void {
  const count = sharedFor(SHARED_MS, () => countFleet(store, now()));
  const gauge = (of: 'heard' | 'unheard' | 'behind', help: string) =>
    measuredGauge(registry, `terminals_${of}`, help, async () => (await count())[of]);
  gauge('heard', 'Terminals that told their state within the last ten minutes');
  gauge(
    'unheard',
    'Terminals that were heard on this business date, have been silent for ten minutes and did not say that they end',
  );
  gauge(
    'behind',
    'Terminals heard on this business date with check records that have waited for more than ten minutes',
  );
}
