import type { Store } from '@ticket-check/storage';
import { sql } from 'kysely';
import { queuedRecords } from '../tables/outbox-rows.ts';
import type { CheckRecordTables } from '../tables/tables.ts';
import { recordsWithState, type StatedRecord, statedRecordOf } from './record-states.ts';

/** Where a part of the list ends: what it is ordered by, RecordId and identity. */
export type StoppedPlace = readonly [string, string, string];

/**
 * Records that do not go on, in parts, read by the connection of reports: `parked`, which upstream refused, the longest parked
 * first; `quarantined`, which are kept aside, oldest RecordId first. Readings R3, R4.
 */
export async function listStopped(
  { reports }: Pick<Store<CheckRecordTables>, 'reports'>,
  {
    kind,
    cinemas,
    after,
    limit,
  }: {
    readonly kind: 'parked' | 'quarantined';
    /** One or several; undefined for all. */
    readonly cinemas: string | readonly string[] | undefined;
    readonly after: StoppedPlace | null;
    readonly limit: number;
  },
): Promise<{ records: StatedRecord[]; next: StoppedPlace | null }> {
  const asked = cinemas === undefined ? undefined : [cinemas].flat();
  if (asked?.length === 0) return { records: [], next: null };
  const order = kind === 'parked' ? sql`outbox.parked_at` : sql`check_record.record_id`;
  const stopped =
    kind === 'parked'
      ? queuedRecords(reports)
          .select(['outbox.revision', 'outbox.parkedAt', 'outbox.nextAttemptAt', 'outbox.attempts'])
          .select(['outbox.errorCode', 'outbox.errorMessage'])
          .where('outbox.parkedAt', 'is not', null)
          .$if(asked !== undefined, (query) => query.where('outbox.cinemaCode', 'in', asked ?? []))
      : recordsWithState(reports)
          .where('checkRecord.quarantine', 'is not', null)
          .$if(asked !== undefined, (query) => query.where('checkRecord.cinemaCode', 'in', asked ?? []));
  const rows = await stopped
    .$if(after !== null, (query) =>
      query.where(
        sql<boolean>`(${order}, check_record.record_id, check_record.identity) > (${sql.join([...(after ?? [])])})`,
      ),
    )
    .orderBy(order)
    .orderBy('checkRecord.recordId')
    .orderBy('checkRecord.identity')
    .limit(limit + 1)
    .execute();
  const page = rows.slice(0, limit);
  const last = rows.length > limit ? page.at(-1) : undefined;
  return {
    records: page.map(statedRecordOf),
    next: last === undefined ? null : [last.parkedAt ?? last.recordId, last.recordId, last.identity],
  };
}
