import { createPrivateKey, createPublicKey, type KeyObject, privateEncrypt } from 'node:crypto';
import { readFileSync } from 'node:fs';
import {
  APIS,
  type CinemaKey,
  encodeTicketCode,
  parseCinemaCode,
  parseFen,
  parsePublicKey,
  parseWallClock,
  SCHEME_ALGORITHM,
  type TicketCodeContent,
  writeRequest,
} from '@ticket-check/protocol';

const vectors = new URL('../../../vectors/', import.meta.url);

const privateKeyOf = (name: string): KeyObject =>
  createPrivateKey(readFileSync(new URL(`test-keys/${name}.pem`, vectors)));

const cinemaKeyOf = (name: string): CinemaKey => ({
  ...parsePublicKey(createPublicKey(privateKeyOf(name)).export({ format: 'pem', type: 'spki' }) as string),
  startTime: parseWallClock('2020-01-01T00:00:00'),
});

const KEY_NAMES = ['cinema-1024', 'cinema-1024-next', 'cinema-2048'];
export const CINEMA = parseCinemaCode('31010001');

/** The keys of the cinema whose codes are mutated; another cinema has none. */
export const cinemaKeys: readonly CinemaKey[] = KEY_NAMES.map(cinemaKeyOf);

const contentOf = (number: number): TicketCodeContent => ({
  cinemaCode: CINEMA,
  filmTicketCode: `3101000100000${700 + number}`,
  screenCode: `000000000000000${number % 10}`,
  filmCode: '001102582019',
  sessionCode: `310100012026112${number % 10}`,
  startTime: parseWallClock(`2026-11-24T19:3${number % 10}:00`),
  seatCode: ['00000401_##8_##9', '0000000000000795', '39211912080L28RL'][number % 3] ?? '',
  price: parseFen(4500 + number),
  service: parseFen(200),
});

/** A code with the block and the modulus that it was made of, for mutations that calculate with them. */
export interface SampleCode {
  text: string;
  content: TicketCodeContent;
  modulus: bigint;
  privateKey: KeyObject;
}

export const sampleCodes: readonly SampleCode[] = KEY_NAMES.flatMap((name) => {
  const privateKey = privateKeyOf(name);
  const { n = '' } = createPublicKey(privateKey).export({ format: 'jwk' });
  const modulus = BigInt(`0x${Buffer.from(n, 'base64url').toString('hex')}`);
  return [1, 2, 3].map((number) => {
    const content = contentOf(number);
    return { text: encodeTicketCode(content, privateKey), content, modulus, privateKey };
  });
});

/** Texts of public keys in every form that is accepted, and some that are not. */
export const samplePublicKeys: readonly string[] = (
  JSON.parse(readFileSync(new URL('public-keys.json', vectors), 'utf8')) as { cases: { text: string }[] }
).cases.map(({ text }) => text);

const record = (number: number) => ({
  TicketInfoCode: sampleCodes[number % sampleCodes.length]?.text,
  CheckTime: '2026-11-24T19:20:00',
  ScreenCode: '0000000000000007',
  ScreenName: '7 号厅 "巨幕"',
  FilmCode: '001102582019',
  FilmName: '流浪地球',
  SessionCode: '3101000120261124',
  StartTime: '2026-11-24T19:30:00',
  TicketType: '网络售票',
  FilmTicketCode: '3101000100000795',
  RowNum: 7,
  ColumnNum: 12,
  Price: 45.5,
  Service: 2,
  RecordId: '019389f2-7c00-7abc-8def-0123456789ab',
});

export const sampleRecords: readonly Record<string, unknown>[] = [
  record(0),
  record(4),
  { ...record(8), TicketType: '' },
];

const TICKET = { CinemaCode: CINEMA, FilmTicketCode: '3101000100000795', StartTime: '2026-11-24T19:30:00' };

/** QueryData of every Api, by its name. */
export const sampleQueries: Readonly<Record<string, unknown>> = {
  [APIS.getPublicKeys]: { CinemaCode: CINEMA },
  [APIS.getTicketInfo]: TICKET,
  [APIS.getTicketInfos]: { Tickets: [TICKET, { ...TICKET, FilmTicketCode: '3101000100000796' }] },
  [APIS.reportOriginalCheckTickets]: { CinemaCode: CINEMA, CheckTickets: sampleRecords },
  [APIS.claimTicket]: {
    CinemaCode: CINEMA,
    FilmTicketCode: '3101000100000795',
    StartTime: '2026-11-24T19:30:00',
    RecordId: '019389f2-7c00-7abc-8def-0123456789ab',
    TicketInfoCode: record(1).TicketInfoCode,
    CheckTime: '2026-11-24T19:20:00',
    Gate: '东门',
  },
  [APIS.releaseClaim]: {
    CinemaCode: CINEMA,
    FilmTicketCode: '3101000100000795',
    StartTime: '2026-11-24T19:30:00',
    RecordId: '019389f2-7c00-7abc-8def-0123456789ab',
  },
  [APIS.importCinemas]: { Cinemas: [{ CinemaCode: CINEMA, CinemaName: '测试影城' }] },
  [APIS.importScreens]: { Screens: [{ CinemaCode: CINEMA, ScreenCode: '0000000000000007', ScreenName: '7 号厅' }] },
  [APIS.importFilms]: { Films: [{ FilmCode: '001102582019', FilmName: '流浪地球' }] },
  [APIS.importPublicKeys]: {
    PublicKeys: [{ CinemaCode: CINEMA, PublicKey: cinemaKeys[0]?.spki, StartTime: '2026-01-01T00:00:00' }],
  },
  [APIS.importTickets]: {
    Tickets: [{ ...record(1), CinemaCode: CINEMA, CinemaName: '测试影城', SellTime: '2026-11-23T10:00:00' }],
  },
  [APIS.importRefunds]: {
    Refunds: [
      {
        CinemaCode: CINEMA,
        FilmTicketCode: '3101000100000795',
        StartTime: '2026-11-24T19:30:00',
        RefundTime: '2026-11-24T12:00:00',
      },
    ],
  },
};

const accountKey = privateKeyOf('account-2048');
export const accountPublicKey = createPublicKey(accountKey);

/** Signed bodies of every payload form, compact and pretty. */
export const sampleEnvelopes: readonly string[] = SCHEME_ALGORITHM.forms.flatMap((form) =>
  [APIS.reportOriginalCheckTickets, APIS.getTicketInfo].flatMap((api) => {
    const datetime = parseWallClock('2026-11-24T19:20:05');
    const query = sampleQueries[api];
    const compact = writeRequest({ datetime, username: 'platform-1', api, query, privateKey: accountKey, form });
    // Printed pretty, numbers keep their spelling here; the signature holds without the white space (reading E2).
    return [compact, JSON.stringify(JSON.parse(compact), null, 2)];
  }),
);

/** Replies of a platform to each question. */
export const sampleReplies: readonly unknown[] = [
  { PublicKeys: cinemaKeys.map(({ spki, startTime }) => ({ PublicKey: spki, StartTime: startTime })), Refreshed: true },
  { ReportResult: true },
  { ReportResult: 'false', ErrorCode: 'INVALID_PRICE', Rejected: [{ Index: 0, FilmTicketCode: 'x', ErrorCode: 'y' }] },
  { ErrorCode: 'TICKET_NOT_FOUND', ErrorMessage: 'No such ticket was sold.' },
  { TicketInfos: [{ FilmTicketCode: '3101000100000795' }, { ErrorCode: 'TICKET_NOT_FOUND', ErrorMessage: 'x' }] },
  { Imported: 1, Unchanged: '2' },
  {
    ...record(0),
    CinemaCode: CINEMA,
    CinemaName: '测试影城',
    SellTime: '2026-11-23T10:00:00',
    CheckStatus: 'No',
    RefundStatus: 'Yes',
    RefundTime: '2026-11-24T12:00:00',
    Entry: { CheckTime: '2026-11-24T19:20:00', RecordId: '019389f2-7c00-7abc-8def-0123456789ab' },
  },
].map((ReplyData) => ({ Version: '1.0', Datetime: '2026-11-24T19:20:05', ReplyData }));

/** A type 1 block of any content, as only the holder of the key can make it. */
export const blockOf = (message: string, privateKey: KeyObject): string =>
  privateEncrypt(privateKey, Buffer.from(message, 'latin1')).toString('base64');
