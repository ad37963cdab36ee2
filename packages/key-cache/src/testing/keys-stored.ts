import type { CinemaCode } from '@ticket-check/protocol';
import type { Store } from '@ticket-check/storage';
import { expect } from 'vitest';
import { loadKeyStatus } from '../key-store.ts';
import type { KeyCacheTables } from '../migrations.ts';

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
