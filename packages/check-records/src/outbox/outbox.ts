import { businessDate, type CinemaCode, type WallClock } from '@ticket-check/protocol';
import { acrossCinemas, coalesce, createJobs, type Store } from '@ticket-check/storage';
import { type Kysely, sql } from 'kysely';
import { type AskedCinemas, haveSameKey, isOfCinemas, KEY_COLUMNS, keyOf, placeIn } from '../tables/keys.ts';
import { queuedRecords } from '../tables/outbox-rows.ts';
import { type ReceivedRecord, recordOf } from '../tables/received-record.ts';
import type { CheckRecordTables, OutboxRow } from '../tables/tables.ts';
import { noteDelivered } from './deliveries.ts';
import { resendSince } from './resend.ts';
import { cinemasInOutbox } from './summary.ts';

/** A record as it was when it was read from the outbox. */
export type Waiting = { readonly record: ReceivedRecord; readonly revision: number };

export type Refused = Waiting & { readonly errorCode: string; readonly errorMessage: string };

export type Outbox = ReturnType<typeof createOutbox>;

/** A slice of this size takes a database two milliseconds. */
const MAX_A_SLICE = 250;

/** The queue of records on their way upstream: SQL and nothing else. */
export function createOutbox(store: Store<CheckRecordTables>) {
  const { db } = store;
  const jobs = createJobs(store);

  const confirm = coalesce(
    async (confirmations: { delivered: readonly Waiting[]; now: WallClock; sentAt: WallClock | null }[]) => {
      await store.transaction(async (trx) => {
        for (const { delivered, now, sentAt } of confirmations) {
          const taken = await deleteDelivered(trx, store, delivered);
          await noteDelivered({ db: trx, store }, taken, { deliveredAt: now, sentAt });
          await logDelivery(trx, delivered, now);
        }
      });
      return confirmations.map(() => undefined);
    },
    { max: 50 },
  );

  return {
    /**
     * Runs `send` while no other process sends the records of this cinema; null, without running it, if one does. `signal` aborts
     * when another process may have taken over.
     */
    alone: <T>(cinemaCode: CinemaCode, send: (signal: AbortSignal) => Promise<T>) =>
      jobs.alone(`outbox ${cinemaCode}`, send),

    /** Cinemas with records to send, or with parked records whose next attempt is due at `now`. */
    async cinemas(now: WallClock): Promise<CinemaCode[]> {
      const { rows } = await sql<{ cinemaCode: string }>`
        with recursive
          ${cinemasInOutbox('waiting', sql`null`)},
          ${cinemasInOutbox('parked', sql`not null`)}
        select cinema_code from waiting where cinema_code is not null
        union
        select cinema_code from parked p where cinema_code is not null and exists (
          select 1 from outbox o
          where o.parked_at is not null and o.cinema_code = p.cinema_code and o.next_attempt_at <= ${now}
        )`.execute(db);
      return rows.map(({ cinemaCode }) => cinemaCode as CinemaCode);
    },

    /**
     * The oldest waiting records of a cinema by (CheckTime, RecordId): `most` of those that are complete and `most` of those
     * that are not, as they were at one moment.
     */
    async oldest(cinemaCode: CinemaCode, most: number): Promise<{ complete: Waiting[]; incomplete: Waiting[] }> {
      const keys = (incomplete: 0 | 1) =>
        db
          .selectFrom((from) =>
            from
              .selectFrom('outbox')
              .select(['recordId', 'identity', 'cinemaCode', 'revision', 'checkTime', 'incomplete'])
              .where('cinemaCode', '=', cinemaCode)
              .where('parkedAt', 'is', null)
              .where('incomplete', '=', incomplete)
              .orderBy(placeIn('outbox'))
              .limit(most)
              .as('kind'),
          )
          .selectAll('kind');
      // In one statement: with two, an older record of the first kind that arrives between them would go after the second's.
      const rows = await db
        .selectFrom(keys(0).unionAll(keys(1)).as('waiting'))
        .innerJoin('checkRecord', (join) => join.on(haveSameKey('checkRecord', 'waiting')))
        .selectAll('checkRecord')
        .select(['waiting.revision', 'waiting.incomplete'])
        .orderBy(placeIn('waiting'))
        .execute();
      const ofKind = (kind: 0 | 1) =>
        rows.flatMap(({ incomplete, ...row }) => (incomplete === kind ? [waitingOf(row)] : []));
      return { complete: ofKind(0), incomplete: ofKind(1) };
    },

    async parkedDue(cinemaCode: CinemaCode, now: WallClock, most: number): Promise<Waiting[]> {
      const rows = await queuedRecords(db)
        .select('outbox.revision')
        .where('outbox.cinemaCode', '=', cinemaCode)
        .where('outbox.parkedAt', 'is not', null)
        .where('outbox.nextAttemptAt', '<=', now)
        .orderBy('outbox.nextAttemptAt')
        .orderBy('outbox.recordId')
        .orderBy('outbox.identity')
        .limit(most)
        .execute();
      return rows.map(waitingOf);
    },

    /**
     * Takes delivered records out of the outbox and notes when they were accepted; durable when it resolves. One that has changed
     * since it was read stays, since upstream has its older state only. What is confirmed in one turn shares a commit; many are
     * taken out in slices, each with a commit of its own: what a failure leaves is sent again, and known to upstream. `sentAt`:
     * when the report that was accepted was handed to the line.
     */
    async confirm(delivered: readonly Waiting[], now: WallClock, sentAt?: WallClock): Promise<void> {
      for (let from = 0; from < delivered.length; from += MAX_A_SLICE) {
        await confirm({ delivered: delivered.slice(from, from + MAX_A_SLICE), now, sentAt: sentAt ?? null });
      }
    },

    /** Notes of records that they were sent and not answered, and when for the first time; in slices, as `confirm`. */
    async noteUnanswered(sent: readonly Waiting[], sentAt: WallClock): Promise<void> {
      const rows = sent.map(({ record }) => keyOf(record));
      for (let from = 0; from < rows.length; from += MAX_A_SLICE) {
        const given = store.rowsAsTable(rows.slice(from, from + MAX_A_SLICE), KEY_COLUMNS);
        // In a transaction, which runs again where it and records that are queued again wait for each other.
        await store.transaction((trx) =>
          trx
            .updateTable('outbox')
            .from(given.as('given'))
            .set({ sentAt })
            .where(haveSameKey('outbox', 'given'))
            .where('outbox.sentAt', 'is', null)
            .execute(),
        );
      }
    },

    async park(refused: readonly Refused[], now: WallClock, nextAttemptAt: WallClock): Promise<void> {
      if (refused.length === 0) return;
      const rows = refused.map(({ record, revision, errorCode, errorMessage }) => ({
        ...keyOf(record),
        revision,
        errorCode,
        errorMessage: errorMessage.toWellFormed().replaceAll('\0', ''),
      }));
      const columns = { ...KEY_COLUMNS, revision: 'integer', errorCode: 'text', errorMessage: 'text' } as const;
      await db
        .updateTable('outbox')
        .from(store.rowsAsTable(rows, columns).as('given'))
        .set({
          parkedAt: sql<string>`coalesce(outbox.parked_at, ${now})`,
          nextAttemptAt,
          attempts: sql<number>`outbox.attempts + 1`,
          errorCode: sql<string>`given.error_code`,
          errorMessage: sql<string>`given.error_message`,
        })
        .where(haveSameKey('outbox', 'given'))
        .whereRef('outbox.revision', '=', 'given.revision')
        .execute();
    },

    /** Makes parked records due at once; answers how many. */
    async retryParked(cinemas?: AskedCinemas): Promise<number> {
      const { numUpdatedRows } = await db
        .updateTable('outbox')
        .modifyEnd(acrossCinemas('command'))
        .set({ nextAttemptAt: sql<string>`parked_at` })
        .where('parkedAt', 'is not', null)
        .where(isOfCinemas(cinemas, sql.ref('cinemaCode')))
        .executeTakeFirstOrThrow();
      return Number(numUpdatedRows);
    },

    resendSince: (since: WallClock) => resendSince(store, since),
  };
}

function waitingOf({ revision, ...row }: Parameters<typeof recordOf>[0] & { revision: number }): Waiting {
  return { record: recordOf(row), revision };
}

/** Answers which were taken out, and how often each had been refused. */
async function deleteDelivered(
  trx: Kysely<CheckRecordTables>,
  store: Store<CheckRecordTables>,
  delivered: readonly Waiting[],
): Promise<Pick<OutboxRow, keyof typeof KEY_COLUMNS | 'attempts'>[]> {
  const rows = delivered.map(({ record, revision }) => ({ ...keyOf(record), revision }));
  const given = store.rowsAsTable(rows, { ...KEY_COLUMNS, revision: 'integer' });
  return trx
    .deleteFrom('outbox')
    .where(
      sql<boolean>`(record_id, identity, cinema_code, revision) in (
        select record_id, identity, cinema_code, revision from ${given} as given
      )`,
    )
    .returning(['recordId', 'identity', 'cinemaCode', 'attempts'])
    .execute();
}

/** One row a day and cinema says from which check time on a restored upstream may lack records (reading X4). */
async function logDelivery(
  trx: Kysely<CheckRecordTables>,
  delivered: readonly Waiting[],
  now: WallClock,
): Promise<void> {
  for (const [cinemaCode, ofCinema] of Map.groupBy(delivered, ({ record }) => record.cinemaCode)) {
    const checkTimes = ofCinema.map(({ record }) => record.checkTime).sort();
    await trx
      .insertInto('delivery')
      .values({
        deliveredOn: businessDate(now),
        cinemaCode,
        oldestCheckTime: checkTimes[0] ?? now,
        lastDeliveredAt: now,
      })
      .onConflict((conflict) =>
        conflict.columns(['deliveredOn', 'cinemaCode']).doUpdateSet({
          oldestCheckTime: sql<string>`case when excluded.oldest_check_time < delivery.oldest_check_time
            then excluded.oldest_check_time else delivery.oldest_check_time end`,
          lastDeliveredAt: now,
        }),
      )
      .execute();
  }
}
