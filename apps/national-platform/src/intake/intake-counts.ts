import { addDays, businessDate, wallClockAt } from '@ticket-check/protocol';
import type { Clock } from '@ticket-check/runtime';
import { createTables } from '@ticket-check/storage';
import { type Kysely, sql } from 'kysely';

export type IntakeCountTables = {
  /** What each source sent of each kind on a business date, by time of arrival. */
  intakeCount: {
    businessDate: string;
    /** The account; `''` for imports by a command. */
    source: string;
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

export const intakeCountMigrations = createTables<IntakeCountTables>(
  sql`create table intake_count (
    business_date text not null, source text not null, kind text not null, imported bigint not null,
    unchanged bigint not null, last_at text, refused bigint not null, last_refused_at text, error_code text,
    primary key (business_date, source, kind)
  )`,
  // Finds when each source last sent something without reading all days.
  sql`create index intake_count_source on intake_count (source, last_at)`,
);

/** A source has at most six rows a day. */
const KEPT_DAYS = 31;

type Counted = { readonly source: string; readonly kind: string; readonly now: Clock };
type Came = { readonly imported: number; readonly unchanged: number } | { readonly errorCode: string };

/**
 * Counts imported rows, or a refused request. Of an import as the last statement of its transaction, so that other imports wait only
 * for its commit.
 */
export async function countIntake(
  db: Kysely<IntakeCountTables>,
  { source, kind, now }: Counted,
  came: Came,
): Promise<void> {
  const at = wallClockAt(now());
  const none = { imported: 0, unchanged: 0, lastAt: null, refused: 0, lastRefusedAt: null, errorCode: null };
  const counts = 'errorCode' in came ? { refused: 1, lastRefusedAt: at } : { lastAt: at };
  await db
    .insertInto('intakeCount')
    .values({ businessDate: businessDate(at), source, kind, ...none, ...came, ...counts })
    .onConflict((conflict) =>
      conflict.columns(['businessDate', 'source', 'kind']).doUpdateSet((eb) => ({
        imported: eb('intakeCount.imported', '+', eb.ref('excluded.imported')),
        unchanged: eb('intakeCount.unchanged', '+', eb.ref('excluded.unchanged')),
        lastAt: eb.fn.coalesce('excluded.lastAt', 'intakeCount.lastAt'),
        refused: eb('intakeCount.refused', '+', eb.ref('excluded.refused')),
        lastRefusedAt: eb.fn.coalesce('excluded.lastRefusedAt', 'intakeCount.lastRefusedAt'),
        errorCode: eb.fn.coalesce('excluded.errorCode', 'intakeCount.errorCode'),
      })),
    )
    .execute();
}

export async function forgetOldCounts(db: Kysely<IntakeCountTables>, now: Clock): Promise<void> {
  const from = addDays(businessDate(wallClockAt(now())), -KEPT_DAYS);
  await db.deleteFrom('intakeCount').where('businessDate', '<', from).execute();
}
