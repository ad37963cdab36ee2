import type { Migrations } from '@ticket-check/storage';

/** How the terminal of an account was when it was last heard. */
export type TerminalStateRow = {
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

export const fleetMigrations: Migrations = {
  '0001': async (db) => {
    await db.schema
      .createTable('terminal_state')
      .addColumn('account', 'text', (column) => column.primaryKey())
      .addColumn('store_id', 'text', (column) => column.notNull())
      .addColumn('other_store_at', 'bigint')
      .addColumn('heard_at', 'bigint', (column) => column.notNull())
      .addColumn('state', 'text', (column) => column.notNull())
      .addColumn('scans', 'text')
      .addColumn('waiting_since', 'bigint')
      .addColumn('ending', 'bigint', (column) => column.notNull())
      .execute();
  },
};
