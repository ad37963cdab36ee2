import type { CinemaCode, WallClock } from '@ticket-check/protocol';
import type { Store } from '@ticket-check/storage';
import { type ReceivedRecord, recordOf } from '../tables/received-record.ts';
import { haveSameKey, isOnPage, type ListPlace } from '../tables/record-key.ts';
import type { CheckRecordTables } from '../tables/tables.ts';

/**
 * Where a record stands on its way upstream: `aside`, it is quarantined here and does not go there; `waiting`; `parked`, upstream
 * refused it with this code; `delivered`.
 */
type Way =
  | { readonly is: 'aside' | 'waiting' | 'delivered' }
  | { readonly is: 'parked'; readonly errorCode: string; readonly parkedAt: WallClock };

/** A record as stored, and where it stands. */
export type DayRecord = { readonly record: ReceivedRecord; readonly way: Way };

/** Records of one cinema that were checked in a span of time; with `account`, those that came through it. */
export type RecordsAsked = {
  readonly cinemaCode: CinemaCode;
  /** From this second on. */
  readonly from: WallClock;
  /** Up to, not including, this second. */
  readonly until: WallClock;
  readonly account?: string;
};

/** Each page takes a database few milliseconds, and the event loop of whoever goes through it. */
const ROWS_A_PAGE = 500;

/** A page of records in their order, and where the next one begins; null where there is none. Read by the connection of reports. */
export async function loadRecords(
  { reports }: Pick<Store<CheckRecordTables>, 'reports'>,
  { cinemaCode, from, until, account }: RecordsAsked,
  after: ListPlace | null,
  max = ROWS_A_PAGE,
): Promise<{ page: DayRecord[]; next: ListPlace | null }> {
  const rows = await reports
    .selectFrom('checkRecord')
    .leftJoin('outbox', (join) => join.on(haveSameKey('outbox', 'checkRecord')))
    .selectAll('checkRecord')
    .select(['outbox.revision', 'outbox.parkedAt', 'outbox.errorCode'])
    .where('checkRecord.cinemaCode', '=', cinemaCode)
    .where(isOnPage('checkRecord', { from, after }))
    .where('checkRecord.checkTime', '<', until)
    .$if(account !== undefined, (query) => query.where('checkRecord.account', '=', account ?? ''))
    .orderBy('checkRecord.checkTime')
    .orderBy('checkRecord.recordId')
    .orderBy('checkRecord.identity')
    .limit(max)
    .execute();
  const last = rows.length < max ? undefined : rows.at(-1);
  return {
    page: rows.map(({ revision, parkedAt, errorCode, ...row }) => {
      const record = recordOf(row);
      return { record, way: wayOf(record, { revision, parkedAt, errorCode }) };
    }),
    next: last === undefined ? null : { checkTime: last.checkTime, recordId: last.recordId, identity: last.identity },
  };
}

function wayOf(
  { quarantine }: ReceivedRecord,
  waiting: { revision: number | null; parkedAt: string | null; errorCode: string | null },
): Way {
  if (quarantine !== null) return { is: 'aside' };
  if (waiting.revision === null) return { is: 'delivered' };
  if (waiting.parkedAt === null) return { is: 'waiting' };
  return { is: 'parked', errorCode: waiting.errorCode ?? '', parkedAt: waiting.parkedAt as WallClock };
}

/** All of them, holding one page at a time. */
export async function* readRecords(
  store: Pick<Store<CheckRecordTables>, 'reports'>,
  asked: RecordsAsked,
): AsyncGenerator<DayRecord> {
  let after: ListPlace | null = null;
  do {
    const { page, next }: Awaited<ReturnType<typeof loadRecords>> = await loadRecords(store, asked, after);
    yield* page;
    after = next;
  } while (after !== null);
}
