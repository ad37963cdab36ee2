import { businessDate, type WallClock } from '@ticket-check/protocol';
import { queryOverRows, type Store } from '@ticket-check/storage';
import { type Kysely, sql } from 'kysely';
import { haveSameKey, isOnPage, KEY_COLUMNS, keyText } from '../tables/record-key.ts';
import { isUndone } from '../tables/reversal-rows.ts';
import type { CheckRecordRow, CheckRecordTables, Database } from '../tables/tables.ts';
import { TICKET_COLUMNS, ticketText } from '../tables/ticket-key.ts';
import type { RetentionTerms } from './cutoff.ts';
import type { Counts } from './purged-counts.ts';
import { type RecordFacts, reasonToStay } from './reason-to-stay.ts';
import { inSlice, ROWS_A_SLICE, type Slice, type Walk, type WalkMode } from './walk.ts';

/** A record that is old enough by its CheckTime. */
type OldRecord = Pick<CheckRecordRow, (typeof COLUMNS)[number]>;

const COLUMNS = [
  'recordId',
  'identity',
  'cinemaCode',
  'filmTicketCode',
  'startTime',
  'checkTime',
  'receivedAt',
  'quarantine',
] as const;

/** What a service keeps beside its records. */
export type BesideRecords = {
  /** Whether this service settles disputes over doubles: then a double stays only for a reason from there. */
  readonly settlesDoubles?: boolean;
  /**
   * Of each record, in order, the reason why it has to stay because of what is beside it, in a word, or null. With `locks` it
   * keeps other transactions from changing that: what is asked afterwards sees what they did.
   */
  reasonsToStay(
    db: Kysely<CheckRecordTables>,
    records: readonly OldRecord[],
    options: { locks: boolean },
  ): Promise<readonly (string | null)[]>;
  /** Deletes what belongs to records that go, in their transaction, or counts it; by kind. */
  rowsOf(db: Kysely<CheckRecordTables>, records: readonly OldRecord[], options: { deletes: boolean }): Promise<Counts>;
};

/** Purges check records. Scheme 5.3.1.3; reading S3. */
export function walkRecords(store: Store<CheckRecordTables>, beside: BesideRecords | null): Walk {
  return async function* (terms, mode) {
    const delivered = new Map<string, string>();
    let deliveredSince = terms.deliveredSince;
    let after: OldRecord | undefined;
    for (;;) {
      const from = after;
      const since = deliveredSince;
      const slice = await inSlice(store, mode.deletes, (db) =>
        goThrough({ db, store }, { terms, from, since, delivered, mode }),
      );
      yield slice;
      after = slice.last;
      if (after === undefined) return;
      // What was delivered since the walk began is all that is new.
      deliveredSince = since === null ? null : terms.at;
    }
  };

  async function goThrough(
    database: Database,
    given: {
      terms: RetentionTerms;
      from: OldRecord | undefined;
      since: WallClock | null;
      delivered: Map<string, string>;
      mode: WalkMode;
    },
  ): Promise<Slice & { last: OldRecord | undefined }> {
    const { terms, from, since, delivered, mode } = given;
    const { deletes } = mode;
    const { db } = database;
    const locks = deletes && store.engine === 'postgres';
    const old = await selectOld(db, terms.cutoff, from)
      .$if(locks, (query) => query.forUpdate())
      .execute();
    const besides = (await beside?.reasonsToStay(db, old, { locks })) ?? [];
    const facts = new Map((await factsOf.ask(database, old)).map((row) => [keyText(row), row]));
    // After the outbox: what left it meanwhile is found here.
    if (since !== null) await noteDelivered(db, since, delivered);

    const gone: OldRecord[] = [];
    const stayed: Record<string, number> = {};
    for (const [index, record] of old.entries()) {
      const { isQueued = 0, isDouble = 0 } = facts.get(keyText(record)) ?? {};
      const known: RecordFacts = {
        isQueued: isQueued === 1,
        isDouble: isDouble === 1 && beside?.settlesDoubles !== true,
        oldestDelivered: delivered.get(record.cinemaCode) ?? null,
      };
      const reason = reasonToStay(record, known, terms) ?? besides[index] ?? null;
      if (reason === null) gone.push(record);
      else {
        stayed[reason] = (stayed[reason] ?? 0) + 1;
        if (!mode.deletes) mode.staying.add(ticketText(record));
      }
    }
    const reversals = gone.length === 0 ? 0 : await takeReversals(database, gone, { deletes });
    if (deletes && gone.length > 0) await deleteRecords(database, gone);
    const others = gone.length === 0 ? {} : ((await beside?.rowsOf(db, gone, { deletes })) ?? {});
    return {
      gone: { checkRecords: gone.length, reversals, ...others },
      stayed,
      oldest: (gone[0]?.checkTime ?? null) as WallClock | null,
      last: old.length < ROWS_A_SLICE ? undefined : old.at(-1),
    };
  }
}

/** The query for the oldest records of a walk. */
export function selectOld(db: Kysely<CheckRecordTables>, cutoff: WallClock, after: OldRecord | undefined) {
  return db
    .selectFrom('checkRecord')
    .select(COLUMNS)
    .where('checkTime', '<', cutoff)
    .where(isOnPage('checkRecord', { after }))
    .orderBy('checkTime')
    .orderBy('recordId')
    .orderBy('identity')
    .limit(ROWS_A_SLICE);
}

type Facts = Pick<OldRecord, 'recordId' | 'identity'> & { readonly isQueued: number; readonly isDouble: number };

const ASKED = { ...TICKET_COLUMNS, ...KEY_COLUMNS } as const;

/** What the store knows of records beside their rows. */
const factsOf = queryOverRows<CheckRecordTables, OldRecord, keyof typeof ASKED, Facts>(ASKED, ({ db }, given) =>
  db
    .selectFrom(given.as('given'))
    .select(['given.recordId', 'given.identity'])
    .select(
      sql<number>`case when exists (select 1 from outbox o where ${haveSameKey('o', 'given')}) then 1 else 0 end`.as(
        'isQueued',
      ),
    )
    .select(
      sql<number>`(select count(*) from (
        select 1 from check_record c
        where c.start_time = given.start_time and c.cinema_code = given.cinema_code
          and c.film_ticket_code = given.film_ticket_code and c.quarantine is null
          and not ${isUndone('c')}
        limit 2
      ) as entry) - 1`.as('isDouble'),
    ),
);

/** Takes note of the oldest CheckTime that was delivered of each cinema since a time. */
async function noteDelivered(db: Kysely<CheckRecordTables>, since: WallClock, delivered: Map<string, string>) {
  const rows = await db
    .selectFrom('delivery')
    .select((eb) => ['cinemaCode', eb.fn.min('oldestCheckTime').as('oldest')])
    .where('deliveredOn', '>=', businessDate(since))
    .groupBy('cinemaCode')
    .execute();
  for (const { cinemaCode, oldest } of rows) {
    const known = delivered.get(cinemaCode);
    if (known === undefined || oldest < known) delivered.set(cinemaCode, oldest);
  }
}

async function deleteRecords({ db, store }: Database, gone: readonly OldRecord[]): Promise<void> {
  const given = store.rowsAsTable(gone, KEY_COLUMNS);
  for (const table of ['checkRecord', 'deliveredRecord'] as const) {
    await db
      .deleteFrom(table)
      .where(
        sql<boolean>`(record_id, identity, cinema_code) in (select record_id, identity, cinema_code from ${given} as given)`,
      )
      .execute();
  }
}

/** What undoes records that go, which says nothing without them: deletes it, or counts it. */
async function takeReversals(
  { db, store }: Database,
  gone: readonly OldRecord[],
  { deletes }: { deletes: boolean },
): Promise<number> {
  const given = store.rowsAsTable(gone, KEY_COLUMNS);
  const ofGone = sql<boolean>`(reverses, identity, cinema_code) in (select record_id, identity, cinema_code from ${given} as given)`;
  if (deletes) {
    const { numDeletedRows } = await db.deleteFrom('reversal').where(ofGone).executeTakeFirst();
    return Number(numDeletedRows);
  }
  const { reversals } = await db
    .selectFrom('reversal')
    .select((eb) => eb.fn.countAll<number>().as('reversals'))
    .where(ofGone)
    .executeTakeFirstOrThrow();
  return reversals;
}
