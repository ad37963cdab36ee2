import { createRecordStore } from '@ticket-check/check-records';
import { addSeconds, parseWallClock, UNTOLD_ORIGIN, wallClockAt } from '@ticket-check/protocol';
import { renewGeneration } from '@ticket-check/storage';
import { describeEachEngine } from '@ticket-check/storage/testing';
import { CompiledQuery, sql } from 'kysely';
import { expect, it, test } from 'vitest';
import { type ThirdPartyTables, thirdPartyMigrations } from '../migrations.ts';
import { checkTicket, makeUkey, sellTicket } from '../testing/test-cinema.ts';
import { claimingRecords, createClaimStore } from './claim-store.ts';
import { createRestoreMoments, newestMoments, restoreMoment } from './restore-moment.ts';
import { claimFor } from './testing/claims.ts';

const noon = parseWallClock('2026-11-24T12:00:00');
const evidence = { renewedAt: noon, newestKnown: null, servedAt: noon, offsetMs: null };

test.each([
  ['the command', { renewedAt: addSeconds(noon, 60) }, 60],
  ['the newest that the store knows', { newestKnown: addSeconds(noon, 60) }, 60],
  ['the first serving', { servedAt: addSeconds(noon, 60) }, 60],
  ['the national platform’s clock', { offsetMs: 60_000 }, 60],
  ['its own clock, ahead of the national platform’s', { servedAt: addSeconds(noon, 60), offsetMs: -90_000 }, 60],
])('a store was restored when the latest clock says so: %s', (_, changes, secondsLater) => {
  expect(restoreMoment({ ...evidence, ...changes })).toBe(addSeconds(noon, secondsLater));
});

describeEachEngine('the moment of a restore', (engine) => {
  async function setUp(now: { at: number }) {
    const url = await engine.url();
    const open = async () => {
      const store = await engine.open<ThirdPartyTables>(thirdPartyMigrations, url);
      return { store, moments: createRestoreMoments(store, () => now.at) };
    };
    return { ...(await open()), open };
  }

  it('is none where a store was never restored, also after a clock was measured', async () => {
    const { moments } = await setUp({ at: Date.now() });
    await moments.measured(60_000);
    expect(await moments.current()).toBeNull();
  });

  it('is that of the first serving, for every process and for good, however early the command was by its clock', async () => {
    const now = { at: Date.now() };
    const { store, moments, open } = await setUp(now);
    const first = wallClockAt(now.at);
    await renewGeneration(store.db, '2020-01-01T00:00:00');
    expect(await moments.current()).toBe(first);
    now.at += 3_600_000;
    expect(await moments.current()).toBe(first);
    expect(await (await open()).moments.current()).toBe(first);
    await renewGeneration(store.db, '2020-01-01T00:00:00');
    expect(await moments.current()).toBe(addSeconds(first, 3600));
  });

  it('is no earlier than what the store itself knows', async () => {
    const now = { at: Date.now() };
    const { store, moments } = await setUp(now);
    const last = now.at;
    await createClaimStore(store, () => last).claim(claimFor());
    now.at -= 86_400_000;
    await renewGeneration(store.db, wallClockAt(now.at));
    expect(await moments.current()).toBe(wallClockAt(last));
  });

  it('is no earlier than the records of the last generation came, whatever came with them', async () => {
    const now = { at: Date.now() };
    const { store, moments } = await setUp(now);
    const sold = checkTicket(sellTicket(makeUkey()));
    const received = wallClockAt(now.at - 60_000);
    const kept = { ...sold, account: 'terminal-1', ...UNTOLD_ORIGIN, quarantine: null, differences: [] };
    await createRecordStore(store, { inSameTransaction: claimingRecords(store) }).keep(
      [
        { ...kept, receivedAt: received },
        { ...kept, ...claimFor(), checkTime: addSeconds(sold.checkTime, 60), receivedAt: addSeconds(received, -60) },
      ],
      { forward: false },
    );
    now.at -= 86_400_000;
    await renewGeneration(store.db, wallClockAt(now.at));
    expect(await moments.current()).toBe(received);
  });

  it('is found without looking at every row', async () => {
    const { store } = await setUp({ at: Date.now() });
    const plans = await store.transaction(async (db) => {
      // A table with next to no rows is read whole wherever that is allowed.
      if (engine.engine === 'postgres') await sql`set local enable_seqscan = off`.execute(db);
      const how = engine.engine === 'postgres' ? 'explain' : 'explain query plan';
      const explained: unknown[] = [];
      for (const query of newestMoments(db)) {
        const compiled = query.compile();
        const asked = CompiledQuery.raw(`${how} ${compiled.sql}`, [...compiled.parameters]);
        explained.push(...(await db.executeQuery(asked)).rows);
      }
      return explained.map((row) => JSON.stringify(row));
    });
    expect(plans.join('\n')).toMatch(/index/i);
    expect(plans.filter((line) => /Seq Scan|SCAN (ticket_claim|check_record)(?! USING)/.test(line))).toEqual([]);
  });

  it('is corrected once by the national platform’s clock, and never to an earlier one', async () => {
    const now = { at: Date.now() };
    const { store, moments, open } = await setUp(now);
    const first = wallClockAt(now.at);
    await renewGeneration(store.db, '2020-01-01T00:00:00');
    await moments.current();
    await (await open()).moments.measured(7_200_000);
    expect(await moments.current()).toBe(addSeconds(first, 7200));
    await moments.measured(10_800_000);
    expect(await moments.current()).toBe(addSeconds(first, 7200));
    await renewGeneration(store.db, '2020-01-01T00:00:00');
    await moments.current();
    await moments.measured(-7_200_000);
    expect(await moments.current()).toBe(first);
  });
});
