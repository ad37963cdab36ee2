import type { CheckRecordTables } from '@ticket-check/check-records';
import {
  addSeconds,
  type RecordId,
  type ReportedDouble,
  type TicketIdentity,
  type Verdict,
  type WallClock,
} from '@ticket-check/protocol';
import type { Logger } from '@ticket-check/runtime';
import type { Migrations, Store } from '@ticket-check/storage';
import { type Generated, type Kysely, sql } from 'kysely';
import type { ScanTables } from '../journal/scan-tables.ts';

/** Times are wall clocks of Asia/Shanghai. */
export type RecheckTables = {
  /**
   * Admissions to recheck once the upstream answers, and again at `askAt` after `timesAsked` answers without a finding.
   * Reading C3.
   */
  recheck: { recordId: string; queuedAt: string; timesAsked: Generated<number>; askAt: Generated<string | null> };
};

/** The table of admissions to recheck. Reading C3. */
export const recheckMigrations: Migrations = {
  '0001': async (db) => {
    await db.schema
      .createTable('recheck')
      .addColumn('record_id', 'text', (column) => column.primaryKey())
      .addColumn('queued_at', 'text', (column) => column.notNull())
      .addColumn('times_asked', 'integer', (column) => column.notNull().defaultTo(0))
      .addColumn('ask_at', 'text')
      .execute();
  },
};

/** An admission waiting for a recheck. */
type Recheck = TicketIdentity & { recordId: RecordId };

/** An objection to an admission that was made without the upstream. */
export type RecheckFinding = { verdict: Verdict; firstEntry: WallClock | null };

/** Admissions made while the upstream could not say whether the ticket was refunded or used. Reading C3. */
export type RecheckQueue = {
  /** Loads the oldest due ones after `after`; RecordIds grow with time. */
  oldest(most: number, after: RecordId | null, now: WallClock): Promise<Recheck[]>;
  /**
   * Stores the upstream's answer: an objection to the admission, or none yet. Returns false if it brings nothing new. An
   * unconfirmed admission is asked about again: another terminal may still be offline with an entry of the same ticket.
   */
  answered(recordId: RecordId, finding: RecheckFinding | null, at: WallClock): Promise<boolean>;
  /**
   * Whether a scan of this store admitted nobody, because a crash cut it off or it was undone. Its claim or record may still count
   * as an entry at the upstream until that is reported. Readings C8, R9.
   */
  admittedNobody(recordId: RecordId): Promise<boolean>;
  /** Counts those that were never answered. */
  count(): Promise<number>;
  /** Counts those never answered, those to be asked again, and the findings since a moment by verdict. */
  summary(since: WallClock): Promise<{ waiting: number; again: number; findings: Record<string, number> }>;
};

const ROWS = sql<number>`count(*)`.as('count');

/** Queues a recheck as part of the transaction that admits a scan. */
export function queueingRecheck(db: Kysely<RecheckTables>, recordId: RecordId, queuedAt: WallClock) {
  return db.insertInto('recheck').values({ recordId, queuedAt });
}

/**
 * @param askAgainAfter seconds from each answer to the next question, until terminals that were offline are back
 */
export function createRecheckQueue(
  store: Store<RecheckTables & ScanTables & CheckRecordTables>,
  askAgainAfter: readonly number[],
): RecheckQueue {
  const { db } = store;

  async function count(answered: boolean): Promise<number> {
    const rows = db
      .selectFrom('recheck')
      .select(ROWS)
      .where('timesAsked', answered ? '>' : '=', 0);
    return (await rows.executeTakeFirstOrThrow()).count;
  }

  return {
    async oldest(most, after, now) {
      const rows = await db
        .selectFrom('recheck')
        .innerJoin('scan', 'scan.recordId', 'recheck.recordId')
        .select(['scan.recordId', 'startTime', 'cinemaCode', 'filmTicketCode'])
        .where('recheck.recordId', '>', after ?? '')
        .where((eb) => eb.or([eb('askAt', 'is', null), eb('askAt', '<=', now)]))
        .orderBy('recheck.recordId')
        .limit(most)
        .execute();
      return rows as unknown as Recheck[];
    },

    answered: (recordId, finding, at) =>
      store.transaction(async (trx) => {
        const queued = await trx
          .selectFrom('recheck')
          .innerJoin('scan', 'scan.recordId', 'recheck.recordId')
          .select(['timesAsked', 'confirmed'])
          .where('recheck.recordId', '=', recordId)
          .executeTakeFirst();
        if (queued === undefined) return false;
        const { timesAsked, confirmed } = queued;
        const seconds = finding === null && confirmed === 0 ? askAgainAfter[timesAsked] : undefined;
        if (seconds === undefined) {
          await trx.deleteFrom('recheck').where('recordId', '=', recordId).execute();
        } else {
          await trx
            .updateTable('recheck')
            .set({ timesAsked: timesAsked + 1, askAt: addSeconds(at, seconds) })
            .where('recordId', '=', recordId)
            .execute();
        }
        if (finding === null) return true;
        const { verdict: lateVerdict, firstEntry: lateFirstEntry } = finding;
        await trx
          .updateTable('scan')
          .set({ lateVerdict, lateFirstEntry, lateNoticedAt: at })
          .where('recordId', '=', recordId)
          .execute();
        return true;
      }),

    async admittedNobody(recordId) {
      const scan = await db.selectFrom('scan').select('verdict').where('recordId', '=', recordId).executeTakeFirst();
      if (scan === undefined || scan.verdict !== 'ADMIT') return scan !== undefined;
      const undone = db.selectFrom('reversal').select('recordId').where('reverses', '=', recordId);
      return (await undone.executeTakeFirst()) !== undefined;
    },

    count: () => count(false),

    async summary(since) {
      const found = await db
        .selectFrom('scan')
        .select(['lateVerdict', ROWS])
        .where('lateVerdict', 'is not', null)
        .where('lateNoticedAt', '>=', since)
        .groupBy('lateVerdict')
        .execute();
      return {
        waiting: await count(false),
        again: await count(true),
        findings: Object.fromEntries(found.map((row) => [row.lateVerdict ?? '', row.count])),
      };
    },
  };
}

/** Takes the doubles that the upstream announces. */
export type TakeDoubles = (doubles: readonly ReportedDouble[]) => Promise<void>;

/**
 * Reports doubles like a recheck, even of confirmed admissions: an offline terminal may have admitted a second guest with the same
 * ticket. The platform repeats each double; only the first time counts. Readings C3, R7.
 */
export function createTakeDoubles(options: {
  store: Store<RecheckTables & ScanTables & CheckRecordTables>;
  now: () => WallClock;
  /** Called for each reported admission. */
  onFinding: () => void;
  logger: Logger;
}): TakeDoubles {
  const { store, now, onFinding, logger } = options;
  const untold = async (doubles: readonly ReportedDouble[]): Promise<ReadonlySet<string>> => {
    const ids = doubles.map(({ recordId }) => recordId);
    const rows = await store.db
      .selectFrom('scan')
      .select('recordId')
      .where('recordId', 'in', ids)
      .where('verdict', '=', 'ADMIT')
      .where('lateVerdict', 'is', null)
      .where((eb) =>
        eb.not(eb.exists(eb.selectFrom('reversal').select('recordId').whereRef('reverses', '=', 'scan.recordId'))),
      )
      .execute();
    return new Set(rows.map(({ recordId }) => recordId));
  };

  return async (doubles) => {
    if (doubles.length === 0) return;
    const ids = await untold(doubles);
    const news = doubles.filter(({ recordId }) => ids.has(recordId));
    if (news.length === 0) return;
    await store.transaction(async (trx) => {
      for (const { recordId, entry } of news) {
        const late = { lateVerdict: 'ALREADY_ENTERED', lateFirstEntry: entry.checkTime, lateNoticedAt: now() };
        await trx
          .updateTable('scan')
          .set(late)
          .where('recordId', '=', recordId)
          .where('lateVerdict', 'is', null)
          .execute();
        await trx.deleteFrom('recheck').where('recordId', '=', recordId).execute();
      }
    });
    for (const { recordId, entry } of news) {
      logger.error({ recordId, otherEntry: entry }, 'ticket of an admission was used elsewhere too');
      onFinding();
    }
  };
}
