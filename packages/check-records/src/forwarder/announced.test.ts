// @module-tag service
import { addSeconds, type Extension, parseBusinessDate } from '@ticket-check/protocol';
import { describeSqlite } from '@ticket-check/storage/testing';
import { expect, it } from 'vitest';
import { TERMINAL_DEADLINE } from '../outbox/summary.ts';
import { reconcileDay } from '../reconciliation/reconcile-day.ts';
import { summarizeDay } from '../reconciliation/summarize-day.ts';
import { spokenWith } from '../reconciliation/upstream-records.ts';
import type { ReceivedRecord } from '../tables/received-record.ts';
import type { CheckRecordRow } from '../tables/tables.ts';
import { makeForwarder, openRecords } from '../testing/open-records.ts';
import { startPlatform } from '../testing/platform.ts';
import { CINEMA, makeRecord } from '../testing/records.ts';

const now = () => Date.parse('2026-11-24T23:00:00+08:00');
const BEFORE: readonly Extension[] = ['record-id', 'check-records'];

describeSqlite('what only a platform that announced it is sent', (engine) => {
  /** A platform that announces what is in `spoken`, and a store that reports to it. */
  async function setUp(made: readonly ReceivedRecord[], extension: Extension, spoken: readonly Extension[]) {
    const url = await engine.url();
    const startAs = (extensions: readonly Extension[]) =>
      startPlatform(engine, { now, extensions, url, forward: true });
    const platform = await startAs(spoken);
    // What of this is used depends on what the platform announces.
    const sender = { ...(await platform.issue()), extensions: [...BEFORE, extension] };
    let upstream = platform.connectAs(sender);
    const { store, records } = await openRecords(engine);
    const forwarder = makeForwarder(records, { upstream: async () => upstream, now });
    forwarder.start();
    await records.keep(made, { forward: true });
    await forwarder.drain();
    const day = { cinemaCode: CINEMA, businessDate: parseBusinessDate('2026-11-24') };

    /** What differs; that the next platform has not got them yet is not looked at here. */
    async function find() {
      const judged = { deadline: TERMINAL_DEADLINE, at: made[0]!.checkTime };
      const findings = await reconcileDay(upstream, { store, ...day, ...judged });
      return findings
        .filter(({ kind, elements }) => kind !== 'on-its-way' || Object.keys(elements).length > 0)
        .map(({ kind, record, elements }) => ({ kind, recordId: record.recordId, elements }));
    }
    const onTheirWay = async () => (await platform.store.db.selectFrom('outbox').selectAll().execute()).length;

    return {
      find,
      onTheirWay,
      passedOn: () => platform.store.db.deleteFrom('outbox').execute(),
      /** Another version of the platform takes over. */
      async becomes(extensions: readonly Extension[]) {
        upstream = (await startAs(extensions)).connectAs(sender);
        // It is heard of with the first answer.
        await find();
      },
      async resend() {
        await records.outbox.resendSince(made[0]!.checkTime);
        forwarder.wake();
        await forwarder.drain();
      },
      async there(...columns: (keyof CheckRecordRow)[]) {
        const rows = await platform.store.db.selectFrom('checkRecord').selectAll().orderBy('checkTime').execute();
        return rows.map((row) => columns.map((column) => row[column]));
      },
      async hashes() {
        const hashOf = async (of: typeof store) =>
          (await summarizeDay(of, { ...day, ...spokenWith(upstream) }))[0]?.hash;
        return [await hashOf(store), await hashOf(platform.store)];
      },
    };
  }

  const overridden = makeRecord(2, { overriddenVerdict: 'ALREADY_ENTERED' });
  const OVERRIDES = [[makeRecord(1), overridden], 'overrides'] as const;

  it('to another one they are no difference; once it knows them, what it lacks is sent again', async () => {
    const { becomes, find, resend, there } = await setUp(...OVERRIDES, BEFORE);
    expect(await there('overriddenVerdict')).toEqual([[null], [null]]);
    expect(await find()).toEqual([]);

    await becomes([...BEFORE, 'overrides']);
    const elements = { OverriddenVerdict: { here: 'ALREADY_ENTERED', upstream: null } };
    expect(await find()).toEqual([{ kind: 'differs', recordId: overridden.recordId, elements }]);
    await resend();
    expect(await there('overriddenVerdict')).toEqual([[null], ['ALREADY_ENTERED']]);
    expect(await find()).toEqual([]);
  });

  const COLUMNS = ['gate', 'offline', 'decidedMs', 'forwarderSeconds'] as const;
  const UNTOLD = ['', null, null, null];
  const TOLD = [['gate-1', 0, 431, 3], ['北门', 1, 61_000, null], UNTOLD];
  const made = [
    // From a terminal, three seconds after the scan.
    makeRecord(1, {
      ...{ gate: 'gate-1', offline: false, decidedMs: 431 },
      receivedAt: addSeconds(makeRecord(1).checkTime, 3),
    }),
    // The terminal's own.
    makeRecord(2, { gate: '北门', offline: true, decidedMs: 61_000, account: '' }),
    makeRecord(3, { account: '' }),
  ];

  it('is how records were made and came, which no comparison looks at; filled in once it is known, and sent on', async () => {
    const { becomes, find, hashes, resend, there, onTheirWay, passedOn } = await setUp(made, 'record-origins', BEFORE);
    expect(await there(...COLUMNS)).toEqual([UNTOLD, UNTOLD, UNTOLD]);
    expect(await find()).toEqual([]);
    await passedOn();

    await becomes([...BEFORE, 'record-origins']);
    expect(await find()).toEqual([]);
    await resend();
    expect(await there(...COLUMNS)).toEqual(TOLD);
    expect(await find()).toEqual([]);
    const [here, upstream] = await hashes();
    expect(upstream).toBe(here);
    // The record without an origin has not changed.
    expect(await onTheirWay()).toBe(2);
    await resend();
    expect(await onTheirWay()).toBe(2);
  });
});
