import {
  type CinemaKey,
  CLAIM_TICKET_EXTENSION,
  E_TICKETS_EXTENSION,
  RECORD_ID_EXTENSION,
  RECORD_ORIGINS_EXTENSION,
} from '@ticket-check/protocol';
import { type PeerPlatform, startThirdPartyPlatform } from '@ticket-check/simulators/peers/vitest';
import { CINEMA } from './test-cinema.ts';

/** `e-tickets`, `claiming`: as ours, with e-tickets or without; `extended`: as ours, without claims; `plain`: only the scheme. */
export type PlatformKind = 'e-tickets' | 'claiming' | 'extended' | 'plain';

const EXTENSIONS = {
  'e-tickets': { extensions: [RECORD_ID_EXTENSION, CLAIM_TICKET_EXTENSION, E_TICKETS_EXTENSION] },
  claiming: {},
  extended: { extensions: [RECORD_ID_EXTENSION, RECORD_ORIGINS_EXTENSION] },
  plain: {},
};

/** Starts a platform above the terminal that knows a cinema's keys, and whose accounts may act only for that cinema. */
export function startPlatform(options: {
  now: () => number;
  kind?: PlatformKind;
  keys?: readonly CinemaKey[];
  offersChanges?: boolean;
}): Promise<PeerPlatform> {
  const { now, kind = 'extended', keys = [], offersChanges = false } = options;
  return startThirdPartyPlatform({
    now,
    kind: kind === 'plain' ? 'plain' : 'extended',
    ...EXTENSIONS[kind],
    cinemaCodes: [CINEMA],
    offersChanges,
    keys: [[CINEMA, keys]],
  });
}
