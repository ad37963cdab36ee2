import { type CinemaKey, parseScreenCode } from '@ticket-check/protocol';
import { CINEMA } from '@ticket-check/protocol/testing';
import { type PeerPlatform, startThirdPartyPlatform } from '@ticket-check/simulators/peers/vitest';

export { CINEMA, makeUkey, SCREEN, type SoldTicket, sellTicket } from '@ticket-check/protocol/testing';

export const OTHER_SCREEN = parseScreenCode('0000000000000008');

/** A code as it arrives through a keyboard with Caps Lock on. */
export function throughCapsLock(code: string): string {
  return code.replace(/[A-Za-z]/g, (letter) => (letter >= 'a' ? letter.toUpperCase() : letter.toLowerCase()));
}

/**
 * `e-tickets`, `claiming`: as ours, with e-tickets or without; `states`: takes the states of terminals; `extended`: as ours, without
 * claims; `plain`: only the scheme.
 */
export type PlatformKind = 'e-tickets' | 'claiming' | 'states' | 'extended' | 'plain';

const EXTENSIONS = {
  'e-tickets': { extensions: ['record-id', 'claim-ticket', 'e-tickets'] },
  claiming: {},
  states: { extensions: ['record-id', 'claim-ticket', 'terminal-state'] },
  extended: { extensions: ['record-id', 'record-origins'] },
  plain: {},
} as const;

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
