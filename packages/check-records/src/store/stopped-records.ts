import { type Engine, isOneOf, type Store } from '@ticket-check/storage';
import { type RawBuilder, sql } from 'kysely';
import { isOverdue, type OverdueBy } from '../outbox/summary.ts';
import { queuedRecords } from '../tables/outbox-rows.ts';
import type { CheckRecordTables } from '../tables/tables.ts';
import { recordsWithState, type StatedRecord, statedRecordOf } from './record-states.ts';

/** Where a part of the list ends: what it is ordered by, RecordId and identity. */
type StoppedPlace = readonly [string, string, string];

/**
 * Records that are held up, in pages, read by the connection of reports: `parked`, refused by upstream, longest parked first;
 * `quarantined`, oldest RecordId first; overdue ones, refused or not, oldest check first. Readings R1, R3, R4.
 */
export async function listStopped(
  { reports, engine }: Pick<Store<CheckRecordTables>, 'reports' | 'engine'>,
  {
    kind,
    cinemas,
    after,
    limit,
  }: {
    readonly kind: 'parked' | 'quarantined' | OverdueBy;
    /** One or several; undefined for all. */
    readonly cinemas: string | readonly string[] | undefined;
    readonly after: StoppedPlace | null;
    readonly limit: number;
  },
): Promise<{ records: StatedRecord[]; next: StoppedPlace | null }> {
  const asked = cinemas === undefined ? undefined : [cinemas].flat();
  if (asked?.length === 0) return { records: [], next: null };
  const isAsked = (table: 'outbox' | 'check_record') =>
    asked === undefined ? sql`true` : sql`${isOneOf(sql.ref(`${table}.cinema_code`), asked)}`;
  const isBehind = (place: RawBuilder<unknown>) =>
    after === null ? sql`true` : sql`(${place}) > (${sql.join([...after])})`;
  const place =
    kind === 'quarantined'
      ? sql`${QUARANTINED_ALONE[engine]}, check_record.record_id, check_record.identity`
      : sql`${sql.ref(kind === 'parked' ? 'outbox.parked_at' : 'outbox.check_time')}, outbox.record_id, outbox.identity`;
  const stopped =
    kind !== 'quarantined'
      ? queuedRecords(reports)
          .select(['outbox.revision', 'outbox.parkedAt', 'outbox.nextAttemptAt', 'outbox.attempts'])
          .select(['outbox.errorCode', 'outbox.errorMessage', 'outbox.sentAt'])
          // Put in order by themselves: no records are read but those of the part.
          .where(
            sql<boolean>`(outbox.record_id, outbox.identity) in (
              select outbox.record_id, outbox.identity from outbox
              where ${kind === 'parked' ? sql`outbox.parked_at is not null` : isOverdue(kind)} and ${isAsked('outbox')} and ${isBehind(place)}
              order by ${place} limit ${limit + 1}
            )`,
          )
      : recordsWithState(reports)
          .where('checkRecord.quarantine', 'is not', null)
          .where(sql<boolean>`${isAsked('check_record')} and ${isBehind(place)}`);
  const beginsPlace = ({
    parkedAt,
    recordId,
    checkTime,
  }: Pick<(typeof rows)[number], 'parkedAt' | 'recordId' | 'checkTime'>) =>
    kind === 'parked' ? (parkedAt ?? '') : kind === 'quarantined' ? recordId : checkTime;
  const rows = await stopped
    .orderBy(sql`${place}`)
    .limit(limit + 1)
    .execute();
  const page = rows.slice(0, limit);
  const last = rows.length > limit ? page.at(-1) : undefined;
  return {
    records: page.map(statedRecordOf),
    next: last === undefined ? null : [beginsPlace(last), last.recordId, last.identity],
  };
}

/** How many records upstream refused, of one cinema, of several or of all. */
export async function countParked(
  { reports }: Pick<Store<CheckRecordTables>, 'reports'>,
  cinemas: string | readonly string[] | undefined,
): Promise<number> {
  const asked = cinemas === undefined ? undefined : [cinemas].flat();
  if (asked?.length === 0) return 0;
  const { parked } = await reports
    .selectFrom('outbox')
    .select((eb) => eb.fn.countAll<number>().as('parked'))
    .where('parkedAt', 'is not', null)
    .$if(asked !== undefined, (records) => records.where('cinemaCode', 'in', asked ?? []))
    .executeTakeFirstOrThrow();
  return Number(parked);
}

/** SQLite would look for them among all records, in the order of the key; the plus keeps it from that, and it takes their index. */
const QUARANTINED_ALONE = {
  sqlite: sql`+check_record.record_id`,
  postgres: sql`check_record.record_id`,
} as const satisfies Record<Engine, RawBuilder<unknown>>;
