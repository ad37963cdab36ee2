import { addSeconds, type ScanStep, timeOfScans, wallClockAt } from '@ticket-check/protocol';
import type { Clock } from '@ticket-check/runtime';
import type { Store } from '@ticket-check/storage';
import { sql } from 'kysely';
import type { FleetTables, TerminalScansRow } from './fleet-tables.ts';

/** A terminal's clock may be ahead of this platform's when the business date ends. */
const AHEAD_SECONDS = 3600;
/** Some 40 ms. */
const ROWS_A_SLICE = 1000;

/** What terminals told of their scans, from when it is heard until it is written. */
export type ToldScans = {
  /** Takes what the scans of some steps came to at a store; steps of other days, by this platform's clock, are left out. */
  hear(account: string, storeId: string, steps: readonly ScanStep[]): void;
  /** Writes what was heard. */
  write(): Promise<void>;
};

/** Counts of other steps are neither taken nor kept. */
function keptSteps(now: number): { from: string; until: string } {
  const { from, until } = timeOfScans(wallClockAt(now));
  return { from, until: addSeconds(until, AHEAD_SECONDS) };
}

/**
 * What is lost here, when this process is killed before it has written it, a terminal tells again by itself: each count is all
 * that its store has counted, and the largest stands.
 */
export function createToldScans(store: Store<FleetTables>, now: Clock): ToldScans {
  let heard = new Map<string, TerminalScansRow>();

  function take(row: TerminalScansRow): void {
    const key = `${row.account} ${row.storeId} ${row.step}`;
    if ((heard.get(key)?.total ?? -1) < row.total) heard.set(key, row);
  }

  return {
    hear(account, storeId, steps) {
      const { from, until } = keptSteps(now());
      for (const { at: step, counts } of steps) {
        if (step < from || step >= until) continue;
        const total = Object.values(counts).reduce((sum, count) => sum + count, 0);
        take({ account, storeId, step, counts: JSON.stringify(counts), total });
      }
    },

    async write() {
      // In the order of their key, as several processes write them at once.
      const rows = [...heard].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, row]) => row);
      heard = new Map();
      for (let from = 0; from < rows.length; from += ROWS_A_SLICE) {
        try {
          await writeScans(store, rows.slice(from, from + ROWS_A_SLICE));
        } catch (error) {
          for (const row of rows.slice(from)) take(row);
          throw error;
        }
      }
    },
  };
}

const COLUMNS = { account: 'text', storeId: 'text', step: 'text', counts: 'text', total: 'integer' } as const;
const NAMES = Object.keys(COLUMNS) as (keyof typeof COLUMNS)[];

async function writeScans(store: Store<FleetTables>, rows: readonly TerminalScansRow[]): Promise<void> {
  const given = store.rowsAsTable(rows, COLUMNS);
  await store.db
    .insertInto('terminalScans')
    .columns(NAMES)
    .expression((eb) =>
      eb
        .selectFrom(given.as('given'))
        .select(NAMES.map((column) => `given.${column}` as const))
        // Of a store that its account has moved on from nothing is kept.
        .where((where) =>
          where.exists(
            where
              .selectFrom('terminalState')
              .select('terminalState.account')
              .whereRef('terminalState.account', '=', 'given.account')
              .whereRef('terminalState.storeId', '=', 'given.storeId'),
          ),
        ),
    )
    .onConflict((conflict) =>
      conflict
        .columns(['account', 'storeId', 'step'])
        .doUpdateSet((eb) => ({ counts: eb.ref('excluded.counts'), total: eb.ref('excluded.total') }))
        .where(sql<boolean>`terminal_scans.total < excluded.total`),
    )
    .execute();
}

/** Deletes up to `size` counts of days that have passed; answers how many. */
export async function forgetToldScans({ db }: Store<FleetTables>, now: number, size: number): Promise<number> {
  const { numAffectedRows = 0n } = await sql`
    delete from terminal_scans where (account, store_id, step) in (
      select account, store_id, step from terminal_scans where step < ${keptSteps(now).from} limit ${size}
    )
  `.execute(db);
  return Number(numAffectedRows);
}
