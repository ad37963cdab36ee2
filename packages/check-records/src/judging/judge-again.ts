import { type CinemaCode, type CinemaKey, decryptionOrder, type RecordId, wallClockAt } from '@ticket-check/protocol';
import type { Store } from '@ticket-check/storage';
import type { EntryBound } from '../entries/entry-bound.ts';
import type { RecordStore } from '../store/record-store.ts';
import { type QuarantineCode, type ReceivedRecord, recordOf } from '../tables/received-record.ts';
import type { CheckRecordTables } from '../tables/tables.ts';
import type { JudgingPool } from './judging-pool.ts';
import { requestReviews } from './review-requests.ts';

/** Why records are kept aside that may count another time: a key comes, entries of the ticket are undone. The rest stands in their code. */
const MAY_COUNT_LATER: readonly QuarantineCode[] = ['CODE_NOT_GENUINE', 'TOO_MANY_ENTRIES'];

/** No username: what a person asks for takes turns with the accounts that report. */
const SENDER = 'judged again';

/**
 * Has the quarantined records whose code no key opened judged again, of these cinemas or of all, by the service that runs: within a
 * second, in pages, resumed where it died. Answers how many. Durable with the transaction. Readings R3, R6.
 */
export async function judgeCinemasAgain(
  { db }: Store<CheckRecordTables>,
  cinemas: readonly CinemaCode[] | undefined,
): Promise<number> {
  if (cinemas?.length === 0) return 0;
  const waiting = await db
    .selectFrom('checkRecord')
    .select((eb) => ['cinemaCode', eb.fn.countAll<number>().as('records')] as const)
    .where('quarantine', '=', 'CODE_NOT_GENUINE')
    .$if(cinemas !== undefined, (records) => records.where('cinemaCode', 'in', cinemas ?? []))
    .groupBy('cinemaCode')
    .execute();
  await requestReviews(
    db,
    waiting.map(({ cinemaCode }) => cinemaCode as CinemaCode),
  );
  return waiting.reduce((sum, { records }) => sum + Number(records), 0);
}

/** What came of the records under a RecordId, mostly one. */
export type JudgedAgain = { readonly released: number; readonly remaining: QuarantineCode | null };

export type JudgeAgain = {
  /**
   * Judges the quarantined records under a RecordId by every key that their cinemas ever had, and hands what they come to to
   * `settle`, which keeps it: those that count now, and those that remain aside. Answers null where none of the cinemas asked for is
   * kept aside for what may change.
   */
  one<T>(
    recordId: RecordId,
    cinemas: readonly CinemaCode[] | 'all',
    settle: (judged: readonly ReceivedRecord[]) => Promise<T>,
  ): Promise<T | null>;
};

export function createJudgeAgain(parts: {
  readonly store: Store<CheckRecordTables>;
  readonly keysEver: (cinemaCode: CinemaCode) => Promise<readonly CinemaKey[]>;
  readonly pool: JudgingPool;
  readonly entryBound: EntryBound;
  readonly now: () => number;
}): JudgeAgain {
  const { store, keysEver, pool, entryBound, now } = parts;
  return {
    async one(recordId, cinemas, settle) {
      const rows = await store.db
        .selectFrom('checkRecord')
        .selectAll()
        .where('recordId', '=', recordId)
        .where('quarantine', 'in', MAY_COUNT_LATER)
        .orderBy('identity')
        .execute();
      const records = rows.map(recordOf).filter(({ cinemaCode }) => cinemas === 'all' || cinemas.includes(cinemaCode));
      if (records.length === 0) return null;
      const judged: ReceivedRecord[] = [];
      for (const record of records) {
        const keys = decryptionOrder(await keysEver(record.cinemaCode), wallClockAt(now()));
        const [judgement] = await pool.judge(SENDER, [record], keys);
        judged.push({ ...record, quarantine: judgement?.quarantine ?? null });
      }
      return entryBound.within(judged, settle);
    },
  };
}

/** Keeps what records were judged to be anew: those that count are released, the others say why they do not. */
export async function settleJudged(
  recordStore: Pick<RecordStore, 'release' | 'relabel'>,
  judged: readonly ReceivedRecord[],
  { forward }: { forward: boolean },
): Promise<JudgedAgain> {
  const released = await recordStore.release(
    judged.filter(({ quarantine }) => quarantine === null),
    { forward },
  );
  const aside = judged.flatMap((record) =>
    record.quarantine === null ? [] : [{ ...record, code: record.quarantine }],
  );
  for (const one of aside) await recordStore.relabel([one], one.code);
  return { released, remaining: aside[0]?.code ?? null };
}
