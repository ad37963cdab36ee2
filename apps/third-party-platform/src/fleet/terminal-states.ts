import type { ScanStep, TerminalState } from '@ticket-check/protocol';
import { type Clock, createLruCache } from '@ticket-check/runtime';
import type { Store } from '@ticket-check/storage';
import { type Selectable, sql } from 'kysely';
import type { FleetTables, TerminalStateRow } from './fleet-tables.ts';
import { createToldScans } from './told-scans.ts';

/** A terminal that reports more often is not kept: by itself it does so every 30 seconds at the most. */
const LEAST_MS = 10_000;
const MAX_REMEMBERED = 100_000;
/** A terminal that is set up anew, or restored, has another store; more than these say nothing any more. */
const MAX_STORES = 4;

/** Some 40 ms. */
const ROWS_A_SLICE = 500;

/** What terminals told of themselves, from when it is heard until it is written. */
export type TerminalStates = {
  /**
   * Takes a state, and what scans came to where the terminal tells of them, to be written soon; false where it came too soon after
   * the one before, and was left.
   */
  hear(account: string, storeId: string | null, state: TerminalState, scans?: readonly ScanStep[] | null): boolean;
  /** Writes what was heard. */
  write(): Promise<void>;
};

/**
 * Nobody waits for a terminal's state and the next one makes up for one that was lost: all that was heard goes to the database
 * together, so that thousands of terminals cost two commits a second (5000 of them 6 ms on SQLite) and hold up no claim.
 */
export function createTerminalStates(store: Store<FleetTables>, now: Clock): TerminalStates {
  const takenAt = createLruCache<number>(MAX_REMEMBERED);
  const scanCounts = createToldScans(store, now);
  let heard = new Map<string, StateRow>();

  return {
    hear(account, storeId, state, scans = null) {
      const at = now();
      const before = takenAt.get(account);
      // What says that the terminal ends comes when it comes, and once.
      if (before !== undefined && Math.abs(at - before) < LEAST_MS && !(state.ending && !heard.get(account)?.ending)) {
        return false;
      }
      takenAt.set(account, at);
      heard.set(account, { ...rowOf(account, storeId, state, at), tellsScans: scans === null ? 0 : 1 });
      scanCounts.hear(account, storeId ?? '', scans ?? []);
      return true;
    },

    async write() {
      // Several processes do so at once: rows are written in the order of their key, and none waits for another in a circle.
      const rows = [...heard.values()].sort((a, b) => (a.account < b.account ? -1 : 1));
      heard = new Map();
      for (let from = 0; from < rows.length; from += ROWS_A_SLICE) {
        try {
          await writeStates(store, rows.slice(from, from + ROWS_A_SLICE));
        } catch (error) {
          heard = new Map([...rows.slice(from).map((row) => [row.account, row] as const), ...heard]);
          throw error;
        }
      }
      await scanCounts.write();
    },
  };
}

type StateRow = Selectable<TerminalStateRow>;

function rowOf(
  account: string,
  storeId: string | null,
  state: TerminalState,
  at: number,
): Omit<StateRow, 'tellsScans'> {
  const { waiting, oldestUnsentSeconds } = state;
  return {
    account,
    storeId: storeId ?? '',
    heardAt: at,
    state: JSON.stringify(state),
    waitingSince: waiting === 0 || oldestUnsentSeconds === null ? null : at - oldestUnsentSeconds * 1000,
    ending: state.ending ? 1 : 0,
  };
}

const COLUMNS = {
  account: 'text',
  storeId: 'text',
  heardAt: 'integer',
  state: 'text',
  waitingSince: 'integer',
  ending: 'integer',
  tellsScans: 'integer',
} as const;
const NAMES = Object.keys(COLUMNS) as (keyof typeof COLUMNS)[];

async function writeStates(store: Store<FleetTables>, rows: readonly StateRow[]): Promise<void> {
  const given = store.rowsAsTable(rows, COLUMNS);
  const accounts = store.rowsAsTable(rows, { account: 'text' });
  await store.transaction(async (trx) => {
    await trx
      .insertInto('terminalState')
      .columns(NAMES)
      .expression((eb) =>
        eb
          .selectFrom(given.as('given'))
          .select(NAMES.map((column) => `given.${column}` as const))
          .where(sql.lit(true)),
      )
      .onConflict((conflict) =>
        conflict.columns(['account', 'storeId']).doUpdateSet((eb) => ({
          heardAt: eb.ref('excluded.heardAt'),
          state: eb.ref('excluded.state'),
          waitingSince: eb.ref('excluded.waitingSince'),
          ending: eb.ref('excluded.ending'),
          tellsScans: eb.ref('excluded.tellsScans'),
        })),
      )
      .execute();
    // Whoever names another store each time makes the table no larger.
    const { rows: gone } = await sql<{ account: string; storeId: string }>`
      delete from terminal_state where (account, store_id) in (
        select account, store_id from (
          select account, store_id, row_number() over (partition by account order by heard_at desc, store_id) as place
          from terminal_state where account in (select account from ${accounts} as given)
        ) as placed where place > ${sql.lit(MAX_STORES)}
      ) returning account, store_id
    `.execute(trx);
    for (const { account, storeId } of gone) {
      await trx.deleteFrom('terminalScans').where('account', '=', account).where('storeId', '=', storeId).execute();
    }
  });
}
