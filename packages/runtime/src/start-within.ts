import type PQueue from 'p-queue';

/** Adds work to a queue. Work that does not start within `withinMs` is taken out and rejects with what `refusal` returns. */
export function startWithin<T>(
  queue: PQueue,
  work: () => Promise<T>,
  options: { withinMs: number; refusal: () => Error; priority?: number; id?: string },
): Promise<T> {
  const { withinMs, refusal, ...place } = options;
  const late = new AbortController();
  const timer = setTimeout(() => late.abort(refusal()), withinMs);
  const begin = () => {
    clearTimeout(timer);
    return work();
  };
  return queue.add(begin, { ...place, signal: late.signal });
}
