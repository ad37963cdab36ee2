import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import {
  addSeconds,
  type CinemaCode,
  type CinemaKey,
  encodeTicketCode,
  type FilmCode,
  type FilmTicketCode,
  padCode,
  parseCinemaCode,
  parseFen,
  parsePublicKey,
  parseScreenCode,
  type ScreenCode,
  type SessionCode,
  type TicketInfo,
  type WallClock,
} from '@ticket-check/protocol';
import { type PeerPlatform, startThirdPartyPlatform } from '@ticket-check/simulators/peers/vitest';

export const CINEMA = parseCinemaCode('31012801');
export const SCREEN = parseScreenCode('0000000000000007');
export const OTHER_SCREEN = parseScreenCode('0000000000000008');

/** What a cinema's box office sold: the code on the ticket, and what GetTicketInfo says of it. */
export type SoldTicket = { code: string; info: TicketInfo };

type Ukey = { privateKey: KeyObject; key: CinemaKey };

/** A Ukey as in the field: RSA-1024, or a longer one. */
export function makeUkey(startTime: WallClock, modulusLength = 1024): Ukey {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength });
  const spki = publicKey.export({ type: 'spki', format: 'der' }).toString('base64');
  return { privateKey, key: { ...parsePublicKey(spki), startTime } };
}

let sold = 0;

/** Sells a ticket of a session that starts at `startTime`. */
export function sellTicket(
  ukey: Pick<Ukey, 'privateKey'>,
  startTime: WallClock,
  cinemaCode: CinemaCode = CINEMA,
  screenCode: ScreenCode = SCREEN,
): SoldTicket {
  sold += 1;
  const filmTicketCode = padCode(`${4_000_000_000 + sold}`, 16) as FilmTicketCode;
  const codes = {
    cinemaCode,
    filmTicketCode,
    screenCode,
    filmCode: '001102582019' as FilmCode,
    sessionCode: padCode('39211912080', 16) as SessionCode,
    startTime,
  };
  const amounts = { price: parseFen(4500), service: parseFen(300) };
  return {
    code: encodeTicketCode({ ...codes, ...amounts, seatCode: '00000401_##8_##9' }, ukey.privateKey),
    info: {
      ...codes,
      ...amounts,
      cinemaName: '示例影城',
      screenName: '7号厅',
      filmName: '示例影片',
      ticketType: '网络售票',
      sellTime: addSeconds(startTime, -86_400),
      rowNum: 8,
      columnNum: 9,
      checkStatus: 'No',
      refundStatus: 'No',
      refundTime: null,
    },
  };
}

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
