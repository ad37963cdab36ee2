import { epochOf, parseWallClock } from '@ticket-check/protocol';
import { describeBehindPooler } from '@ticket-check/storage/testing';
import { sql } from 'kysely';
import { beforeEach, expect, it } from 'vitest';
import { createRecordStore } from '../store/record-store.ts';
import { makeMonths } from '../tables/months.ts';
import type { OwnDb, OwnStore } from '../tables/tables.ts';
import { openStore } from '../testing/open-records.ts';
import { makeRecord, makeRecords, undoing } from '../testing/records.ts';
import { createReversals } from '../undo/reversals.ts';
import { createRetention } from './retention.ts';

const NOW = parseWallClock('2029-12-01T20:00:00');
const running = new AbortController().signal;

// On SQLite one transaction at a time writes.
describeBehindPooler('a purge beside another transaction', (engine) => {
  let store: OwnStore;
  let other: OwnStore;

  beforeEach(async () => {
    const url = await engine.url();
    store = await openStore(engine, url);
    other = await openStore(engine, url);
  });

  /** Begins a transaction with `first`, starts `work`, which has to wait for it, and ends it with `last`; answers what `work` does. */
  async function beside<T>(
    transaction: {
      first(trx: OwnDb): Promise<unknown>;
      last?(trx: OwnDb): Promise<unknown>;
    },
    work: () => Promise<T>,
  ): Promise<T> {
    const [begun, goOn] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    const ended = other.transaction(async (trx) => {
      await transaction.first(trx);
      begun.resolve();
      await goOn.promise;
      await transaction.last?.(trx);
    });
    await begun.promise;
    const working = work();
    await expect
      .poll(async () => {
        const waiting = sql`
          select 1 from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()
        `;
        return (await waiting.execute(other.db)).rows.length;
      })
      .toBeGreaterThan(0);
    goOn.resolve();
    await ended;
    return working;
  }

  const queued = () => store.db.selectFrom('outbox').select('recordId').execute();
  const kept = () => store.db.selectFrom('checkRecord').select('recordId').execute();

  it('does not purge a record that is being queued again', async () => {
    const record = makeRecord(1);
    await createRecordStore(store).keep([record], { forward: false });
    const retention = createRetention(store, { months: 36, resendDays: 3 });
    const purging = beside(
      {
        first: (trx) => trx.selectFrom('checkRecord').select('recordId').forKeyShare().execute(),
        last: (trx) =>
          sql`
            insert into outbox (record_id, identity, cinema_code, check_time, start_time, incomplete, revision, attempts)
            select record_id, identity, cinema_code, check_time, start_time, 0, 0, 0 from check_record
          `.execute(trx),
      },
      () => retention.purge(retention.terms(epochOf(NOW), { at: NOW }), running),
    );
    expect(await purging).toMatchObject({ gone: {}, stayed: { UNSENT: 1 } });
    expect(await kept()).toHaveLength(1);
  });

  it('keeps a record that arrives in a month while that is to be dropped, and takes others of it afterwards', async () => {
    await store.transaction((trx) => makeMonths(trx, store.engine, makeRecord(1).startTime));
    const [first, ...others] = makeRecords(3);
    const late = others.map((record) => ({ ...record, receivedAt: NOW }));
    await createRecordStore(store).keep([first!], { forward: false });
    const retention = createRetention(store, { months: 36, resendDays: 3 });
    const purging = beside({ first: (trx) => createRecordStore(other).keep([late[0]!], { forward: true }, trx) }, () =>
      retention.purge(retention.terms(epochOf(NOW), { at: NOW }), running),
    );
    expect(await purging).toMatchObject({ gone: { checkRecords: 1 }, stayed: { LATER: 1 } });
    expect(await createRecordStore(store).keep(late, { forward: true })).toEqual(['known', 'kept']);
    expect([(await kept()).length, (await queued()).length]).toEqual([2, 2]);
  });

  it('loses nothing that arrives, is undone or queued again while a month is dropped', async () => {
    await store.transaction((trx) => makeMonths(trx, store.engine, makeRecord(1).startTime));
    const all = makeRecords(30);
    const [old, late] = [all.slice(0, 10), all.slice(10).map((record) => ({ ...record, receivedAt: NOW }))];
    const records = createRecordStore(other);
    await records.keep(old, { forward: true });
    await records.outbox.confirm((await records.outbox.oldest(old[0]!.cinemaCode, 10)).complete, old[0]!.checkTime);
    const undone = late.map((record) => undoing(record, { reversedAt: NOW, receivedAt: NOW }));
    const retention = createRetention(store, { months: 36, resendDays: 3 });
    const [purged] = await Promise.all([
      retention.purge(retention.terms(epochOf(NOW), { at: NOW }), running),
      records.outbox.resendSince(old[0]!.checkTime),
      createReversals(other).keep(undone, { maxOfTicket: 16, forward: true }),
      ...late.map((record) => records.keep([record], { forward: true })),
    ]);
    // Those that were queued again first stay.
    expect((purged.gone.checkRecords ?? 0) + (await kept()).length).toBe(30);
    const left = new Set<string>((await kept()).map(({ recordId }) => recordId));
    expect(late.filter(({ recordId }) => !left.has(recordId))).toEqual([]);
    expect((await queued()).filter(({ recordId }) => !left.has(recordId))).toEqual([]);
    expect(await createReversals(other).list(50)).toHaveLength(20);
  });

  it('leaves nothing to be sent of a record that it has deleted meanwhile', async () => {
    const records = createRecordStore(store);
    await records.keep([makeRecord(1)], { forward: true });
    await records.outbox.confirm((await records.outbox.oldest(makeRecord(1).cinemaCode, 1)).complete, NOW);
    const resending = beside({ first: (trx) => trx.deleteFrom('checkRecord').execute() }, () =>
      records.outbox.resendSince(NOW),
    );
    expect(await resending).toBe(0);
    expect([await kept(), await queued()]).toEqual([[], []]);
  });
});
