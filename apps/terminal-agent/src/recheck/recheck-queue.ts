import type { CheckRecordTables } from '@ticket-check/check-records';
import { addSeconds, type RecordId, type TicketIdentity, type Verdict, type WallClock } from '@ticket-check/protocol';
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

export type Recheck = TicketIdentity & { recordId: RecordId };

/** An objection to an admission that was made without the upstream. */
export type RecheckFinding = { verdict: Verdict; firstEntry: WallClock | null };

const ROWS = sql<number>`count(*)`.as('count');

/** Stores an objection with the scan of its admission. */
export function notingFinding(
  db: Kysely<ScanTables>,
  recordId: RecordId,
  { verdict: lateVerdict, firstEntry: lateFirstEntry }: RecheckFinding,
  lateNoticedAt: WallClock,
) {
  return db.updateTable('scan').set({ lateVerdict, lateFirstEntry, lateNoticedAt }).where('recordId', '=', recordId);
}

/** Queues a recheck as part of the transaction that admits a scan. */
export function queueingRecheck(db: Kysely<RecheckTables>, recordId: RecordId, queuedAt: WallClock) {
  return db.insertInto('recheck').values({ recordId, queuedAt });
}

/**
 * Admissions made while the upstream could not say whether the ticket was refunded or used. Reading C3.
 *
 * @param askAgainAfter seconds from each answer to the next question, until terminals that were offline are back
 */
export function createRecheckQueue(
  store: Store<RecheckTables & ScanTables & CheckRecordTables>,
  askAgainAfter: readonly number[],
) {
  const { db } = store;

  async function count(timesAsked: '=' | '>'): Promise<number> {
    const rows = db.selectFrom('recheck').select(ROWS).where('timesAsked', timesAsked, 0);
    return (await rows.executeTakeFirstOrThrow()).count;
  }

  return {
    /** Counts those that were never answered. */
    count: () => count('='),

    /** Loads the oldest due ones after `after`; RecordIds grow with time. */
    async oldest(most: number, after: RecordId | null, now: WallClock): Promise<Recheck[]> {
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

    /**
     * Stores the upstream's answer: an objection to the admission, or none yet. Returns false if it brings nothing new. An
     * unconfirmed admission is asked about again: another terminal may still be offline with an entry of the same ticket.
     */
    answered: (recordId: RecordId, finding: RecheckFinding | null, at: WallClock): Promise<boolean> =>
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
        if (finding !== null) await notingFinding(trx, recordId, finding, at).execute();
        return true;
      }),

    /**
     * Whether a scan of this store admitted nobody, because a crash cut it off or it was undone. Its claim or record may still
     * count as an entry at the upstream until that is reported. Readings C8, R9.
     */
    async admittedNobody(recordId: RecordId): Promise<boolean> {
      const scan = await db.selectFrom('scan').select('verdict').where('recordId', '=', recordId).executeTakeFirst();
      if (scan === undefined || scan.verdict !== 'ADMIT') return scan !== undefined;
      const undone = db.selectFrom('reversal').select('recordId').where('reverses', '=', recordId);
      return (await undone.executeTakeFirst()) !== undefined;
    },

    /** Counts those never answered, those to be asked again, and the findings since a moment by verdict. */
    async summary(since: WallClock) {
      const found = await db
        .selectFrom('scan')
        .select(['lateVerdict', ROWS])
        .where('lateVerdict', 'is not', null)
        .where('lateNoticedAt', '>=', since)
        .groupBy('lateVerdict')
        .execute();
      return {
        waiting: await count('='),
        again: await count('>'),
        findings: Object.fromEntries(found.map((row) => [row.lateVerdict ?? '', row.count])),
      };
    },
  };
}
