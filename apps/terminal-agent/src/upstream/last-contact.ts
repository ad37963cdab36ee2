import type { KeyCache } from '@ticket-check/key-cache';
import type { Clock } from '@ticket-check/runtime';
import type { TerminalConnection } from './connect-upstream.ts';

/** Seconds since the upstream was last heard; null for never. The keys remember when they came, also across a restart. */
export async function lastContactSeconds(
  connection: Pick<TerminalConnection, 'lastContactAt'>,
  keys: Pick<KeyCache, 'status'>,
  now: Clock,
): Promise<number | null> {
  const moments = [connection.lastContactAt(), ...(await keys.status()).map(({ fetchedAt }) => fetchedAt)];
  const latest = Math.max(...moments.map((moment) => moment ?? Number.NEGATIVE_INFINITY));
  return Number.isFinite(latest) ? Math.max(0, Math.round((now() - latest) / 1000)) : null;
}
