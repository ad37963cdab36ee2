import { expect, test } from 'vitest';
import { createLruCache } from './lru-cache.ts';

test('a full cache lets go of what was not used for longest', () => {
  const cache = createLruCache<number>(3);
  for (const [number, key] of ['a', 'b', 'c'].entries()) cache.set(key, number);
  expect(cache.get('a')).toBe(0);
  cache.set('d', 3);
  cache.set('d', 4);
  expect(['a', 'b', 'c', 'd'].map((key) => cache.get(key))).toEqual([0, undefined, 2, 4]);
});
