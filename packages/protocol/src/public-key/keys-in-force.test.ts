import { describe, expect, it } from 'vitest';
import { readCases } from '../testing/vectors.ts';
import type { WallClock } from '../time.ts';
import { decryptionOrder, keysInForce } from './keys-in-force.ts';

type OrderCase = { name: string; now: WallClock; startTimes: WallClock[]; inForce: string[]; order: string[] };

const startTimesOf = (keys: readonly { startTime: WallClock }[]): string[] => keys.map(({ startTime }) => startTime);

describe('which keys, in which order', () => {
  it.each(readCases<OrderCase>('key-order.json'))('vector: $name', ({ now, startTimes, inForce, order }) => {
    const keys = startTimes.map((startTime) => ({ startTime }));
    expect(startTimesOf(keysInForce(keys, now))).toEqual(inForce);
    expect(startTimesOf(decryptionOrder(keys, now))).toEqual(order);
    expect(startTimesOf(keys)).toEqual(startTimes);
  });

  it('keeps all keys that started together', () => {
    const startTime = '2020-01-01T09:00:00' as WallClock;
    const keys = [
      { startTime, use: 'Ukey' },
      { startTime, use: 'software key' },
    ];
    expect(keysInForce(keys, '2026-11-24T12:00:00' as WallClock)).toHaveLength(2);
  });
});
