import { LRUCache } from 'lru-cache';

/**
 * Holds that many entries at the most, and lets go of the one that was not used for longest. Memory for them is taken as they
 * come: given its `max`, the library takes it for all of them at once, and for some milliseconds.
 */
export function createLruCache<V extends NonNullable<unknown>>(max: number): LRUCache<string, V> {
  return new LRUCache({ maxSize: max, sizeCalculation: () => 1 });
}
