import { randomUUID } from 'node:crypto';
import { type CinemaCode, type CinemaKey, decryptionOrder, wallClockAt } from '@ticket-check/protocol';
import type { Logger, Recurring } from '@ticket-check/runtime';
import type { Store } from '@ticket-check/storage';
import { type Kysely, sql } from 'kysely';
import type { EntryBound } from '../entries/bounds.ts';
import type { RecordStore } from '../store/record-store.ts';
import { keyOf, type RecordKey } from '../tables/keys.ts';
import type { ReceivedRecord } from '../tables/received-record.ts';
import type { CheckRecordTables } from '../tables/tables.ts';
import type { JudgingPool } from './judging-pool.ts';

/**
 * Requests that the quarantined records of cinemas are judged again. Durable with the transaction, which is the one that keeps
 * their new keys or that follows the quarantine.
 */
export async function requestReviews(db: Kysely<CheckRecordTables>, cinemaCodes: Iterable<CinemaCode>): Promise<void> {
  // In one order, so that two processes do not wait for each other in a circle.
  const rows = [...new Set(cinemaCodes)].sort().map((cinemaCode) => ({ cinemaCode, request: randomUUID() }));
  if (rows.length === 0) return;
  await db
    .insertInto('quarantineReview')
    .values(rows)
    .onConflict((conflict) => conflict.column('cinemaCode').doUpdateSet({ request: sql<string>`excluded.request` }))
    .execute();
}

type QuarantineReviewOptions = {
  store: Store<CheckRecordTables>;
  recordStore: Pick<RecordStore, 'quarantined' | 'release' | 'relabel'>;
  /** Every key that a cinema ever had, as the database has them now. */
  keysEver(cinemaCode: CinemaCode): Promise<readonly CinemaKey[]>;
  pool: JudgingPool;
  /** How many entries of one ticket count through one account. Reading R7. */
  entryBound: EntryBound;
  forward: boolean;
  now: () => number;
  logger: Logger;
};

const EVERY_MS = 1000;
const A_PAGE = 64;
/** No username: a review takes turns with the accounts that report. */
const SENDER = 'quarantine review';

/**
 * Judges the quarantined records of a cinema again when it has got a key (`requestReviews`): those that a key now fits count
 * from then on and go upstream. In pages and by the pool, so that nobody waits for it; begun again where a process died.
 * Runs in one process; what others and commands request is found within a second. A cinema that fails keeps no other waiting. Reading R6.
 */
export function quarantineReview(options: QuarantineReviewOptions): Recurring {
  const { store, recordStore, keysEver, pool, entryBound, forward, now, logger } = options;
  const { db } = store;

  async function run(stopping: AbortSignal): Promise<void> {
    const failures: unknown[] = [];
    const requested = await db.selectFrom('quarantineReview').selectAll().orderBy('cinemaCode').execute();
    for (const { cinemaCode, request } of requested) {
      try {
        const released = await review(cinemaCode as CinemaCode, stopping);
        if (released > 0) logger.info({ cinemaCode, released }, 'released quarantined check records');
        if (stopping.aborted) return;
        // One that was requested meanwhile stays.
        await db
          .deleteFrom('quarantineReview')
          .where('cinemaCode', '=', cinemaCode)
          .where('request', '=', request)
          .execute();
      } catch (error) {
        failures.push(error);
      }
    }
    if (failures.length > 0) throw failures[0];
  }

  /** Answers how many count now. */
  async function review(cinemaCode: CinemaCode, stopping: AbortSignal): Promise<number> {
    const keys = decryptionOrder(await keysEver(cinemaCode), wallClockAt(now()));
    let after: RecordKey | undefined;
    let released = 0;
    while (!stopping.aborted) {
      const page = { cinemaCode, code: 'CODE_NOT_GENUINE', most: A_PAGE, ...(after && { after }) } as const;
      const records = await recordStore.quarantined(page);
      const judgements = await pool.judge(SENDER, records, keys);
      const genuine = records.filter((_, index) => judgements[index]?.quarantine === null);
      released += await entryBound.within(
        genuine.map((record) => ({ ...record, quarantine: null })),
        release,
      );
      const last = records.at(-1);
      if (last === undefined || records.length < A_PAGE) break;
      after = keyOf(last);
    }
    return released;
  }

  /** The others remain, and are not looked at again. */
  async function release(bounded: readonly ReceivedRecord[]): Promise<number> {
    const surplus = bounded.filter(({ quarantine }) => quarantine !== null);
    await recordStore.relabel(surplus, 'TOO_MANY_ENTRIES');
    return recordStore.release(
      bounded.filter(({ quarantine }) => quarantine === null),
      { forward },
    );
  }

  return { everyMs: EVERY_MS, run, atOnce: true };
}
