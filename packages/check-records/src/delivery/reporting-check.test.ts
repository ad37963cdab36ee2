import { epochOf, wallClockAt } from '@ticket-check/protocol';
import { describeSqlite } from '@ticket-check/storage/testing';
import { pino } from 'pino';
import { expect, it } from 'vitest';
import { TERMINAL_DEADLINE } from '../outbox/summary.ts';
import { openRecords } from '../testing/open-records.ts';
import { makeRecord } from '../testing/records.ts';
import { reportingCheck, watchDeadlines } from './reporting-check.ts';

describeSqlite('what health shows of records on their way', (engine) => {
  it('is degraded where one that waits is past its deadline, and not by one that is parked', async () => {
    const { records: recordStore } = await openRecords(engine);
    const record = makeRecord(1);
    await recordStore.keep([record], { forward: true });
    const holdups = [{ cinemaCode: record.cinemaCode, code: 'HTTP_500', message: 'no', failures: 9 }];
    const shown = (seconds: number) =>
      reportingCheck({
        recordStore,
        forwarder: { status: () => ({ delivered: 0, quarantined: 0, holdups }) },
        deadline: TERMINAL_DEADLINE,
        now: () => epochOf(record.checkTime) + seconds * 1000,
      }).run();
    expect(await shown(600)).not.toHaveProperty('degraded');
    expect(await shown(601)).toMatchObject({ degraded: true, overdue: 1, oldestUnsentSeconds: 601, holdups });
    const [waiting] = (await recordStore.outbox.oldest(record.cinemaCode, 1)).complete;
    const reason = { errorCode: 'BODY_TOO_LARGE', errorMessage: '' };
    await recordStore.outbox.park([{ ...waiting!, ...reason }], record.checkTime, record.checkTime);
    expect(await shown(601)).toMatchObject({ parked: 1, overdue: 1 });
    expect(await shown(601)).not.toHaveProperty('degraded');
  });
});

const MINUTE = 60_000;
const OVERDUE = 'check records overdue: not confirmed upstream in time';
const OVER = 'check records no longer overdue';

describeSqlite('the alarm of deadlines', (engine) => {
  it('is raised once records are overdue, again every ten minutes, and called off when none is', async () => {
    const { records: recordStore } = await openRecords(engine);
    const record = makeRecord(1);
    const checkedAt = epochOf(record.checkTime);
    const clock = { now: checkedAt };
    const lines: Record<string, unknown>[] = [];
    const logger = pino({ level: 'info' }, { write: (line: string) => void lines.push(JSON.parse(line)) });
    const holdups = [{ cinemaCode: record.cinemaCode, code: 'ECONNREFUSED', message: 'gone', failures: 7 }];
    const watch = watchDeadlines({
      recordStore,
      forwarder: { status: () => ({ delivered: 0, quarantined: 0, holdups }) },
      deadline: TERMINAL_DEADLINE,
      now: () => clock.now,
      logger,
    });
    const said = async (minutes: number) => {
      clock.now = checkedAt + minutes * MINUTE;
      lines.length = 0;
      await watch.run(new AbortController().signal);
      return lines.map(({ level, msg, overdue }) => ({ level, msg, overdue }));
    };
    const alarm = { level: 50, msg: OVERDUE, overdue: 1 };

    expect(await said(0)).toEqual([]);
    await recordStore.keep([record], { forward: true });
    expect(await said(10)).toEqual([]);
    expect(await said(10.1)).toEqual([alarm]);
    expect(lines[0]).toMatchObject({ oldestUnsent: record.checkTime, holdup: holdups[0] });
    expect(await said(10.6)).toEqual([]);
    expect(await said(20)).toEqual([]);
    expect(await said(20.2)).toEqual([alarm]);

    const waiting = (await recordStore.outbox.oldest(record.cinemaCode, 1)).complete;
    await recordStore.outbox.confirm(waiting, wallClockAt(clock.now));
    expect(await said(21)).toEqual([{ level: 30, msg: OVER, overdue: undefined }]);
    expect(await said(22)).toEqual([]);
    await recordStore.outbox.resendSince(wallClockAt(clock.now - MINUTE * 60));
    expect(await said(23)).toEqual([alarm]);
  });
});
