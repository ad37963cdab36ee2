import {
  type BusinessDate,
  businessDay,
  type FilmCode,
  type FilmTicketCode,
  type RecordId,
  type ScreenCode,
  type SessionCode,
} from '@ticket-check/protocol';
import { type RawBuilder, sql } from 'kysely';
import { type RecordState, recordPages, recordsWithState, statedRecordOf } from '../store/record-states.ts';
import { type AskedCinemas, haveSameTicket, isOfCinemas, isOnPage, type ListPlace, placeIn } from '../tables/keys.ts';
import { isUndone } from '../tables/reversal-rows.ts';
import type { OwnStore } from '../tables/tables.ts';
import { BY_NO_INDEX, hoursOf, isIn, type Slice } from './by-hour.ts';
import { type RecordWay, waysOf } from './record-way.ts';

/** The numbers of a report that are no states: what records are counted as. */
export const COUNTED_AS = [
  ...(['ENTRIES', 'SENT', 'DOUBLES', 'REFUNDED', 'INCOMPLETE'] as const),
  ...(['UNDONE', 'OVERRIDDEN', 'OFFLINE'] as const),
] as const;
type CountedAs = (typeof COUNTED_AS)[number];

/** What records of business dates are looked for by; what is left out is not asked. */
export type RecordSearch = {
  /** One after another, the first date first. */
  readonly dates: readonly BusinessDate[];
  readonly cinemas: AskedCinemas;
  /** Whether these cinemas are few, so that a date of them has as few records as an hour of all. */
  readonly few?: boolean;
  readonly screenCode?: ScreenCode | undefined;
  readonly sessionCode?: readonly SessionCode[] | undefined;
  readonly filmCode?: FilmCode | undefined;
  readonly filmTicketCode?: FilmTicketCode | undefined;
  readonly ticketType?: string | undefined;
  readonly ticketInfoCode?: string | undefined;
  readonly recordId?: RecordId | undefined;
  readonly account?: readonly string[] | undefined;
  readonly gate?: string | undefined;
  readonly state?: RecordState | undefined;
  readonly counted?: CountedAs | undefined;
  /** Which entries are of refunded tickets, to find those; without it there are none. */
  readonly isRefunded?: RawBuilder<boolean> | undefined;
};

/** Whether an index leads to the records in this state, or counted as this, which are mostly few. */
const hasIndex = ({ state, counted }: RecordSearch) =>
  (state !== undefined && state !== 'DELIVERED') || counted === 'UNDONE';

/** Whether a search would read the records of all cinemas for more than a page. */
export function isTooWide(search: RecordSearch): boolean {
  if (search.few) return false;
  const isNarrowed = search.counted !== undefined || COLUMNS.some((column) => search[column] !== undefined);
  const isByTicket = search.counted === 'DOUBLES' || search.counted === 'REFUNDED';
  return isByTicket || (search.dates.length > 1 && isNarrowed && !hasIndex(search));
}

/** What a statement reads: a date where that is little, otherwise an hour. */
const slicesOf = ({ few, dates }: RecordSearch): Slice[] => (few ? dates.map(businessDay) : dates.flatMap(hoursOf));

const COLUMNS = [
  ...(['screenCode', 'sessionCode', 'filmCode', 'filmTicketCode'] as const),
  ...(['ticketType', 'ticketInfoCode', 'recordId', 'account', 'gate'] as const),
] as const satisfies (keyof RecordSearch)[];

/** The next records that a search finds, newest or oldest check first, up to `limit`: a statement for each slice. */
export async function searchRecords(
  store: OwnStore,
  search: RecordSearch,
  asked: {
    readonly after: ListPlace | null;
    readonly limit: number;
    readonly isOldestFirst?: boolean;
    readonly signal?: AbortSignal | undefined;
  },
): Promise<RecordWay[]> {
  const { after, limit, isOldestFirst = false, signal } = asked;
  const found = [];
  const slices = slicesOf(search);
  const order = isOldestFirst ? 'asc' : 'desc';
  for (const slice of isOldestFirst ? slices : slices.toReversed()) {
    if (after !== null && (isOldestFirst ? after.checkTime >= slice.until : after.checkTime < slice.from)) continue;
    signal?.throwIfAborted();
    const rows = await foundIn(store, search, slice)
      .where(isOldestFirst ? isOnPage('checkRecord', { after }) : isBefore(after))
      .orderBy('checkRecord.checkTime', order)
      .orderBy('checkRecord.recordId', order)
      .orderBy('checkRecord.identity', order)
      .limit(limit - found.length)
      .execute();
    found.push(...rows.map(statedRecordOf));
    if (found.length >= limit) break;
  }
  return waysOf(store, found);
}

export async function* allFound(
  store: OwnStore,
  search: RecordSearch,
  signal?: AbortSignal,
): AsyncGenerator<RecordWay[], void> {
  for (const slice of slicesOf(search)) {
    const which = isFoundIn(search, slice);
    for await (const page of recordPages(store, { ...slice, which }, signal)) yield await waysOf(store, page);
  }
}

/** How many records a search finds; it ends with the part in which they are more than `max`. */
export async function countFound(
  store: OwnStore,
  search: RecordSearch,
  { max, signal }: { readonly max: number; readonly signal?: AbortSignal | undefined },
): Promise<number> {
  let count = 0;
  for (const slice of slicesOf(search)) {
    signal?.throwIfAborted();
    const counting = foundIn(store, search, slice).clearSelect();
    const { found } = await counting.select(({ fn }) => fn.countAll<number>().as('found')).executeTakeFirstOrThrow();
    count += found;
    if (count > max) break;
  }
  return count;
}

const foundIn = (store: OwnStore, search: RecordSearch, slice: Slice) =>
  recordsWithState(store.reports).where(isIn(slice, sql`check_record.check_time`)).where(isFoundIn(search, slice));

function isFoundIn(search: RecordSearch, slice: Slice): RawBuilder<boolean> {
  const conditions = [
    isLookedAt(search, slice),
    isOfCinemas(search.cinemas, sql`check_record.cinema_code`),
    ...COLUMNS.flatMap((column) =>
      search[column] === undefined
        ? []
        : [sql<boolean>`${sql.ref(`checkRecord.${column}`)} in (${sql.join([search[column]].flat())})`],
    ),
    ...(search.state === undefined ? [] : [IS_IN_STATE[search.state]]),
    ...(search.counted === undefined ? [] : [IS_ENTRY, IS_COUNTED[search.counted](search)]),
  ];
  return sql<boolean>`${sql.join(conditions, sql` and `)}`;
}

/** Whether a record of a slice is one of those wanted, where few are: found by the indexes of what waits, is quarantined or undone. */
function isLookedAt(search: RecordSearch, slice: Slice): RawBuilder<boolean> {
  if (!hasIndex(search)) return sql.lit(true);
  const { state } = search;
  const isOurs = isOfCinemas(search.cinemas);
  const keys =
    search.counted === 'UNDONE'
      ? sql`select c.reverses, c.identity from reversal c where ${isIn(slice)} and ${isOurs}`
      : state === 'QUARANTINED'
        ? sql`select c.record_id, c.identity from check_record c
            where c.quarantine is not null and ${isIn(slice, BY_NO_INDEX)} and ${isOurs}`
        : sql`select c.record_id, c.identity from outbox c
            where ${isIn(slice)} and c.parked_at is ${state === 'PARKED' ? sql`not null` : sql`null`} and ${isOurs}`;
  return sql<boolean>`(check_record.record_id, check_record.identity) in (${keys})`;
}

/** As `statedRecordOf` reads it: what waits, parked or not, has a revision. */
const IS_IN_STATE: Readonly<Record<RecordState, RawBuilder<boolean>>> = {
  QUARANTINED: sql`check_record.quarantine is not null`,
  DELIVERED: sql`check_record.quarantine is null and outbox.revision is null`,
  WAITING: sql`check_record.quarantine is null and outbox.revision is not null and outbox.parked_at is null`,
  PARKED: sql`check_record.quarantine is null and outbox.parked_at is not null`,
};

const IS_ENTRY = sql<boolean>`check_record.quarantine is null`;

const IS_COUNTED: Readonly<Record<CountedAs, (search: RecordSearch) => RawBuilder<boolean>>> = {
  ENTRIES: () => IS_ENTRY,
  SENT: () => sql`(outbox.revision is null or outbox.parked_at is not null)`,
  DOUBLES: () => sql`not ${isUndone('checkRecord')} and exists (
    select 1 from check_record c where ${haveSameTicket('c', 'checkRecord')} and c.quarantine is null
      and not ${isUndone('c')} and (${placeIn('c')}) < (${placeIn('checkRecord')})
  )`,
  REFUNDED: ({ isRefunded = sql.lit(false) }) => sql`not ${isUndone('checkRecord')} and ${isRefunded}`,
  INCOMPLETE: () => sql`check_record.ticket_type is null`,
  UNDONE: () => isUndone('checkRecord'),
  OVERRIDDEN: () => sql`check_record.overridden_verdict is not null`,
  OFFLINE: () => sql`check_record.offline = 1`,
};

function isBefore(place: ListPlace | null): RawBuilder<boolean> {
  if (place === null) return sql.lit(true);
  const { checkTime, recordId, identity } = place;
  return sql<boolean>`check_record.check_time <= ${checkTime}
    and (${placeIn('checkRecord')}) < (${checkTime}, ${recordId}, ${identity})`;
}
