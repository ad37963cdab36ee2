import type { WallClock } from '@ticket-check/protocol';
import { acrossCinemas } from '@ticket-check/storage';
import { type RawBuilder, sql } from 'kysely';
import { isOnPage, KEY_COLUMNS, placeIn, TICKET_COLUMNS } from '../tables/keys.ts';
import { monthlyTables, restOf } from '../tables/months.ts';
import type { CheckRecordRow, Database, OwnDb, OwnStore } from '../tables/tables.ts';
import { type BesideRecords, columnsOf, KEY, type PartOf, type RetentionTerms, reasonsToStay } from './rule.ts';

/** How many of each kind; kinds without any may be missing. */
export type Counts = Readonly<Record<string, number>>;

export type Slice = {
  readonly gone: Counts;
  readonly stayed?: Counts;
  /** The oldest that goes, by its own time; null if none does. */
  readonly oldest?: WallClock | null;
};

/** `deletes`: otherwise it only looks. */
export type WalkMode = { readonly deletes: boolean };

/** Goes through what is old enough, slice by slice and never back. */
export type Walk = (terms: RetentionTerms, mode: WalkMode) => AsyncGenerator<Slice>;

/** SQLite deletes 50 rows in some 20 ms, the longest that others wait for the database. */
export const ROWS_A_SLICE = { sqlite: 50, postgres: 200 } as const;

const LOCK_TIMEOUT = '2s';

/** The walk that everything old takes: `work` does a slice after the last row of the one before, each in a transaction. */
export function inSlices<Row>(
  store: OwnStore,
  work: (
    db: OwnDb,
    slice: { readonly after: Row | undefined; readonly terms: RetentionTerms } & WalkMode,
  ) => Promise<Slice & { readonly last?: Row | undefined }>,
): Walk {
  return async function* (terms, { deletes }) {
    let after: Row | undefined;
    do {
      const slice = (db: OwnDb) => work(db, { after, terms, deletes });
      const { last, ...done } = deletes ? await store.transaction(slice) : await slice(store.db);
      yield done;
      after = last;
    } while (after !== undefined);
  };
}

export function walkRows(
  store: OwnStore,
  { table, kind, isOld }: { table: string; kind: string; isOld(terms: RetentionTerms): RawBuilder<boolean> },
): Walk {
  return inSlices(store, async (db, { terms, deletes }) => ({
    gone: { [kind]: await takeRows(db, sql.table(table), isOld(terms), { deletes }) },
  }));
}

const ALL = acrossCinemas('retention');

export async function takeRows(
  db: OwnDb,
  table: RawBuilder<unknown>,
  which: RawBuilder<boolean>,
  { deletes }: WalkMode,
): Promise<number> {
  if (deletes) {
    const { numAffectedRows } = await sql`${ALL} delete from ${table} where ${which}`.execute(db);
    return Number(numAffectedRows ?? 0);
  }
  const { rows } = await sql<{ count: number }>`
    ${ALL} select count(*) as count from ${table} where ${which}
  `.execute(db);
  return rows[0]?.count ?? 0;
}

type OldRecord = Pick<CheckRecordRow, (typeof COLUMNS)[number]>;

const COLUMNS = ['recordId', 'identity', 'cinemaCode', 'filmTicketCode', 'startTime', 'checkTime'] as const;

/** Goes through old records one by one: on PostgreSQL those that lie outside the months. */
export function walkRecords(store: OwnStore, beside: readonly BesideRecords[]): Walk {
  return async function* (terms, mode) {
    const monthly = (await monthlyTables(store)).map(({ table }) => table);
    const partOf: PartOf = (table) => sql.table(monthly.includes(table) ? restOf(table) : table);
    const parts = [...new Set(['check_record', ...monthly])].map(partOf);
    const size = ROWS_A_SLICE[store.engine];
    const slices = inSlices<OldRecord>(store, async (db, { after, terms: { cutoff }, deletes }) => {
      if (deletes && store.engine === 'postgres') await lockParts(db, parts);
      const whens = reasonsToStay(partOf, terms, beside).map(([reason, is]) => sql`when ${is} then ${sql.lit(reason)}`);
      const old = await db
        .selectFrom((partOf('check_record') as RawBuilder<CheckRecordRow>).as('given'))
        .modifyFront(acrossCinemas('retention'))
        .select(COLUMNS)
        .select(sql<string | null>`case ${sql.join(whens, sql` `)} end`.as('reason'))
        .where('given.checkTime', '<', cutoff)
        .where(isOnPage('given', { after }))
        .orderBy(placeIn('given'))
        .limit(size)
        .execute();
      const stayed = Map.groupBy(old, ({ reason }) => reason);
      const gone = stayed.get(null) ?? [];
      stayed.delete(null);
      return {
        gone: gone.length === 0 ? {} : await takeRecords({ db, store }, gone, { partOf, beside, deletes }),
        stayed: Object.fromEntries([...stayed].map(([reason, { length }]) => [reason, length])),
        oldest: (gone[0]?.checkTime ?? null) as WallClock | null,
        last: old.length < size ? undefined : old.at(-1),
      };
    });
    yield* slices(terms, mode);
  };
}

/** Keeps others from writing into these parts until the transaction ends, in the order in which they lock them. Readers do not wait. */
export async function lockParts(db: OwnDb, parts: readonly RawBuilder<unknown>[]): Promise<void> {
  await sql`set local lock_timeout = ${sql.lit(LOCK_TIMEOUT)}`.execute(db);
  for (const part of parts) await sql`lock table ${part} in exclusive mode`.execute(db);
}

async function takeRecords(
  { db, store }: Database,
  gone: readonly OldRecord[],
  { partOf, beside, ...mode }: WalkMode & { partOf: PartOf; beside: readonly BesideRecords[] },
): Promise<Counts> {
  const given = store.rowsAsTable(gone, { ...KEY_COLUMNS, ...TICKET_COLUMNS });
  const isTheirs = (columns: readonly string[], ofRecord: readonly string[]) =>
    sql<boolean>`(${sql.raw(columns.join(', '))}) in (select ${sql.raw(ofRecord.join(', '))} from ${given} as given)`;
  if (mode.deletes) await takeRows(db, partOf('check_record'), isTheirs(KEY, KEY), mode);
  const counts: Record<string, number> = { checkRecords: gone.length };
  for (const { table, kind, ...belonging } of beside) {
    const { columns, ofRecord } = columnsOf(belonging);
    if (kind === undefined && !mode.deletes) continue;
    const taken = await takeRows(db, partOf(table), isTheirs(columns, ofRecord), mode);
    if (kind !== undefined) counts[kind] = taken;
  }
  return counts;
}
