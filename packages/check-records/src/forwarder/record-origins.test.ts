// @module-tag service
import {
  addSeconds,
  CHECK_RECORDS_EXTENSION,
  parseBusinessDate,
  RECORD_ID_EXTENSION,
  RECORD_ORIGINS_EXTENSION,
} from '@ticket-check/protocol';
import { describeSqlite } from '@ticket-check/storage/testing';
import { pino } from 'pino';
import { expect, it, onTestFinished } from 'vitest';
import { TERMINAL_DEADLINE } from '../outbox/deadline.ts';
import { reconcileDay } from '../reconciliation/reconcile-day.ts';
import { summarizeDay } from '../reconciliation/summarize-day.ts';
import { spokenWith } from '../reconciliation/upstream-records.ts';
import { createRecordStore } from '../store/record-store.ts';
import { checkRecordMigrations } from '../tables/migrations.ts';
import type { CheckRecordTables } from '../tables/tables.ts';
import { startPlatform } from '../testing/platform.ts';
import { CINEMA, makeRecord } from '../testing/records.ts';
import { createForwarder } from './forwarder.ts';

const now = () => Date.parse('2026-11-24T23:00:00+08:00');
const BEFORE = [RECORD_ID_EXTENSION, CHECK_RECORDS_EXTENSION];
const UNTOLD = ['', null, null, null];
const TOLD = [['gate-1', 0, 431, 3], ['北门', 1, 61_000, null], UNTOLD];
const checkTimeOf = (n: number) => makeRecord(n).checkTime;

describeSqlite('how records were made and came', (engine) => {
  async function setUp(spoken: readonly string[]) {
    const url = await engine.url();
    const startAs = (extensions: readonly string[]) => startPlatform(engine, { now, extensions, url, forward: true });
    const platform = await startAs(spoken);
    const sender = { ...(await platform.issue()), extensions: [...BEFORE, RECORD_ORIGINS_EXTENSION] };
    let upstream = platform.connectAs(sender);
    const store = await engine.open<CheckRecordTables>(checkRecordMigrations);
    const records = createRecordStore(store);
    const logger = pino({ level: 'silent' });
    const forwarder = createForwarder({ recordStore: records, upstream: async () => upstream, now, logger });
    onTestFinished(() => forwarder.stop());
    forwarder.start();
    const made = [
      // From a terminal, three seconds after the scan.
      makeRecord(1, { gate: 'gate-1', offline: false, decidedMs: 431, receivedAt: addSeconds(checkTimeOf(1), 3) }),
      // The terminal's own.
      makeRecord(2, { gate: '北门', offline: true, decidedMs: 61_000, account: '' }),
      makeRecord(3, { account: '' }),
    ];
    await records.keep(made, { forward: true });
    await forwarder.drain();

    /** What differs; that the next platform has not got them yet is not looked at here. */
    async function find() {
      const day = { store, cinemaCode: CINEMA, businessDate: parseBusinessDate('2026-11-24') };
      const judged = { deadline: TERMINAL_DEADLINE, at: made[0]!.checkTime };
      const findings = await reconcileDay(upstream, { ...day, ...judged });
      const hoursOf = async (of: typeof store) =>
        (await summarizeDay(of, { ...day, ...spokenWith(upstream) })).map(({ hour, records, hash }) => [
          hour,
          records,
          hash,
        ]);
      expect(await hoursOf(platform.store)).toEqual(await hoursOf(store));
      return findings.filter(({ kind, elements }) => kind !== 'on-its-way' || Object.keys(elements).length > 0);
    }

    return {
      find,
      async becomes(extensions: readonly string[]) {
        upstream = (await startAs(extensions)).connectAs(sender);
        await find();
      },
      async resend() {
        await records.outbox.resendSince(made[0]!.checkTime);
        forwarder.wake();
        await forwarder.drain();
      },
      async toldThere() {
        const rows = await platform.store.db
          .selectFrom('checkRecord')
          .select(['gate', 'offline', 'decidedMs', 'forwarderSeconds'])
          .orderBy('checkTime')
          .execute();
        return rows.map(({ gate, offline, decidedMs, forwarderSeconds }) => [
          gate,
          offline,
          decidedMs,
          forwarderSeconds,
        ]);
      },
      /** How many wait there for the next platform. */
      async onTheirWay() {
        return (await platform.store.db.selectFrom('outbox').selectAll().execute()).length;
      },
      async passedOn() {
        await platform.store.db.deleteFrom('outbox').execute();
      },
    };
  }

  it('are reported to a platform that knows them, which compares the same', async () => {
    const { find, toldThere } = await setUp([...BEFORE, RECORD_ORIGINS_EXTENSION]);
    expect(await toldThere()).toEqual(TOLD);
    expect(await find()).toEqual([]);
  });

  it('are no difference where it does not; once it does, they are filled in and go on', async () => {
    const { becomes, find, resend, toldThere, onTheirWay, passedOn } = await setUp(BEFORE);
    expect(await toldThere()).toEqual([UNTOLD, UNTOLD, UNTOLD]);
    expect(await find()).toEqual([]);
    await passedOn();

    await becomes([...BEFORE, RECORD_ORIGINS_EXTENSION]);
    expect(await find()).toEqual([]);
    await resend();
    expect(await toldThere()).toEqual(TOLD);
    // The record without an origin has not changed.
    expect(await onTheirWay()).toBe(2);
    await resend();
    expect(await onTheirWay()).toBe(2);
  });
});
