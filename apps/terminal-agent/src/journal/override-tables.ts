import type { Migrations } from '@ticket-check/storage';

/** Rows of what a supervisor decides on refusals. Times are wall clocks of Asia/Shanghai. */
export type OverrideTables = {
  /**
   * What is left of a genuine ticket that was refused, beside its scan: `record` is the check record that it would have made, as
   * JSON. Kept while a supervisor may let its guest in.
   */
  refusal: {
    recordId: string;
    record: string;
    /** Where the ticket went in before, or who held it, as far as that was known: a `FirstEntry` as JSON. */
    first: string | null;
  };
  /** Admissions in spite of a refusal: `recordId` is that of the admission, `overrides` that of the refused scan. */
  override: {
    recordId: string;
    overrides: string;
    /** Why it was refused: a verdict. */
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
    // A refusal is overridden once: the second insert fails however many decide at the same time.
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
