import { epochOf, parseWallClock, wallClockAt } from '@ticket-check/protocol';
import { createLogger, createMetrics, type JobDefinition, type Service, startJob } from '@ticket-check/runtime';
import { createJobs } from '@ticket-check/storage';
import { describeEachEngine } from '@ticket-check/storage/testing';
import { beforeEach, expect, it } from 'vitest';
import { createRecordStore } from '../store/record-store.ts';
import type { OwnStore } from '../tables/tables.ts';
import { openStore } from '../testing/open-records.ts';
import { makeRecord } from '../testing/records.ts';
import { purgeOldRecords } from './purge-job.ts';

type Check = Parameters<Service['check']>[0];

describeEachEngine('the purge', (engine) => {
  let store: OwnStore;
  let hearsTime = true;
  const clock = { at: 0 };
  const left = async () => (await store.db.selectFrom('checkRecord').select('checkTime').execute()).length;

  beforeEach(async () => {
    store = await openStore(engine);
    hearsTime = true;
  });

  /** Runs a service from 09:00 to 23:00 of a day. */
  async function onDay(date: string, during: (health: () => ReturnType<Check['run']>) => Promise<unknown>) {
    const at = (time: string) => epochOf(parseWallClock(`${date}T${time}`));
    clock.at = at('09:00:00');
    const [jobs, checks]: [JobDefinition[], Check[]] = [[], []];
    const service = {
      logger: createLogger('test', 'silent'),
      now: () => clock.at,
      metrics: createMetrics(),
      check: (check: Check) => void checks.push(check),
      job: (job: JobDefinition) => void jobs.push(job),
    };
    purgeOldRecords(service as unknown as Service, {
      ...{ store, months: 36, resendDays: null, hours: [4], soonMs: 0 },
      recorded: (_operation, purge) => purge(),
      confirmed: async () => (hearsTime ? { at: wallClockAt(clock.at), by: 'another clock' } : null),
    });
    const { now, logger } = service;
    const job = await startJob(jobs[0]!, { table: createJobs(store), now, logger });
    await during(() => checks[0]!.run());
    clock.at = at('23:00:00');
    await job.stop();
  }

  it('deletes what is old enough where the service is off every night', async () => {
    const records = ['2026-11-30', '2026-12-31'].map((date, n) =>
      makeRecord(n + 1, { checkTime: parseWallClock(`${date}T19:00:00`) }),
    );
    await createRecordStore(store).keep(records, { forward: false });
    await onDay('2029-11-30', async (health) => {
      await expect.poll(health).toMatchObject({ degraded: false, lastRun: '2029-11-30T09:00:00', error: null });
      expect(await left()).toBe(2);
    });
    for (const [date, count] of [
      ['2029-12-01', 1],
      ['2030-01-01', 0],
    ] as const) {
      await onDay(date, () => expect.poll(left).toBe(count));
    }
  });

  it('is degraded an hour after the start where no clock confirms the time, until it has run', async () => {
    const [record] = [makeRecord(1, { checkTime: parseWallClock('2026-11-24T19:00:00') })];
    await createRecordStore(store).keep([record], { forward: false });
    hearsTime = false;
    await onDay('2029-12-01', async (health) => {
      expect(await health()).toMatchObject({ degraded: false, lastRun: null });
      clock.at += 61 * 60_000;
      expect(await health()).toMatchObject({ degraded: true, lastRun: null, confirmedAt: null });
      expect(await left()).toBe(1);
    });
    hearsTime = true;
    await onDay('2029-12-02', async (health) => {
      await expect.poll(left).toBe(0);
      clock.at += 61 * 60_000;
      await expect.poll(health).toMatchObject({ degraded: false, lastRun: '2029-12-02T09:00:00' });
    });
  });
});
