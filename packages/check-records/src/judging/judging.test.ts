// @module-tag slow
import { generateKeyPairSync } from 'node:crypto';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { type CinemaKey, parsePublicKey, parseWallClock } from '@ticket-check/protocol';
import { afterAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import type { ReceivedRecord } from '../tables/received-record.ts';
import { CINEMA, makeRecord, makeRecords, makeUkey, UKEY } from '../testing/records.ts';
import { judge } from './judge.ts';
import { judgingOf } from './judging.ts';
import { createJudgingPool } from './judging-pool.ts';

/** A key as costly as is allowed for the length of the records' codes. */
function dearKey(): CinemaKey {
  const { publicKey } = generateKeyPairSync('rsa', { modulusLength: 1024, publicExponent: 0xffffffff });
  const spki = publicKey.export({ type: 'spki', format: 'der' }).toString('base64');
  return { ...parsePublicKey(spki), startTime: parseWallClock('2026-01-01T00:00:00') };
}

describe('judging off the event loop', () => {
  const pool = createJudgingPool({ threads: 1 });
  afterAll(() => pool.close());
  const keys = [dearKey(), dearKey(), dearKey(), UKEY.key];
  const rubbish = makeRecord(0, { ukey: makeUkey() }).ticketInfoCode;

  it('says of every record what judging it here says', async () => {
    const records = [
      makeRecord(1),
      makeRecord(2, { ticketInfoCode: rubbish }),
      makeRecord(3, { ticketInfoCode: makeRecord(4).ticketInfoCode }),
    ];
    const expected = records.map((record) => judge(record, keys));
    expect(expected.map(({ quarantine }) => quarantine)).toEqual([null, 'CODE_NOT_GENUINE', 'CODE_CONTRADICTS_RECORD']);
    expect(await pool.judge('a', records, keys)).toEqual(expected);
    expect(await pool.judge('a', [], keys)).toEqual([]);
  });

  it('answers a sender with one record before another with two thousand', async () => {
    const order: string[] = [];
    const flood = pool.judge('flood', makeRecords(2000, { ticketInfoCode: rubbish }), keys);
    const one = pool.judge('one', [makeRecord(1)], keys);
    const [many] = await Promise.all([flood.finally(() => order.push('flood')), one.finally(() => order.push('one'))]);
    expect(order).toEqual(['one', 'flood']);
    expect(many).toHaveLength(2000);
  });

  it('refuses what a sender adds to two thousand waiting records, and nobody else', async () => {
    const flood = pool.judge('flood', makeRecords(2000, { ticketInfoCode: rubbish }), keys);
    await expect(pool.judge('flood', [makeRecord(1)], keys)).rejects.toMatchObject({ code: 'OVERLOADED', status: 503 });
    expect(await pool.judge('other', [makeRecord(1)], keys)).toMatchObject([{ quarantine: null }]);
    await flood;
    expect(await pool.judge('flood', [makeRecord(1)], keys)).toMatchObject([{ quarantine: null }]);
  });

  it('refuses what comes beyond fifty thousand waiting records of all, also from one who has none waiting', async () => {
    const crowded = createJudgingPool({ threads: 1 });
    const flood = makeRecords(2000, { ticketInfoCode: rubbish });
    const floods = Array.from({ length: 25 }, (_, sender) => crowded.judge(`flood ${sender}`, flood, keys));
    const ended = Promise.allSettled(floods);
    const refused = crowded.judge('other', [makeRecord(1)], keys);
    await expect(refused).rejects.toMatchObject({ code: 'OVERLOADED', status: 503 });
    await crowded.close();
    await ended;
  });
});

describe('a report that no key opens', () => {
  const pool = createJudgingPool({ threads: 1 });
  afterAll(() => pool.close());
  const ticketInfoCode = makeRecord(0, { ukey: makeUkey() }).ticketInfoCode;
  const rubbish = makeRecords(1000, { ticketInfoCode });
  const judgeBy = (keys: readonly CinemaKey[], records: readonly ReceivedRecord[] = rubbish) =>
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

  it('is work of other threads but for 25 ms', async () => {
    let ms = performance.now();
    const clock = vi.spyOn(performance, 'now').mockImplementation(() => ms++);
    onTestFinished(() => clock.mockRestore());
    const judgedThere = vi.spyOn(pool, 'judge');
    onTestFinished(() => judgedThere.mockRestore());
    await judgeBy([dearKey(), dearKey()]);
    const atThePool = judgedThere.mock.calls.map(([, records]) => records.length);
    expect(atThePool).toEqual([expect.closeTo(rubbish.length - 25, -1)]);
  });
});
