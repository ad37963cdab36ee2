import type { Migrations } from '@ticket-check/storage';
import type { Generated } from 'kysely';

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
  /** 1: it counts its scans and tells of them. */
  tellsScans: Generated<number>;
};

/**
 * What the scans of ten minutes came to at a terminal, by the store that counted them: of this business date and the one before, of
 * the stores whose state is kept.
 */
export type TerminalScansRow = {
  account: string;
  /** Empty where the terminal names none. */
  storeId: string;
  /** When the ten minutes began. */
  step: string;
  /** Scans by verdict, as JSON; verdicts of later versions too. */
  counts: string;
  /** All of them: it only grows, so that what comes late or again takes nothing back. */
  total: number;
};

export type FleetTables = { terminalState: TerminalStateRow; terminalScans: TerminalScansRow };

export const fleetMigrations: Migrations = {
  '0001': async (db) => {
    await db.schema
      .createTable('terminal_state')
      .addColumn('account', 'text', (column) => column.notNull())
      .addColumn('store_id', 'text', (column) => column.notNull())
      .addColumn('heard_at', 'bigint', (column) => column.notNull())
      .addColumn('state', 'text', (column) => column.notNull())
      .addColumn('waiting_since', 'bigint')
      .addColumn('ending', 'bigint', (column) => column.notNull())
      .addColumn('tells_scans', 'bigint', (column) => column.notNull().defaultTo(0))
      .addPrimaryKeyConstraint('terminal_state_pk', ['account', 'store_id'])
      .execute();
    await db.schema
      .createTable('terminal_scans')
      .addColumn('account', 'text', (column) => column.notNull())
      .addColumn('store_id', 'text', (column) => column.notNull())
      .addColumn('step', 'text', (column) => column.notNull())
      .addColumn('counts', 'text', (column) => column.notNull())
      .addColumn('total', 'bigint', (column) => column.notNull())
      .addPrimaryKeyConstraint('terminal_scans_pk', ['account', 'store_id', 'step'])
      .execute();
    await db.schema.createIndex('terminal_scans_step').on('terminal_scans').column('step').execute();
  },
};
