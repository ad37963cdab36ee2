import { vi } from 'vitest';

/** Looks again and again until `look` no longer throws, and answers what it answered; gives up with what it threw last. */
export function eventually<T>(look: () => T | Promise<T>, { withinMs = 30_000 } = {}): Promise<T> {
  return vi.waitFor(look, { timeout: withinMs, interval: 100 });
}
