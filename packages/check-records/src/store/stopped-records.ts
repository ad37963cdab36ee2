import type { Engine, Store } from '@ticket-check/storage';
import { type RawBuilder, sql } from 'kysely';
import { isOverdue, type OverdueBy } from '../outbox/summary.ts';
import { type AskedCinemas, isOfCinemas } from '../tables/keys.ts';
import { queuedRecords } from '../tables/outbox-rows.ts';
import type { CheckRecordTables } from '../tables/tables.ts';
import { recordsWithState, type StatedRecord, statedRecordOf } from './record-states.ts';

/** Where a part of the list ends: what it is ordered by, RecordId and identity. */
type StoppedPlace = readonly [string, string, string];

type StoppedAsked = {
  readonly kind: 'parked' | 'quarantined' | OverdueBy;
  readonly cinemas: AskedCinemas;
};

/**
 * A page of the records that are held up, by the connection of reports: `parked`, longest parked first; `quarantined`, oldest RecordId
 * first; overdue ones, refused or not, oldest check first. Readings R1, R3, R4.
 */
export async function listStopped(
  { reports, engine }: Pick<Store<CheckRecordTables>, 'reports' | 'engine'>,
  { kind, cinemas, after, limit }: StoppedAsked & { readonly after: StoppedPlace | null; readonly limit: number },
): Promise<{ records: StatedRecord[]; next: StoppedPlace | null }> {
  const isAsked = (table: 'outbox' | 'check_record') => isOfCinemas(cinemas, sql.ref(`${table}.cinema_code`));
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
          .select(['outbox.errorCode', 'outbox.errorMessage'])
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
  const rows = await stopped
    .orderBy(sql`${place}`)
    .limit(limit + 1)
    .execute();
  const page = rows.slice(0, limit);
  const last = rows.length > limit ? page.at(-1) : undefined;
  const first = kind === 'parked' ? last?.parkedAt : kind === 'quarantined' ? last?.recordId : last?.checkTime;
  return {
    records: page.map(statedRecordOf),
    next: last === undefined ? null : [first ?? '', last.recordId, last.identity],
  };
}

export async function countParked(
  { reports }: Pick<Store<CheckRecordTables>, 'reports'>,
  cinemas: AskedCinemas,
): Promise<number> {
  const { rows } = await sql<{ parked: number }>`
    select count(*) as parked from outbox where parked_at is not null and ${isOfCinemas(cinemas, sql`cinema_code`)}
  `.execute(reports);
  return rows[0]?.parked ?? 0;
}

/** How many are quarantined; or for one reason, for which each of them is read. */
export async function countQuarantined(
  { reports }: Pick<Store<CheckRecordTables>, 'reports'>,
  cinemas: AskedCinemas,
  reason?: 'CODE_NOT_GENUINE',
): Promise<number> {
  const { rows } = await sql<{ quarantined: number }>`
    select count(*) as quarantined from check_record
    where quarantine is not null and ${reason === undefined ? sql.lit(true) : sql`quarantine = ${reason}`}
      and ${isOfCinemas(cinemas, sql`cinema_code`)}
  `.execute(reports);
  return rows[0]?.quarantined ?? 0;
}

/** SQLite would look for them among all records, in the order of the key; the plus keeps it from that, and it takes their index. */
const QUARANTINED_ALONE = {
  sqlite: sql`+check_record.record_id`,
  postgres: sql`check_record.record_id`,
} as const satisfies Record<Engine, RawBuilder<unknown>>;
