import type { Migrations } from '@ticket-check/storage';

/** Refusals and overrides. Times are wall clocks of Asia/Shanghai. */
export type OverrideTables = {
  /**
   * Refused genuine tickets, with the check record that they would have made, as JSON. Kept while a supervisor may override the
   * refusal.
   */
  refusal: {
    recordId: string;
    record: string;
    /** The earlier entry or the claim's holder, if known: a `FirstEntry` as JSON. */
    first: string | null;
  };
  /** Admissions in spite of a refusal: `recordId` is that of the admission, `overrides` that of the refused scan. */
  override: {
    recordId: string;
    overrides: string;
    /** The verdict that refused it. */
    verdict: string;
    reason: string;
    operator: string;
    overriddenAt: string;
  };
};

/** The tables of overrides. Scheme 5.3.2.3; reading R10. */
export const overrideMigrations: Migrations = {
  '0001': async (db) => {
    await db.schema
      .createTable('refusal')
      .addColumn('record_id', 'text', (column) => column.primaryKey())
      .addColumn('record', 'text', (column) => column.notNull())
      .addColumn('first', 'text')
      .execute();
    // A refusal is overridden once: of concurrent decisions the second insert fails.
    await db.schema
      .createTable('override')
      .addColumn('record_id', 'text', (column) => column.primaryKey())
      .addColumn('overrides', 'text', (column) => column.notNull().unique())
      .addColumn('verdict', 'text', (column) => column.notNull())
      .addColumn('reason', 'text', (column) => column.notNull())
      .addColumn('operator', 'text', (column) => column.notNull())
      .addColumn('overridden_at', 'text', (column) => column.notNull())
      .execute();
  },
};
