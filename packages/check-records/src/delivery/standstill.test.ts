import { addSeconds, epochOf, parseCinemaCode, parseWallClock } from '@ticket-check/protocol';
import { describeEachEngine } from '@ticket-check/storage/testing';
import { beforeEach, expect, it, test } from 'vitest';
import { createRecordStore, type RecordStore } from '../store/record-store.ts';
import { checkRecordMigrations } from '../tables/migrations.ts';
import type { CheckRecordTables } from '../tables/tables.ts';
import { makeRecord } from '../testing/records.ts';
import { STANDS_AFTER_SECONDS, standstills } from './reporting-check.ts';

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
