// @module-tag slow
import { generateKeyPairSync } from 'node:crypto';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { type CinemaKey, parsePublicKey, parseWallClock } from '@ticket-check/protocol';
import { afterAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import { CINEMA, makeRecord, makeRecords, makeUkey, UKEY } from '../testing/records.ts';
import { judgingOf } from './judging.ts';
import { createJudgingPool } from './judging-pool.ts';

/** A key as costly as is allowed for the length of the records' codes. */
function dearKey(): CinemaKey {
  const { publicKey } = generateKeyPairSync('rsa', { modulusLength: 1024, publicExponent: 0xffffffff });
  const spki = publicKey.export({ type: 'spki', format: 'der' }).toString('base64');
  return { ...parsePublicKey(spki), startTime: parseWallClock('2026-01-01T00:00:00') };
}

describe('a report that no key opens', () => {
  const pool = createJudgingPool({ threads: 1 });
  afterAll(() => pool.close());
  const ticketInfoCode = makeRecord(0, { ukey: makeUkey() }).ticketInfoCode;
  const rubbish = makeRecords(1000, { ticketInfoCode });
  const judgeBy = (keys: readonly CinemaKey[], records = rubbish) =>
    judgingOf(records, CINEMA, 'sender', { keysEver: async () => keys, pool, now: Date.now }).judge();

  it.each([2, 5])('lets everybody else have their turn, by %i keys', async (count) => {
    const keys = Array.from({ length: count }, dearKey);
    let turns = 0;
    let over = false;
    const judging = judgeBy(keys).finally(() => {
      over = true;
    });
    while (!over) {
      await nextTurn();
      turns += 1;
    }
    expect(new Set((await judging).map(({ quarantine }) => quarantine))).toEqual(new Set(['CODE_NOT_GENUINE']));
    expect(turns).toBeGreaterThan(5);
  });

  it.each([2, 5])('is work of other threads but for 25 ms, by %i keys', async (count) => {
    let ms = performance.now();
    const clock = vi.spyOn(performance, 'now').mockImplementation(() => ms++);
    onTestFinished(() => clock.mockRestore());
    const judgedThere = vi.spyOn(pool, 'judge');
    onTestFinished(() => judgedThere.mockRestore());
    await judgeBy(Array.from({ length: count }, dearKey));
    const atThePool = judgedThere.mock.calls.map(([, records]) => records.length);
    expect(atThePool).toEqual([count === 2 ? expect.closeTo(rubbish.length - 25, -1) : rubbish.length]);
  });

  it('is opened by the key that comes last', async () => {
    const records = Array.from({ length: 20 }, (_, n) => makeRecord(n));
    const keys = [...Array.from({ length: 5 }, dearKey), UKEY.key];
    expect(new Set((await judgeBy(keys, records)).map(({ quarantine }) => quarantine))).toEqual(new Set([null]));
  });
});
