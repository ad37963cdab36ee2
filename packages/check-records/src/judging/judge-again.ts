import { randomUUID } from 'node:crypto';
import { type CinemaCode, type CinemaKey, decryptionOrder, wallClockAt } from '@ticket-check/protocol';
import type { Logger, Recurring } from '@ticket-check/runtime';
import { acrossCinemas } from '@ticket-check/storage';
import { sql } from 'kysely';
import type { EntryBound } from '../entries/bounds.ts';
import type { RecordStore } from '../store/record-store.ts';
import { type AskedCinemas, isOfCinemas, keyOf, keyText } from '../tables/keys.ts';
import { recordOf } from '../tables/received-record.ts';
import type { CheckRecordRow, OwnDb, OwnStore } from '../tables/tables.ts';
import { NOT_GENUINE } from './judge.ts';
import type { JudgingPool } from './judging-pool.ts';

/** No username: what is judged again takes turns with the accounts that report. */
const SENDER = 'judged again';
const EVERY_MS = 10_000;
const A_PAGE = 64;

type Place = { readonly recordId: string; readonly identity: string };

/** Requests that the quarantined records of cinemas are judged again; durable with the transaction. */
export async function requestReviews(db: OwnDb, cinemaCodes: Iterable<CinemaCode>): Promise<void> {
  // In one order, so that two processes do not wait for each other in a circle.
  const rows = [...new Set(cinemaCodes)].sort().map((cinemaCode) => ({ cinemaCode, request: randomUUID() }));
  for (const row of rows)
    await db
      .insertInto('quarantineReview')
      .values(row)
      .onConflict((conflict) => conflict.column('cinemaCode').doUpdateSet({ request: sql<string>`excluded.request` }))
      .execute();
}

/** Has quarantined records whose code no key opened judged again by the service, within ten seconds; answers how many. R3, R6. */
export async function judgeCinemasAgain({ db }: OwnStore, cinemas: AskedCinemas): Promise<number> {
  const { rows: waiting } = await sql<{ cinemaCode: CinemaCode; records: number }>`
    select ${acrossCinemas('command')} cinema_code, count(*) as records from check_record
    where quarantine = 'CODE_NOT_GENUINE' and ${isOfCinemas(cinemas, sql`cinema_code`)} group by cinema_code
  `.execute(db);
  const cinemaCodes = waiting.map(({ cinemaCode }) => cinemaCode);
  await requestReviews(db, cinemaCodes);
  return waiting.reduce((sum, { records }) => sum + records, 0);
}

/** Carries out reviews: judges quarantined records again, in pages and by the pool, in one process; goes on where one died. R6. */
export function quarantineReviews(parts: {
  readonly store: OwnStore;
  readonly recordStore: Pick<RecordStore, 'settle'>;
  readonly keysEver: (cinemaCode: CinemaCode) => Promise<readonly CinemaKey[]>;
  readonly pool: JudgingPool;
  readonly entryBound: EntryBound;
  readonly forward: boolean;
  readonly now: () => number;
  readonly logger: Logger;
}): Recurring {
  const { store, recordStore, keysEver, pool, entryBound, forward, now, logger } = parts;
  const { db } = store;

  async function loadNotGenuine(cinemaCode: CinemaCode, { recordId, identity }: Place) {
    const { rows } = await sql<CheckRecordRow>`
      select * from check_record where quarantine = 'CODE_NOT_GENUINE' and cinema_code = ${cinemaCode}
        and (record_id, identity) > (${recordId}, ${identity})
      order by record_id, identity limit ${A_PAGE}
    `.execute(db);
    return rows.map(recordOf);
  }

  async function review(cinemaCode: CinemaCode, stopping: AbortSignal): Promise<number> {
    const keys = decryptionOrder(await keysEver(cinemaCode), wallClockAt(now()));
    let after: Place = { recordId: '', identity: '' };
    let released = 0;
    while (!stopping.aborted) {
      const records = await loadNotGenuine(cinemaCode, after);
      const judgements = await pool.judge(SENDER, records, keys);
      const judged = records.map((record, n) => ({ ...record, quarantine: (judgements[n] ?? NOT_GENUINE).quarantine }));
      const opened = judged.filter(({ quarantine }) => quarantine !== NOT_GENUINE.quarantine);
      const suspicious = new Map(
        records.map((record, n) => [keyText(keyOf(record)), judgements[n]?.suspicious ?? []] as const),
      );
      released += await entryBound.within(opened, (bounded) => recordStore.settle(bounded, { forward, suspicious }));
      const last = records.at(-1);
      if (last === undefined || records.length < A_PAGE) break;
      after = keyOf(last);
    }
    return released;
  }

  async function runReviews(stopping: AbortSignal): Promise<void> {
    const failures: unknown[] = [];
    const requested = await db
      .selectFrom('quarantineReview')
      .modifyFront(acrossCinemas('waiting'))
      .selectAll()
      .orderBy('cinemaCode')
      .execute();
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

  return { everyMs: EVERY_MS, run: runReviews, atOnce: true };
}
