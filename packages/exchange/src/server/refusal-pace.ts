import { setTimeout as delay } from 'node:timers/promises';
import type { ErrorCode } from '@ticket-check/protocol';
import { addressGroup } from '@ticket-check/runtime';
import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible';

const SECONDS = 60;

/** Refusals that nobody meets who has an account and uses it as documented. A wrong clock is none: it is put right by the reply. */
const NOBODYS: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'INVALID_ENCODING',
  'INVALID_JSON',
  'DUPLICATE_KEY',
  'INVALID_ENVELOPE',
  'VERSION_UNSUPPORTED',
  'SIGNATURE_INVALID',
]);

export type RefusalPaceOptions = {
  /** Refusals of one address in a minute that are answered at once. */
  perMinute?: number;
  /** How long each further one waits. */
  delayMs?: number;
  /** So many wait at a time, of one address and in all; what comes beyond them is answered at once. */
  mostWaiting?: { perAddress: number; inAll: number };
};

const DEFAULTS = { perMinute: 300, delayMs: 1000, mostWaiting: { perAddress: 512, inAll: 4096 } };

/** Slows whoever sends what nobody signed, by address and without keeping anybody else behind it waiting. */
export type RefusalPace = {
  /**
   * Counts a refusal, and resolves when it may be answered. `onFirst` is called once in each
   * minute in which an address is slowed.
   */
  before(code: ErrorCode, remoteAddress: string, onFirst: () => void): Promise<void>;
  /** Refusals so far that came after an address had spent its minute. */
  slowed(): number;
  /** Lets all that wait be answered. To be called once, at the end. */
  close(): void;
};

/**
 * In memory, so for each process. The signature is verified first, so a genuine request from the same address never
 * waits here; a refusal that waits holds a connection, of which an address has a bounded number, and none of its body.
 */
export function createRefusalPace(options: RefusalPaceOptions = {}): RefusalPace {
  const { perMinute, delayMs, mostWaiting } = { ...DEFAULTS, ...options };
  const limiter = new RateLimiterMemory({ points: perMinute, duration: SECONDS });
  const waiting = new Map<string, number>();
  let waitingInAll = 0;
  let slowed = 0;
  const closing = new AbortController();

  async function wait(group: string): Promise<void> {
    const own = waiting.get(group) ?? 0;
    if (own >= mostWaiting.perAddress || waitingInAll >= mostWaiting.inAll) return;
    waiting.set(group, own + 1);
    waitingInAll += 1;
    await delay(delayMs, undefined, { signal: closing.signal }).catch(() => {});
    waitingInAll -= 1;
    const left = (waiting.get(group) ?? 1) - 1;
    if (left === 0) waiting.delete(group);
    else waiting.set(group, left);
  }

  return {
    async before(code, remoteAddress, onFirst) {
      if (!NOBODYS.has(code)) return;
      const group = addressGroup(remoteAddress);
      try {
        await limiter.consume(group);
      } catch (refusal) {
        if (!(refusal instanceof RateLimiterRes)) throw refusal;
        slowed += 1;
        if (refusal.consumedPoints === perMinute + 1) onFirst();
        await wait(group);
      }
    },
    slowed: () => slowed,
    close: () => closing.abort(),
  };
}
