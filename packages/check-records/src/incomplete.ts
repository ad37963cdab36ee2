import type { WallClock } from '@ticket-check/protocol';
import type { Store } from '@ticket-check/storage';
import { sql } from 'kysely';
import { type ReceivedRecord, recordOf } from './received-record.ts';
import { isAfter, type RecordKey } from './record-key.ts';
import type { CheckRecordTables } from './tables.ts';

/**
 * Records that lack what only GetTicketInfo knows and that may still be completed: those that wait to be sent, and those
 * that came in since a time. By RecordId; `after`, the last of a page, continues the list. Reading R5.
 */
export async function loadIncomplete(
  { db }: Store<CheckRecordTables>,
  { receivedSince, after, most }: { receivedSince: WallClock | null; after: RecordKey | null; most: number },
): Promise<ReceivedRecord[]> {
  const rows = await db
    .selectFrom('checkRecord')
    .selectAll()
    .where('ticketType', 'is', null)
    .where('quarantine', 'is', null)
    .where((eb) =>
      eb.or([
        eb.exists(
          eb
            .selectFrom('outbox')
            .select('outbox.recordId')
            .whereRef('outbox.recordId', '=', 'checkRecord.recordId')
            .whereRef('outbox.identity', '=', 'checkRecord.identity'),
        ),
        ...(receivedSince === null ? [] : [eb('receivedAt', '>=', receivedSince)]),
      ]),
    )
    .where(after === null ? sql.lit(true) : isAfter(after))
    .orderBy('recordId')
    .orderBy('identity')
    .limit(most)
    .execute();
  return rows.map(recordOf);
}
