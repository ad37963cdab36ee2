import { type SignedApi, signedApi } from '@ticket-check/exchange';
import {
  APIS,
  type ReportedDouble,
  reportTerminalStateQuery,
  reportTerminalStateReplyJson,
  type ScanTotals,
  type TerminalState,
} from '@ticket-check/protocol';
import type { Clock } from '@ticket-check/runtime';
import { createTables, type Store } from '@ticket-check/storage';
import { type Selectable, sql } from 'kysely';

/** How the terminal of an account was when it was last heard. */
type TerminalStateRow = {
  account: string;
  /** Empty where the terminal names none. */
  storeId: string;
  /** When another store was last heard under this account; null for never. Epoch milliseconds. */
  otherStoreAt: number | null;
  /** Epoch milliseconds, by this platform's clock. */
  heardAt: number;
  /** `TerminalState` as JSON, some kilobytes at most. */
  state: string;
  /** `ScanTotals` as JSON; null where the terminal does not count its scans. */
  scans: string | null;
  /** When the oldest record was made that waits there; null where none waits. Epoch milliseconds. */
  waitingSince: number | null;
  /** 1: the terminal said that it ends. */
  ending: number;
};

export type FleetTables = { terminalState: TerminalStateRow };

export const fleetMigrations = createTables<FleetTables>(
  sql`create table terminal_state (
    account text primary key, store_id text not null, other_store_at bigint, heard_at bigint not null,
    state text not null, scans text, waiting_since bigint, ending bigint not null
  )`,
);

/** A terminal that reports more often is not kept: by itself it does so every 30 seconds at the most. */
const LEAST_MS = 10_000;

/** Takes about 40 ms, with fewer parameters than SQLite's limit. */
const ROWS_A_SLICE = 500;

/** The last state of each terminal, from when it is heard until it is written. */
export type TerminalStates = ReturnType<typeof createTerminalStates>;

/**
 * Nobody waits for a terminal's state and the next one makes up for one that was lost: all that was heard goes to the database
 * together, so that thousands of terminals cost one commit a second (5000 of them 6 ms on SQLite) and hold up no claim.
 */
export function createTerminalStates(store: Store<FleetTables>, now: Clock) {
  const taken = new Map<string, { readonly at: number; readonly isEnd: boolean }>();
  let heard = new Map<string, StateRow>();

  return {
    /**
     * Takes a state, and the scans of a business date where the terminal counts them, to be written soon; false where it came too
     * soon after the one before, and was left.
     */
    hear(account: string, storeId: string | null, state: TerminalState, scans: ScanTotals | null): boolean {
      const at = now();
      const before = taken.get(account);
      // What says that the terminal ends comes when it comes, and once.
      const isNewEnd = state.ending && before?.isEnd !== true;
      if (before !== undefined && Math.abs(at - before.at) < LEAST_MS && !isNewEnd) return false;
      taken.set(account, { at, isEnd: state.ending });
      heard.set(account, {
        account,
        storeId: storeId ?? '',
        heardAt: at,
        state: JSON.stringify(state),
        scans: scans && JSON.stringify(scans),
        waitingSince:
          state.waiting === 0 || state.oldestUnsentSeconds === null ? null : at - state.oldestUnsentSeconds * 1000,
        ending: Number(state.ending),
      });
      return true;
    },

    /** Writes what was heard; what the database could not take is written next time, where nothing newer was heard. */
    async write(): Promise<void> {
      // Several processes do so at once: rows are written in the order of their key, and none waits for another in a circle.
      const rows = [...heard.values()].sort((a, b) => (a.account < b.account ? -1 : 1));
      heard = new Map();
      try {
        for (let from = 0; from < rows.length; from += ROWS_A_SLICE)
          await writeStates(store, rows.slice(from, from + ROWS_A_SLICE));
      } catch (error) {
        heard = new Map([...rows.map((row) => [row.account, row] as const), ...heard]);
        throw error;
      }
    },
  };
}

type StateRow = Omit<Selectable<TerminalStateRow>, 'otherStoreAt'>;

async function writeStates({ db }: Store<FleetTables>, rows: readonly StateRow[]): Promise<void> {
  await db
    .insertInto('terminalState')
    .values(rows)
    .onConflict((conflict) =>
      conflict.column('account').doUpdateSet((eb) => ({
        otherStoreAt: sql`case when terminal_state.store_id = excluded.store_id
          then terminal_state.other_store_at else terminal_state.heard_at end`,
        storeId: eb.ref('excluded.storeId'),
        heardAt: eb.ref('excluded.heardAt'),
        state: eb.ref('excluded.state'),
        scans: eb.ref('excluded.scans'),
        waitingSince: eb.ref('excluded.waitingSince'),
        ending: eb.ref('excluded.ending'),
      })),
    )
    .execute();
}

/**
 * ReportTerminalState: keeps the state that a terminal reports for the account that signed, and answers with its admissions whose
 * ticket was used elsewhere too. Extension `terminal-state`; readings R7, X8.
 */
export function reportTerminalStateApi(
  states: TerminalStates,
  doublesToTell: (account: string) => Promise<readonly ReportedDouble[]>,
): SignedApi {
  return signedApi({
    name: APIS.reportTerminalState,
    role: 'platform',
    priority: 'background',
    query: reportTerminalStateQuery,
    // It is about the terminal, and no cinema.
    cinemasOf: () => [],
    async handle({ storeId, scans, ...state }, { account: { username } }) {
      const kept = states.hear(username, storeId, state, scans);
      // Read only where the state was kept: one that comes too soon costs no query.
      const doubles = kept && !state.ending ? await doublesToTell(username) : [];
      return reportTerminalStateReplyJson({ kept, doubles });
    },
  });
}
