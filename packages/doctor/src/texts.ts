import { APIS, type SignedParts, signedText } from '@ticket-check/protocol';
import { encodeGbk } from './gbk.ts';
import { type Mark, mark } from './mistakes.ts';
import type { LooseRequest } from './read-request.ts';
import { type Spelling, spellingsOf } from './spellings.ts';
import type { Work } from './work.ts';

export type Candidate = {
  readonly text: string;
  /** The bytes, where they are not the text's UTF-8. */
  readonly bytes?: Buffer;
  readonly marks: () => readonly Mark[];
  /** One of the likeliest, which are also tried with rare digests. */
  readonly isLikely?: boolean;
};

type Parts = SignedParts;
/** What may have been made of the parts or of their text before the digest: text, or its bytes in another encoding. */
type Change<T> = { readonly of: (from: T) => string | Buffer; readonly mark: Mark };

const changing = <T>(code: Mark['code'], en: string, zh: string, of: Change<T>['of']): Change<T> => ({
  of,
  mark: mark(code, 'SignedText', en, zh),
});

const ELEMENTS = ['Version', 'Datetime', 'Username', 'Api', 'QueryData'] as const;
const NAMES = ['version', 'datetime', 'username', 'api', 'queryText'] as const;
const valuesOf = (parts: Parts): string[] => NAMES.map((name) => parts[name]);

/** The elements before QueryData as they may have been signed in place of what was sent. */
function headsOf(parts: Parts, usernames: readonly string[]) {
  const { username } = parts;
  const inOtherCase = [username.toLowerCase(), username.toUpperCase(), username.trim(), `"${username}"`];
  const numbered = Array.from({ length: 100 }, (_, number) =>
    username.replace(/\d{1,3}$/, (digits) => `${number}`.padStart(digits.length, '0')),
  );
  const apis = Object.values(APIS).flatMap((name) => [name, name.toLowerCase()]);
  const others: [Mark['code'], 'Version' | 'Username' | 'Api' | 'Datetime', readonly string[]][] = [
    ['version-form', 'Version', ['1.0', '1', '"1.0"', '1.00', 'v1.0', '"1"']],
    ['wrong-username', 'Username', [...usernames, ...inOtherCase, ...numbered]],
    ['changed-value', 'Api', apis],
    ['changed-value', 'Datetime', otherTimes(parts.datetime)],
  ];
  return others.flatMap(([code, element, values]) => {
    const name = element.toLowerCase() as keyof Parts;
    const sent = JSON.stringify(parts[name]);
    return [...new Set(values)].flatMap((value) => {
      if (value === parts[name]) return [];
      const signed = JSON.stringify(value);
      const says = [`Signed: ${signed}; sent: ${sent}.`, `签名时是 ${signed}，发送的是 ${sent}。`] as const;
      return [{ parts: { ...parts, [name]: value }, mark: mark(code, element, ...says) }];
    });
  });
}

const MOST_SECONDS = 600;

/** The same time in another form, and times near it. */
const otherTimes = (datetime: string): string[] => {
  const epoch = Date.parse(`${datetime.slice(0, 19).replace(' ', 'T')}Z`);
  if (Number.isNaN(epoch)) return [];
  const at = (seconds: number) => new Date(epoch + seconds * 1000).toISOString().slice(0, 19);
  const plain = at(0);
  const ended = ['', 'Z', '+08:00', '.000', '.000Z', '.000+08:00'].map((end) => plain + end);
  const near = Array.from({ length: MOST_SECONDS }, (_, place) => [at(-place - 1), at(place + 1)]).flat();
  return [...ended, plain.replace('T', ' '), plain.replace(/[-:T]/g, ''), at(-8 * 3600), at(8 * 3600), ...near];
};

const SEPARATORS = ['&', ',', '|', ' ', '\n', '+', ';', ':', '-', '_', '\t', '#', '\r\n', '||', '/', '.'];

const ALL = [...ELEMENTS.keys()];

/** The orders in which two of the parts are exchanged. */
const EXCHANGED = ALL.flatMap((one) => ALL.slice(one + 1).map((other) => ALL.with(one, other).with(other, one)));

const permutations = (places: readonly number[]): number[][] =>
  places.length < 2
    ? [[...places]]
    : places.flatMap((one, at) => permutations(places.toSpliced(at, 1)).map((rest) => [one, ...rest]));

const WITHOUT_ONE = ALL.map((one) => ALL.toSpliced(one, 1));
const WITHOUT_TWO = ALL.flatMap((two) => ALL.slice(0, two).map((one) => ALL.toSpliced(two, 1).toSpliced(one, 1)));
/** Without one or two of the parts, QueryData by itself, and any order of all or of four. */
const OTHER_ORDERS = [
  ...[...WITHOUT_ONE, ...WITHOUT_TWO, [4]],
  ...[ALL, ...WITHOUT_ONE].flatMap((some) => permutations(some).slice(1)),
];

const ordered = (order: readonly number[]): Change<Parts> => {
  const names = order.map((place) => ELEMENTS[place]).join(' + ');
  const of = (parts: Parts) => order.map((place) => valuesOf(parts)[place]).join('');
  return changing('part-order', `Signed: ${names}.`, `签名时是 ${names}。`, of);
};

const joined = (separator: string): Change<Parts> => {
  const shown = JSON.stringify(separator);
  const says = [`The parts were joined with ${shown}.`, `各部分之间用 ${shown} 连接了。`] as const;
  return changing('separator', ...says, (parts) => valuesOf(parts).join(separator));
};

const named = (between: string, after: string, order: readonly number[]): Change<Parts> => {
  const en = `The names of the parts were signed (Version${between}…${after}).`;
  return changing('separator', en, `签名文本里带了各部分的名称（Version${between}…${after}）。`, (parts) =>
    order.map((place) => `${ELEMENTS[place]}${between}${valuesOf(parts)[place]}`).join(after),
  );
};

/** How the five parts may have been put together, the likeliest first: of a large report only few texts can be tried. */
const JOINS: readonly Change<Parts>[] = [
  ...EXCHANGED.map(ordered),
  ...SEPARATORS.map(joined),
  ...(['=&', '=', '', ':,', '=,'] as const).flatMap(([between = '', after = '']) => [
    named(between, after, ALL),
    named(between, after, [3, 1, 4, 2, 0]),
  ]),
  changing('separator', 'The parts were signed with their quotes.', '签名文本里带了引号。', (parts) =>
    valuesOf(parts)
      .map((value, place) => (ELEMENTS[place] === 'QueryData' ? value : JSON.stringify(value)))
      .join(''),
  ),
  ...OTHER_ORDERS.map(ordered),
];

const followed = (end: string, name: string): Change<string> => {
  const says = [`${name} was signed after the text.`, `签名文本末尾多了 ${name}。`] as const;
  return changing('trailing-newline', ...says, (text) => text + end);
};
const withBom = (of: (text: string) => string): Change<string> =>
  changing('bom', 'A byte order mark was signed.', '签名文本里带了 BOM。', of);
const encoded = (name: string, of: (text: string) => Buffer): Change<string> =>
  changing('encoding', `The text was signed in ${name}.`, `签名文本用了 ${name} 编码。`, of);
/** The encodings that differ from UTF-8 only where a text has more than ASCII. */
const encodedUnlessAscii = (name: string, of: (text: string) => Buffer): Change<string> =>
  encoded(name, (text) => (/\P{ASCII}/u.test(text) ? of(text) : Buffer.from(text)));
const utf16 = (text: string): Buffer => Buffer.from(text, 'utf16le');

/** What may have become of the text before its digest was made. */
const ENDINGS: readonly Change<string>[] = [
  followed('\n', 'LF'),
  followed('\r\n', 'CR LF'),
  followed('\0', 'NUL'),
  followed('\r', 'CR'),
  changing('white-space', 'A space was signed after the text.', '签名文本末尾多了空格。', (text) => `${text} `),
  withBom((text) => `\ufeff${text}`),
  withBom((text) => text.replace('{', '\ufeff{')),
  encoded('UTF-16 (little-endian)', utf16),
  encoded('UTF-16 (big-endian)', (text) => utf16(text).swap16()),
  encoded('UTF-16 with a byte order mark', (text) => utf16(`\ufeff${text}`)),
  encoded('UTF-16 with a byte order mark', (text) => utf16(`\ufeff${text}`).swap16()),
  encodedUnlessAscii('GBK', encodeGbk),
  encodedUnlessAscii('ASCII, ? for Chinese', (text) => Buffer.from(text.replace(/\P{ASCII}/gu, '?'))),
  encodedUnlessAscii('ISO-8859-1', (text) => Buffer.from(text, 'latin1')),
  encodedUnlessAscii('UTF-8 twice', (text) => Buffer.from(Buffer.from(text).toString('latin1'))),
];

// Bounded and without alternatives: a long run of white space takes a square of its length, a long value the stack.
const SIGNATURE_VALUE = /("Signature"\s*:\s*)"[^"]*"/;
const SIGNATURE_MEMBER = /,?\s{0,64}"Signature"\s*:\s*"[^"]*"/;

// One at a time: together they are some hundred times as long as the body.
function* withMark<T extends Parts | string>(
  changes: readonly Change<T>[],
  from: T,
  before: () => readonly Mark[] = () => [],
  isLikely = false,
): Generator<Candidate> {
  for (const change of changes) {
    const made = change.of(from);
    yield {
      ...(typeof made === 'string' ? { text: made } : { text: String(from), bytes: made }),
      marks: () => [...before(), change.mark],
      isLikely,
    };
  }
}

/** One of each in turn: of a large body only few texts can be tried, so those are the likeliest of each kind. */
function* inTurn<T>(sources: readonly Generator<T>[]): Generator<T> {
  const open = new Set(sources);
  while (open.size > 0) {
    for (const source of open) {
      const { done, value } = source.next();
      if (done === true) open.delete(source);
      else yield value;
    }
  }
}

/** A large report is hardly spelled in more ways than these, which are what a second printing makes of it. */
const MOST_AT_ONCE = 16;

/** All texts that may have been signed for a request, the likeliest first. */
export function* textsOf(request: LooseRequest, usernames: readonly string[], work: Work): Generator<Candidate> {
  const { parts, rawQuery } = request;
  const queries = spellingsOf(parts.queryText, request.query, work);
  const sent = new Set([parts.queryText, queries.compact, ...(rawQuery === null ? [] : [rawQuery])]);
  const accepted = [...sent].map((queryText): Parts => ({ ...parts, queryText }));
  for (const one of accepted) yield { text: signedText(one), marks: () => [], isLikely: true };

  const heads = headsOf(parts, usernames);
  const single: Spelling[] = [];
  function* spelled(spellings: Iterable<Spelling>): Generator<Candidate> {
    for (const spelling of spellings) {
      const { text: queryText, marks, isUnlikely } = spelling;
      if (!isUnlikely) single.push(spelling);
      yield { text: signedText({ ...parts, queryText }), marks, isLikely: !isUnlikely };
    }
  }
  function* headed(): Generator<Candidate> {
    for (const head of heads)
      for (const { queryText } of accepted)
        yield { text: signedText({ ...head.parts, queryText }), marks: () => [head.mark] };
  }
  function* joinedBy(joins: readonly Change<Parts>[]): Generator<Candidate> {
    for (const one of accepted) yield* withMark(joins, one, undefined, true);
  }
  function* ended(): Generator<Candidate> {
    for (const one of accepted) yield* withMark(ENDINGS, signedText(one), undefined, true);
  }
  yield* spelled(queries.habits());
  yield* joinedBy(JOINS.slice(0, EXCHANGED.length));
  const reprinted = spelled(queries.reprinted());
  for (let count = 0; count < MOST_AT_ONCE; count += 1) {
    const { done, value } = reprinted.next();
    if (done !== true) yield value;
  }
  const others = [queries.again(), queries.strings(), queries.layouts(), queries.changed()].map(spelled);
  yield* inTurn([ended(), reprinted, ...others, joinedBy(JOINS.slice(EXCHANGED.length)), headed()]);
  const without = request.text.replace(SIGNATURE_MEMBER, '');
  for (const text of [without, request.text.replace(SIGNATURE_VALUE, '$1""'), request.text]) {
    yield { text, marks: () => [mark('part-order', 'SignedText', 'The whole body was signed.', '签的是整个请求体。')] };
  }

  // Two mistakes, at most one of them in QueryData.
  const [likelyHeads, likelyJoins] = [heads.slice(0, MOST_HEADS), JOINS.slice(0, MOST_JOINS)];
  for (const { text: queryText, marks } of single) {
    const from = { ...parts, queryText };
    yield* withMark(ENDINGS, signedText(from), marks);
    yield* withMark(likelyJoins, from, marks);
    for (const head of likelyHeads)
      yield { text: signedText({ ...head.parts, queryText }), marks: () => [head.mark, ...marks()] };
  }
  for (const one of accepted) {
    for (const head of likelyHeads) {
      const from = { ...head.parts, queryText: one.queryText };
      yield* withMark(likelyJoins, from, () => [head.mark]);
      yield* withMark(ENDINGS, signedText(from), () => [head.mark]);
    }
    for (const join of likelyJoins) yield* withMark(ENDINGS, String(join.of(one)), () => [join.mark]);
  }
}

/** In pairs of mistakes: the exchanged, the separators, and some of the rest. */
const MOST_HEADS = 8;
const MOST_JOINS = EXCHANGED.length + SEPARATORS.length + 12;
