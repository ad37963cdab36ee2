import { addDays, businessDate, type WallClock, wallClockAt } from '@ticket-check/protocol';
import type { Clock } from '@ticket-check/runtime';
import type { Migrations } from '@ticket-check/storage';
import type { Kysely } from 'kysely';

export type IntakeCountTables = {
  /** What each source handed in of each kind on a business date: by when it came, not by what it is about. */
  intakeCount: {
    businessDate: string;
    /** The account; `''` for imports by a command. */
    source: string;
    /** As the import command calls it. */
    kind: string;
    /** Rows that were new or changed something, and rows that were known. */
    imported: number;
    unchanged: number;
    /** When rows were last taken; null where all of the day was refused. */
    lastAt: string | null;
    /** Requests that were refused whole; the last of them, and its error code. */
    refused: number;
    lastRefusedAt: string | null;
    errorCode: string | null;
  };
};

/** The source of what a command imports; no account is called so. */
export const COMMAND_SOURCE = '';

export const intakeCountMigrations: Migrations = {
  '0001': async (db) => {
    await db.schema
      .createTable('intake_count')
      .addColumn('business_date', 'text', (column) => column.notNull())
      .addColumn('source', 'text', (column) => column.notNull())
      .addColumn('kind', 'text', (column) => column.notNull())
      .addColumn('imported', 'bigint', (column) => column.notNull())
      .addColumn('unchanged', 'bigint', (column) => column.notNull())
      .addColumn('last_at', 'text')
      .addColumn('refused', 'bigint', (column) => column.notNull())
      .addColumn('last_refused_at', 'text')
      .addColumn('error_code', 'text')
      .addPrimaryKeyConstraint('intake_count_pk', ['business_date', 'source', 'kind'])
      .execute();
    // When each source was last heard is found at once, however many days are kept.
    await db.schema.createIndex('intake_count_source').on('intake_count').columns(['source', 'last_at']).execute();
  },
};

/** So long is looked back; a source has six rows a day at most. */
const KEPT_DAYS = 31;

type Counted = { readonly source: string; readonly kind: string; readonly now: Clock };

/** Counts rows that were taken, in the transaction that takes them: last in it, so that other imports wait for its commit alone. */
export async function countImported(
  trx: Kysely<IntakeCountTables>,
  { imported, unchanged, ...counted }: Counted & { readonly imported: number; readonly unchanged: number },
): Promise<void> {
  const row = rowOf(counted);
  await trx
    .insertInto('intakeCount')
    .values({ ...row.key, imported, unchanged, lastAt: row.at, refused: 0, lastRefusedAt: null, errorCode: null })
    .onConflict((conflict) =>
      conflict.columns(['businessDate', 'source', 'kind']).doUpdateSet((eb) => ({
        imported: eb(eb.ref('intakeCount.imported'), '+', eb.ref('excluded.imported')),
        unchanged: eb(eb.ref('intakeCount.unchanged'), '+', eb.ref('excluded.unchanged')),
        lastAt: eb.ref('excluded.lastAt'),
      })),
    )
    .execute();
}

/** Counts a request that was refused whole. */
export async function countRefused(
  db: Kysely<IntakeCountTables>,
  { errorCode, ...counted }: Counted & { readonly errorCode: string },
): Promise<void> {
  const row = rowOf(counted);
  await db
    .insertInto('intakeCount')
    .values({ ...row.key, imported: 0, unchanged: 0, lastAt: null, refused: 1, lastRefusedAt: row.at, errorCode })
    .onConflict((conflict) =>
      conflict.columns(['businessDate', 'source', 'kind']).doUpdateSet((eb) => ({
        refused: eb(eb.ref('intakeCount.refused'), '+', eb.ref('excluded.refused')),
        lastRefusedAt: eb.ref('excluded.lastRefusedAt'),
        errorCode: eb.ref('excluded.errorCode'),
      })),
    )
    .execute();
}

/** Forgets the days that nobody looks back to any more. */
export async function forgetOldCounts(db: Kysely<IntakeCountTables>, now: Clock): Promise<void> {
  const from = addDays(businessDate(wallClockAt(now())), -KEPT_DAYS);
  await db.deleteFrom('intakeCount').where('businessDate', '<', from).execute();
}

function rowOf({ source, kind, now }: Counted): {
  key: { businessDate: string; source: string; kind: string };
  at: WallClock;
} {
  const at = wallClockAt(now());
  return { key: { businessDate: businessDate(at), source, kind }, at };
}
