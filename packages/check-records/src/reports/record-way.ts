import { businessDay, type RecordId, type WallClock } from '@ticket-check/protocol';
import type { Store } from '@ticket-check/storage';
import { sql } from 'kysely';
import { readFirstEntries } from '../entries/entry-records.ts';
import type { ListedRecord } from '../store/list-records.ts';
import { recordOf } from '../tables/received-record.ts';
import { haveSameKey, isOnPage, keyOf, keyText, type ListPlace } from '../tables/record-key.ts';
import type { CheckRecordRow, CheckRecordTables, OutboxRow } from '../tables/tables.ts';
import { ticketText } from '../tables/ticket-key.ts';
import { type AskedDay, isOf } from './count-day.ts';

/** How far a record has come on its way upstream. */
export type RecordState = 'DELIVERED' | 'WAITING' | 'PARKED' | 'QUARANTINED';

/** A record with its whole way, as far as this store knows it. When the upstream accepted it is not kept for each record. */
export type RecordWay = ListedRecord & {
  readonly state: RecordState;
  /** Why the upstream refused it, where it is parked. */
  readonly refused: {
    readonly parkedAt: WallClock;
    readonly nextAttemptAt: WallClock;
    readonly attempts: number;
    readonly errorCode: string;
    readonly errorMessage: string;
  } | null;
};

type Queued = Pick<OutboxRow, 'parkedAt' | 'nextAttemptAt' | 'attempts' | 'errorCode' | 'errorMessage'>;
type Row = CheckRecordRow & { [column in keyof Queued]: Queued[column] | null } & { queued: number };

const ROWS_A_PAGE = 1000;

/** Every record of a business date, oldest check first, holding one page at a time. */
export async function* recordsOfDay(
  store: Store<CheckRecordTables>,
  { date, cinemaCode, signal }: Omit<AskedDay, 'by'>,
): AsyncGenerator<RecordWay[]> {
  const day = businessDay(date);
  let after: ListPlace | undefined;
  do {
    signal?.throwIfAborted();
    const { rows } = await sql<Row>`
      ${SELECTED}
      where ${isOnPage('c', { from: day.from, after })} and c.check_time < ${day.until} and ${isOf(cinemaCode)}
      order by c.check_time, c.record_id, c.identity
      limit ${sql.lit(ROWS_A_PAGE)}
    `.execute(store.reports);
    if (rows.length > 0) yield await waysOf(store, rows);
    const last = rows.at(-1);
    after =
      last === undefined || rows.length < ROWS_A_PAGE
        ? undefined
        : { checkTime: last.checkTime, recordId: last.recordId, identity: last.identity };
  } while (after !== undefined);
}

/** The records under a RecordId, mostly one: what names another ticket, CheckTime or code is another record (reading X3). */
export async function recordsUnder(store: Store<CheckRecordTables>, recordId: RecordId): Promise<RecordWay[]> {
  const { rows } = await sql<Row>`
    ${SELECTED} where c.record_id = ${recordId} order by c.identity limit ${sql.lit(ROWS_A_PAGE)}
  `.execute(store.reports);
  return waysOf(store, rows);
}

const SELECTED = sql`
  select c.*, o.parked_at, o.next_attempt_at, o.attempts, o.error_code, o.error_message,
    case when o.record_id is null then 0 else 1 end as queued
  from check_record c left join outbox o on ${haveSameKey('o', 'c')}
`;

async function waysOf(store: Store<CheckRecordTables>, rows: readonly Row[]): Promise<RecordWay[]> {
  const tickets = [...new Map(rows.map((row) => [ticketText(row), row])).values()];
  const first = await readFirstEntries({ db: store.reports, store }, tickets);
  const firstOf = new Map(first.map((entry) => [ticketText(entry), keyText(entry)]));
  return rows.map(({ queued, parkedAt, nextAttemptAt, attempts, errorCode, errorMessage, ...row }) => {
    const record = recordOf(row);
    return {
      ...record,
      first: firstOf.get(ticketText(record)) === keyText(keyOf(record)),
      state: stateOf({ quarantine: row.quarantine, queued, parkedAt }),
      refused:
        parkedAt === null
          ? null
          : {
              parkedAt: parkedAt as WallClock,
              nextAttemptAt: nextAttemptAt as WallClock,
              attempts: attempts ?? 0,
              errorCode: errorCode ?? '',
              errorMessage: errorMessage ?? '',
            },
    };
  });
}

function stateOf({ quarantine, queued, parkedAt }: Pick<Row, 'quarantine' | 'queued' | 'parkedAt'>): RecordState {
  if (quarantine !== null) return 'QUARANTINED';
  if (queued === 0) return 'DELIVERED';
  return parkedAt === null ? 'WAITING' : 'PARKED';
}
