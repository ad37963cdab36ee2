import type { RecordId, WallClock } from '@ticket-check/protocol';
import type { Store } from '@ticket-check/storage';
import { sql } from 'kysely';
import { queuedRecords } from '../tables/outbox-rows.ts';
import { type ReceivedRecord, recordOf } from '../tables/received-record.ts';
import { identityOf } from '../tables/record-key.ts';
import type { CheckRecordTables } from '../tables/tables.ts';

/** A page of a list: what comes after a record, the last of the page before, or from the start. */
export type PageAfter = { readonly after: ReceivedRecord | null; readonly most: number };

/** Records that lack what only GetTicketInfo knows, in lists whose cost does not grow with what was never completed. Reading R5. */
export type Incomplete = {
  /** Those that wait to be sent, parked ones included, by RecordId. */
  incompleteWaiting(page: PageAfter): Promise<ReceivedRecord[]>;
  /** Those that came in since a time, whether sent or not, in the order in which they came. */
  incompleteSince(since: WallClock, page: PageAfter): Promise<ReceivedRecord[]>;
};

export function createIncomplete({ db }: Store<CheckRecordTables>): Incomplete {
  return {
    async incompleteWaiting({ after, most }) {
      const { recordId, identity } = placeOf(after);
      const rows = await queuedRecords(db)
        // A literal, so that the planner sees that the partial index applies.
        .where('outbox.incomplete', '=', sql.lit(1))
        .where(sql<boolean>`(outbox.record_id, outbox.identity) > (${recordId}, ${identity})`)
        .orderBy('outbox.recordId')
        .orderBy('outbox.identity')
        .limit(most)
        .execute();
      return rows.map(recordOf);
    },

    async incompleteSince(since, { after, most }) {
      const { receivedAt, recordId, identity } = { ...placeOf(after), receivedAt: after?.receivedAt ?? since };
      const rows = await db
        .selectFrom('checkRecord')
        .selectAll()
        .where('ticketType', 'is', null)
        .where('quarantine', 'is', null)
        .where(sql<boolean>`(received_at, record_id, identity) > (${receivedAt}, ${recordId}, ${identity})`)
        .orderBy('receivedAt')
        .orderBy('recordId')
        .orderBy('identity')
        .limit(most)
        .execute();
      return rows.map(recordOf);
    },
  };
}

/** The place of a record; without one, the place before every record. */
function placeOf(record: ReceivedRecord | null): { recordId: RecordId | ''; identity: string } {
  return record === null ? { recordId: '', identity: '' } : { recordId: record.recordId, identity: identityOf(record) };
}
