import type { Printing, Style } from './json-text.ts';
import type { MistakeCode } from './mistakes.ts';

/** How printers set white space, by a name. */
export const STYLES: readonly (readonly [string, Style])[] = [
  ['json.dumps', { colon: ': ', comma: ', ' }],
  ['{"a": 1,"b": 2}', { colon: ': ' }],
  ['{"a":1, "b":2}', { colon: ':', comma: ', ' }],
  ['{ "a" : 1 , "b" : 2 }', { colon: ' : ', comma: ' , ', pad: ' ' }],
  ['{ "a": 1, "b": 2 }', { colon: ': ', comma: ', ', pad: ' ' }],
  ...['\n', '\r\n'].flatMap((newline): [string, Style][] => {
    const end = newline === '\n' ? 'LF' : 'CR LF';
    return [
      [`pretty, 2 spaces, ${end}`, { indent: '  ', colon: ': ', newline }],
      [`pretty, 4 spaces, ${end}`, { indent: '    ', colon: ': ', newline }],
      [`pretty, tabs, ${end}`, { indent: '\t', colon: ': ', newline }],
      [`pretty as fastjson prints it, ${end}`, { indent: '\t', colon: ':', newline }],
      [
        `pretty as Jackson prints it, ${end}`,
        { indent: '  ', colon: ' : ', newline, flatArrays: true, comma: ', ', pad: ' ' },
      ],
    ];
  }),
];

const parsed = (raw: string): string => JSON.parse(raw) as string;
const plain = (raw: string): string => JSON.stringify(parsed(raw));
const escaped = (character: string, upper: boolean): string => {
  const digits = character.charCodeAt(0).toString(16).padStart(4, '0');
  return `\\u${upper ? digits.toUpperCase() : digits}`;
};
const escaping =
  (pattern: RegExp, upper = false) =>
  (raw: string) =>
    // A character beyond the basic plane is two.
    plain(raw).replace(pattern, (found) =>
      found
        .split('')
        .map((one) => escaped(one, upper))
        .join(''),
    );

const NOT_ASCII = /\P{ASCII}/gu;
const slashed = (raw: string): string => raw.replaceAll('/', '\\/');

/** How printers of JSON write the characters of strings. */
export const STRINGS: readonly (readonly [string, (raw: string) => string])[] = [
  ['characters as they are, / and Chinese unescaped', plain],
  ['Chinese as \\uxxxx', escaping(NOT_ASCII)],
  ['Chinese as \\uXXXX', escaping(NOT_ASCII, true)],
  ['/ as \\/', (raw) => slashed(plain(raw))],
  ['/ as \\/ and Chinese as \\uxxxx (json_encode)', (raw) => slashed(escaping(NOT_ASCII)(raw))],
  ["< > & = ' as \\u003c (Gson)", escaping(/[<>&='\u2028\u2029]/g)],
  ['< > & as \\u003c (encoding/json)', escaping(/[<>&\u2028\u2029]/g)],
  [
    "< > & + ' and Chinese as \\u003C (System.Text.Json)",
    (raw) => escaping(/[<>&+'`]|\P{ASCII}/gu, true)(raw).replaceAll('\\"', '\\u0022'),
  ],
];

/** Other characters in strings than were signed. */
export const IN_STRINGS: readonly (readonly [MistakeCode, (raw: string) => string])[] = [
  // Only in Base64, where names have spaces of their own.
  ['plus-sign', (raw) => (/^"[\w+/ =]{12,}"$/.test(raw) ? raw.replaceAll(' ', '+') : raw)],
  ['plus-sign', (raw) => raw.replaceAll(' ', '+')],
  ['plus-sign', (raw) => raw.replaceAll('+', ' ')],
  ['white-space', (raw) => raw.replaceAll(' ', '')],
  ['white-space', (raw) => raw.replace(/ {2,}/g, ' ')],
  ['white-space', (raw) => `"${raw.slice(1, -1).trim()}"`],
];

export const AMOUNTS = ['Price', 'Service'];
const NUMERIC = /^-?\d{1,32}(?:\.\d{1,32})?$/;

const withoutZeros = (digits: string): string => (digits.includes('.') ? digits.replace(/\.?0+$/, '') : digits);
const asDouble = (digits: string): string =>
  withoutZeros(digits).includes('.') ? withoutZeros(digits) : `${withoutZeros(digits)}.0`;
const quotes = (digits: string): string => `"${digits}"`;

/** How a number may have been printed when it was signed. */
export const NUMBERS: readonly ((digits: string) => string)[] = [
  (digits) => Number(digits).toFixed(2),
  asDouble,
  withoutZeros,
  (digits) => Number(digits).toFixed(1),
  (digits) => quotes(Number(digits).toFixed(2)),
  (digits) => quotes(withoutZeros(digits)),
  (digits) => quotes(asDouble(digits)),
  (digits) => digits,
  quotes,
];

export const numbersOf = (keys: ReadonlySet<string>, print: (digits: string) => string): Printing => ({
  scalar(raw, kind, key) {
    if (kind === 'key' || kind === 'literal' || !keys.has(key)) return raw;
    const digits = kind === 'string' ? raw.slice(1, -1) : raw;
    return NUMERIC.test(digits) ? print(digits) : raw;
  },
});

/** The elements of a report and its records, and of a question about a ticket, in the order of the scheme's tables. */
const REPORT =
  'CinemaCode CheckTickets TicketInfoCode CheckTime ScreenCode ScreenName FilmCode FilmName SessionCode StartTime TicketType FilmTicketCode RowNum ColumnNum Price Service'.split(
    ' ',
  );
const QUESTION = ['CinemaCode', 'FilmTicketCode', 'StartTime'];

const sortedBy = (rank: (key: string) => string | number) => (keys: readonly string[]) =>
  keys
    .map((key, place) => ({ rank: rank(key), place }))
    .sort((a, b) => (a.rank < b.rank ? -1 : a.rank > b.rank ? 1 : a.place - b.place))
    .map(({ place }) => place);

const placeIn = (model: readonly string[]) => (key: string) =>
  model.includes(key) ? model.indexOf(key) : model.length;

/** The order of java.util.HashMap, which fastjson's JSONObject and org.json keep: by bucket of the spread hash. */
const javaHashOrder = (keys: readonly string[]): number[] => {
  let size = 16;
  while (keys.length > size * 0.75) size *= 2;
  const bucket = (key: string) => {
    let code = 0;
    for (let place = 0; place < key.length; place += 1) code = (Math.imul(code, 31) + key.charCodeAt(place)) | 0;
    return (code ^ (code >>> 16)) & (size - 1);
  };
  return sortedBy(bucket)(keys);
};

/** How printers order the members of objects. */
export const ORDERS: readonly (readonly [string, string, NonNullable<Printing['order']>])[] = [
  ['sorted by name', '按名称排序', sortedBy((key) => key)],
  ['sorted by name without regard to case', '不分大小写按名称排序', sortedBy((key) => key.toLowerCase())],
  ['as in the tables of the scheme', '按方案中表格的顺序', sortedBy(placeIn(REPORT))],
  ['as in the tables of the scheme', '按方案中表格的顺序', sortedBy(placeIn(QUESTION))],
  ['as a HashMap has them', 'HashMap 的顺序', javaHashOrder],
  ['the other way round', '倒序', (keys) => keys.map((_, place) => keys.length - 1 - place)],
  [
    'sorted by name at the top only',
    '仅最外层按名称排序',
    (keys, _, depth) => (depth === 0 ? sortedBy((key) => key)(keys) : [...keys.keys()]),
  ],
];
