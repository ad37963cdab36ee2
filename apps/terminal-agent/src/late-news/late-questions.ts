import type { RecordId, TicketIdentity, Verdict, WallClock } from '@ticket-check/protocol';
import type { Store } from '@ticket-check/storage';
import { type Kysely, sql } from 'kysely';
import type { ScanTables } from '../scan/scan-tables.ts';

/** An admission of which the upstream is still to be asked. */
export type LateQuestion = TicketIdentity & { recordId: RecordId };

/** What speaks against an admission that was made without the upstream. */
export type LateNews = { verdict: Verdict; firstEntry: WallClock | null };

/** Admissions that were made while nobody could say whether the ticket was refunded or used. Reading C3. */
export type LateQuestions = {
  /** Of those after `after`, the oldest ones; RecordIds grow with time. */
  oldest(most: number, after: RecordId | null): Promise<LateQuestion[]>;
  /** The upstream was asked: nothing speaks against the admission, or this does. False where it was answered before. */
  answered(recordId: RecordId, news: LateNews | null, at: WallClock): Promise<boolean>;
  count(): Promise<number>;
  /** How many wait, and what was noticed since a moment, by verdict. */
  summary(since: WallClock): Promise<{ waiting: number; noticed: Record<string, number> }>;
};

const ROWS = sql<number>`count(*)`.as('count');

/** Puts a question into the transaction that admits a scan. */
export async function queueLateQuestion(
  trx: Kysely<ScanTables>,
  recordId: RecordId,
  queuedAt: WallClock,
): Promise<void> {
  await trx.insertInto('lateQuestion').values({ recordId, queuedAt }).execute();
}

export function createLateQuestions(store: Store<ScanTables>): LateQuestions {
  const { db } = store;

  async function count(): Promise<number> {
    return (await db.selectFrom('lateQuestion').select(ROWS).executeTakeFirstOrThrow()).count;
  }

  return {
    async oldest(most, after) {
      const rows = await db
        .selectFrom('lateQuestion')
        .innerJoin('scan', 'scan.recordId', 'lateQuestion.recordId')
        .select(['scan.recordId', 'startTime', 'cinemaCode', 'filmTicketCode'])
        .where('lateQuestion.recordId', '>', after ?? '')
        .orderBy('lateQuestion.recordId')
        .limit(most)
        .execute();
      return rows as unknown as LateQuestion[];
    },

    answered: (recordId, news, at) =>
      store.transaction(async (trx) => {
        const { numDeletedRows } = await trx
          .deleteFrom('lateQuestion')
          .where('recordId', '=', recordId)
          .executeTakeFirst();
        if (Number(numDeletedRows) === 0) return false;
        if (news === null) return true;
        const { verdict: lateVerdict, firstEntry: lateFirstEntry } = news;
        await trx
          .updateTable('scan')
          .set({ lateVerdict, lateFirstEntry, lateNoticedAt: at })
          .where('recordId', '=', recordId)
          .execute();
        return true;
      }),

    count,

    async summary(since) {
      const noticed = await db
        .selectFrom('scan')
        .select(['lateVerdict', ROWS])
        .where('lateVerdict', 'is not', null)
        .where('lateNoticedAt', '>=', since)
        .groupBy('lateVerdict')
        .execute();
      return {
        waiting: await count(),
        noticed: Object.fromEntries(noticed.map((row) => [row.lateVerdict ?? '', row.count])),
      };
    },
  };
}
