import { addSeconds, epochOf, parseCinemaCode, parseWallClock, wallClockAt } from '@ticket-check/protocol';
import { describeEachEngine, describeSqlite } from '@ticket-check/storage/testing';
import { pino } from 'pino';
import { beforeEach, expect, it, test } from 'vitest';
import { TERMINAL_DEADLINE } from '../outbox/deadline.ts';
import { createRecordStore, type RecordStore } from '../store/record-store.ts';
import { checkRecordMigrations } from '../tables/migrations.ts';
import type { CheckRecordTables } from '../tables/tables.ts';
import { makeRecord } from '../testing/records.ts';
import { STANDS_AFTER_SECONDS, standstills, watchDeadlines } from './reporting-check.ts';

const NOW = parseWallClock('2026-11-24T20:00:00');
const at = (seconds: number) => addSeconds(NOW, -seconds);
const CINEMA = parseCinemaCode('31012345');
const OTHER_CINEMA = parseCinemaCode('31012346');
const HELD = { cinemaCode: CINEMA, code: 'HTTP_500', message: 'no', failures: 9 };

test('names a cinema that stands still, with the cause where this process has met it', () => {
  const standing = [
    { cinemaCode: CINEMA, since: at(900) },
    { cinemaCode: OTHER_CINEMA, since: at(700) },
  ];
  expect(standstills([HELD], standing, epochOf(NOW))).toEqual([
    { cinemaCode: CINEMA, code: 'HTTP_500', message: 'no', seconds: 900 },
    { cinemaCode: OTHER_CINEMA, code: 'NOTHING_DELIVERED', message: expect.any(String), seconds: 700 },
  ]);
});

describeEachEngine('a queue', (engine) => {
  let records: RecordStore;
  beforeEach(async () => {
    records = createRecordStore(await engine.open<CheckRecordTables>(checkRecordMigrations));
  });
  const standing = () => records.standingCinemas({ at: NOW, forSeconds: STANDS_AFTER_SECONDS });
  const waiting = async (of = CINEMA) => {
    const { complete, incomplete } = await records.outbox.oldest(of, 10);
    return [...complete, ...incomplete];
  };

  it('stands still where its oldest record came 10 minutes ago, though another cinema moves', async () => {
    const ours = makeRecord(1, { receivedAt: at(600) });
    const others = makeRecord(2, { cinemaCode: OTHER_CINEMA, receivedAt: at(3600), ticketInfoCode: 'x' });
    await records.keep([ours, others], { forward: true });
    expect(await standing()).toEqual([
      { cinemaCode: CINEMA, since: at(600) },
      { cinemaCode: OTHER_CINEMA, since: at(3600) },
    ]);
    await records.outbox.confirm(await waiting(OTHER_CINEMA), at(30));
    expect(await standing()).toEqual([{ cinemaCode: CINEMA, since: at(600) }]);
  });

  it('moves where something of it was delivered since, or what waits has come since, however old it is', async () => {
    await records.keep([makeRecord(1, { receivedAt: at(3600) })], { forward: true });
    await records.outbox.confirm(await waiting(), at(599));
    const [late, old] = [makeRecord(2, { receivedAt: at(3000) }), makeRecord(3, { cinemaCode: OTHER_CINEMA })];
    await records.keep([late, { ...old, checkTime: at(7200), receivedAt: at(599) }], { forward: true });
    expect(await standing()).toEqual([]);
  });

  it('does not stand still for a record that is parked, only for one that waits, complete or not', async () => {
    await records.keep([makeRecord(1, { receivedAt: at(7200) })], { forward: true });
    const [first] = await waiting();
    await records.outbox.park([{ ...first!, errorCode: 'BODY_TOO_LARGE', errorMessage: '' }], at(7000), at(-600));
    expect(await standing()).toEqual([]);
    await records.keep([makeRecord(2, { ticketType: null, receivedAt: at(3600) })], { forward: true });
    expect(await standing()).toEqual([{ cinemaCode: CINEMA, since: at(3600) }]);
  });
});

const MINUTE = 60_000;
const OVERDUE = 'check records overdue: not confirmed upstream in time';
const OVER = 'check records no longer overdue';

describeSqlite('the alarm of deadlines', (engine) => {
  it('is raised once records are overdue, again every ten minutes, and called off when none is', async () => {
    const recordStore = createRecordStore(await engine.open<CheckRecordTables>(checkRecordMigrations));
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
