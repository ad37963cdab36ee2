import { expect, test } from 'vitest';
import { createLruCache } from './lru-cache.ts';

test('a full cache lets go of what was not used for longest', () => {
  const cache = createLruCache<number>(3);
  for (const [number, key] of ['a', 'b', 'c'].entries()) cache.set(key, number);
  expect(cache.get('a')).toBe(0);
  cache.set('d', 3);
  cache.set('d', 4);
  expect(Object.fromEntries(cache.entries())).toEqual({ d: 4, a: 0, c: 2 });
});
