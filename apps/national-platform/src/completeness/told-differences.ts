import {
  type ComparedDay,
  type DifferenceKind,
  type ToldDifference,
  timesOfHour,
  type WallClockHour,
} from '@ticket-check/protocol';
import type { Store } from '@ticket-check/storage';
import { type Kysely, sql } from 'kysely';
import type { ToldDayKey, ToldDifferenceTables } from './told-difference-tables.ts';

/** A comparison of a platform. */
export type Comparison = ToldDayKey & { readonly countedAt: string };

/** Where a difference stands in its comparison, by check time. */
export type PlaceInTime = { readonly checkTime: string; readonly place: number };

type ReadDifference = ToldDifference & { readonly place: number };

const ROWS_A_PAGE = 1000;
/** So many rows side by side are deleted in some 10 ms. */
export const DIFFERENCES_A_SLICE = 500;
/** The latest of each account: some 300 MB. Those of the oldest business dates go first; their hours still show. */
const MAX_OF_ACCOUNT = 1_000_000;
/** The rows of an account are counted again after so many more. */
const COUNTED_EVERY = 100_000;

const KEY = ['username', 'businessDate', 'cinemaCode', 'countedAt', 'place'] as const;
const COLUMNS = {
  username: 'text',
  businessDate: 'text',
  cinemaCode: 'text',
  countedAt: 'text',
  place: 'integer',
  kind: 'text',
  recordId: 'text',
  filmTicketCode: 'text',
  startTime: 'text',
  checkTime: 'text',
  errorCode: 'text',
  elements: 'text',
} as const;
const NAMES = Object.keys(COLUMNS) as (keyof typeof COLUMNS)[];
const TOLD = NAMES.filter((name) => !(KEY as readonly string[]).includes(name));

/** Keeps differences of a comparison from a place on. The same ones may come twice. */
export async function insertDifferences(
  store: Store<ToldDifferenceTables>,
  db: Kysely<ToldDifferenceTables>,
  comparison: Comparison,
  { before, differences }: Pick<ComparedDay, 'before' | 'differences'>,
): Promise<void> {
  if (differences.length === 0) return;
  const rows = differences.map((told, n) => ({
    ...comparison,
    ...told,
    place: before + n,
    elements: JSON.stringify(told.elements),
  }));
  await db
    .insertInto('toldDifference')
    .columns([...NAMES])
    .expression((eb) =>
      eb
        .selectFrom(store.rowsAsTable(rows, COLUMNS).as('given'))
        .select(NAMES.map((name) => `given.${name}` as const))
        // Without it SQLite reads the following `on conflict` as a join.
        .where(sql.lit(true)),
    )
    .onConflict((conflict) =>
      conflict
        .columns([...KEY])
        .doUpdateSet((eb) => Object.fromEntries(TOLD.map((name) => [name, eb.ref(`excluded.${name}`)]))),
    )
    .execute();
}

/** How many differences of a comparison are kept, by hour and kind. */
export async function countDifferences(db: Kysely<ToldDifferenceTables>, comparison: Comparison) {
  const rows = await db
    .selectFrom('toldDifference')
    .select((eb) => [
      sql<WallClockHour>`substr(check_time, 1, 13)`.as('hour'),
      sql<DifferenceKind>`kind`.as('kind'),
      eb.fn.countAll<number>().as('count'),
    ])
    .where((eb) => eb.and(comparison))
    .groupBy([sql`substr(check_time, 1, 13)`, 'kind'])
    .execute();
  return rows;
}

/** How many differences are kept of a cinema and business date, or of one comparison: counted in the primary key alone. */
export async function countKept(db: Kysely<ToldDifferenceTables>, of: ToldDayKey | Comparison): Promise<number> {
  const { count } = await db
    .selectFrom('toldDifference')
    .select((eb) => eb.fn.countAll<number>().as('count'))
    .where((eb) => eb.and(of))
    .executeTakeFirstOrThrow();
  return Number(count);
}

/** The differences of an hour by check time, holding one page at a time. */
export async function* readDifferences(
  store: Store<ToldDifferenceTables>,
  comparison: Comparison,
  hour: WallClockHour,
  after: PlaceInTime = { checkTime: '', place: 0 },
): AsyncGenerator<ReadDifference> {
  const { from, until } = timesOfHour(hour);
  for (let last: PlaceInTime | undefined = after; last !== undefined; ) {
    const { checkTime, place }: PlaceInTime = last;
    const rows = await store.reports
      .selectFrom('toldDifference')
      .select(['place', 'kind', 'recordId', 'filmTicketCode', 'startTime', 'checkTime', 'errorCode', 'elements'])
      .where((eb) => eb.and(comparison))
      .where('checkTime', '>=', from)
      .where('checkTime', '<', until)
      .where(sql<boolean>`(check_time, place) > (${checkTime}, ${sql.lit(place)})`)
      .orderBy('checkTime')
      .orderBy('place')
      .limit(ROWS_A_PAGE)
      .execute();
    for (const { elements, ...row } of rows) {
      yield { ...(row as Omit<ReadDifference, 'elements'>), elements: JSON.parse(elements) };
    }
    last = rows.length < ROWS_A_PAGE ? undefined : rows.at(-1);
  }
}

/**
 * Deletes some differences of a cinema and business date, of one comparison, but not those of the comparisons to keep.
 * @returns how many were deleted: 0 where there are no more
 */
export async function deleteSomeDifferences(
  db: Kysely<ToldDifferenceTables>,
  day: ToldDayKey,
  kept: readonly string[] = [],
): Promise<number> {
  const countedAt = await nextComparison(db, day, kept);
  if (countedAt === null) return 0;
  return deleteSomeFrom(db, { ...day, countedAt }, 0);
}

/** Deletes some differences of a comparison, of those from a place on. */
async function deleteSomeFrom(
  db: Kysely<ToldDifferenceTables>,
  comparison: Comparison,
  place: number,
): Promise<number> {
  const { numDeletedRows } = await db
    .deleteFrom('toldDifference')
    .where((eb) => eb.and(comparison))
    .where('place', 'in', (eb) =>
      eb
        .selectFrom('toldDifference')
        .select('place')
        .where((inner) => inner.and(comparison))
        .where('place', '>=', place)
        .orderBy('place')
        .limit(DIFFERENCES_A_SLICE),
    )
    .executeTakeFirst();
  return Number(numDeletedRows);
}

/** The first comparison of which differences are kept, besides those named: found without reading what these hold. */
async function nextComparison(
  db: Kysely<ToldDifferenceTables>,
  day: ToldDayKey,
  besides: readonly string[],
): Promise<string | null> {
  for (let after = ''; ; ) {
    const { first } = await db
      .selectFrom('toldDifference')
      .select((eb) => eb.fn.min<string | null>('countedAt').as('first'))
      .where((eb) => eb.and(day))
      .where('countedAt', '>', after)
      .executeTakeFirstOrThrow();
    if (first === null || !besides.includes(first)) return first;
    after = first;
  }
}

/** Deletes what is kept of a comparison beyond so many differences, in slices: what an earlier attempt in the same second told. */
export async function cutComparison(
  { db }: Store<ToldDifferenceTables>,
  comparison: Comparison,
  total: number,
): Promise<void> {
  while ((await deleteSomeFrom(db, comparison, total)) > 0);
}

/**
 * Bounds how many differences are kept of an account, whatever it tells: answers what makes room for so many more of a comparison, in
 * place of those of the account's oldest business dates, but not of that comparison itself, which would never be whole. What one
 * process has let in is counted again now and then, so that several processes keep no more than so much above the bound.
 */
export function createRoomForDifferences(
  { db }: Store<ToldDifferenceTables>,
  { max = MAX_OF_ACCOUNT, countedEvery = COUNTED_EVERY }: { max?: number; countedEvery?: number } = {},
): (comparison: Comparison, more: number) => Promise<void> {
  const untilCounted = new Map<string, number>();
  return async (comparison, more) => {
    const { username } = comparison;
    const left = (untilCounted.get(username) ?? 0) - more;
    if (left >= 0) {
      untilCounted.set(username, left);
      return;
    }
    untilCounted.set(username, Math.max(countedEvery - more, 0));
    const { count } = await db
      .selectFrom('toldDifference')
      .select((eb) => eb.fn.countAll<number>().as('count'))
      .where('username', '=', username)
      .executeTakeFirstOrThrow();
    for (let excess = Number(count) + more - max; excess > 0; ) {
      const size = Math.min(excess, DIFFERENCES_A_SLICE);
      // Asked for apart, so that neither reads through what the comparison holds.
      const deleted =
        (await deleteOldest(db, comparison, 'before', size)) || (await deleteOldest(db, comparison, 'after', size));
      if (deleted === 0) return;
      excess -= deleted;
    }
  };
}

/** Deletes the oldest differences of an account that stand before a comparison, or after it. */
async function deleteOldest(
  db: Kysely<ToldDifferenceTables>,
  { username, businessDate, cinemaCode, countedAt }: Comparison,
  side: 'before' | 'after',
  count: number,
): Promise<number> {
  const stands = side === 'before' ? sql`<` : sql`>`;
  const { numDeletedRows } = await db
    .deleteFrom('toldDifference')
    .where('username', '=', username)
    .where(
      sql<boolean>`(business_date, cinema_code, counted_at, place) in (
        select business_date, cinema_code, counted_at, place from told_difference where username = ${username}
        and (business_date, cinema_code, counted_at) ${stands} (${businessDate}, ${cinemaCode}, ${countedAt})
        order by business_date, cinema_code, counted_at, place limit ${sql.lit(count)}
      )`,
    )
    .executeTakeFirst();
  return Number(numDeletedRows);
}
