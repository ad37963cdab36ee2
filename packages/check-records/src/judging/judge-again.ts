import {
  type CinemaCode,
  type CinemaKey,
  decryptionOrder,
  MAY_COUNT_LATER,
  type RecordId,
  wallClockAt,
} from '@ticket-check/protocol';
import type { Store } from '@ticket-check/storage';
import { sql } from 'kysely';
import type { EntryBound } from '../entries/bounds.ts';
import type { RecordStore } from '../store/record-store.ts';
import { type AskedCinemas, isOfCinemas } from '../tables/keys.ts';
import { type QuarantineCode, type ReceivedRecord, recordOf } from '../tables/received-record.ts';
import type { CheckRecordTables } from '../tables/tables.ts';
import type { JudgingPool } from './judging-pool.ts';
import { requestReviews } from './quarantine-review.ts';

/** No username: what a person asks for takes turns with the accounts that report. */
const SENDER = 'judged again';

/**
 * Has the quarantined records whose code no key opened judged again, of these cinemas or of all, by the service that runs: within a
 * second, in pages. Answers how many. Durable with the transaction. Readings R3, R6.
 */
export async function judgeCinemasAgain({ db }: Store<CheckRecordTables>, cinemas: AskedCinemas): Promise<number> {
  const waiting = await db
    .selectFrom('checkRecord')
    .select((eb) => ['cinemaCode', eb.fn.countAll<number>().as('records')] as const)
    .where('quarantine', '=', 'CODE_NOT_GENUINE')
    .where(isOfCinemas(cinemas, sql.ref('cinemaCode')))
    .groupBy('cinemaCode')
    .execute();
  await requestReviews(
    db,
    waiting.map(({ cinemaCode }) => cinemaCode as CinemaCode),
  );
  return waiting.reduce((sum, { records }) => sum + records, 0);
}

/** A sender may use one RecordId for any number of records. */
const MAX_UNDER_A_RECORD_ID = 100;

/** The outcome for the records under a RecordId, mostly one: how many count now, how many stay quarantined, and why the first does. */
type JudgedAgain = {
  readonly released: number;
  readonly aside: number;
  readonly remaining: QuarantineCode | null;
};

export type JudgeAgain = ReturnType<typeof createJudgeAgain>;

export function createJudgeAgain(parts: {
  readonly store: Store<CheckRecordTables>;
  readonly keysEver: (cinemaCode: CinemaCode) => Promise<readonly CinemaKey[]>;
  readonly pool: JudgingPool;
  readonly entryBound: EntryBound;
  readonly now: () => number;
}) {
  const { store, keysEver, pool, entryBound, now } = parts;
  return {
    /**
     * Judges the quarantined records under a RecordId by every key that their cinemas ever had. `settle` keeps the result: those
     * that count now, and those that stay quarantined. Does nothing if none of the given cinemas has one that can change, or if
     * there are more than 100.
     */
    async one<T>(
      recordId: RecordId,
      cinemas: AskedCinemas,
      settle: (judged: readonly ReceivedRecord[]) => Promise<T>,
    ): Promise<T | 'not quarantined' | 'too many'> {
      const rows = await store.db
        .selectFrom('checkRecord')
        .selectAll()
        .where('recordId', '=', recordId)
        .where('quarantine', 'in', MAY_COUNT_LATER)
        .where(isOfCinemas(cinemas, sql.ref('cinemaCode')))
        .orderBy('identity')
        .limit(MAX_UNDER_A_RECORD_ID + 1)
        .execute();
      if (rows.length === 0) return 'not quarantined';
      if (rows.length > MAX_UNDER_A_RECORD_ID) return 'too many';
      const judged: ReceivedRecord[] = [];
      for (const [cinemaCode, records] of Map.groupBy(rows.map(recordOf), (record) => record.cinemaCode)) {
        const keys = decryptionOrder(await keysEver(cinemaCode), wallClockAt(now()));
        const judgements = await pool.judge(SENDER, records, keys);
        judged.push(...records.map((record, n) => ({ ...record, quarantine: judgements[n]?.quarantine ?? null })));
      }
      return entryBound.within(judged, settle);
    },
  };
}

/** Keeps the new judgements: records that count are released, the others get their new reason. */
export async function settleJudged(
  recordStore: Pick<RecordStore, 'release' | 'relabel'>,
  judged: readonly ReceivedRecord[],
  { forward }: { forward: boolean },
): Promise<JudgedAgain> {
  const released = await recordStore.release(
    judged.filter(({ quarantine }) => quarantine === null),
    { forward },
  );
  const aside = judged.filter(({ quarantine }) => quarantine !== null);
  for (const [code, records] of Map.groupBy(aside, ({ quarantine }) => quarantine)) {
    if (code !== null) await recordStore.relabel(records, code);
  }
  return { released, aside: aside.length, remaining: aside[0]?.quarantine ?? null };
}
