import { businessDate, type CinemaCode, type WallClock } from '@ticket-check/protocol';
import {
  acrossCinemas,
  byCinema,
  coalesce,
  DATABASE_NOW,
  queryOverRows,
  type Store,
  whileOwned,
} from '@ticket-check/storage';
import { type Kysely, sql } from 'kysely';
import { type AskedCinemas, haveSameKey, isOfCinemas, KEY_COLUMNS, keyOf, keyText, placeIn } from '../tables/keys.ts';
import { queuedRecords } from '../tables/outbox-rows.ts';
import { type ReceivedRecord, recordOf } from '../tables/received-record.ts';
import { loadStored } from '../tables/record-rows.ts';
import type { CheckRecordTables, Database, OutboxRow } from '../tables/tables.ts';
import { noteDelivered } from './deliveries.ts';
import { resendSince } from './resend.ts';

/** A record as it was when it was read from the outbox. */
export type Waiting = { readonly record: ReceivedRecord; readonly revision: number };

export type Refused = Waiting & { readonly errorCode: string; readonly errorMessage: string };

type Confirmation = {
  readonly delivered: readonly Waiting[];
  readonly now: WallClock;
  readonly sentAt: WallClock | null;
  readonly turn: SendingTurn | undefined;
};

export type Outbox = ReturnType<typeof createOutbox>;

/** The oldest waiting records of a cinema: those that are complete, and those that are not. */
export type Oldest = { readonly complete: Waiting[]; readonly incomplete: Waiting[] };

/** The sole right to send the records of a cinema. */
export type SendingTurn = {
  readonly first: Oldest;
  /** Aborts when another process may have taken over. */
  readonly signal: AbortSignal;
  /** Gives the right up with a transaction; without it, that is done afterwards. */
  release?(trx: Kysely<CheckRecordTables>): Promise<void>;
  /** To be called once that transaction is committed. */
  released?(): void;
};

/** For how long the records of a cinema belong to a process that has died. */
const OWNED_MS = 12_000;

/** A slice of this size takes a database two milliseconds. */
const MAX_A_SLICE = 250;

/** The queue of records on their way upstream: SQL and nothing else. */
export function createOutbox(store: Store<CheckRecordTables>) {
  const { db } = store;
  const confirm = coalesce(
    async (confirmations: Confirmation[]) => {
      await store.transaction(async (trx) => {
        for (const { delivered, now, sentAt, turn } of confirmations.toSorted(byCinemaCode)) {
          const taken = await deleteDelivered(trx, store, delivered);
          await noteDelivered({ db: trx, store }, taken, { deliveredAt: now, sentAt });
          await logDelivery(trx, delivered, now);
          await turn?.release?.(trx);
        }
      });
      return confirmations.map(() => undefined);
    },
    { max: 50 },
  );

  return {
    /**
     * Reads the oldest waiting records of a cinema (`oldest`) and runs `send` while no other process sends them; null, without
     * running it, if one does.
     */
    async alone<T>(cinemaCode: CinemaCode, most: number, send: (turn: SendingTurn) => Promise<T>): Promise<T | null> {
      const lasting = new AbortController().signal;
      if (store.engine === 'sqlite')
        return send({ first: await oldest({ db, store }, cinemaCode, most), signal: lasting });
      let turn: { first: Oldest; release?: SendingTurn['release'] } | null = null;
      let isReleased = false;
      const release = (trx: Kysely<CheckRecordTables>, owner: string) =>
        trx.deleteFrom('outboxOwner').where('cinemaCode', '=', cinemaCode).where('owner', '=', owner).execute();
      return whileOwned(
        {
          // In one commit with what is read first.
          take: (owner) =>
            store.transaction(
              async (trx) => {
                const isOurs = await takeQueue(trx, cinemaCode, owner);
                if (isOurs) turn ??= { first: await oldest({ db: trx, store }, cinemaCode, most) };
                return isOurs;
              },
              { urgent: turn !== null },
            ),
          release: async (owner, wasExtended) => (isReleased && !wasExtended ? undefined : release(db, owner)),
        },
        (signal, owner) =>
          send({
            first: (turn as unknown as { first: Oldest }).first,
            signal,
            async release(trx) {
              await release(trx, owner);
            },
            released() {
              isReleased = true;
            },
          }),
      );
    },

    /**
     * The next cinemas after one with records to send, or with parked records whose next attempt is due at `now`, in the order of
     * their codes. Each is one look into an index, whatever number of cinemas and records waits.
     */
    async cinemas(now: WallClock, after: CinemaCode | '' = '', most = Number.POSITIVE_INFINITY): Promise<CinemaCode[]> {
      const found: CinemaCode[] = [];
      for (let last: CinemaCode | '' = after; found.length < most; ) {
        const { rows } = await sql<{ cinemaCode: CinemaCode | null }>`
          select ${acrossCinemas('waiting')} min(cinema_code) as cinema_code from (
            select min(cinema_code) as cinema_code from outbox where parked_at is null and cinema_code > ${last}
            union all
            select min(cinema_code) from outbox
            where parked_at is not null and next_attempt_at <= ${now} and cinema_code > ${last}
          ) as next`.execute(db);
        const next = rows[0]?.cinemaCode ?? null;
        if (next === null) break;
        found.push(next);
        last = next;
      }
      return found;
    },

    oldest: (cinemaCode: CinemaCode, most: number) => oldest({ db, store }, cinemaCode, most),

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
     * when the report that was accepted was handed to the line. `last`: the turn that ends with it.
     */
    async confirm(
      delivered: readonly Waiting[],
      now: WallClock,
      sentAt: WallClock | null = null,
      last?: SendingTurn,
    ): Promise<void> {
      for (let from = 0; from < delivered.length; from += MAX_A_SLICE) {
        const turn = from + MAX_A_SLICE < delivered.length ? undefined : last;
        await confirm({ delivered: delivered.slice(from, from + MAX_A_SLICE), now, sentAt, turn });
        turn?.released?.();
      }
    },

    /** Notes of records that they were sent and not answered, and when for the first time; in slices, as `confirm`. */
    async noteUnanswered(sent: readonly Waiting[], sentAt: WallClock): Promise<void> {
      const rows = sent.map(({ record }) => keyOf(record));
      for (let from = 0; from < rows.length; from += MAX_A_SLICE) {
        const slice = byCinema(store, rows.slice(from, from + MAX_A_SLICE));
        // In a transaction, which runs again where it and records that are queued again wait for each other.
        await store.transaction(async (trx) => {
          for (const ofCinema of slice)
            await trx
              .updateTable('outbox')
              .from(store.rowsAsTable(ofCinema, KEY_COLUMNS).as('given'))
              .set({ sentAt })
              .where(haveSameKey('outbox', 'given'))
              .where('outbox.sentAt', 'is', null)
              .execute();
        });
      }
    },

    async park(refused: readonly Refused[], now: WallClock, nextAttemptAt: WallClock): Promise<void> {
      const rows = refused.map(({ record, revision, errorCode, errorMessage }) => ({
        ...keyOf(record),
        revision,
        errorCode,
        errorMessage: errorMessage.toWellFormed().replaceAll('\0', ''),
      }));
      const columns = { ...KEY_COLUMNS, revision: 'integer', errorCode: 'text', errorMessage: 'text' } as const;
      for (const ofCinema of byCinema(store, rows))
        await db
          .updateTable('outbox')
          .from(store.rowsAsTable(ofCinema, columns).as('given'))
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

/**
 * The oldest waiting records of a cinema by (CheckTime, RecordId): `most` of those that are complete and `most` of those
 * that are not, as they were at one moment.
 */
async function oldest(database: Database, cinemaCode: CinemaCode, most: number): Promise<Oldest> {
  const keys = (incomplete: 0 | 1) =>
    database.db
      .selectFrom((from) =>
        from
          .selectFrom('outbox')
          .select(['recordId', 'identity', 'cinemaCode', 'startTime', 'revision', 'checkTime', 'incomplete'])
          .where('cinemaCode', '=', cinemaCode)
          .where('parkedAt', 'is', null)
          .where('incomplete', '=', incomplete)
          .orderBy(placeIn('outbox'))
          .limit(most)
          .as('kind'),
      )
      .selectAll('kind');
  // In one statement: with two, an older record of the first kind that arrives between them would go after the second's.
  const waiting = await database.db
    .selectFrom(keys(0).unionAll(keys(1)).as('waiting'))
    .selectAll('waiting')
    .orderBy(placeIn('waiting'))
    .execute();
  // By key, so that PostgreSQL opens only their months. One that was filled in between has another revision by now.
  const records = await loadStored(database, waiting);
  const ofKind = (kind: 0 | 1) =>
    waiting.flatMap(({ incomplete, revision, ...key }) => {
      const record = incomplete === kind ? records.get(keyText(key)) : undefined;
      return record === undefined ? [] : [{ record, revision }];
    });
  return { complete: ofKind(0), incomplete: ofKind(1) };
}

/** Asks no clock where rows conflict, nor hands it a parameter: Citus takes neither. */
async function takeQueue(trx: Kysely<CheckRecordTables>, cinemaCode: CinemaCode, owner: string): Promise<boolean> {
  const { rows } = await sql`
    insert into outbox_owner (cinema_code, owner, owned_until)
    values (${cinemaCode}, ${owner}, ${DATABASE_NOW} + ${OWNED_MS})
    on conflict (cinema_code) do update set owner = excluded.owner, owned_until = excluded.owned_until
    where outbox_owner.owner = excluded.owner or outbox_owner.owned_until <= excluded.owned_until - ${sql.lit(OWNED_MS)}
    returning cinema_code`.execute(trx);
  return rows.length > 0;
}

/** In one order, so that two processes do not wait for each other in a circle. */
function byCinemaCode({ delivered: [a] }: Confirmation, { delivered: [b] }: Confirmation): number {
  return (a?.record.cinemaCode ?? '') < (b?.record.cinemaCode ?? '') ? -1 : 1;
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
  return takeOut.ask(
    { db: trx, store },
    delivered.map(({ record, revision }) => ({ ...keyOf(record), revision })),
  );
}

type Sent = Pick<OutboxRow, keyof typeof KEY_COLUMNS | 'revision'>;

const takeOut = queryOverRows<
  CheckRecordTables,
  Sent,
  keyof Sent,
  Pick<OutboxRow, keyof typeof KEY_COLUMNS | 'attempts'>
>({ ...KEY_COLUMNS, revision: 'integer' }, ({ db }, given) =>
  db
    .deleteFrom('outbox')
    .where(
      sql<boolean>`(record_id, identity, cinema_code, revision) in (
        select record_id, identity, cinema_code, revision from ${given} as given
      )`,
    )
    .returning(['recordId', 'identity', 'cinemaCode', 'startTime', 'attempts']),
);

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
