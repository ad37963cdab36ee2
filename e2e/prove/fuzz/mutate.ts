import { seededRandom } from '@ticket-check/simulators/box-office';

export interface Chance {
  /** A whole number from 0 up to, not including, `below`. */
  below(below: number): number;
  oneIn(times: number): boolean;
  pick<T>(from: readonly T[]): T;
}

export function chanceOf(seed: string): Chance {
  const below = seededRandom(seed);
  return { below, oneIn: (times) => below(times) === 0, pick: (from) => from[below(from.length)]! };
}

const MAX_EDITS = 3;

/** What parsers stumble over: syntax, escapes, numbers at their limits, text that is not what it looks like. */
const words = (text: string): string[] => text.split(' ');
const FRAGMENTS = [
  ...'{}[],:"\\/+-=_.eE019 \n\r\t\0\ufeff\u2028\u00a0\u202e票',
  ...words(String.raw`\" \u0000 \ud800 \u0041 == "" {} [] null true -0 1e400 -1e400 9007199254740993 0.1 1.0 45.005`),
  ...['NaN', 'Infinity'],
  ...'"__proto__":1, "constructor":{}, ,"Username":"x" ,"Api":"GetTicketInfo" ,"QueryData":{} "Price":1,'.split(' '),
  ...['Get', 'Import', ']Q1', '\\000026', '-----BEGIN PUBLIC KEY-----', '|010001', '１２', '😀', 'e\u0301'],
];

/** One to three edits of a text: characters changed, left out, doubled, moved, put in, cut off, taken from another text. */
export function mutateText(text: string, others: readonly string[], chance: Chance): string {
  let result = text;
  for (let edits = 1 + chance.below(MAX_EDITS); edits > 0; edits--) result = edited(result, others, chance);
  return result;
}

function edited(text: string, others: readonly string[], chance: Chance): string {
  const at = chance.below(text.length + 1);
  const length = chance.oneIn(4) ? chance.below(text.length + 1) : 1 + chance.below(4);
  const before = text.slice(0, at);
  const after = text.slice(at + length);
  const cut = text.slice(at, at + length);
  const character = () => text.charCodeAt(at) ^ (1 << chance.below(8));
  const edits = [
    () => before + String.fromCharCode(chance.below(128)) + text.slice(at + 1),
    () => before + String.fromCharCode(character()) + text.slice(at + 1),
    () => before + after,
    () => before + cut.repeat(2 + chance.below(3)) + after,
    () => before + chance.pick(FRAGMENTS) + text.slice(at),
    () => before + chance.pick(FRAGMENTS) + after,
    () => before,
    () => {
      const other = chance.pick(others);
      return before + other.slice(chance.oneIn(2) ? at : chance.below(other.length + 1));
    },
    () => before + swappedCase(cut) + after,
    () => {
      const to = chance.below(after.length + 1);
      return before + after.slice(0, to) + cut + after.slice(to);
    },
  ];
  return chance.pick(edits)();
}

const swappedCase = (text: string): string =>
  text.replace(/[a-z]/gi, (letter) => (letter < 'a' ? letter.toLowerCase() : letter.toUpperCase()));

export function bytesOf(text: string, chance: Chance): Buffer {
  const bytes = Buffer.from(text);
  if (bytes.length > 0 && chance.oneIn(8)) bytes[chance.below(bytes.length)] = 128 + chance.below(128);
  return bytes;
}

const deep = (depth: number) => '['.repeat(depth) + ']'.repeat(depth);
const deepObject = (depth: number) => `${'{"a":'.repeat(depth)}1${'}'.repeat(depth)}`;

const HOSTILE = [
  ...words(String.raw`null true false "" "\u0000" "\ud800" "0" "x" "１２３４５６７８" "e\u0301" "45.00" "1e3" "0x10"`),
  ...'0 -0 -1 1e400 -1e400 1e-400 0.30000000000000004 45.005 29.899999618530273 9007199254740993 100000.01'.split(' '),
  ...words(
    String.raw`[] {} [null] {"__proto__":{"a":1}} {"a":1,"a":2} {"a":1,"\u0061":2} 123456789012345678901234567890`,
  ),
  ...'"2026-02-30T10:00:00" "2026-11-24T24:00:00" "0000-01-01T00:00:00" "9999-12-31T23:59:59"'.split(' '),
  ...['" "', '"2026-11-24 10:00:00"'],
];

/** JSON texts too large to be had often. */
const LARGE: ((chance: Chance) => string)[] = [
  (chance) => deep(1 + chance.below(20_000)),
  (chance) => deepObject(1 + chance.below(5_000)),
  (chance) => `"${chance.pick(['x', '票', '\\u0000', '0'])}`.padEnd(1 + chance.below(50_000), 'y').concat('"'),
  (chance) => `[${'0,'.repeat(990 + chance.below(20))}0]`,
  (chance) => `1${'0'.repeat(chance.below(5_000))}`,
];

/** Prints a value as JSON with one to three of its nodes changed, in ways that a parsed value could not hold. */
export function mutateJson(value: unknown, chance: Chance): string {
  const size = nodesOf(value);
  const wounds = new Set(Array.from({ length: 1 + chance.below(3) }, () => chance.below(size)));
  let node = 0;

  function print(current: unknown): string {
    const isWounded = wounds.has(node++);
    if (Array.isArray(current)) {
      const items = current.map(print);
      return `[${isWounded ? reordered(items, chance).join(',') : items.join(',')}]`;
    }
    if (typeof current === 'object' && current !== null) {
      const members = Object.entries(current).map(([key, member]) => [key, print(member)] as const);
      return isWounded ? printWounded(members, chance) : printed(members);
    }
    return isWounded ? hostile(chance) : JSON.stringify(current);
  }
  return print(value);
}

function nodesOf(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 1;
  return Object.values(value).reduce((sum: number, member) => sum + nodesOf(member), 1);
}

type Member = readonly [key: string, text: string];

const printed = (members: readonly Member[]): string =>
  `{${members.map(([key, text]) => `${JSON.stringify(key)}:${text}`).join(',')}}`;

const hostile = (chance: Chance): string => (chance.oneIn(40) ? chance.pick(LARGE)(chance) : chance.pick(HOSTILE));

function reordered(items: readonly string[], chance: Chance): string[] {
  const item = items.length === 0 || chance.oneIn(3) ? hostile(chance) : chance.pick(items);
  return chance.oneIn(3) ? items.slice(1) : [...items, item];
}

/** An object that lacks, doubles, renames, reorders or hides a member, or is no object at all. */
function printWounded(members: readonly Member[], chance: Chance): string {
  if (members.length === 0 || chance.oneIn(9)) return hostile(chance);
  const [key, text] = chance.pick(members);
  const rest = members.filter(([other]) => other !== key);
  const long = chance.pick(['k', '票', '\u0000']).repeat(1 + chance.below(3_000));
  const escaped = key.replace(/^./, (letter) => `\\u${letter.charCodeAt(0).toString(16).padStart(4, '0')}`);
  return chance.pick([
    printed(rest),
    printed([...members, [key, chance.oneIn(2) ? text : hostile(chance)]]),
    printed([...rest, [chance.oneIn(2) ? key.toLowerCase() : `${key} `, text]]),
    printed(members.toReversed()),
    printed([['__proto__', `{${JSON.stringify(key)}:${text}}`], ...rest]),
    printed([...members, [chance.pick(['', 'More', 'toString', '票']), hostile(chance)]]),
    `${printed(rest).slice(0, -1)}${rest.length > 0 ? ',' : ''}"${escaped}":${text}}`,
    printed([...members, [long, text], ...(chance.oneIn(2) ? [[long, text] as const] : [])]),
  ]);
}
