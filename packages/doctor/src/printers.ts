import { SOLD_NAMES } from '@ticket-check/protocol';
import type { Printing, Style } from './json-text.ts';
import type { Mark } from './mistakes.ts';

/** One way of writing QueryData, and the mistake if it was signed so and sent otherwise. */
export type Choice = {
  readonly code: Mark['code'];
  readonly printing?: Printing;
  /** A habit that changes the whole text alike, printed or as it was sent. */
  readonly rewrite?: (text: string) => string;
  readonly what?: readonly [en: string, zh: string];
};

/** How printers set white space, by a name. */
const STYLES: Readonly<Record<string, Style>> = {
  'json.dumps': { colon: ': ', comma: ', ' },
  '{"a": 1,"b": 2}': { colon: ': ' },
  '{"a":1, "b":2}': { colon: ':', comma: ', ' },
  '{ "a" : 1 , "b" : 2 }': { colon: ' : ', comma: ' , ', pad: ' ' },
  '{ "a": 1, "b": 2 }': { colon: ': ', comma: ', ', pad: ' ' },
  'pretty, 2 spaces': { indent: '  ', colon: ': ' },
  'pretty, 4 spaces': { indent: '    ', colon: ': ' },
  'pretty, tabs': { indent: '\t', colon: ': ' },
  'pretty as fastjson prints it': { indent: '\t', colon: ':' },
  'pretty as Jackson prints it': { indent: '  ', colon: ' : ', flatArrays: true, comma: ', ', pad: ' ' },
};

const layout = (name: string, style: Style): Choice => ({
  code: 'white-space',
  printing: { style },
  what: [`White space as signed: ${name}`, `签名时的空白：${name}`],
});

/** White space between the tokens. Strings have no raw line ends. */
export const LAYOUTS: readonly Choice[] = [
  ...['\n', '\r\n', '\r'].map((end): Choice => ({ code: 'line-ends', rewrite: (text) => text.replace(/\r?\n/g, end) })),
  ...Object.entries(STYLES).flatMap(([name, style]) => [
    layout(name, style),
    ...(style.indent ? [layout(`${name}, CR LF`, { ...style, newline: '\r\n' })] : []),
  ]),
];

/** Resolves the escapes that JSON can do without. A backslash counts only with what follows it. */
const plain = (text: string): string =>
  text.includes('\\')
    ? text.replace(/(?:\\u[\da-f]{4})+|\\./gi, (found) => JSON.stringify(JSON.parse(`"${found}"`)).slice(1, -1))
    : text;
const escaping = (pattern: RegExp, upper = false) => {
  const known = new Map<string, string>();
  const inHex = (unit: string) => unit.charCodeAt(0).toString(16).padStart(4, '0');
  // One beyond the basic plane is two.
  const escaped = (character: string) => {
    const text = character.replace(/./gs, (unit) => `\\u${upper ? inHex(unit).toUpperCase() : inHex(unit)}`);
    known.set(character, text);
    return text;
  };
  return (text: string) => plain(text).replace(pattern, (found) => known.get(found) ?? escaped(found));
};

const NOT_ASCII = /\P{ASCII}/gu;
/** Leaves the + of an exponent, which is in no string. */
const inSystemTextJson = escaping(/[<>&'`]|(?<![:,[]\s*-?[\d.]+[eE])\+|\P{ASCII}/gu, true);
const slashed = (text: string): string => text.replaceAll('/', '\\/');

/** How printers of JSON write the characters of strings. Outside strings JSON has them only in exponents. */
const WRITTEN: readonly (readonly [string, (text: string) => string])[] = [
  ['characters as they are, / and Chinese unescaped', plain],
  ['Chinese as \\uxxxx', escaping(NOT_ASCII)],
  ['Chinese as \\uXXXX', escaping(NOT_ASCII, true)],
  ['/ as \\/', (text) => slashed(plain(text))],
  ['/ as \\/ and Chinese as \\uxxxx (json_encode)', (text) => slashed(escaping(NOT_ASCII)(text))],
  ["< > & = ' as \\u003c (Gson)", escaping(/[<>&='\u2028\u2029]/g)],
  ['< > & as \\u003c (encoding/json)', escaping(/[<>&\u2028\u2029]/g)],
  [
    "< > & + ' and Chinese as \\u003C (System.Text.Json)",
    (text) => inSystemTextJson(text).replace(/\\./g, (found) => (found === '\\"' ? '\\u0022' : found)),
  ],
];

/** Other characters in strings than were signed. */
const CHANGED: readonly (readonly [Mark['code'], (raw: string) => string])[] = [
  // Only in Base64, where names have spaces of their own.
  ['plus-sign', (raw) => (/^"[\w+/ =]{12,}"$/.test(raw) ? raw.replaceAll(' ', '+') : raw)],
  ['plus-sign', (raw) => raw.replaceAll(' ', '+')],
  ['plus-sign', (raw) => raw.replaceAll('+', ' ')],
  ['white-space', (raw) => raw.replaceAll(' ', '')],
  ['white-space', (raw) => raw.replace(/ {2,}/g, ' ')],
  ['white-space', (raw) => `"${raw.slice(1, -1).trim()}"`],
];

/** The characters of strings and names. */
export const STRINGS: readonly Choice[] = [
  ...WRITTEN.map(
    ([name, change]): Choice => ({
      code: 'escapes',
      rewrite: change,
      what: [`Strings as signed: ${name}`, `签名时的字符串：${name}`],
    }),
  ),
  ...CHANGED.map(
    ([code, change]): Choice => ({
      code,
      printing: { scalar: (raw, kind) => (kind === 'string' || kind === 'key' ? change(raw) : raw) },
    }),
  ),
];

/** What is one pass over the text each, however long it is. */
export const HABITS: readonly Choice[] = [...STRINGS, ...LAYOUTS].filter(({ rewrite }) => rewrite !== undefined);

const withoutZeros = (digits: string): string => (digits.includes('.') ? digits.replace(/\.?0+$/, '') : digits);
const asDouble = (digits: string): string => withoutZeros(digits).replace(/^[^.]*$/, '$&.0');
const quotes = (digits: string): string => `"${digits}"`;

/** How a number may have been printed when it was signed, the likeliest first. */
const FORMS: readonly ((digits: string) => string)[] = [
  asDouble,
  withoutZeros,
  (digits) => Number(digits).toFixed(2),
  (digits) => quotes(Number(digits).toFixed(2)),
  (digits) => Number(digits).toFixed(1),
  (digits) => quotes(withoutZeros(digits)),
  (digits) => quotes(asDouble(digits)),
  (digits) => digits,
  quotes,
];

const ofAmounts = (raw: string, key: string) =>
  /^(Price|Service)$/.test(key) || (!/^(Row|Column)Num$/.test(key) && raw.includes('.'));

/** An element that is a number, or one of those above whose string is digits. */
const NUMERIC =
  /("(\w+)"\s*:\s*)(-?\d{1,32}(?:\.\d{1,32})?(?![\d.eE])|(?<="(?:Price|Service|RowNum|ColumnNum)"\s*:\s*)"-?\d{1,32}(?:\.\d{1,32})?")/g;

const numbersThat = (isMeant: (raw: string, key: string) => boolean, print: (digits: string) => string): Choice => ({
  code: 'number-form',
  rewrite: (text) =>
    text.replace(NUMERIC, (all, head: string, key: string, raw: string) =>
      isMeant(raw, key) ? head + print(raw.replaceAll('"', '')) : all,
    ),
});

/** The digits of amounts, of all numbers, and of all but amounts. */
export const NUMBERS: readonly Choice[] = [
  ...FORMS.flatMap((print) => [ofAmounts, () => true].map((isMeant) => numbersThat(isMeant, print))),
  ...FORMS.map((print) => numbersThat((raw, key) => !ofAmounts(raw, key), print)),
];

/** Numbers only: what is a string stays one. */
const numbersAgain = (print: (digits: string) => string): Choice => numbersThat((raw) => !raw.startsWith('"'), print);

/** The elements of a report and its records, and of a question about a ticket, in the order of the scheme's tables. */
const REPORT: readonly string[] = ['CinemaCode', 'CheckTickets', 'TicketInfoCode', 'CheckTime', ...SOLD_NAMES];
const QUESTION = ['CinemaCode', 'FilmTicketCode', 'StartTime'];

const sortedBy = (rank: (key: string) => string | number) => (keys: readonly string[]) =>
  keys
    .map((key, place) => ({ rank: rank(key), place }))
    .sort((a, b) => (a.rank < b.rank ? -1 : a.rank > b.rank ? 1 : a.place - b.place))
    .map(({ place }) => place);

const inTables = (keys: readonly string[]): number[] => {
  const model = keys.every((key) => QUESTION.includes(key)) ? QUESTION : REPORT;
  return sortedBy((key) => (model.includes(key) ? model.indexOf(key) : model.length))(keys);
};

/** The order of java.util.HashMap, which fastjson's JSONObject and org.json keep: by bucket of the spread hash. */
const javaHashOrder = (keys: readonly string[]): number[] => {
  let size = 16;
  while (keys.length > size * 0.75) size *= 2;
  return sortedBy((key) => {
    let code = 0;
    for (let place = 0; place < key.length; place += 1) code = (Math.imul(code, 31) + key.charCodeAt(place)) | 0;
    return (code ^ (code >>> 16)) & (size - 1);
  })(keys);
};

/** How printers order the members of objects, the likeliest first. */
const SORTED: readonly (readonly [string, string, (keys: readonly string[]) => number[]])[] = [
  ['sorted by name', '按名称排序', sortedBy((key) => key)],
  ['as a HashMap has them', 'HashMap 的顺序', javaHashOrder],
  ['as in the tables of the scheme', '按方案中表格的顺序', inTables],
  ['sorted by name without regard to case', '不分大小写按名称排序', sortedBy((key) => key.toLowerCase())],
  ['the other way round', '倒序', (keys) => keys.map((_, place) => keys.length - 1 - place)],
];

/** Objects with the same keys have one list of them. */
const ofShape = (order: (keys: readonly string[]) => number[]): NonNullable<Printing['order']> => {
  const known = new WeakMap<readonly string[], number[]>();
  return (keys) => {
    const places = known.get(keys) ?? order(keys);
    known.set(keys, places);
    return places;
  };
};

const orderOf = (en: string, zh: string, order: NonNullable<Printing['order']>): Choice => ({
  code: 'key-order',
  printing: { order },
  what: [`Keys as signed: ${en}`, `签名时键的顺序：${zh}`],
});

export const ORDERS: readonly Choice[] = [
  ...SORTED.map(([en, zh, order]) => orderOf(en, zh, ofShape(order))),
  orderOf('sorted by name at the top only', '仅最外层按名称排序', (keys, _, depth) =>
    depth === 0 ? sortedBy((key) => key)(keys) : [...keys.keys()],
  ),
];

const named = (choices: readonly Choice[], name: string): Choice[] =>
  choices.filter(({ what }) => what?.[0].endsWith(name) === true);
const floats = numbersAgain((digits) => (digits.includes('.') ? asDouble(digits) : digits));
const python = [floats, ...named(LAYOUTS, 'json.dumps'), ...named(STRINGS, 'Chinese as \\uxxxx')];

/** What programs change at once that read a text and print it again: Python, Go with a map, PHP with JSON_PRETTY_PRINT. */
export const REPRINTS: readonly (readonly Choice[])[] = [
  python,
  [...python, ...ORDERS.slice(0, 1)],
  [numbersAgain(withoutZeros), ...ORDERS.slice(0, 1), ...named(STRINGS, '(encoding/json)')],
  [floats, ...named(STRINGS, '(json_encode)'), ...named(LAYOUTS, 'pretty, 4 spaces')],
];
