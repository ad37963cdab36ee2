import type { ConfirmedTime } from '@ticket-check/exchange';
import { type WallClock, wallClockAt } from '@ticket-check/protocol';
import { type Clock, countedTotal, type Service } from '@ticket-check/runtime';
import { acrossCinemas, createJobs } from '@ticket-check/storage';
import { sql } from 'kysely';
import { makeMonths, packMonths } from '../tables/months.ts';
import type { OwnStore } from '../tables/tables.ts';
import {
  createRetention,
  PURGE_OPERATION,
  PURGING,
  purgeDetails,
  purgeOutcome,
  type RetentionRules,
} from './retention.ts';

/**
 * The time as the newest check record shows it, for a platform without upstream: near its StartTime, which a cinema's key has signed
 * (reading R6). The Datetime of requests would not do: callers correct it by this platform's clock (reading C7).
 */
export async function newestCheck({ db }: OwnStore): Promise<ConfirmedTime | null> {
  const { rows } = await sql<{ at: WallClock }>`
    select ${acrossCinemas('retention')} check_time as at from check_record
    where quarantine is null order by check_time desc limit 1
  `.execute(db);
  return rows[0] === undefined ? null : { ...rows[0], by: 'the newest check record' };
}

const JOB = 'purge';
const JITTER_MS = 30 * 60_000;
const HOUR_MS = 3_600_000;
const MONTHS_EVERY_MS = 6 * HOUR_MS;
/** Twice the period. */
const OVERDUE_MS = 48 * HOUR_MS;

/** Makes a change that takes long, and records in the audit that it began and how it ended. */
type Recorded = <T>(
  operation: { name: string; actor: string; from: null; what: object; now: Clock },
  change: () => Promise<T>,
  outcome: (result: T) => object,
) => Promise<T>;

/** Purges, once a day at a quiet hour or soon after the start, what is older than it has to be kept. Scheme 5.3.1.3; reading S3. */
export function purgeOldRecords(
  service: Service,
  options: RetentionRules & {
    store: OwnStore;
    recorded: Recorded;
    /** The time of a clock other than the local one; null if none is known: then nothing is purged. */
    confirmed(): Promise<ConfirmedTime | null>;
    /** Hours of Asia/Shanghai at which little else is to be done. */
    hours: readonly number[];
    soonMs?: number;
  },
): void {
  const { store, recorded, confirmed, hours, soonMs, ...rules } = options;
  const { logger, now, metrics } = service;
  const retention = createRetention(store, rules);
  const jobs = createJobs(store);
  const startedAt = now();
  let purged = 0;

  async function purge(stopping: AbortSignal): Promise<'done' | 'put-off'> {
    const time = await confirmed();
    if (time === null) {
      if ((await retention.oldest()) === null) return 'done';
      logger.warn('purge put off: no other clock confirmed the time');
      return 'put-off';
    }
    const outcome = await jobs.alone(PURGING, async (lost) => {
      const [terms, ending] = [retention.terms(now(), time), AbortSignal.any([stopping, lost])];
      if (await retention.hasAny(terms)) {
        const done = await recorded(
          { name: PURGE_OPERATION, actor: 'retention', from: null, what: purgeDetails(terms, time), now },
          () => retention.purge(terms, ending),
          purgeOutcome,
        );
        purged += done.gone.checkRecords ?? 0;
        logger.info({ cutoff: terms.cutoff, ...purgeOutcome(done) }, 'purged records past their retention');
        if (done.stopped) return 'put-off';
      }
      await packMonths(store, time.at, ending);
      return 'done';
    });
    return outcome ?? 'put-off';
  }

  countedTotal(metrics, 'check_records_purged', 'Check records that this process deleted as too old', () => purged);
  service.check({
    name: 'retention',
    async run() {
      const runs = (await jobs.list()).find(({ name }) => name === JOB);
      const ranAt = runs?.lastRunAt ?? null;
      const isOverdue = ranAt === null || now() - ranAt > OVERDUE_MS;
      return {
        ok: true,
        // A start makes up for what was missed while the service was off.
        degraded: isOverdue && now() - startedAt > HOUR_MS,
        months: rules.months,
        oldestRecord: await retention.oldest(),
        confirmedAt: (await confirmed())?.at ?? null,
        lastRun: ranAt === null ? null : wallClockAt(ranAt),
        error: runs?.lastError ?? null,
      };
    },
  });
  service.job({ name: JOB, runs: 'in one process', hours, jitterMs: JITTER_MS, soonMs, run: purge });
  if (store.engine === 'postgres') {
    service.job({
      name: 'months',
      runs: 'in one process',
      everyMs: MONTHS_EVERY_MS,
      jitterMs: MONTHS_EVERY_MS / 10,
      atOnce: true,
      run: () => store.transaction((trx) => makeMonths(trx, store.engine, wallClockAt(now()))),
    });
  }
}
