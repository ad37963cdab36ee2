import { pause } from '@ticket-check/runtime';

/** Items in their order, at most `size` of them at a time. */
export function* chunksOf<T>(items: Iterable<T>, size: number): Generator<T[], void> {
  let chunk: T[] = [];
  for (const item of items) {
    if (chunk.push(item) < size) continue;
    yield chunk;
    chunk = [];
  }
  if (chunk.length > 0) yield chunk;
}

/** A waiter polls at growing intervals of up to 100 ms, so a pause this long lets it in. */
const PAUSE_TIMES = 3;

/**
 * Runs one of many slices of long work, some milliseconds in which others wait for the database, and leaves the database to
 * them for three times as long. Where `stopping` is aborted there is no pause, and the caller begins no further slice.
 */
export async function runSlice<T>(
  slice: () => Promise<T>,
  options: { stopping?: AbortSignal; pause?: (ms: number, stopping: AbortSignal | undefined) => Promise<unknown> } = {},
): Promise<T> {
  const startedAt = performance.now();
  const result = await slice();
  const restMs = Math.ceil(PAUSE_TIMES * (performance.now() - startedAt));
  await (options.pause ?? pause)(restMs, options.stopping);
  return result;
}

/**
 * Deletes what is old in slices of at most `size` rows (`runSlice`), until one was not full or `stopping` is aborted;
 * returns how many rows went.
 */
export async function purgeInSlices(
  size: number,
  deleteSlice: (size: number) => Promise<number>,
  stopping: AbortSignal,
): Promise<number> {
  let total = 0;
  while (!stopping.aborted) {
    const deleted = await runSlice(() => deleteSlice(size), { stopping });
    total += deleted;
    if (deleted < size) break;
  }
  return total;
}
