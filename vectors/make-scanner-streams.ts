// Writes scanner-streams.json: node vectors/make-scanner-streams.ts
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Bytes that arrive together: `times` times the text or the bytes, at so many milliseconds. */
type Chunk = { at: number; text?: string; hex?: string; times?: number };
type EndedBy = 'suffix' | 'length' | 'silence';
type Read = { text: string; times?: number; endedBy: EndedBy; code?: string; eTicket?: string; fault?: string };
type Case = { name: string; suffix: 'enter' | 'tab'; chunks: Chunk[]; reads: Read[] };

/** An element of a case of another file, by the case's name. */
function named(file: string, element: 'code' | 'text', name: string): string {
  const { cases } = JSON.parse(readFileSync(join(import.meta.dirname, file), 'utf8'));
  const found = cases.find((one: { name: string }) => one.name === name);
  if (found === undefined) throw new Error(`${file} has no case ${name}`);
  return found[element];
}

const codeNamed = (name: string): string => named('ticket-codes.json', 'code', name);
const eTicketNamed = (name: string): string => named('e-tickets.json', 'text', name);

const short = codeNamed('RSA-1024, 180 characters');
const other = codeNamed('leap day, midnight');
const long = codeNamed('RSA-2048, 352 characters');

const eTicket = eTicketNamed('a code of 180 characters');
const longETicket = eTicketNamed('a code of 352 characters');
const atPort = eTicketNamed('a host with a port');

/** A text in pieces, as USB sends it. */
function inPieces(text: string, size: number, pauseMs: number, from = 0): Chunk[] {
  return Array.from({ length: Math.ceil(text.length / size) }, (_, index) => ({
    at: from + index * pauseMs,
    text: text.slice(index * size, (index + 1) * size),
  }));
}

const good = (code: string, endedBy: EndedBy = 'suffix', text = code): Read => ({ text, endedBy, code });
const shown = (text: string, endedBy: EndedBy = 'suffix', sent = text): Read => ({
  text: sent,
  endedBy,
  eTicket: text,
});
const bad = (text: string, fault: string, endedBy: EndedBy = 'suffix'): Read => ({ text, endedBy, fault });
const at = (ms: number, text: string): Chunk => ({ at: ms, text });
const swapCase = (text: string): string =>
  text.replace(/[A-Za-z]/g, (letter) => (letter >= 'a' ? letter.toUpperCase() : letter.toLowerCase()));

/** One text with Enter after it, and why it cannot be read. */
const spoilt = (name: string, text: string, fault: string): Case => ({
  name,
  suffix: 'enter',
  chunks: [at(0, `${text}\r`)],
  reads: [bad(text, fault)],
});

function stream(name: string, chunks: Chunk[], reads: Read[], suffix: Case['suffix'] = 'enter'): Case {
  return { name, suffix, chunks, reads };
}

const withSuffix: Case[] = [
  stream('CR after the code', [at(0, `${short}\r`)], [good(short)]),
  stream('LF after the code', [at(0, `${short}\n`)], [good(short)]),
  stream('CR and LF after the code', [at(0, `${short}\r\n`)], [good(short)]),
  stream('CR and LF in two pieces', [at(0, `${short}\r`), at(30, '\n')], [good(short)]),
  stream('tab after the code', [at(0, `${short}\t`)], [good(short)], 'tab'),
  stream('pieces of 64 bytes', inPieces(`${short}\r\n`, 64, 2), [good(short)]),
  stream('a long code in pieces of 64 bytes', inPieces(`${long}\r\n`, 64, 2), [good(long)]),
  stream('a long code in pieces of 64 bytes with pauses', inPieces(`${long}\r`, 64, 300), [good(long)]),
  stream('pieces of 8 bytes, a slow USB device', inPieces(`${short}\r`, 8, 10), [good(short)]),
  stream('byte by byte at 9600 baud', inPieces(`${short}\r`, 1, 1), [good(short)]),
  stream(
    'a pause where a short code would be over',
    [at(0, long.slice(0, 180)), at(200, `${long.slice(180)}\r`)],
    [good(long)],
  ),
  stream('two codes in one piece', [at(0, `${short}\r${other}\r`)], [good(short), good(other)]),
  stream(
    'a piece that holds the end of one code and the beginning of the next',
    inPieces(`${short}\r\n${long}\r\n${other}\r\n`, 64, 1),
    [good(short), good(long), good(other)],
  ),
  stream('twenty codes back to back', inPieces(`${short}\r${other}\r`.repeat(10), 64, 0), [
    ...Array.from({ length: 10 }, () => [good(short), good(other)]).flat(),
  ]),
  stream(
    'a ticket held under the scanner: read twice',
    [at(0, `${short}\r`), at(350, `${short}\r`)],
    [good(short), good(short)],
  ),
  stream('suffixes and nothing else', [at(0, '\r\n\r\n'), at(100, '\r')], []),
  stream('blanks around the code', [at(0, `  ${short}  \r`)], [good(short, 'suffix', `  ${short}  `)]),
  stream('symbology identifier', [at(0, `]Q1${short}\r`)], [good(short, 'suffix', `]Q1${short}`)]),
  stream('ECI prefix of UTF-8', [at(0, `\\000026${short}\r`)], [good(short, 'suffix', `\\000026${short}`)]),
  stream('symbology identifier and ECI prefix, in pieces', inPieces(`]Q2\\000026${long}\r`, 64, 4), [
    good(long, 'suffix', `]Q2\\000026${long}`),
  ]),
];

const withoutSuffix: Case[] = [
  stream('no suffix', [at(0, short)], [good(short, 'length')]),
  stream('no suffix, pieces of 64 bytes with pauses', inPieces(long, 64, 300), [good(long, 'length')]),
  stream('no suffix, two guests', [at(0, short), at(800, other)], [good(short, 'length'), good(other, 'length')]),
  stream(
    'no suffix, as fast as a scanner can',
    [at(0, short), at(60, other)],
    [good(short, 'length'), good(other, 'length')],
  ),
  stream(
    'no suffix, nothing between two codes',
    [at(0, short + other)],
    [good(short, 'length'), good(other, 'length')],
  ),
  stream('no suffix, three codes in pieces', inPieces(short + long + other, 64, 2), [
    good(short, 'length'),
    good(long, 'length'),
    good(other, 'length'),
  ]),
  stream(
    'no suffix, prefixes, nothing between two codes',
    [at(0, `]Q1${short}]Q1${other}`)],
    [good(short, 'length', `]Q1${short}`), good(other, 'length', `]Q1${other}`)],
  ),
  stream(
    'suffix after the second of two codes alone',
    [at(0, `${short}${other}\r`)],
    [good(short, 'length'), good(other)],
  ),
  stream(
    'suffix later than the code is over',
    [at(0, short), at(80, '\r'), at(900, `${other}\r`)],
    [good(short, 'length'), good(other)],
  ),
  stream(
    'no suffix, a web address',
    [at(0, 'https://example.com/film/1')],
    [bad('https://example.com/film/1', 'web-link', 'silence')],
  ),
];

const eTickets: Case[] = [
  stream('an e-ticket in pieces of 64 bytes', inPieces(`${eTicket}\r`, 64, 2), [shown(eTicket)]),
  stream('an e-ticket of a long code, with pauses', inPieces(`${longETicket}\r`, 64, 300), [shown(longETicket)]),
  stream(
    'an e-ticket with symbology identifier and ECI prefix',
    [at(0, `]Q2\\000026${eTicket}\r`)],
    [shown(eTicket, 'suffix', `]Q2\\000026${eTicket}`)],
  ),
  stream('no suffix, an e-ticket', inPieces(eTicket, 64, 2), [shown(eTicket, 'length')]),
  stream(
    'no suffix, two e-tickets as fast as a scanner can',
    [at(0, eTicket), at(60, atPort)],
    [shown(eTicket, 'length'), shown(atPort, 'length')],
  ),
  stream(
    'no suffix, nothing between two e-tickets',
    [at(0, eTicket + longETicket)],
    [shown(eTicket, 'length'), shown(longETicket, 'length')],
  ),
  stream('no suffix, nothing between a code, an e-ticket and a code', inPieces(short + eTicket + other, 64, 2), [
    good(short, 'length'),
    shown(eTicket, 'length'),
    good(other, 'length'),
  ]),
  stream(
    'an e-ticket that was cut off, and the next one',
    [at(0, eTicket.slice(0, 200)), at(900, `${atPort}\r`)],
    [bad(eTicket.slice(0, 200), 'cut-short', 'silence'), shown(atPort)],
  ),
  spoilt('an e-ticket without its last character', eTicket.slice(0, -1), 'cut-short'),
  spoilt('an e-ticket that lost a character of its code', eTicket.slice(0, 100) + eTicket.slice(101), 'cut-short'),
  spoilt('an e-ticket that lost its first character', eTicket.slice(1), 'cut-short'),
  spoilt('an e-ticket and a date added by the scanner', `${eTicket}20261126`, 'read-together'),
  spoilt('an e-ticket through caps lock, which turns case round', swapCase(eTicket), 'caps-lock'),
  spoilt('an e-ticket in upper case', eTicket.toUpperCase(), 'caps-lock'),
  spoilt('an e-ticket in lower case', eTicket.toLowerCase(), 'caps-lock'),
  spoilt('an e-ticket through an input method', eTicket.replace('https://', 'https：／／'), 'input-method'),
  spoilt('an e-ticket through another keyboard layout', eTicket.replace('://', '>&&'), 'keyboard-layout'),
  spoilt('the link to the page of an e-ticket', 'https://tickets.example.cn/t/xUMvl9vTIm9yRSzyFYHZsw', 'e-ticket-page'),
];

const torn: Case[] = [
  stream(
    'a read that was cut off, and the next one',
    [at(0, short.slice(0, 64)), at(900, `${short}\r`)],
    [bad(short.slice(0, 64), 'cut-short', 'silence'), good(short)],
  ),
  stream(
    'a read that was cut off, and at once the next one',
    [at(0, `${short.slice(0, 64)}${short}\r`)],
    [bad(short.slice(0, 64), 'cut-short', 'length'), good(short)],
  ),
  stream(
    'a whole code, and at once a read that was cut off',
    [at(0, `${short}${other.slice(0, 100)}`)],
    [good(short, 'length'), bad(other.slice(0, 100), 'cut-short', 'silence')],
  ),
  spoilt('the last character lost', short.slice(0, -1), 'cut-short'),
  spoilt('a character in the middle lost', short.slice(0, 90) + short.slice(91), 'cut-short'),
  spoilt('a character of a long code lost', long.slice(0, 200) + long.slice(201), 'cut-short'),
  spoilt('a date added by the scanner', `${short}20261126`, 'read-together'),
];

const spoiltTexts: Case[] = [
  spoilt('caps lock, which turns case round', swapCase(short), 'caps-lock'),
  spoilt('all letters upper case', short.toUpperCase(), 'caps-lock'),
  spoilt('an input method that makes full-width characters', short.replaceAll('=', '＝'), 'input-method'),
  spoilt('another keyboard layout', `${short.slice(0, 30)}?${short.slice(31)}`, 'keyboard-layout'),
  stream(
    'a character that is cut between two pieces',
    [
      { at: 0, hex: Buffer.from('票').subarray(0, 1).toString('hex') },
      { at: 5, hex: `${Buffer.from('票').subarray(1).toString('hex')}0d` },
    ],
    [bad('票', 'input-method')],
  ),
  stream(
    'another baud rate',
    [{ at: 0, hex: 'e6183c9e06f8789e1ee6e0fe0d' }],
    [bad(Buffer.from('e6183c9e06f8789e1ee6e0fe', 'hex').toString('utf8'), 'line-noise')],
  ),
];

const otherThings: Case[] = [
  spoilt('a web address', 'https://example.com/ticket?id=1', 'web-link'),
  spoilt('a web address without its scheme', 'www.example.com/ticket', 'web-link'),
  spoilt('a payment code of 18 digits', '134650082913774405', 'payment-code'),
  spoilt('a payment code of 19 digits', '6212345678901234567', 'payment-code'),
  spoilt('a payment code of 24 digits', '287654321098765432109876', 'payment-code'),
  spoilt('a request for payment', 'wxp://f2f0Aa91Kx3Xq0r4xS1Zd7Jw', 'payment-code'),
  spoilt('a payment link of WeChat', 'weixin://wxpay/bizpayurl?pr=Ab3xYz9', 'payment-code'),
  spoilt('a payment link of Alipay', 'https://qr.alipay.com/fkx01234abcdefgh', 'payment-code'),
  spoilt('a payment link of UnionPay', 'https://qr.95516.com/00010000/62012345678901234567', 'payment-code'),
  spoilt('a product', '6901234567892', 'product-code'),
  spoilt('the link of a product', 'https://example.cn/01/06901234567892?10=AB-123', 'product-code'),
  spoilt('a GS1 element string', ']d2010690123456789217271231\u001d10AB-123\u001d21000042', 'product-code'),
  spoilt('a GS1 element string without separators', '0106901234567892172712311012345678', 'product-code'),
  spoilt('a name', 'Zhang San', 'not-a-ticket'),
];

const broken: Case[] = [
  stream(
    '10 MB without end, and the next good read',
    [{ at: 0, text: '\u0000x', times: 5_000_000 }, at(900, `${short}\r`)],
    [{ text: '\u0000x', times: 2048, endedBy: 'silence', fault: 'line-noise' }, good(short)],
  ),
  stream(
    '10 MB, a suffix, and at once a good read',
    [{ at: 0, text: 'x', times: 10_000_000 }, at(1, `\r${short}\r`)],
    [{ text: 'x', times: 4096, endedBy: 'suffix', fault: 'read-together' }, good(short)],
  ),
];

/** What stands in the file. */
export function scannerStreams(): string {
  const what =
    'What scanners send: bytes with their times in milliseconds, and the reads that they are, each a ticket code, an e-ticket or a fault.';
  const cases = [...withSuffix, ...withoutSuffix, ...eTickets, ...torn, ...spoiltTexts, ...otherThings, ...broken];
  const lines = cases.map((one) => `  ${JSON.stringify(one)}`).join(',\n');
  return `{\n "what": ${JSON.stringify(what)},\n "cases": [\n${lines}\n ]\n}\n`;
}

if (import.meta.main) writeFileSync(join(import.meta.dirname, 'scanner-streams.json'), scannerStreams());
