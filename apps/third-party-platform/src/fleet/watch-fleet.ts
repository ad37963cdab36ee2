import { type AccountTables, isAccountInForce } from '@ticket-check/exchange';
import { LATE_SECONDS, UNHEARD_SECONDS } from '@ticket-check/protocol/terminal-advice';
import { type Clock, type HealthCheck, measuredGauge, type Registry } from '@ticket-check/runtime';
import { coalesce, type Store } from '@ticket-check/storage';
import { sql } from 'kysely';
import { dayBeganAt } from './load-fleet.ts';
import type { FleetTables } from './terminal-states.ts';

const MAX_NAMED = 20;

type FleetStore = Store<AccountTables & FleetTables>;

/** How many terminals are well, as far as their last states say. */
type FleetCounts = {
  /** Heard within the last ten minutes. */
  readonly heard: number;
  /** Silent for longer, though they were heard on this business date and did not say that they end. */
  readonly unheard: number;
  /** Heard on this business date, with records that have waited for more than ten minutes. */
  readonly behind: number;
};

/** Terminals heard on this business date whose accounts are in force. */
const heardToday = (now: number) => sql`
  terminal_state as told
  where heard_at >= ${dayBeganAt(now)} and exists (
    select 1 from account where username = told.account and ${isAccountInForce('account', now)}
  )`;

const isUnheard = (now: number) => sql`ending = 0 and heard_at < ${now - UNHEARD_SECONDS * 1000}`;

async function countFleet({ db }: FleetStore, now: number): Promise<FleetCounts> {
  const { rows } = await sql<FleetCounts>`
    select
      count(*) filter (where ending = 0 and heard_at >= ${now - UNHEARD_SECONDS * 1000}) as heard,
      count(*) filter (where ${isUnheard(now)}) as unheard,
      count(*) filter (where waiting_since < ${now - LATE_SECONDS * 1000}) as behind
    from ${heardToday(now)}
  `.execute(db);
  return rows[0] ?? { heard: 0, unheard: 0, behind: 0 };
}

async function listUnheard({ db }: FleetStore, now: number): Promise<string[]> {
  const { rows } = await sql<{ account: string }>`
    select account from ${heardToday(now)} and ${isUnheard(now)} order by account limit ${sql.lit(MAX_NAMED)}
  `.execute(db);
  return rows.map(({ account }) => account);
}

/** What `GET /health` shows of the terminals; degraded while one is silent that was heard on this business date. */
export function fleetCheck(store: FleetStore, now: Clock): HealthCheck {
  return {
    name: 'terminals',
    async run() {
      const at = now();
      const { heard, unheard, behind } = await countFleet(store, at);
      return {
        ok: true,
        ...(unheard > 0 && { degraded: true, silent: await listUnheard(store, at) }),
        heard,
        unheard,
        behind,
      };
    },
  };
}

/** Adds how many terminals are well to a registry; which ones, `fleet list` says. */
export function fleetMetrics(registry: Registry, store: FleetStore, now: Clock): void {
  const count = coalesce<null, FleetCounts>(async (askers) => {
    const counts = await countFleet(store, now());
    return askers.map(() => counts);
  });
  const gauge = (name: string, help: string, of: keyof FleetCounts) =>
    measuredGauge(registry, name, help, async () => (await count(null))[of]);
  gauge('terminals_heard', 'Terminals that told their state within the last ten minutes', 'heard');
  gauge(
    'terminals_unheard',
    'Terminals that were heard on this business date, have been silent for ten minutes and did not say that they end',
    'unheard',
  );
  gauge(
    'terminals_behind',
    'Terminals heard on this business date with check records that have waited for more than ten minutes',
    'behind',
  );
}
