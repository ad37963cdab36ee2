// @module-tag service
import {
  CHECK_RECORDS_EXTENSION,
  OVERRIDES_EXTENSION,
  parseBusinessDate,
  RECORD_ID_EXTENSION,
} from '@ticket-check/protocol';
import { describeSqlite } from '@ticket-check/storage/testing';
import { pino } from 'pino';
import { expect, it, onTestFinished } from 'vitest';
import { TERMINAL_DEADLINE } from '../outbox/deadline.ts';
import { reconcileDay } from '../reconciliation/reconcile-day.ts';
import { createRecordStore } from '../store/record-store.ts';
import { checkRecordMigrations } from '../tables/migrations.ts';
import type { CheckRecordTables } from '../tables/tables.ts';
import { startPlatform } from '../testing/platform.ts';
import { CINEMA, makeRecord } from '../testing/records.ts';
import { createForwarder } from './forwarder.ts';

const now = () => Date.parse('2026-11-24T23:00:00+08:00');
const BEFORE = [RECORD_ID_EXTENSION, CHECK_RECORDS_EXTENSION];

describeSqlite('admissions in spite of a refusal', (engine) => {
  /** A platform that announces what is in `spoken`, and a store that reports to it. */
  async function setUp(spoken: readonly string[]) {
    const url = await engine.url();
    const startAs = (extensions: readonly string[]) => startPlatform(engine, { now, extensions, url });
    const platform = await startAs(spoken);
    const account = await platform.issue();
    // What of this is used depends on what the platform announces.
    const sender = { ...account, extensions: [...BEFORE, OVERRIDES_EXTENSION] };
    let upstream = platform.connectAs(sender);
    const store = await engine.open<CheckRecordTables>(checkRecordMigrations);
    const records = createRecordStore(store);
    const logger = pino({ level: 'silent' });
    const forwarder = createForwarder({ recordStore: records, upstream: async () => upstream, now, logger });
    onTestFinished(() => forwarder.stop());
    forwarder.start();
    const [usual, overridden] = [makeRecord(1), makeRecord(2, { overriddenVerdict: 'ALREADY_ENTERED' })];
    await records.keep([usual, overridden], { forward: true });
    await forwarder.drain();
    const day = { store, cinemaCode: CINEMA, businessDate: parseBusinessDate('2026-11-24') };

    async function find() {
      const judged = { deadline: TERMINAL_DEADLINE, at: overridden.checkTime };
      const findings = await reconcileDay(upstream, { ...day, ...judged });
      return findings.map(({ kind, record, elements }) => ({ kind, recordId: record.recordId, elements }));
    }

    return {
      overridden,
      find,
      /** Another version of the platform takes over. */
      async becomes(extensions: readonly string[]) {
        upstream = (await startAs(extensions)).connectAs(sender);
        // It is heard of with the first answer.
        await find();
      },
      async resend() {
        await records.outbox.resendSince(overridden.checkTime);
        forwarder.wake();
        await forwarder.drain();
      },
      async verdictsThere() {
        const rows = platform.store.db.selectFrom('checkRecord').select('overriddenVerdict').orderBy('checkTime');
        return (await rows.execute()).map(({ overriddenVerdict }) => overriddenVerdict);
      },
    };
  }

  it('are reported to a platform that knows them, which then holds the same', async () => {
    const { find, verdictsThere } = await setUp([...BEFORE, OVERRIDES_EXTENSION]);
    expect(await verdictsThere()).toEqual([null, 'ALREADY_ENTERED']);
    expect(await find()).toEqual([]);
  });

  it('are records like any other to one that does not, and no difference; once it does, what it lacks is sent again', async () => {
    const { overridden, becomes, find, resend, verdictsThere } = await setUp(BEFORE);
    expect(await verdictsThere()).toEqual([null, null]);
    expect(await find()).toEqual([]);

    await becomes([...BEFORE, OVERRIDES_EXTENSION]);
    expect(await find()).toEqual([
      {
        kind: 'differs',
        recordId: overridden.recordId,
        elements: { OverriddenVerdict: { here: 'ALREADY_ENTERED', upstream: null } },
      },
    ]);
    await resend();
    expect(await verdictsThere()).toEqual([null, 'ALREADY_ENTERED']);
    expect(await find()).toEqual([]);
  });
});
