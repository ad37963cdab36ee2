import type { CheckRecordTables } from '@ticket-check/check-records';
import type { ReportedDouble, WallClock } from '@ticket-check/protocol';
import type { Logger } from '@ticket-check/runtime';
import type { Store } from '@ticket-check/storage';
import type { ScanTables } from '../journal/scan-tables.ts';
import type { RecheckTables } from './recheck-queue.ts';

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
