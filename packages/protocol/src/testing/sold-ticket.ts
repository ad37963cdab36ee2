import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import {
  addSeconds,
  type CinemaKey,
  encodeTicketCode,
  type FilmCode,
  type FilmTicketCode,
  padCode,
  parseCinemaCode,
  parseFen,
  parsePublicKey,
  parseScreenCode,
  parseWallClock,
  type SessionCode,
  type TicketInfo,
  type WallClock,
} from '../index.ts';

export const CINEMA = parseCinemaCode('31012801');
export const SCREEN = parseScreenCode('0000000000000007');

/** A cinema's Ukey, and the public half of it as a platform knows it. */
export type Ukey = { privateKey: KeyObject; key: CinemaKey };

/** A Ukey as in the field: RSA-1024, or a longer one. */
export function makeUkey(startTime = '2026-01-01T00:00:00', modulusLength = 1024): Ukey {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength });
  const spki = publicKey.export({ type: 'spki', format: 'der' }).toString('base64');
  return { privateKey, key: { ...parsePublicKey(spki), startTime: parseWallClock(startTime) } };
}

let sold = 0;

/** What a cinema's box office sold: the code on the ticket, and what GetTicketInfo says of it. */
export type SoldTicket = { code: string; info: TicketInfo };

/** Sells a ticket of a session that starts at `startTime`. */
export function sellTicket(
  { privateKey }: Pick<Ukey, 'privateKey'>,
  startTime: WallClock,
  cinemaCode = CINEMA,
  screenCode = SCREEN,
): SoldTicket {
  sold += 1;
  const codes = {
    cinemaCode,
    filmTicketCode: padCode(`${4_000_000_000 + sold}`, 16) as FilmTicketCode,
    screenCode,
    filmCode: '001102582019' as FilmCode,
    sessionCode: padCode('39211912080', 16) as SessionCode,
    startTime,
  };
  const amounts = { price: parseFen(4500), service: parseFen(300) };
  return {
    code: encodeTicketCode({ ...codes, ...amounts, seatCode: '00000401_##8_##9' }, privateKey),
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
