export type LruCache<V> = {
  get(key: string): V | undefined;
  set(key: string, value: V): void;
  delete(key: string): void;
};

/** Holds that many entries at most, and drops the one that was not used for longest. A `Map` keeps the order of insertion. */
export function createLruCache<V extends NonNullable<unknown>>(max: number): LruCache<V> {
  const entries = new Map<string, V>();
  function set(key: string, value: V): void {
    entries.delete(key);
    entries.set(key, value);
    if (entries.size <= max) return;
    const [oldest = ''] = entries.keys();
    entries.delete(oldest);
  }
  return {
    set,
    get(key) {
      const value = entries.get(key);
      if (value !== undefined) set(key, value);
      return value;
    },
    delete: (key) => void entries.delete(key),
  };
}
