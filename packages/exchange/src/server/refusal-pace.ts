import type { ErrorCode } from '@ticket-check/protocol';
import { createConcurrencyLimit, pause, rateLimitKey } from '@ticket-check/runtime';
import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible';

const SECONDS = 60;

/** Refusals of requests that no account signed. After CLOCK_SKEW a genuine caller corrects its clock. */
const UNSIGNED: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'INVALID_ENCODING',
  'UNSUPPORTED_ENCODING',
  'INVALID_JSON',
  'DUPLICATE_KEY',
  'INVALID_ENVELOPE',
  'VERSION_UNSUPPORTED',
  'SIGNATURE_INVALID',
]);

/** Whether a refusal is of a request that no account signed. */
export const isUnsigned = (code: ErrorCode): boolean => UNSIGNED.has(code);

export type RefusalPaceOptions = {
  /** Refusals of one address in a minute that are answered at once. */
  perMinute?: number;
  /** How long each further one waits. */
  delayMs?: number;
  /** Most refusals that wait at a time, of one address and in all; further ones are answered at once. */
  maxWaiting?: { perAddress: number; inAll: number };
};

const DEFAULTS = { perMinute: 300, delayMs: 1000, maxWaiting: { perAddress: 512, inAll: 4096 } };

export type RefusalPace = ReturnType<typeof createRefusalPace>;

/** Delays refusals of unsigned requests by address, in this process; a genuine request from the same address never waits here. */
export function createRefusalPace(options: RefusalPaceOptions = {}) {
  const { perMinute, delayMs, maxWaiting } = { ...DEFAULTS, ...options };
  const limiter = new RateLimiterMemory({ points: perMinute, duration: SECONDS });
  const waiting = createConcurrencyLimit({ perOwner: maxWaiting.perAddress, inAll: maxWaiting.inAll });
  let slowed = 0;
  const closing = new AbortController();

  /** Counts a refusal, and resolves when it may be answered. `onFirst` is called once in each minute in which an address is slowed. */
  async function slow(remoteAddress: string, onFirst: () => void): Promise<void> {
    const group = rateLimitKey(remoteAddress);
    try {
      await limiter.consume(group);
    } catch (refusal) {
      if (!(refusal instanceof RateLimiterRes)) throw refusal;
      slowed += 1;
      if (refusal.consumedPoints === perMinute + 1) onFirst();
      await waiting.run(group, () => pause(delayMs, closing.signal));
    }
  }

  return {
    slow,
    /** Refusals so far beyond `perMinute` of their address. */
    slowed: () => slowed,
    /** Releases all waiting refusals. To be called once, at the end. */
    close: () => closing.abort(),
  };
}
