import { addDays, businessDate, type WallClock, wallClockAt } from '@ticket-check/protocol';
import type { Clock } from '@ticket-check/runtime';
import { type Migrations, optional, required } from '@ticket-check/storage';
import type { Kysely } from 'kysely';

export type IntakeCountTables = {
  /** What each source sent of each kind on a business date, by time of arrival. */
  intakeCount: {
    businessDate: string;
    /** The account; `''` for imports by a command. */
    source: string;
    /** Its name in the import command. */
    kind: string;
    /** New or changed rows, and rows that were known. */
    imported: number;
    unchanged: number;
    /** When rows were last imported; null: everything was refused that day. */
    lastAt: string | null;
    /** Refused requests; time and error code of the last one. */
    refused: number;
    lastRefusedAt: string | null;
    errorCode: string | null;
  };
};

/** The source of imports by a command; no account has this name. */
export const COMMAND_SOURCE = '';

export const intakeCountMigrations: Migrations = {
  '0001': async (db) => {
    await db.schema
      .createTable('intake_count')
      .$call(required('text', 'business_date', 'source', 'kind'))
      .$call(required('bigint', 'imported', 'unchanged'))
      .addColumn('last_at', 'text')
      .addColumn('refused', 'bigint', (column) => column.notNull())
      .$call(optional('text', 'last_refused_at', 'error_code'))
      .addPrimaryKeyConstraint('intake_count_pk', ['business_date', 'source', 'kind'])
      .execute();
    // Finds when each source last sent something without reading all days.
    await db.schema.createIndex('intake_count_source').on('intake_count').columns(['source', 'last_at']).execute();
  },
};

/** A source has at most six rows a day. */
const KEPT_DAYS = 31;

type Counted = { readonly source: string; readonly kind: string; readonly now: Clock };

/** Counts imported rows as the last statement of their transaction, so that other imports wait only for its commit. */
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

/** Counts a refused request. */
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

/** Deletes days that are older than `KEPT_DAYS`. */
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
