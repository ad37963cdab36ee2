import { type PeerPlatform, startThirdPartyPlatform } from '@ticket-check/peers/vitest';
import { type CinemaKey, RECORD_ID_EXTENSION } from '@ticket-check/protocol';
import { CINEMA } from './test-cinema.ts';

/** `claiming`: as ours; `extended`: as ours before there were claims; `plain`: only the scheme. */
export type PlatformKind = 'claiming' | 'extended' | 'plain';

/** Starts a platform above the terminal that knows a cinema's keys, and whose accounts may act for that cinema alone. */
export function startPlatform(options: {
  now: () => number;
  kind?: PlatformKind;
  keys?: readonly CinemaKey[];
}): Promise<PeerPlatform> {
  const { now, kind = 'extended', keys = [] } = options;
  return startThirdPartyPlatform({
    now,
    kind: kind === 'plain' ? 'plain' : 'extended',
    ...(kind === 'extended' ? { extensions: [RECORD_ID_EXTENSION] } : {}),
    cinemaCodes: [CINEMA],
    keys: [[CINEMA, keys]],
  });
}
