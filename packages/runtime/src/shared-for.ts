import { setTimeout as delay } from 'node:timers/promises';

/** Shares an answer with all callers within `keptMs` of the start of its computation. Computations do not overlap; failures are not kept. */
export function sharedFor<T, A extends unknown[] = []>(
  keptMs: number | ((answer: T, tookMs: number) => number),
  compute: (...asked: A) => Promise<T>,
): (...asked: A) => Promise<T> {
  let shared: Promise<T> | undefined;

  function begin(asked: A): Promise<T> {
    const startedAt = performance.now();
    const answer = compute(...asked);
    const forget = () => {
      if (shared === answer) shared = undefined;
    };
    shared = answer;
    answer.then((value) => {
      const tookMs = performance.now() - startedAt;
      const leftMs = (typeof keptMs === 'number' ? keptMs : keptMs(value, tookMs)) - tookMs;
      if (leftMs > 0) setTimeout(forget, leftMs).unref();
      else forget();
    }, forget);
    return answer;
  }

  return (...asked) => shared ?? begin(asked);
}

/** Starts `compute` at most once in `gapMs`, without overlap. Requests within the gap share the next run: no answer is older than they. */
export function atMostEvery<T>(gapMs: number, compute: () => Promise<T>): () => Promise<T> {
  let last: Promise<T> | undefined;
  let startedAt = Number.NEGATIVE_INFINITY;
  let next: Promise<T> | undefined;

  async function run(): Promise<T> {
    await last?.catch(() => {});
    await delay(Math.max(0, startedAt + gapMs - performance.now()));
    startedAt = performance.now();
    last = next;
    next = undefined;
    return compute();
  }

  return () => (next ??= run());
}

/** Holds that many entries at most, and drops the one that was not used for longest. A `Map` keeps the order of insertion. */
export function createLruCache<V extends NonNullable<unknown>>(max: number) {
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
    get(key: string): V | undefined {
      const value = entries.get(key);
      if (value !== undefined) set(key, value);
      return value;
    },
    delete: (key: string) => void entries.delete(key),
  };
}
