import type { ToldTime } from '@ticket-check/exchange';
import { type OperationTables, runLongOperation } from '@ticket-check/operators';
import { daily, type Service } from '@ticket-check/runtime';
import { measuredGauge } from '@ticket-check/runtime/service';
import { createLeases, type Store } from '@ticket-check/storage';
import type { CheckRecordTables } from '../tables/tables.ts';
import { outcomeOf, PURGE_LEASE, PURGE_OPERATION, planPurge } from './plan-purge.ts';
import { createRetention, type RetentionRules } from './retention.ts';

const JITTER_MS = 30 * 60_000;

/**
 * Purges what is older than it has to be kept, once a day at a quiet hour, from when the service listens; shows in health and
 * metrics how old the oldest record is and how much was purged. Scheme 5.3.1.3; reading S3.
 */
export function purgeOldRecords(
  service: Service,
  options: RetentionRules & {
    store: Store<CheckRecordTables & OperationTables>;
    /** The time as another clock than the own has it; null where none was heard: nothing is purged then. */
    confirmed(): Promise<ToldTime | null>;
    /** Hours of Asia/Shanghai at which little else is to be done. */
    hours: readonly number[];
  },
): void {
  const { store, confirmed, hours, ...rules } = options;
  const { logger, now, metrics } = service;
  const retention = createRetention(store, rules);
  const leases = createLeases(store);

  async function purge(stopping: AbortSignal): Promise<void> {
    const time = await confirmed();
    if (time === null) {
      logger.warn('nothing was purged: no clock but the own has told the time since this process began');
      return;
    }
    await leases.run(PURGE_LEASE, async (lost) => {
      const planned = await planPurge(retention, { now: now(), confirmed: time });
      if (planned === null) return;
      const { terms, what } = planned;
      const done = await runLongOperation(
        store,
        { name: PURGE_OPERATION, actor: 'retention', from: null, what, now },
        () => retention.purge(terms, AbortSignal.any([stopping, lost])),
        outcomeOf,
      );
      logger.info({ cutoff: terms.cutoff, ...outcomeOf(done) }, 'what was older than it has to be kept was purged');
    });
  }

  measuredGauge(
    metrics,
    'check_records_purged',
    'Check records that were deleted because they were older than they have to be kept',
    async () => (await retention.purged()).checkRecords ?? 0,
  );
  service.check({
    name: 'retention',
    run: async () => ({
      ok: true,
      months: rules.months,
      oldestRecord: await retention.oldest(),
      confirmedAt: (await confirmed())?.at ?? null,
      purged: await retention.purged(),
    }),
  });
  service.job({
    name: 'purge',
    runs: 'in one process',
    start: () => daily({ name: 'purge', hours, jitterMs: JITTER_MS, run: purge, now, logger }),
  });
}
