import type { BusinessDate, FilmCode, FilmTicketCode, RecordId, ScreenCode, SessionCode } from '@ticket-check/protocol';
import type { Store } from '@ticket-check/storage';
import { type RawBuilder, sql } from 'kysely';
import { type RecordState, recordPages, recordsWithState, statedRecordOf } from '../store/record-states.ts';
import { type AskedCinemas, isOfCinemas, type ListPlace } from '../tables/keys.ts';
import type { CheckRecordTables } from '../tables/tables.ts';
import { hoursOf, isIn, type Slice } from './by-hour.ts';
import { CHECK_TIME_ALONE } from './count-completeness.ts';
import { type RecordWay, waysOf } from './record-way.ts';

/** What records of a business date are looked for by; what is left out is not asked. */
export type RecordSearch = {
  readonly date: BusinessDate;
  readonly cinemas: AskedCinemas;
  readonly screenCode?: ScreenCode | undefined;
  readonly sessionCode?: SessionCode | undefined;
  readonly filmCode?: FilmCode | undefined;
  readonly filmTicketCode?: FilmTicketCode | undefined;
  readonly ticketInfoCode?: string | undefined;
  readonly recordId?: RecordId | undefined;
  /** The account that reported it, which at a third-party platform is the terminal. */
  readonly account?: string | undefined;
  /** The gate where it was made, as far as that is known. */
  readonly gate?: string | undefined;
  readonly state?: RecordState | undefined;
};

const COLUMNS = [
  'screenCode',
  'sessionCode',
  'filmCode',
  'filmTicketCode',
  'ticketInfoCode',
  'recordId',
  'account',
  'gate',
] as const satisfies (keyof RecordSearch)[];

/**
 * A part of the records that a search finds, newest check first, from behind a place on. Only time, cinema and what has not gone
 * upstream have an index for it, so that otherwise hour after hour is looked through, each in a statement of its own, until so
 * many are found.
 */
export async function searchRecords(
  store: Store<CheckRecordTables>,
  search: RecordSearch,
  {
    after,
    limit,
    signal,
  }: { readonly after: ListPlace | null; readonly limit: number; readonly signal?: AbortSignal | undefined },
): Promise<RecordWay[]> {
  const found = [];
  for (const slice of hoursOf(search.date).toReversed()) {
    if (after !== null && after.checkTime < slice.from) continue;
    signal?.throwIfAborted();
    const rows = await recordsWithState(store.reports)
      .where(isIn(slice, sql`check_record.check_time`))
      .where(isFound(search))
      .where(isLookedAt(store, search, slice))
      .$if(after !== null, (query) => query.where(isBefore(after as ListPlace)))
      .orderBy('checkRecord.checkTime', 'desc')
      .orderBy('checkRecord.recordId', 'desc')
      .orderBy('checkRecord.identity', 'desc')
      .limit(limit - found.length)
      .execute();
    found.push(...rows.map(statedRecordOf));
    if (found.length >= limit) break;
  }
  return waysOf(store, found);
}

/** All that a search finds, oldest check first, holding one page at a time. */
export async function* allFound(
  store: Store<CheckRecordTables>,
  search: RecordSearch,
  signal?: AbortSignal,
): AsyncGenerator<RecordWay[], void> {
  for (const slice of hoursOf(search.date)) {
    const which = sql<boolean>`${isFound(search)} and ${isLookedAt(store, search, slice)}`;
    for await (const page of recordPages(store, { ...slice, which }, signal)) yield await waysOf(store, page);
  }
}

/** How many records a search finds; it ends with the hour in which they are more than `max`. */
export async function countFound(
  store: Store<CheckRecordTables>,
  search: RecordSearch,
  { max, signal }: { readonly max: number; readonly signal?: AbortSignal | undefined },
): Promise<number> {
  let count = 0;
  for (const slice of hoursOf(search.date)) {
    signal?.throwIfAborted();
    const { found } = await recordsWithState(store.reports)
      .clearSelect()
      .select((eb) => eb.fn.countAll<number>().as('found'))
      .where(isIn(slice, sql`check_record.check_time`))
      .where(isFound(search))
      .where(isLookedAt(store, search, slice))
      .executeTakeFirstOrThrow();
    count += found;
    if (count > max) break;
  }
  return count;
}

function isFound(search: RecordSearch): RawBuilder<boolean> {
  const conditions = [
    isOfCinemas(search.cinemas, sql`check_record.cinema_code`),
    ...COLUMNS.flatMap((column) =>
      search[column] === undefined ? [] : [sql<boolean>`${sql.ref(`checkRecord.${column}`)} = ${search[column]}`],
    ),
    ...(search.state === undefined ? [] : [IS_IN_STATE[search.state]]),
  ];
  return sql<boolean>`${sql.join(conditions, sql` and `)}`;
}

/**
 * Whether a record of a slice is one of those in the wanted state, where mostly few are: they are found by the indexes of what
 * waits and of what is quarantined, since the others would be read in vain.
 */
function isLookedAt({ engine }: Store<CheckRecordTables>, { cinemas, state }: RecordSearch, slice: Slice) {
  if (state === undefined || state === 'DELIVERED') return sql<boolean>`true`;
  const keys =
    state === 'QUARANTINED'
      ? sql`select c.record_id, c.identity from check_record c
          where c.quarantine is not null and ${isIn(slice, CHECK_TIME_ALONE[engine])} and ${isOfCinemas(cinemas)}`
      : sql`select c.record_id, c.identity from outbox c
          where ${isIn(slice)} and c.parked_at is ${state === 'PARKED' ? sql`not null` : sql`null`} and ${isOfCinemas(cinemas)}`;
  return sql<boolean>`(check_record.record_id, check_record.identity) in (${keys})`;
}

/** As `statedRecordOf` reads it: what waits, parked or not, has a revision. */
const IS_IN_STATE: Readonly<Record<RecordState, RawBuilder<boolean>>> = {
  QUARANTINED: sql`check_record.quarantine is not null`,
  DELIVERED: sql`check_record.quarantine is null and outbox.revision is null`,
  WAITING: sql`check_record.quarantine is null and outbox.revision is not null and outbox.parked_at is null`,
  PARKED: sql`check_record.quarantine is null and outbox.parked_at is not null`,
};

const isBefore = ({ checkTime, recordId, identity }: ListPlace) => sql<boolean>`check_record.check_time <= ${checkTime}
  and (check_record.check_time, check_record.record_id, check_record.identity) < (${checkTime}, ${recordId}, ${identity})`;
