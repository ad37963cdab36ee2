/** One body of more than 64 KiB that arrives, or whose sender is not known yet. */
export type HeldBody = {
  /** Counts bytes that have arrived, and what is allocated for all of its bytes; where bodies take too much, the slowest are dropped. */
  take(bytes: number, allocated: number): void;
  /** It has arrived, and is not dropped any more. */
  complete(): void;
  /** To be called once its sender is known or it is refused; idempotent. */
  release(): void;
};

/** Bounds the memory that strangers can make a server hold. */
export type LargeBodies = {
  /** `onDropped` is called at most once, and has to release the body. */
  hold(onDropped: () => void): HeldBody;
  /** Bytes allocated for all of them. */
  allocated(): number;
};

type Arriving = { allocated: number; recent: number; recentFrom: number; readonly drop: () => void };

/** A body is as fast as it was in this time or the last. */
const RECENT_MS = 5000;

/**
 * Bodies share `maxBytes`. Where these are spent, the slowest that is still arriving makes way: a half-sent or trickling one
 * goes before that of a genuine sender, whatever number of addresses they come from. Smaller bodies are bounded by the
 * connections.
 */
export function createLargeBodies(maxBytes: number): LargeBodies {
  const arriving = new Set<Arriving>();
  let total = 0;

  function slowest(now: number): Arriving | undefined {
    let found: Arriving | undefined;
    let least = Number.POSITIVE_INFINITY;
    for (const body of arriving) {
      const ms = now - body.recentFrom;
      const rate = ms > 2 * RECENT_MS ? 0 : body.recent / ms;
      if (rate < least) [found, least] = [body, rate];
    }
    return found;
  }

  return {
    hold(onDropped) {
      const own: Arriving = { allocated: 0, recent: 0, recentFrom: performance.now(), drop: onDropped };
      arriving.add(own);
      return {
        take(bytes, allocated) {
          const now = performance.now();
          if (now - own.recentFrom > RECENT_MS) {
            own.recent = 0;
            own.recentFrom = now;
          }
          own.recent += bytes;
          total += allocated - own.allocated;
          own.allocated = allocated;
          while (total > maxBytes && arriving.has(own)) (slowest(now) ?? own).drop();
        },
        complete: () => void arriving.delete(own),
        release() {
          arriving.delete(own);
          total -= own.allocated;
          own.allocated = 0;
        },
      };
    },
    allocated: () => total,
  };
}
