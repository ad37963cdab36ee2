import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject, randomInt } from 'node:crypto';
import type { CinemaCode, SoldTicket, WallClock } from '@ticket-check/protocol';
import {
  addSeconds,
  checkTicketJson,
  cinemaRowJson,
  encodeTicketCode,
  filmRowJson,
  getTicketInfoQueryJson,
  parseCinemaCode,
  parseFen,
  parseFilmCode,
  parseFilmTicketCode,
  parseScreenCode,
  parseSessionCode,
  publicKeyRowJson,
  screenRowJson,
  ticketRowJson,
  wallClockAt,
} from '@ticket-check/protocol';

/** A Ukey of a scratch cinema, with its public half as GetPublicKeys sends it. Scheme 6.6.1.4. */
export type Ukey = { readonly privateKey: KeyObject; readonly spki: string; readonly startTime: WallClock };

/** A ticket of the scratch cinema: the code on it, and what GetTicketInfo says of it up to Service. */
export type Ticket = { readonly code: string; readonly info: SoldTicket };

export type Cinema = ReturnType<typeof makeCinema>;

export const now = (secondsLater = 0): WallClock => addSeconds(wallClockAt(Date.now()), secondsLater);

export const HALF_AN_HOUR = 1800;
export const DAY = 86_400;

const SOLD = {
  ...{
    cinemaName: '一致性测试影院',
    screenName: '1号厅 (测试)',
    filmName: '一致性测试片',
    ticketType: '网络售票' as const,
  },
  ...{ screenCode: parseScreenCode('0000000000000001'), filmCode: parseFilmCode('001199992026') },
  ...{ rowNum: 8, columnNum: 9, price: parseFen(4500), service: parseFen(310) },
};

export const makeUkey = (startTime: WallClock, pem?: string, modulusLength = 1024): Ukey => {
  const privateKey =
    pem === undefined ? generateKeyPairSync('rsa', { modulusLength }).privateKey : createPrivateKey(pem);
  const spki = createPublicKey(privateKey).export({ type: 'spki', format: 'der' }).toString('base64');
  return { privateKey, spki, startTime };
};

/** Makes a key that was replaced long ago, one of 2048 bits replaced within six months, the present one and one announced. Reading K2. */
export const makeUkeys = (): Ukey[] => [
  makeUkey(now(-800 * DAY)),
  makeUkey(now(-300 * DAY), undefined, 2048),
  ...[-30 * DAY, DAY].map((start) => makeUkey(now(start))),
];

type Sale = { startTime?: WallClock; ukey?: Ukey; cinemaCode?: CinemaCode };

/** Makes a cinema with these keys, oldest first. */
export function makeCinema(code: string, ukeys: readonly Ukey[]) {
  const cinemaCode = parseCinemaCode(code);
  const present = ukeys.findLast(({ startTime }) => startTime <= now()) ?? makeUkey(now());
  return {
    code: cinemaCode,
    ukeys,
    /** The last that has started, which makes the codes. */
    present,
    /** What is sold with this key opens at `startTime`. */
    sell({ startTime = now(HALF_AN_HOUR), ukey = present, cinemaCode: printed = cinemaCode }: Sale = {}): Ticket {
      const info = {
        ...SOLD,
        cinemaCode: printed,
        filmTicketCode: parseFilmTicketCode(`${randomInt(1e8, 1e9)}`.slice(1) + `${randomInt(1e8, 1e9)}`.slice(1)),
        sessionCode: parseSessionCode(startTime.replace(/\D/g, '').padEnd(16, '0')),
        startTime,
        sellTime: now(-DAY),
      };
      return { code: encodeTicketCode({ ...info, seatCode: '00000401_##8_##9' }, ukey.privateKey), info };
    },
  };
}

/** Rows of the six imports, with the scheme's element names. */
export const importRows = (cinema: Cinema, tickets: readonly Ticket[], refunded: readonly Ticket[]) => ({
  cinemas: [cinemaRowJson({ ...SOLD, cinemaCode: cinema.code })],
  screens: [screenRowJson({ ...SOLD, cinemaCode: cinema.code })],
  films: [filmRowJson(SOLD)],
  'public-keys': cinema.ukeys.map((ukey) => publicKeyRowJson({ ...ukey, cinemaCode: cinema.code })),
  tickets: tickets.map(({ info }) => ticketRowJson(info)),
  refunds: refunded.map(({ info }) => ({ ...questionOf({ info }), RefundTime: now(-60) })),
});

/** QueryData that asks for a ticket. Scheme 6.6.3.2. */
export const questionOf = ({ info }: Pick<Ticket, 'info'>) => getTicketInfoQueryJson(info);

/** A check record as a plain terminal writes it. Scheme 6.6.2.3. */
export const recordOf = ({ code, info }: Ticket, checkTime = now()): Record<string, unknown> =>
  checkTicketJson(
    { ...info, ticketInfoCode: code, checkTime, recordId: null, overriddenVerdict: null },
    { extended: false, priceForm: 'two-decimals' },
  );
