import { createHash } from 'node:crypto';
import {
  type CheckRecordTables,
  createRecordStore,
  insertReversals,
  isUndone,
  type KeepResult,
  type KeptReversal,
  type ReceivedRecord,
  type SalvagedFile,
  salvageRecords,
} from '@ticket-check/check-records';
import type { ClaimRelease, WallClock } from '@ticket-check/protocol';
import { chunksOf, runSlice, salvageRows } from '@ticket-check/storage';
import { sql } from 'kysely';
import { queueingRelease } from '../claims/release-claims.ts';
import { identityOf, withdrawEntry } from '../journal/scan.ts';
import { SALVAGED, type TerminalStore } from '../tables.ts';
import { leftClaims } from './salvaged-rows.ts';

/** Records per slice: a few milliseconds of work. */
const SLICE = 50;

/**
 * Takes over what only a store that was set aside may have: check records with their scans and entries, so that nobody enters again
 * with a used ticket; which of them were undone; and claims left at the upstream. Idempotent. The agent may serve from this store
 * meanwhile, and gets it for most of the time. Readings C8, R9, X4.
 *
 * @throws StoreError when the file cannot be read or was written with another key.
 */
export async function salvageFile(
  store: TerminalStore,
  path: string,
  key: string,
  now: WallClock,
): Promise<SalvagedFile> {
  const read = () => salvageRows(path, key);
  await releaseLeftClaims(store, leftClaims(read), now);
  return salvageRecords(read(), {
    records: (batch) => keepInSlices(batch, (slice) => keepBatch(store, slice)),
    async reversals(batch) {
      const kept = await keepInSlices(batch, (slice) => keepReversals(store, slice));
      return kept.reduce((sum, count) => sum + count, 0);
    },
  });
}

/** Queues the releases of left claims, except those of scans that this store knows and handles itself. */
async function releaseLeftClaims(store: TerminalStore, claims: readonly ClaimRelease[], now: WallClock): Promise<void> {
  for (const claim of claims) {
    await store.transaction(async (trx) => {
      const known = trx.selectFrom('scan').select('recordId').where('recordId', '=', claim.recordId);
      if ((await known.executeTakeFirst()) === undefined) await queueingRelease(trx, claim, now).execute();
    });
  }
}

async function keepInSlices<T, Result>(
  batch: readonly T[],
  keep: (slice: readonly T[]) => Promise<readonly Result[]>,
): Promise<Result[]> {
  const results: Result[] = [];
  for (const slice of chunksOf(batch, SLICE)) results.push(...(await runSlice(() => keep(slice))));
  return results;
}

/** Also withdraws entries that were salvaged before their reversal. Returns how many are new. */
function keepReversals(store: TerminalStore, reversals: readonly KeptReversal[]): Promise<[number]> {
  return store.transaction(async (trx) => {
    const database = { db: trx.withTables<CheckRecordTables>(), store };
    const kept = await insertReversals(database, reversals, { forward: true });
    for (const reversal of reversals) await withdrawEntry(trx, { ...reversal, recordId: reversal.reverses });
    return [kept];
  });
}

async function keepBatch(store: TerminalStore, batch: readonly ReceivedRecord[]): Promise<KeepResult[]> {
  const recordStore = createRecordStore(store);
  return store.transaction(async (trx) => {
    const results = await recordStore.keep(batch, { forward: true }, trx);
    for (const record of batch.filter(({ quarantine }) => quarantine === null)) {
      await trx
        .insertInto('scan')
        .values(scanOf(record))
        .onConflict((conflict) => conflict.doNothing())
        .execute();
      const { startTime, cinemaCode, filmTicketCode, recordId } = record;
      await sql`
        insert into entry (start_time, cinema_code, film_ticket_code, record_id)
        select start_time, cinema_code, film_ticket_code, record_id from check_record c
        where (start_time, cinema_code, film_ticket_code, record_id)
          = (${startTime}, ${cinemaCode}, ${filmTicketCode}, ${recordId}) and not ${isUndone('c')}
        on conflict do nothing
      `.execute(trx);
    }
    return results;
  });
}

/** Makes the scan of a salvaged record. It counts as opened: nothing says that the gate opened, but it must not open again. */
const scanOf = (record: ReceivedRecord) => ({
  ...identityOf(record),
  recordId: record.recordId,
  textHash: createHash('sha256').update(record.ticketInfoCode).digest('hex'),
  gate: record.gate,
  scannedAt: record.checkTime,
  verdict: 'ADMIT',
  detail: SALVAGED,
  confirmed: 0,
  decidedAt: record.checkTime,
  openedAt: record.checkTime,
});
