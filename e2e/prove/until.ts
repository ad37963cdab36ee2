import { setTimeout as delay } from 'node:timers/promises';

const LIMIT_MS = 60_000;
const LOOK_AGAIN_MS = 100;

/**
 * Looks again and again until something is there, and answers it; gives up with a sentence that names what was missed, which
 * may be what the last look has left to say.
 */
export async function until<T>(
  what: string | (() => string),
  look: () => Promise<T | null | undefined | false> | T | null | undefined | false,
  { withinMs = LIMIT_MS, everyMs = LOOK_AGAIN_MS } = {},
): Promise<T> {
  const last = performance.now() + withinMs;
  for (;;) {
    const found = await look();
    if (found) return found;
    if (performance.now() > last) {
      throw new Error(`not within ${withinMs / 1000} s: ${typeof what === 'string' ? what : what()}`);
    }
    await delay(everyMs);
  }
}
