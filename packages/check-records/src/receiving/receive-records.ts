import { type AccountTables, createAccounts } from '@ticket-check/exchange';
import type { CinemaCode } from '@ticket-check/protocol';
import type { Service } from '@ticket-check/runtime';
import type { Store } from '@ticket-check/storage';
import { createEntryBound, createQuarantineBound } from '../entries/bounds.ts';
import { quarantineReviews, requestReviews } from '../judging/judge-again.ts';
import type { JudgingOptions } from '../judging/judging.ts';
import { createJudgingPool } from '../judging/judging-pool.ts';
import { listCheckRecordsApi } from '../reconciliation/list-check-records-api.ts';
import type { RecordStore } from '../store/record-store.ts';
import type { CheckRecordTables } from '../tables/tables.ts';
import type { Reversals } from '../undo/reversals.ts';
import { reportApi } from './report-api.ts';

/** Takes check records from accounts, and lists them what was taken. Scheme 6.6.2, 7.6.2; readings R3, R6, R7. */
export function receiveRecords(
  service: Service,
  options: Pick<JudgingOptions, 'refreshKeys'> & {
    store: Store<CheckRecordTables & AccountTables>;
    recordStore: RecordStore;
    reversals: Reversals;
    keys: Required<Pick<JudgingOptions, 'keysEver' | 'keysAtHand'>> & {
      /** Calls the listener when a cinema's keys have changed, if that is known here. */
      onReplaced?(listener: () => void): void;
    };
    maxEntries: number;
    maxQuarantined: number;
    forward: boolean;
  },
) {
  const { logger, now } = service;
  const { store, recordStore, keys, maxEntries, maxQuarantined, forward } = options;
  const { keysEver, keysAtHand } = keys;
  const entryBound = createEntryBound(store, { max: maxEntries, logger });
  const quarantineBound = createQuarantineBound(store, { max: maxQuarantined, logger });
  const pool = service.own(createJudgingPool());
  const review = service.job({
    ...{ name: 'quarantine review', runs: 'in one process' },
    ...quarantineReviews({ store, recordStore, keysEver, pool, entryBound, forward, now, logger }),
  });
  keys.onReplaced?.(() => void review.trigger());

  async function requestReview(cinemaCode: CinemaCode): Promise<void> {
    await requestReviews(store.db.withTables<CheckRecordTables>(), [cinemaCode]);
    void review.trigger();
  }

  const { usernamesOf } = createAccounts(store, now);
  const ours = { keysEver, keysAtHand, pool, now, requestReview, entryBound, quarantineBound, usernamesOf };
  return {
    reportApi: reportApi({ ...options, ...ours }),
    listApi: listCheckRecordsApi(store, { forwards: forward, usernamesOf }),
    pool,
  };
}
