import { setTimeout as delay } from 'node:timers/promises';

/** The current time in milliseconds since the epoch. Passed in everywhere; only a program's main file uses `Date.now`. */
export type Clock = () => number;

/** Waits so long; resolves as well, and at once, when it is aborted. */
export async function pause(ms: number, stopping: AbortSignal | undefined): Promise<void> {
  await delay(ms, undefined, stopping && { signal: stopping }).catch(() => {});
}

/** Waits for `work` at most `ms` milliseconds; returns null when it took longer. The work itself goes on. */
export async function within<T>(ms: number, work: Promise<T>): Promise<T | null> {
  let timer: NodeJS.Timeout | undefined;
  const tooLong = new Promise<null>((resolve) => {
    timer = setTimeout(resolve, ms, null);
  });
  try {
    return await Promise.race([work, tooLong]);
  } finally {
    clearTimeout(timer);
  }
}

/** Waits for `work` until `signal` aborts; the work itself goes on. @throws the signal's reason if it has aborted */
export async function untilAborted<T>(signal: AbortSignal | undefined, work: Promise<T>): Promise<T> {
  if (signal === undefined) return work;
  const aborted = Promise.withResolvers<never>();
  const leave = () => aborted.reject(signal.reason);
  signal.addEventListener('abort', leave, { once: true });
  if (signal.aborted) leave();
  try {
    return await Promise.race([aborted.promise, work]);
  } finally {
    signal.removeEventListener('abort', leave);
  }
}

/** Lets one through at once, and then one in a while; `false` for those in between. */
export type Pace = { take(): boolean };

/** `now`: epoch milliseconds. A clock that is set does not stop it for longer than the while itself. */
export function createPace(everyMs: number, now: () => number): Pace {
  let takenAt = Number.NEGATIVE_INFINITY;
  return {
    take() {
      const at = now();
      if (Math.abs(at - takenAt) < everyMs) return false;
      takenAt = at;
      return true;
    },
  };
}
