import type { KeyCache } from '@ticket-check/key-cache';
import type { Clock } from '@ticket-check/runtime';
import type { TerminalConnection } from './connect-upstream.ts';

/**
 * Seconds since the last answer of the upstream; null for never. Before the first answer since the start, the fetch time of keys
 * counts.
 */
export async function lastContactSeconds(
  connection: Pick<TerminalConnection, 'lastContactAt'>,
  keys: Pick<KeyCache, 'status'>,
  now: Clock,
): Promise<number | null> {
  const latest = connection.lastContactAt() ?? (await keysCameAt(keys));
  return latest === null ? null : Math.max(0, Math.round((now() - latest) / 1000));
}

async function keysCameAt(keys: Pick<KeyCache, 'status'>): Promise<number | null> {
  const moments = (await keys.status()).map(({ fetchedAt }) => fetchedAt ?? Number.NEGATIVE_INFINITY);
  const latest = Math.max(...moments);
  return Number.isFinite(latest) ? latest : null;
}
