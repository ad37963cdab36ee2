import { parseCinemaCode, wallClockAt } from '@ticket-check/protocol';
import {
  createMetrics,
  type HealthCheck,
  type JobDefinition,
  type Recurring,
  type Service,
} from '@ticket-check/runtime';
import { describeSqlite } from '@ticket-check/storage/testing';
import { pino } from 'pino';
import { expect, test } from 'vitest';
import { createRecordStore } from '../store/record-store.ts';
import { openStore } from '../testing/open-records.ts';
import { CINEMA, makeRecord, makeRecords } from '../testing/records.ts';
import { countCompleteness } from './by-hour.ts';
import { completenessOf, isTooIncomplete } from './report-line.ts';
import { watchCompleteness } from './watch-completeness.ts';

const OTHER_CINEMA = parseCinemaCode('31012346');
/** The records of `makeRecords` are of the evening before. */
const MORNING = Date.parse('2026-11-25T07:00:00+08:00');
const DAY_MS = 86_400_000;

describeSqlite('the watch over completeness', ({ open }) => {
  async function start() {
    const store = await openStore({ open });
    const lines: Record<string, unknown>[] = [];
    const logger = pino({ level: 'info' }, { write: (line) => void lines.push(JSON.parse(line)) });
    const jobs: JobDefinition[] = [];
    const checks: HealthCheck[] = [];
    const metrics = createMetrics();
    const clock = { now: MORNING };
    const service = {
      logger,
      metrics,
      check: (check: HealthCheck) => void checks.push(check),
      job: (job: JobDefinition) => void jobs.push(job),
    } as unknown as Service;
    watchCompleteness(service, {
      count: (date) => countCompleteness(store, date),
      arrivesAt: 'upstream',
      now: () => clock.now,
    });
    const job = jobs[0] as JobDefinition & Recurring;
    return {
      records: createRecordStore(store),
      clock,
      lines,
      look: () => job.run(new AbortController().signal),
      health: () => checks[0]?.run(),
      alarmed: async () =>
        Number(
          /^completeness_alarmed_cinemas (\S+)$/m.exec(
            await metrics.getSingleMetricAsString('completeness_alarmed_cinemas'),
          )?.[1],
        ),
    };
  }

  test('raises the alarm for a cinema of yesterday or the day before, and ends it when enough has arrived', async () => {
    const { records, clock, lines, look, health, alarmed } = await start();
    await records.keep(makeRecords(97), { forward: false });
    const late = makeRecords(3);
    await records.keep(late, { forward: true });
    await records.keep([makeRecord(1, { cinemaCode: OTHER_CINEMA })], { forward: false });
    expect(await health()).toEqual({ ok: true, alarmed: null, cinemas: [] });
    await look();
    const cinema = { businessDate: '2026-11-24', cinemaCode: CINEMA, entries: 100, delivered: 97, completeness: 0.97 };
    expect(await health()).toEqual({ ok: true, degraded: true, alarmed: 1, cinemas: [cinema] });
    expect(await alarmed()).toBe(1);
    const tooFew = 'completeness under 98 % at the upstream';
    expect(lines).toMatchObject([{ level: 50, msg: tooFew, cinemas: [cinema], demandedPercent: 98, count: 1 }]);

    clock.now += DAY_MS;
    await look();
    expect(await alarmed()).toBe(1);
    expect(lines).toHaveLength(1);

    const { complete } = await records.outbox.oldest(CINEMA, 1);
    await records.outbox.confirm(complete, wallClockAt(clock.now));
    await look();
    expect(await health()).toEqual({ ok: true, alarmed: 0, cinemas: [] });
    expect(await alarmed()).toBe(0);
    expect(lines).toHaveLength(2);
    expect(lines[1]).toMatchObject({ level: 30 });
  });
});

test.each([
  [{ entries: 0, delivered: 0 }, null, false],
  [{ entries: 100, delivered: 98 }, 0.98, false],
  [{ entries: 100, delivered: 97 }, 0.97, true],
  [{ entries: 99_999, delivered: 97_999 }, 0.9799, true],
  [{ entries: 3, delivered: 3 }, 1, false],
])('%j is complete to %s, alarmed: %s', (counts, completeness, isAlarmed) => {
  expect([completenessOf(counts), isTooIncomplete(counts)]).toEqual([completeness, isAlarmed]);
});
