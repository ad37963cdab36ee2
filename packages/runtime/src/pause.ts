import { setTimeout as delay } from 'node:timers/promises';

/** Waits so long; resolves as well, and at once, when it is aborted. */
export async function pause(ms: number, stopping: AbortSignal | undefined): Promise<void> {
  await delay(ms, undefined, stopping && { signal: stopping }).catch(() => {});
}
