import { addSeconds, parseRecordId, wallClockAt } from '@ticket-check/protocol';
import { describeEachEngine } from '@ticket-check/storage/testing';
import { expect, test } from 'vitest';
import { createClaimStore } from '../claims/claim-store.ts';
import { insertReleases } from '../claims/released-rows.ts';
import { type ThirdPartyTables, thirdPartyMigrations } from '../database.ts';
import { claimFor } from '../testing/test-cinema.ts';
import { purgePastSessions } from './purge-past-sessions.ts';

const DAY = 86_400;
const NOW = Date.parse('2026-11-24T20:00:00+08:00');
const at = wallClockAt(NOW);
const running = new AbortController().signal;
const past = { at: NOW, windowMs: 2 * DAY * 1000 };

describeEachEngine('releases of sessions long over', (engine) => {
  test('are deleted in slices, also where a process that lost its lease is still at it, and no others', async () => {
    const url = await engine.url();
    const open = () => engine.open<ThirdPartyTables>(thirdPartyMigrations, url);
    const [store, other] = [await open(), await open()];
    const { cinemaCode, filmTicketCode } = claimFor();
    const releasesOf = (count: number, daysAgo: number) =>
      Array.from({ length: count }, (_, n) => ({
        cinemaCode,
        filmTicketCode,
        account: 'terminal-1',
        releasedAt: at,
        uncertain: n % 2,
        startTime: addSeconds(at, -daysAgo * DAY),
        recordId: parseRecordId(`019a0000-0000-7000-9300-${String(n).padStart(12, '0')}`),
      }));
    await insertReleases.ask({ db: store.db, store }, [...releasesOf(1001, 32.1), ...releasesOf(5, 31.9)]);
    const deleted = await Promise.all([
      purgePastSessions(store, past, running),
      purgePastSessions(other, past, running),
    ]);
    // A purge that met the other in a slice may have stopped early.
    deleted.push(await purgePastSessions(store, past, running));
    expect(deleted.reduce((sum, each) => sum + each)).toBe(1001);
    expect(await store.db.selectFrom('releasedClaim').select('startTime').execute()).toEqual(
      Array.from({ length: 5 }, () => ({ startTime: addSeconds(at, -31.9 * DAY) })),
    );
    expect(await purgePastSessions(other, past, running)).toBe(0);
  });

  test('leave a ticket without a row of its own, as before', async () => {
    const store = await engine.open<ThirdPartyTables>(thirdPartyMigrations);
    const claims = createClaimStore(store, () => NOW);
    const startTime = addSeconds(at, -33 * DAY);
    const [claim, taken] = [
      { ...claimFor(), startTime },
      { ...claimFor(), startTime },
    ];
    await claims.release(claim);
    await claims.claim(taken);
    const rows = () => store.db.selectFrom('ticketClaim').select('recordId').orderBy('recordId').execute();
    expect(await rows()).toEqual([{ recordId: '' }, { recordId: taken.recordId }]);
    expect(await purgePastSessions(store, past, running)).toBe(1);
    expect(await rows()).toEqual([{ recordId: taken.recordId }]);
  });
});
