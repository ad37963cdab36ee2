import type { WallClock } from '@ticket-check/protocol';
import { queryOverRows, type Store } from '@ticket-check/storage';
import { type Kysely, type RawBuilder, sql } from 'kysely';
import { isDouble } from '../entries/entry-records.ts';
import { haveSameKey, isOnPage, KEY_COLUMNS, keyText, placeIn, TICKET_COLUMNS } from '../tables/keys.ts';
import type { CheckRecordRow, CheckRecordTables, Database } from '../tables/tables.ts';
import { type RetentionTerms, reasonToStay } from './rule.ts';

/** How many of each kind; kinds without any may be missing. */
export type Counts = Readonly<Record<string, number>>;

export type Slice = {
  /** Rows that go, by kind. */
  readonly gone: Counts;
  /** Rows that stay although they are old enough, by reason. */
  readonly stayed?: Counts;
  /** The oldest that goes, by its own time; null if none does. */
  readonly oldest?: WallClock | null;
};

/** `deletes`: otherwise it only looks. */
export type WalkMode = { readonly deletes: boolean };

/** Goes through what is old enough, slice by slice and never back. */
export type Walk = (terms: RetentionTerms, mode: WalkMode) => AsyncGenerator<Slice>;

/** SQLite deletes this number of rows, on pages of as many cinemas, in some 20 ms: the longest that others wait for the database. */
export const ROWS_A_SLICE = 50;

/**
 * The walk that everything old takes: `work` does a slice, the first one and then each after the last row of the one before. Where
 * it deletes, each slice is a transaction.
 */
export function inSlices<Row>(
  store: Store<CheckRecordTables>,
  work: (
    db: Kysely<CheckRecordTables>,
    slice: { readonly after: Row | undefined; readonly terms: RetentionTerms } & WalkMode,
  ) => Promise<Slice & { readonly last?: Row | undefined }>,
): Walk {
  return async function* (terms, { deletes }) {
    let after: Row | undefined;
    do {
      const slice = (db: Kysely<CheckRecordTables>) => work(db, { after, terms, deletes });
      const { last, ...done } = deletes ? await store.transaction(slice) : await slice(store.db);
      yield done;
      after = last;
    } while (after !== undefined);
  };
}

/** Purges the few rows of a table that are old, all at once. */
export function walkRows(
  store: Store<CheckRecordTables>,
  { table, kind, isOld }: { table: string; kind: string; isOld(terms: RetentionTerms): RawBuilder<boolean> },
): Walk {
  return inSlices(store, async (db, { terms, deletes }) => ({
    gone: { [kind]: await takeRows(db, table, isOld(terms), { deletes }) },
  }));
}

/** Deletes rows, or counts them; answers how many. */
export async function takeRows(
  db: Kysely<CheckRecordTables>,
  table: string,
  which: RawBuilder<boolean>,
  { deletes }: WalkMode,
): Promise<number> {
  if (deletes) {
    const { numAffectedRows } = await sql`delete from ${sql.table(table)} where ${which}`.execute(db);
    return Number(numAffectedRows ?? 0);
  }
  const { rows } = await sql<{ count: number }>`
    select count(*) as count from ${sql.table(table)} where ${which}
  `.execute(db);
  return rows[0]?.count ?? 0;
}

type OldRecord = Pick<CheckRecordRow, (typeof COLUMNS)[number]>;

const COLUMNS = [
  'recordId',
  'identity',
  'cinemaCode',
  'filmTicketCode',
  'startTime',
  'checkTime',
  'receivedAt',
  'quarantine',
] as const;

export type BesideRecords = {
  /** Whether this service settles disputes over doubles: then a double stays only for a reason from there. */
  readonly settlesDoubles?: boolean;
  /**
   * Of each record, in order, the reason why it has to stay because of what is beside it, in a word, or null. With `locks` it
   * keeps other transactions from changing that: what is asked afterwards sees what they did.
   */
  reasonsToStay(
    db: Kysely<CheckRecordTables>,
    records: readonly OldRecord[],
    options: { locks: boolean },
  ): Promise<readonly (string | null)[]>;
  /** Deletes what belongs to records that go, in their transaction, or counts it; by kind. */
  take(db: Kysely<CheckRecordTables>, records: readonly OldRecord[], mode: WalkMode): Promise<Counts>;
};

export function walkRecords(store: Store<CheckRecordTables>, beside: readonly BesideRecords[]): Walk {
  const settlesDoubles = beside.some((one) => one.settlesDoubles === true);
  return inSlices<OldRecord>(store, async (db, { after, terms, deletes }) => {
    const locks = deletes && store.engine === 'postgres';
    const old = await selectOld(db, terms.cutoff, after)
      .$if(locks, (query) => query.forUpdate())
      .execute();
    const besides: (readonly (string | null)[])[] = [];
    for (const one of beside) besides.push(await one.reasonsToStay(db, old, { locks }));
    const facts = new Map((await factsOf.ask({ db, store }, old)).map((row) => [keyText(row), row]));

    const gone: OldRecord[] = [];
    const stayed: Record<string, number> = {};
    for (const [index, record] of old.entries()) {
      const { isQueued = 0, deliveredAt = null, isDouble: doubled = 0 } = facts.get(keyText(record)) ?? {};
      const known = { isQueued: isQueued === 1, deliveredAt, isDouble: doubled === 1 && !settlesDoubles };
      const kept = besides.map((reasons) => reasons[index]).find((reason) => typeof reason === 'string');
      const reason = reasonToStay(record, known, terms) ?? kept;
      if (reason === undefined) gone.push(record);
      else stayed[reason] = (stayed[reason] ?? 0) + 1;
    }
    return {
      gone: gone.length === 0 ? {} : await takeRecords({ db, store }, gone, beside, { deletes }),
      stayed,
      oldest: (gone[0]?.checkTime ?? null) as WallClock | null,
      last: old.length < ROWS_A_SLICE ? undefined : old.at(-1),
    };
  });
}

/** Deletes records and what belongs to them, or counts it. */
async function takeRecords(
  { db, store }: Database,
  gone: readonly OldRecord[],
  beside: readonly BesideRecords[],
  mode: WalkMode,
): Promise<Counts> {
  const given = store.rowsAsTable(gone, KEY_COLUMNS);
  const isTheirs = (key: RawBuilder<unknown>) =>
    sql<boolean>`${key} in (select record_id, identity, cinema_code from ${given} as given)`;
  // What undoes a record says nothing without it.
  const reversals = await takeRows(db, 'reversal', isTheirs(sql`(reverses, identity, cinema_code)`), mode);
  const byKey = isTheirs(sql`(record_id, identity, cinema_code)`);
  if (mode.deletes) {
    await takeRows(db, 'checkRecord', byKey, mode);
    await takeRows(db, 'deliveredRecord', byKey, mode);
  }
  let counts: Counts = { checkRecords: gone.length, reversals };
  for (const one of beside) counts = { ...counts, ...(await one.take(db, gone, mode)) };
  return counts;
}

export function selectOld(db: Kysely<CheckRecordTables>, cutoff: WallClock, after: OldRecord | undefined) {
  return db
    .selectFrom('checkRecord')
    .select(COLUMNS)
    .where('checkTime', '<', cutoff)
    .where(isOnPage('checkRecord', { after }))
    .orderBy(placeIn('checkRecord'))
    .limit(ROWS_A_SLICE);
}

type Facts = Pick<OldRecord, 'recordId' | 'identity'> & {
  readonly isQueued: number;
  readonly deliveredAt: string | null;
  readonly isDouble: number;
};

const ASKED = { ...TICKET_COLUMNS, ...KEY_COLUMNS } as const;

/** What the store knows of records beside their rows. One statement sees a record either in the outbox or delivered. */
const factsOf = queryOverRows<CheckRecordTables, OldRecord, keyof typeof ASKED, Facts>(ASKED, ({ db }, given) =>
  db
    .selectFrom(given.as('given'))
    .leftJoin('deliveredRecord as d', (join) => join.on(haveSameKey('d', 'given')))
    .select(['given.recordId', 'given.identity', 'd.deliveredAt'])
    .select(
      sql<number>`case when exists (select 1 from outbox o where ${haveSameKey('o', 'given')}) then 1 else 0 end`.as(
        'isQueued',
      ),
    )
    .select(isDouble.as('isDouble')),
);
