import type { Migrations } from '@ticket-check/storage';

/** How a terminal was when it was last heard, by the store that it works with: at most `MAX_STORES` of an account. */
export type TerminalStateRow = {
  account: string;
  /** Empty where the terminal names none. */
  storeId: string;
  /** Epoch milliseconds, by this platform's clock. */
  heardAt: number;
  /** `TerminalState` as JSON, some kilobytes at most. */
  state: string;
  /** When the oldest record was made that waits there; null where none waits. Epoch milliseconds. */
  waitingSince: number | null;
  /** 1: the terminal said that it ends. */
  ending: number;
};

export type FleetTables = { terminalState: TerminalStateRow };

export const fleetMigrations: Migrations = {
  '2026-11-26-terminal-states': async (db) => {
    await db.schema
      .createTable('terminal_state')
      .addColumn('account', 'text', (column) => column.notNull())
      .addColumn('store_id', 'text', (column) => column.notNull())
      .addColumn('heard_at', 'bigint', (column) => column.notNull())
      .addColumn('state', 'text', (column) => column.notNull())
      .addColumn('waiting_since', 'bigint')
      .addColumn('ending', 'bigint', (column) => column.notNull())
      .addPrimaryKeyConstraint('terminal_state_pk', ['account', 'store_id'])
      .execute();
  },
};
