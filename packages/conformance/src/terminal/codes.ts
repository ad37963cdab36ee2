import { constants, createPublicKey, privateEncrypt, publicDecrypt } from 'node:crypto';
import type { SoldTicket } from '@ticket-check/protocol';
import type { Cinema, Ticket, Ukey } from '../cinema.ts';

/** Where a field of the code begins in the block, and its length. Scheme 5.1.2, table 1. */
const FIELDS = {
  filmTicketCode: [0, 16],
  screenCode: [16, 16],
  filmCode: [32, 12],
  sessionCode: [44, 16],
  startTime: [60, 19],
  seatCode: [79, 16],
  price: [95, 6],
  service: [101, 6],
} as const;
type Field = keyof typeof FIELDS;

const CLEAR = 8;
const messageOf = ({ code }: Ticket, { privateKey }: Ukey) =>
  publicDecrypt(createPublicKey(privateKey), Buffer.from(code.slice(CLEAR), 'base64'));
const seal = (code: string, block: Buffer, { privateKey }: Ukey, padding = constants.RSA_PKCS1_PADDING) =>
  code.slice(0, CLEAR) + privateEncrypt({ key: privateKey, padding }, block).toString('base64');
const written = (message: Buffer, field: Field, text: string) => {
  const [start, length] = FIELDS[field];
  const filled = Buffer.from(text.slice(0, length).padEnd(length, '\0'), 'latin1');
  return Buffer.concat([message.subarray(0, start), filled, message.subarray(start + length)]);
};

/** Genuine codes that are unusual: what they are called, the field, and what it says. */
const UNUSUAL: readonly (readonly [string, Field, string])[] = [
  ['a short code filled with NUL', 'screenCode', '7'],
  ['a short code filled with spaces', 'screenCode', '7'.padEnd(16)],
  ['a short FilmTicketCode', 'filmTicketCode', `T${Date.now()}`],
  ['the character 0 at the end of a code', 'sessionCode', '2026000'],
  ['a seat code with letters', 'seatCode', '7F3A00C2D9E1B405'],
  ['a price that is no amount', 'price', '10000.'],
  ['a price of letters', 'price', 'free'],
  ['a price with fewer digits', 'price', '45.0'],
  ['an empty service fee', 'service', ''],
  ['free of charge', 'price', '000.00'],
  ['the highest price', 'price', '999.99'],
];

/** Tickets with such codes, as sold. */
export function* unusualTickets(cinema: Cinema): Generator<readonly [what: string, ticket: Ticket]> {
  for (const [what, field, text] of UNUSUAL) {
    const ticket = cinema.sell();
    const code = seal(ticket.code, written(messageOf(ticket, cinema.present), field, text), cinema.present);
    const isCode = field.endsWith('Code') && field !== 'seatCode';
    const info = isCode ? { ...ticket.info, [field]: text.trimEnd().padEnd(16, '0') } : ticket.info;
    yield [what, { code, info: info as SoldTicket }];
  }
}

/** Fields out of form under a key that fits. */
const MALFORMED: readonly (readonly [Field, string])[] = [
  ...(['filmTicketCode', 'screenCode', 'seatCode'] as const).map((field) => [field, ''] as const),
  ...['T 1', 'T\x001', 'Té1'].map((text) => ['filmTicketCode', text] as const),
  ['filmCode', '0011"0001'],
  ...['2026-02-30T19:30:00', '2026-11-24 19:30:00', '2026-11-24T19:30'].map((text) => ['startTime', text] as const),
  ['price', '45.0é'],
];

const swapCase = (text: string) => text.replace(/[a-z]/gi, (letter) => String.fromCharCode(letter.charCodeAt(0) ^ 32));
const next = (letter: string) => (letter === 'B' ? 'C' : 'B');

/** Codes to refuse, each made of the code of a sold ticket: cut, changed, read wrongly, or sealed in another way. */
export function* refusedCodes(cinema: Cinema, ticket: Ticket): Generator<readonly [what: string, code: string]> {
  const { present } = cinema;
  const { code } = ticket;
  const [clear, rest] = [code.slice(0, CLEAR), code.slice(CLEAR)];
  for (const length of [1, 7, 8, 9, 90, 172, 176, 177, 178, 179]) yield [`cut after ${length}`, code.slice(0, length)];
  for (const more of [1, 2, 3, 4]) yield [`${more} characters too many`, code + 'A'.repeat(more)];
  yield ['longer than any key makes', code + 'A'.repeat(2740 - 180 + 4)];
  yield ['only the film ticket code', ticket.info.filmTicketCode];
  yield ['a web address', 'https://www.example.cn/film/795'];
  for (const odd of [' ', '"', '０']) yield [`${odd} in the cinema code`, `${code.slice(0, 4)}${odd}${code.slice(5)}`];
  yield ['URL-safe Base64', `${clear}-${rest.slice(1).replaceAll('+', '-').replaceAll('/', '_')}`];
  yield ['a space inside', `${code.slice(0, 90)} ${code.slice(91)}`];
  yield ['padding in the middle', `${code.slice(0, 90)}=${code.slice(91)}`];
  yield ['upper case', clear + rest.toUpperCase()];
  yield ['lower case', clear + rest.toLowerCase()];
  yield ['caps lock', clear + swapCase(rest)];
  yield [
    'bits behind the last byte',
    code.replace(/(.)=$/, (_, last) => `${String.fromCharCode(last.charCodeAt(0) + 1)}=`),
  ];
  yield ['two characters of padding', code.replace(/.=$/, '==')];
  yield ['no padding', code.replace(/=$/, 'A')];
  for (const at of [8, 9, 50, 100, 150, 170, 177])
    yield [`character ${at} changed`, code.slice(0, at) + next(code.charAt(at)) + code.slice(at + 1)];
  yield ['two characters swapped', code.replace(/^(.{40})(.*?)(.)(?!\3)(.)/, '$1$2$4$3')];
  const message = messageOf(ticket, present);
  const block = (type: number, filling: number) =>
    Buffer.concat([Buffer.from([0, type]), Buffer.alloc(128 - 3 - message.length, filling), Buffer.from([0]), message]);
  const bare = (what: Buffer) => seal(code, what, present, constants.RSA_NO_PADDING);
  yield ['a block of type 2', bare(block(2, 7))];
  yield ['another byte in the padding', bare(block(1, 0xfe))];
  yield ['no padding in the block', bare(Buffer.concat([Buffer.alloc(128 - message.length), message]))];
  for (const length of [0, 106])
    yield [`a content of ${length} bytes`, seal(code, message.subarray(0, length), present)];
  yield ['a content of 108 bytes', seal(code, Buffer.concat([message, Buffer.from('0')]), present)];
  for (const [field, text] of MALFORMED)
    yield [`${field} ${JSON.stringify(text)}`, seal(code, written(message, field, text), present)];
}
