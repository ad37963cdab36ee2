import { type CinemaCode, checkTicketJson, type WallClock } from '@ticket-check/protocol';
import { acrossCinemas } from '@ticket-check/storage';
import { sql } from 'kysely';
import { firstEntries } from '../entries/entry-records.ts';
import { type AskedCinemas, isOfCinemas, keyOf, keyText, onePerTicket, ticketText } from '../tables/keys.ts';
import { queuedRecords } from '../tables/outbox-rows.ts';
import { type ReceivedRecord, recordOf } from '../tables/received-record.ts';
import type { CheckRecordRow, OwnStore } from '../tables/tables.ts';
import { loadUndoings, type Undoing } from '../undo/reversals.ts';
import { recordPages } from './record-states.ts';

export type ListedRecord = ReceivedRecord & {
  /** Whether it is the first entry of its ticket (reading R7). */
  readonly first: boolean;
  /** Present if it was undone: then it is no entry. Reading R9. */
  readonly undone: Undoing | null;
};

export type RecordFilter = { readonly cinemaCode?: CinemaCode | undefined; readonly since?: WallClock | undefined };

const EVER = { from: '0000-01-01T00:00:00' as WallClock, until: '9999-12-31T23:59:59' as WallClock };

/** Records with whether each is the first entry of its ticket, and was undone; read by the connection of reports. */
export async function asListed(store: OwnStore, records: readonly ReceivedRecord[]): Promise<ListedRecord[]> {
  const database = { db: store.reports, store };
  const first = new Map(
    (await firstEntries.ask(database, onePerTicket(records))).map((entry) => [ticketText(entry), keyText(entry)]),
  );
  const undone = await loadUndoings(database, records);
  return records.map((record, index) => ({
    ...record,
    first: first.get(ticketText(record)) === keyText(keyOf(record)),
    undone: undone[index] ?? null,
  }));
}

export function createRecordList(store: OwnStore) {
  return {
    /** Every record, quarantined ones included, oldest check first, holding one page at a time. */
    async *list({ cinemaCode, since }: RecordFilter): AsyncGenerator<ListedRecord> {
      for await (const page of recordPages(store, { ...EVER, ...(since && { from: since }), cinemaCode }))
        yield* await asListed(
          store,
          page.map(({ record }) => record),
        );
    },

    async count(cinemas: AskedCinemas, since: WallClock = EVER.from) {
      const { rows } = await sql<{ records: number; quarantined: number }>`
        select count(*) as records, count(quarantine) as quarantined from check_record
        where check_time >= ${since} and ${isOfCinemas(cinemas, sql`cinema_code`)}
      `.execute(store.reports);
      const { records, quarantined } = rows[0] ?? { records: 0, quarantined: 0 };
      return { records, entries: records - quarantined, quarantined };
    },
  };
}

/**
 * A check record as the list commands print it: the elements of a report (scheme 6.6.2.2.2; an empty TicketType is unknown, R5), the
 * account and the gate. `OverriddenVerdict` is present if a supervisor let the guest in (R10), `UndoneAt` if undone (R9).
 */
export function recordJson(record: ListedRecord): Record<string, unknown> {
  const form = { extended: true, overrides: true, priceForm: 'two-decimals' } as const;
  const { RecordId, ...elements } = checkTicketJson(record, form);
  return {
    RecordId,
    CinemaCode: record.cinemaCode,
    ...elements,
    Quarantined: record.quarantine !== null,
    ErrorCode: record.quarantine,
    Differences: record.differences,
    First: record.first,
    ...(record.undone !== null && { UndoneAt: record.undone.at, UndoneUpstream: record.undone.upstream }),
    ...(record.account !== '' && { Account: record.account }),
    ...(record.gate !== '' && { Gate: record.gate }),
    ...(record.offline !== null && { Offline: record.offline }),
    ReceivedAt: record.receivedAt,
  };
}

/** A page of a list: what comes after a record, the last of the page before, or from the start. */
export type PageAfter = { readonly after: ReceivedRecord | null; readonly most: number };

/** Records that lack what only GetTicketInfo knows, in lists whose cost does not grow with what was never completed. Reading R5. */
export function createIncomplete({ db }: OwnStore) {
  return {
    /** Those that wait to be sent, parked ones included, by RecordId. */
    async incompleteWaiting({ after, most }: PageAfter): Promise<ReceivedRecord[]> {
      const { recordId, identity } = placeOf(after);
      const rows = await queuedRecords(db)
        .modifyFront(acrossCinemas('waiting'))
        // A literal, so that the planner sees that the partial index applies.
        .where('outbox.incomplete', '=', sql.lit(1))
        .where(sql<boolean>`(outbox.record_id, outbox.identity) > (${recordId}, ${identity})`)
        .orderBy(sql`outbox.record_id, outbox.identity`)
        .limit(most)
        .execute();
      return rows.map(recordOf);
    },

    /** Those that came in since a time, whether sent or not, in the order in which they came. */
    async incompleteSince(since: WallClock, { after, most }: PageAfter): Promise<ReceivedRecord[]> {
      const { receivedAt, recordId, identity } = { ...placeOf(after), receivedAt: after?.receivedAt ?? since };
      const { rows } = await sql<CheckRecordRow>`
        select ${acrossCinemas('waiting')} * from check_record where ticket_type is null and quarantine is null
          and (received_at, record_id, identity) > (${receivedAt}, ${recordId}, ${identity})
        order by received_at, record_id, identity limit ${most}
      `.execute(db);
      return rows.map(recordOf);
    },
  };
}

const placeOf = (record: ReceivedRecord | null) => (record === null ? { recordId: '', identity: '' } : keyOf(record));
