import type { CinemaCode, WallClock } from '@ticket-check/protocol';
import { pageOf } from '@ticket-check/storage';
import { type RawBuilder, sql } from 'kysely';
import { isOverdue, type OverdueBy } from '../outbox/summary.ts';
import {
  type AskedCinemas,
  haveSameKey,
  isOfCinemas,
  isOnPage,
  type ListPlace,
  placeIn,
  type TicketKey,
} from '../tables/keys.ts';
import { queuedRecords } from '../tables/outbox-rows.ts';
import { type ReceivedRecord, recordOf } from '../tables/received-record.ts';
import { isUndone } from '../tables/reversal-rows.ts';
import type { CheckRecordRow, OutboxRow, OwnDb, OwnStore } from '../tables/tables.ts';

/** How far a record has come on its way upstream: `QUARANTINED`, it does not go there; `PARKED`, upstream refused it. */
export const RECORD_STATES = ['DELIVERED', 'WAITING', 'PARKED', 'QUARANTINED'] as const;
export type RecordState = (typeof RECORD_STATES)[number];

export type StatedRecord = {
  readonly record: ReceivedRecord;
  readonly state: RecordState;
  /** Why the upstream refused it, if it is parked. */
  readonly refused: {
    readonly parkedAt: WallClock;
    readonly nextAttemptAt: WallClock;
    readonly attempts: number;
    readonly errorCode: string;
    readonly errorMessage: string;
  } | null;
};

type Reports = Pick<OwnStore, 'reports'>;

export type RecordsAsked = {
  readonly from: WallClock;
  readonly until: WallClock;
  readonly cinemaCode?: CinemaCode | undefined;
  readonly accounts?: readonly string[] | undefined;
  readonly which?: RawBuilder<boolean>;
};

/** Each page takes the database and the caller's event loop few milliseconds. */
const ROWS_A_PAGE = 500;

/** A page of records, oldest check first, and where the next one begins, null at the end. Read by the connection of reports. */
export async function loadRecords(
  { reports }: Reports,
  { cinemaCode, from, until, accounts, which = sql.lit(true) }: RecordsAsked,
  after: ListPlace | null,
): Promise<{ page: StatedRecord[]; next: ListPlace | null }> {
  const rows = await recordsWithState(reports)
    .where(isOfCinemas(cinemaCode, sql.ref('checkRecord.cinemaCode')))
    .where(isOnPage('checkRecord', { from, after }))
    .where('checkRecord.checkTime', '<', until)
    .$if(accounts !== undefined, (query) => query.where('checkRecord.account', 'in', accounts ?? []))
    .where(which)
    .orderBy(placeIn('checkRecord'))
    .limit(ROWS_A_PAGE)
    .execute();
  const last = rows[ROWS_A_PAGE - 1];
  const next = last && { checkTime: last.checkTime, recordId: last.recordId, identity: last.identity };
  return { page: rows.map(statedRecordOf), next: next ?? null };
}

export async function* recordPages(
  store: Reports,
  asked: RecordsAsked,
  signal?: AbortSignal,
): AsyncGenerator<StatedRecord[]> {
  let after: ListPlace | null = null;
  do {
    signal?.throwIfAborted();
    const { page, next }: Awaited<ReturnType<typeof loadRecords>> = await loadRecords(store, asked, after);
    if (page.length > 0) yield page;
    after = next;
  } while (after !== null);
}

export function recordsWithState(db: OwnDb) {
  return db
    .selectFrom('checkRecord')
    .leftJoin('outbox', (join) => join.on(haveSameKey('outbox', 'checkRecord')))
    .selectAll('checkRecord')
    .select(STATE_COLUMNS);
}

const QUEUED = ['revision', 'parkedAt', 'nextAttemptAt', 'attempts', 'errorCode', 'errorMessage'] as const;
const STATE_COLUMNS = QUEUED.map((column) => `outbox.${column}` as const);

type Row = CheckRecordRow & { [column in (typeof QUEUED)[number]]: OutboxRow[column] | null };

export function statedRecordOf(row: Row): StatedRecord {
  const { revision, parkedAt, nextAttemptAt, attempts, errorCode, errorMessage, ...recordRow } = row;
  // Only a parked one has these.
  const refused = { parkedAt, nextAttemptAt, attempts, errorCode, errorMessage } as StatedRecord['refused'];
  return { record: recordOf(recordRow), state: stateOf(row), refused: parkedAt === null ? null : refused };
}

/** Only a record that waits, parked or not, has a revision. */
function stateOf({ quarantine, revision, parkedAt }: Pick<Row, 'quarantine' | 'revision' | 'parkedAt'>): RecordState {
  if (quarantine !== null) return 'QUARANTINED';
  if (revision === null) return 'DELIVERED';
  return parkedAt === null ? 'WAITING' : 'PARKED';
}

/** The entries of a ticket, the first one first, at most `limit`, and how far each has come; by the connection of reports. */
export async function loadEntriesOfTicket(
  { reports }: Reports,
  { startTime, cinemaCode, filmTicketCode }: TicketKey,
  limit: number,
): Promise<StatedRecord[]> {
  const rows = await recordsWithState(reports)
    .where('checkRecord.startTime', '=', startTime)
    .where('checkRecord.cinemaCode', '=', cinemaCode)
    .where('checkRecord.filmTicketCode', '=', filmTicketCode)
    .where('checkRecord.quarantine', 'is', null)
    .where((eb) => eb.not(isUndone('checkRecord')))
    .orderBy(placeIn('checkRecord'))
    .limit(limit)
    .execute();
  return rows.map(statedRecordOf);
}

/** Where a part of the list ends: what it is ordered by, RecordId and identity. */
type StoppedPlace = readonly [string, string, string];

type StoppedAsked = { readonly kind: 'parked' | 'quarantined' | OverdueBy; readonly cinemas: AskedCinemas };

/** A page of what is held up: `parked`, longest first; `quarantined`, by RecordId; overdue ones, oldest check first. R1, R3, R4. */
export async function listStopped(
  { reports, engine }: Pick<OwnStore, 'reports' | 'engine'>,
  { kind, cinemas, after, limit }: StoppedAsked & { readonly after: StoppedPlace | null; readonly limit: number },
): Promise<{ records: StatedRecord[]; next: StoppedPlace | null }> {
  const isQuarantined = kind === 'quarantined';
  const is = isQuarantined
    ? sql`check_record.quarantine is not null`
    : kind === 'parked'
      ? sql`outbox.parked_at is not null`
      : isOverdue(kind);
  const table = isQuarantined ? 'check_record' : 'outbox';
  // SQLite would look for them among all records, in the order of the key; the plus keeps it from that, and it takes their index.
  const first = isQuarantined
    ? sql`${sql.raw(engine === 'sqlite' ? '+' : '')}check_record.record_id`
    : sql.ref(kind === 'parked' ? 'parked_at' : 'outbox.check_time');
  const key = sql`${sql.ref(`${table}.record_id`)}, ${sql.ref(`${table}.identity`)}`;
  const isBehind = after === null ? sql`true` : sql`(${first}, ${key}) > (${sql.join([...after])})`;
  const isNext = sql<boolean>`${is} and ${isOfCinemas(cinemas, sql.ref(`${table}.cinema_code`))} and ${isBehind}`;
  // What waits is put in order by itself: no records are read but those of the part.
  const stopped = isQuarantined
    ? recordsWithState(reports).where(isNext)
    : queuedRecords(reports)
        .select(STATE_COLUMNS)
        .where(
          sql<boolean>`(${key}) in (select ${key} from outbox where ${isNext} order by ${first}, ${key} limit ${limit + 1})`,
        );
  const rows = await stopped
    .orderBy(sql`${first}, ${key}`)
    .limit(limit + 1)
    .execute();
  const { page, next } = pageOf(rows, limit, ({ parkedAt, recordId, checkTime, identity }): StoppedPlace => {
    const place = kind === 'parked' ? parkedAt : isQuarantined ? recordId : checkTime;
    return [place ?? '', recordId, identity];
  });
  return { records: page.map(statedRecordOf), next };
}

async function countIn({ reports }: Reports, rows: RawBuilder<unknown>, cinemas: AskedCinemas): Promise<number> {
  const isAsked = isOfCinemas(cinemas, sql`cinema_code`);
  const counted = await sql<{ count: number }>`select count(*) as count from ${rows} and ${isAsked}`.execute(reports);
  return counted.rows[0]?.count ?? 0;
}

export const countParked = (store: Reports, cinemas: AskedCinemas): Promise<number> =>
  countIn(store, sql`outbox where parked_at is not null`, cinemas);

/** How many are quarantined; or for one reason, for which each of them is read. */
export const countQuarantined = (store: Reports, cinemas: AskedCinemas, reason?: 'CODE_NOT_GENUINE'): Promise<number> =>
  countIn(
    store,
    sql`check_record where quarantine is not null and ${reason ? sql`quarantine = ${reason}` : sql.lit(true)}`,
    cinemas,
  );
