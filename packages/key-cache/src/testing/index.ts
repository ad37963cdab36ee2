import { createPublicKey } from 'node:crypto';
import type { CinemaCode } from '@ticket-check/protocol';
import type { Store } from '@ticket-check/storage';
import { expect } from 'vitest';
import { type KeyCacheTables, loadKeyStatus } from '../key-store.ts';

/**
 * Resolves once the store has keys of all these cinemas. A test that takes the upstream away after a start waits for this: when the
 * upstream is asked for keys, or has answered, they are not stored yet.
 */
export async function keysStored(
  store: Pick<Store<KeyCacheTables>, 'db'>,
  cinemaCodes: readonly CinemaCode[],
): Promise<void> {
  const without = async () => {
    const status = await loadKeyStatus(store, cinemaCodes);
    const known = new Set(status.filter(({ count }) => count > 0).map(({ cinemaCode }) => cinemaCode));
    return cinemaCodes.filter((cinemaCode) => !known.has(cinemaCode));
  };
  await expect.poll(without).toEqual([]);
}

/** A key that everyone can factor: its modulus is a power of 3. */
export function weakSpki(): string {
  const n = Buffer.from((3n ** 647n).toString(16).padStart(258, '0'), 'hex').toString('base64url');
  const key = createPublicKey({ key: { kty: 'RSA', n, e: 'AQAB' }, format: 'jwk' });
  return key.export({ type: 'spki', format: 'der' }).toString('base64');
}
