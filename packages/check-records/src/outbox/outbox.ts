import { businessDate, type CinemaCode, unixSecondsOf, type WallClock } from '@ticket-check/protocol';
import {
  acrossCinemas,
  byCinema,
  chunksOf,
  coalesce,
  DATABASE_NOW,
  isAmong,
  nextOwner,
  queryOverRows,
  type Taken,
  whileOwned,
  writeTogether,
} from '@ticket-check/storage';
import { type CompiledQuery, sql } from 'kysely';
import { type AskedCinemas, haveSameKey, isOfCinemas, KEY_COLUMNS, keyOf, keyText } from '../tables/keys.ts';
import { queuedRecords, queueing } from '../tables/outbox-rows.ts';
import { type ReceivedRecord, recordOf } from '../tables/received-record.ts';
import { loadStored } from '../tables/record-rows.ts';
import type { CheckRecordTables, Database, DeliveryRow, OutboxRow, OwnDb, OwnStore } from '../tables/tables.ts';
import { type Accepted, noteDelivered } from './deliveries.ts';
import { resendSince } from './resend.ts';

export type Waiting = { readonly record: ReceivedRecord; readonly revision: number };

export type Refused = Waiting & { readonly errorCode: string; readonly errorMessage: string };

type Confirmation = {
  readonly delivered: readonly Waiting[];
  readonly now: WallClock;
  readonly sentAt: WallClock | null;
  /** The turn that ends with it. */
  readonly last: SendingTurn | undefined;
};

export type Outbox = ReturnType<typeof createOutbox>;

export type Oldest = { readonly complete: Waiting[]; readonly incomplete: Waiting[] };

/** The sole right to send the records of a cinema. */
export type SendingTurn = {
  readonly first: Oldest;
  /** Aborts when another process may have taken over. */
  readonly signal: AbortSignal;
  /** Who has the right by a row of the database; null on SQLite. */
  readonly owner: string | null;
  /** Notes that the right ended with the last confirmation. */
  released(): void;
};

/** A turn that began in the transaction that queued all that waits: what that is, and the row by which it is this process's. */
export type Begun = Taken & { readonly first: Oldest | null };

/** For how long the records of a cinema belong to a process that has died. */
const OWNED_MS = 12_000;

/** A slice of this size takes a database two milliseconds. */
const MAX_A_SLICE = 250;

export function createOutbox(store: OwnStore) {
  const { db } = store;
  const confirm = coalesce(
    async (confirmations: Confirmation[]) => {
      // In one order, so that two processes do not wait for each other in a circle.
      const inOrder = confirmations.toSorted(byCinemaCode);
      const confirmed = inOrder.flatMap(confirmedIn);
      await store.batch([
        // First: it reads what the next one deletes.
        ...noteDelivered.statements(store, confirmed),
        ...takeOut.statements(store, confirmed),
        ...logDeliveries.statements(store, confirmed),
        ...giveUp.statements(store, inOrder.flatMap(ownedIn)),
      ]);
      for (const { last } of inOrder) last?.released();
      return confirmations.map(() => undefined);
    },
    { max: 50 },
  );

  return {
    /** Queues records, with `others` in one statement. Begins turns of cinemas of `readyFor` with nothing else in the queue. */
    async queue(
      trx: OwnDb,
      records: readonly ReceivedRecord[],
      others: readonly CompiledQuery[],
      readyFor: (cinemas: readonly CinemaCode[]) => CinemaCode[],
    ): Promise<Map<CinemaCode, Begun>> {
      const taken = { owner: nextOwner(), until: performance.now() + OWNED_MS };
      const statements = [...queueing(store, records), ...others];
      const ofCinema = Map.groupBy(records, ({ cinemaCode }) => cinemaCode);
      // Needs a statement that does not see what it queues.
      const ready = store.engine === 'sqlite' || store.isDistributed ? [] : readyFor([...ofCinema.keys()]).sort();
      const asked = ready.map((cinemaCode) => ({ cinemaCode, owner: taken.owner }));
      const rows = await writeTogether({ db: trx, store }, [...statements, ...beginEmpty.statements(store, asked)]);
      if (ready.length === 0) return new Map();
      return new Map(
        (rows as Owned[]).map(({ cinemaCode }) => {
          const waiting = (ofCinema.get(cinemaCode) ?? []).map((record) => ({ record, revision: 0 }));
          const complete = waiting.filter(({ record }) => record.ticketType !== null);
          const incomplete = waiting.filter(({ record }) => record.ticketType === null);
          return [cinemaCode, { ...taken, first: { complete, incomplete } }];
        }),
      );
    },

    /** Runs `send` with the oldest waiting records while no other process sends them; null if one does. */
    async alone<T>(
      cinemaCode: CinemaCode,
      most: number,
      send: (turn: SendingTurn) => Promise<T>,
      begun: Begun | null = null,
    ): Promise<T | null> {
      if (store.engine === 'sqlite') {
        const [first, { signal }] = [await oldest({ db, store }, cinemaCode, most), new AbortController()];
        return send({ first, signal, owner: null, released: () => {} });
      }
      const taken = begun !== null && performance.now() < begun.until - OWNED_MS / 2 ? begun : undefined;
      let first = taken?.first ?? null;
      let isReleased = false;
      return whileOwned(
        {
          taken,
          owner: begun?.owner,
          // In one commit with what is read first.
          take: (owner) =>
            store.transaction(
              async (trx) => {
                const isOurs = await takeQueue(trx, cinemaCode, owner);
                if (isOurs) first ??= await oldest({ db: trx, store }, cinemaCode, most);
                return isOurs;
              },
              { urgent: first !== null },
            ),
          async release(owner, wasExtended) {
            if (!isReleased || wasExtended) await giveUp.ask({ db, store }, [{ cinemaCode, owner }]);
          },
        },
        async (signal, owner) =>
          send({
            first: first ?? (await oldest({ db, store }, cinemaCode, most)),
            signal,
            owner,
            released() {
              isReleased = true;
            },
          }),
      );
    },

    /** The next cinemas, by code, with records to send or with parked ones due at `now`: each one look into an index. */
    async cinemas(now: WallClock, after: CinemaCode | '' = '', most = Number.POSITIVE_INFINITY): Promise<CinemaCode[]> {
      const found: CinemaCode[] = [];
      while (found.length < most) {
        const last = found.at(-1) ?? after;
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
      }
      return found;
    },

    /** Leaves to others a turn that was not used; if that fails, its time runs out. */
    leave: (cinemaCode: CinemaCode, { owner }: Begun) =>
      giveUp.ask({ db, store }, [{ cinemaCode, owner }]).catch(() => []),

    oldest: (cinemaCode: CinemaCode, most: number) => oldest({ db, store }, cinemaCode, most),

    async parkedDue(cinemaCode: CinemaCode, now: WallClock, most: number): Promise<Waiting[]> {
      const rows = await queuedRecords(db)
        .select('outbox.revision')
        .where('outbox.cinemaCode', '=', cinemaCode)
        .where('outbox.parkedAt', 'is not', null)
        .where('outbox.nextAttemptAt', '<=', now)
        .orderBy(sql`outbox.next_attempt_at, outbox.record_id, outbox.identity`)
        .limit(most)
        .execute();
      return rows.map(({ revision, ...row }) => ({ record: recordOf(row), revision }));
    },

    /**
     * Takes delivered records out of the outbox and notes when they were accepted; durable when it resolves. One that has changed
     * since it was read stays. Many are taken out in slices with a commit each: what a failure leaves is sent again. `sentAt`: when
     * the accepted report was handed to the line. `last`: the turn that ends with it.
     */
    async confirm(delivered: readonly Waiting[], now: WallClock, sentAt: WallClock | null = null, last?: SendingTurn) {
      for (const slice of chunksOf(delivered, MAX_A_SLICE)) {
        const isLast = slice.at(-1) === delivered.at(-1);
        await confirm({ delivered: slice, now, sentAt, last: isLast ? last : undefined });
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

    async retryParked(cinemas?: AskedCinemas): Promise<number> {
      const { numAffectedRows } = await sql`
        update outbox set next_attempt_at = parked_at
        where parked_at is not null and ${isOfCinemas(cinemas, sql`cinema_code`)} ${acrossCinemas('command')}
      `.execute(db);
      return Number(numAffectedRows ?? 0);
    },

    resendSince: (since: WallClock) => resendSince(store, since),
  };
}

const WAITING = sql`record_id, identity, cinema_code, start_time, revision, check_time, incomplete`;
const IN_ORDER = sql`check_time, record_id, identity`;

/** The oldest waiting records of a cinema, `most` of those that are complete and of those that are not, at one moment. */
async function oldest(database: Database, cinemaCode: CinemaCode, most: number): Promise<Oldest> {
  const keys = (incomplete: 0 | 1) => sql`
    select ${WAITING} from (
      select ${WAITING} from outbox where cinema_code = ${cinemaCode} and parked_at is null and incomplete = ${incomplete}
      order by ${IN_ORDER} limit ${most}
    ) as kind`;
  // In one statement: with two, an older record of the first kind that arrives between them would go after the second's.
  const oldestFirst = sql<OutboxRow>`${keys(0)} union all ${keys(1)} order by ${IN_ORDER}`;
  const { rows: waiting } = await oldestFirst.execute(database.db);
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
async function takeQueue(trx: OwnDb, cinemaCode: CinemaCode, owner: string): Promise<boolean> {
  const { rows } = await sql`
    insert into outbox_owner (cinema_code, owner, owned_until)
    values (${cinemaCode}, ${owner}, ${DATABASE_NOW} + ${OWNED_MS})
    on conflict (cinema_code) do update set owner = excluded.owner, owned_until = excluded.owned_until
    where outbox_owner.owner = excluded.owner or outbox_owner.owned_until <= excluded.owned_until - ${sql.lit(OWNED_MS)}
    returning cinema_code`.execute(trx);
  return rows.length > 0;
}

const OWNED = { cinemaCode: 'text', owner: 'text' } as const;

type Owned = { readonly cinemaCode: CinemaCode; readonly owner: string };

/** Waits at most for the commit of another process that does the same: one that sends has what it sends in the queue. */
const beginEmpty = queryOverRows<CheckRecordTables, Owned, Pick<Owned, 'cinemaCode'>>(OWNED, ({ db }, given) =>
  db
    .insertInto('outboxOwner')
    .columns(['cinemaCode', 'owner', 'ownedUntil'])
    .expression(
      sql`select given.cinema_code, given.owner, ${DATABASE_NOW} + ${sql.lit(OWNED_MS)} from ${given} as given
        where not exists (select from outbox o where o.cinema_code = given.cinema_code and o.parked_at is null)
          and not exists (select from outbox o where o.cinema_code = given.cinema_code and o.parked_at is not null)`,
    )
    .onConflict((conflict) => conflict.column('cinemaCode').doNothing())
    .returning('cinemaCode')
    .$castTo<Pick<Owned, 'cinemaCode'>>(),
);

function byCinemaCode({ delivered: [a] }: Confirmation, { delivered: [b] }: Confirmation): number {
  return (a?.record.cinemaCode ?? '') < (b?.record.cinemaCode ?? '') ? -1 : 1;
}

type Confirmed = Accepted & Pick<OutboxRow, 'checkTime'> & Pick<DeliveryRow, 'deliveredOn' | 'lastDeliveredAt'>;

function confirmedIn({ delivered, now, sentAt }: Confirmation): Confirmed[] {
  const at = { deliveredOn: businessDate(now), lastDeliveredAt: now, deliveredAt: unixSecondsOf(now) };
  const sent = sentAt === null ? null : unixSecondsOf(sentAt);
  return delivered.map(({ record, revision }) => {
    const { checkTime } = record;
    return { ...keyOf(record), checkTime, revision, ...at, sentAt: sent };
  });
}

const TAKEN = { recordId: 'text', identity: 'text', cinemaCode: 'text', revision: 'integer' } as const;

const takeOut = queryOverRows<CheckRecordTables, Pick<Confirmed, keyof typeof TAKEN>, unknown>(TAKEN, ({ db }, given) =>
  db.deleteFrom('outbox').where(isAmong(TAKEN, given)),
);

const DELIVERY_COLUMNS = {
  deliveredOn: 'text',
  cinemaCode: 'text',
  checkTime: 'text',
  lastDeliveredAt: 'text',
} as const;

/** One row a day and cinema says from which check time on a restored upstream may lack records (reading X4). */
const logDeliveries = queryOverRows<CheckRecordTables, Pick<Confirmed, keyof typeof DELIVERY_COLUMNS>, unknown>(
  DELIVERY_COLUMNS,
  ({ db }, given) =>
    db
      .insertInto('delivery')
      .columns(['deliveredOn', 'cinemaCode', 'oldestCheckTime', 'lastDeliveredAt'])
      .expression(
        sql`select delivered_on, cinema_code, min(check_time), max(last_delivered_at) from ${given} as given
          group by delivered_on, cinema_code`,
      )
      .onConflict((conflict) =>
        conflict.columns(['deliveredOn', 'cinemaCode']).doUpdateSet((eb) => ({
          oldestCheckTime: sql<string>`case when excluded.oldest_check_time < delivery.oldest_check_time
            then excluded.oldest_check_time else delivery.oldest_check_time end`,
          lastDeliveredAt: eb.ref('excluded.lastDeliveredAt'),
        })),
      ),
);

function ownedIn({ delivered: [first], last }: Confirmation): Owned | [] {
  const owner = last?.owner ?? null;
  return owner === null || first === undefined ? [] : { cinemaCode: first.record.cinemaCode, owner };
}

const giveUp = queryOverRows<CheckRecordTables, Owned, unknown>(OWNED, ({ db }, given) =>
  db.deleteFrom('outboxOwner').where(isAmong(OWNED, given)),
);
