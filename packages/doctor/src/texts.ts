import { APIS, type SignedParts, signedText } from '@ticket-check/protocol';
import { encodeGbk } from './gbk.ts';
import { type Mark, mark } from './mistakes.ts';
import type { LooseRequest } from './read-request.ts';
import { type Spelling, spellingsOf } from './spellings.ts';
import type { Work } from './work.ts';

/** A text that may have been signed. */
export type Candidate = {
  readonly text: string;
  /** The bytes, where they are not the text's UTF-8. */
  readonly bytes?: Buffer;
  readonly marks: () => readonly Mark[];
  /** One of the likeliest, which are also tried with rare digests. */
  readonly isLikely?: boolean;
};

type Parts = SignedParts;
type Change<T> = { readonly of: (from: T) => { readonly text: string; readonly bytes?: Buffer }; readonly mark: Mark };

const ELEMENTS = ['Version', 'Datetime', 'Username', 'Api', 'QueryData'] as const;
const valuesOf = ({ version, datetime, username, api, queryText }: Parts): string[] => [
  version,
  datetime,
  username,
  api,
  queryText,
];

type Head = { readonly parts: Parts; readonly mark: Mark };

/** The elements before QueryData as they may have been signed in place of what was sent. */
function* headsOf(parts: Parts, usernames: readonly string[]): Generator<Head> {
  const { username } = parts;
  const inOtherCase = [username.toLowerCase(), username.toUpperCase(), username.trim(), `"${username}"`];
  const names = [...usernames, ...inOtherCase, ...numbered(username)];
  const apis = Object.values(APIS).flatMap((name) => [name, name.toLowerCase()]);
  const others: [Mark['code'], 'Version' | 'Username' | 'Api' | 'Datetime', Iterable<string>][] = [
    ['version-form', 'Version', ['1.0', '1', '"1.0"', '1.00', 'v1.0', '"1"']],
    ['wrong-username', 'Username', names],
    ['changed-value', 'Api', apis],
    ['changed-value', 'Datetime', otherTimes(parts.datetime)],
  ];
  for (const [code, element, values] of others) {
    const name = element.toLowerCase() as keyof Parts;
    for (const value of new Set(values)) {
      if (value === parts[name]) continue;
      yield {
        parts: { ...parts, [name]: value },
        get mark() {
          const [signed, sent] = [JSON.stringify(value), JSON.stringify(parts[name])];
          return mark(code, element, `Signed: ${signed}; sent: ${sent}.`, `签名时是 ${signed}，发送的是 ${sent}。`);
        },
      };
    }
  }
}

/** Names that end in another number. */
const numbered = (name: string): string[] => {
  const [digits = ''] = /\d{1,3}$/.exec(name) ?? [];
  const head = name.slice(0, name.length - digits.length);
  return digits === ''
    ? []
    : Array.from({ length: 100 }, (_, number) => head + `${number}`.padStart(digits.length, '0'));
};

const MOST_SECONDS = 600;

/** The same time in another form, and times near it. */
function* otherTimes(datetime: string): Generator<string> {
  const epoch = Date.parse(`${datetime.slice(0, 19).replace(' ', 'T')}Z`);
  if (Number.isNaN(epoch)) return;
  const at = (seconds: number) => new Date(epoch + seconds * 1000).toISOString().slice(0, 19);
  const plain = at(0);
  yield* [
    plain,
    plain.replace('T', ' '),
    `${plain}Z`,
    `${plain}+08:00`,
    `${plain}.000`,
    `${plain}.000Z`,
    `${plain}.000+08:00`,
    plain.replace(/[-:T]/g, ''),
  ];
  for (const hours of [-8, 8]) yield at(hours * 3600);
  for (let seconds = 1; seconds <= MOST_SECONDS; seconds += 1) {
    yield at(-seconds);
    yield at(seconds);
  }
}

const SEPARATORS = ['&', ',', '|', ' ', '\n', '+', ';', ':', '-', '_', '\t', '#', '\r\n', '||', '/', '.'];

/** How the five parts may have been put together. */
function* joinsOf(): Generator<Change<Parts>> {
  const ordered = (order: readonly number[]): Change<Parts> => {
    const names = order.map((place) => ELEMENTS[place]).join(' + ');
    return {
      of: (parts) => ({ text: order.map((place) => valuesOf(parts)[place]).join('') }),
      mark: mark('part-order', 'SignedText', `Signed: ${names}.`, `签名时是 ${names}。`),
    };
  };
  // Of a large report only few texts can be tried.
  const [exchanged, others] = [EXCHANGED.map(ordered), orders().map(ordered)];
  yield* exchanged;
  const joined = (separator: string): Change<Parts> => ({
    of: (parts) => ({ text: valuesOf(parts).join(separator) }),
    mark: mark(
      'separator',
      'SignedText',
      `The parts were joined with ${JSON.stringify(separator)}.`,
      `各部分之间用 ${JSON.stringify(separator)} 连接了。`,
    ),
  });
  for (const separator of SEPARATORS) yield joined(separator);
  for (const [between, after] of [
    ['=', '&'],
    ['=', ''],
    ['', ''],
    [':', ','],
    ['=', ','],
  ] as const) {
    const named = (order: readonly number[]) => (parts: Parts) => ({
      text: order.map((place) => `${ELEMENTS[place]}${between}${valuesOf(parts)[place]}`).join(after),
    });
    const found = mark(
      'separator',
      'SignedText',
      `The names of the parts were signed (Version${between}…${after}).`,
      `签名文本里带了各部分的名称（Version${between}…${after}）。`,
    );
    yield { of: named([0, 1, 2, 3, 4]), mark: found };
    yield { of: named([3, 1, 4, 2, 0]), mark: found };
  }
  yield {
    of: (parts) => ({
      text: `${valuesOf(parts)
        .slice(0, 4)
        .map((value) => JSON.stringify(value))
        .join('')}${parts.queryText}`,
    }),
    mark: mark('separator', 'SignedText', 'The parts were signed with their quotes.', '签名文本里带了引号。'),
  };
  yield* others;
}

/** The orders in which two of the parts are exchanged. */
const EXCHANGED = ELEMENTS.flatMap((_, one) =>
  ELEMENTS.slice(one + 1).map((__, between) => {
    const order = [...ELEMENTS.keys()];
    const other = one + 1 + between;
    return order.with(one, other).with(other, one);
  }),
);

const permutations = <T>(items: readonly T[]): T[][] =>
  items.length < 2
    ? [[...items]]
    : items.flatMap((item, place) => permutations(items.toSpliced(place, 1)).map((rest) => [item, ...rest]));

/** Every order of the five parts, and of fewer. */
const orders = (): number[][] => {
  const all = [0, 1, 2, 3, 4];
  const less = all.flatMap((one) => [
    all.filter((place) => place !== one),
    ...all.slice(one + 1).map((two) => all.filter((place) => place !== one && place !== two)),
  ]);
  return [
    ...less,
    [4],
    ...permutations(all).slice(1),
    ...less.filter(({ length }) => length === 4).flatMap((some) => permutations(some).slice(1)),
  ];
};

/** What may have become of the text before its digest was made. */
function* endingsOf(): Generator<Change<string>> {
  const text = (of: (text: string) => string, found: Mark): Change<string> => ({
    of: (from) => ({ text: of(from) }),
    mark: found,
  });
  for (const [end, name] of [
    ['\n', 'LF'],
    ['\r\n', 'CR LF'],
    ['\0', 'NUL'],
    ['\r', 'CR'],
  ] as const) {
    yield text(
      (from) => from + end,
      mark('trailing-newline', 'SignedText', `${name} was signed after the text.`, `签名文本末尾多了 ${name}。`),
    );
  }
  yield text(
    (from) => `${from} `,
    mark('white-space', 'SignedText', 'A space was signed after the text.', '签名文本末尾多了空格。'),
  );
  const bom = mark('bom', 'SignedText', 'A byte order mark was signed.', '签名文本里带了 BOM。');
  yield text((from) => `\ufeff${from}`, bom);
  yield text((from) => from.replace('{', '\ufeff{'), bom);
  const encoded = (name: string, of: (from: string) => Buffer): Change<string> => ({
    of: (from) => ({ text: from, bytes: of(from) }),
    mark: mark('encoding', 'SignedText', `The text was signed in ${name}.`, `签名文本用了 ${name} 编码。`),
  });
  const big = (from: string) => Buffer.from(from, 'utf16le').swap16();
  yield encoded('UTF-16 (little-endian)', (from) => Buffer.from(from, 'utf16le'));
  yield encoded('UTF-16 (big-endian)', big);
  yield encoded('UTF-16 with a byte order mark', (from) => Buffer.from(`\ufeff${from}`, 'utf16le'));
  yield encoded('UTF-16 with a byte order mark', (from) => big(`\ufeff${from}`));
  const unlessAscii = (of: (from: string) => Buffer) => (from: string) =>
    /\P{ASCII}/u.test(from) ? of(from) : Buffer.from(from);
  yield encoded('GBK', unlessAscii(encodeGbk));
  yield encoded(
    'ASCII, ? for Chinese',
    unlessAscii((from) => Buffer.from(from.replace(/\P{ASCII}/gu, '?'))),
  );
  yield encoded(
    'ISO-8859-1',
    unlessAscii((from) => Buffer.from(from, 'latin1')),
  );
  yield encoded(
    'UTF-8 twice',
    unlessAscii((from) => Buffer.from(Buffer.from(from).toString('latin1'))),
  );
}

// Bounded and without alternatives: a long run of white space takes a square of its length, a long value the stack.
const SIGNATURE_VALUE = /("Signature"\s*:\s*)"[^"]*"/;
const SIGNATURE_MEMBER = /,?\s{0,64}"Signature"\s*:\s*"[^"]*"/;

// One at a time: together they are some hundred times as long as the body.
function* withMark<T>(
  changes: readonly Change<T>[],
  from: T,
  before: () => readonly Mark[],
  isLikely = false,
): Generator<Candidate> {
  for (const change of changes) yield { ...change.of(from), marks: () => [...before(), change.mark], isLikely };
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

/** The first of them; the rest can be taken later. */
function* firstOf<T>(source: Generator<T>, most: number): Generator<T> {
  for (let count = 0; count < most; count += 1) {
    const { done, value } = source.next();
    if (done === true) return;
    yield value;
  }
}

/** All texts that may have been signed for a request, the likeliest first. */
export function* textsOf(request: LooseRequest, usernames: readonly string[], work: Work): Generator<Candidate> {
  const { parts, rawQuery } = request;
  const queries = spellingsOf(parts.queryText, request.query, work);
  const withQuery = ({ queryText }: Pick<Parts, 'queryText'>, head = parts): Parts => ({ ...head, queryText });
  const sent = [queries.compact, rawQuery].filter((text) => text !== null && text !== parts.queryText);
  const accepted = [parts, ...sent.map((text) => withQuery({ queryText: text ?? '' }))];
  const plain = ({ text, marks }: Spelling): Candidate => ({ text: signedText(withQuery({ queryText: text })), marks });
  for (const one of accepted) yield { text: signedText(one), marks: () => [], isLikely: true };

  const [heads, joins, endings] = [[...headsOf(parts, usernames)], [...joinsOf()], [...endingsOf()]];
  const single: Spelling[] = [];
  function* spelled(spellings: Iterable<Spelling>): Generator<Candidate> {
    for (const spelling of spellings) {
      if (!spelling.isUnlikely) single.push(spelling);
      yield { ...plain(spelling), isLikely: !spelling.isUnlikely };
    }
  }
  function* headed(): Generator<Candidate> {
    for (const head of heads)
      for (const one of accepted) yield { text: signedText(withQuery(one, head.parts)), marks: () => [head.mark] };
  }
  function* joined(): Generator<Candidate> {
    for (const one of accepted) yield* withMark(joins, one, () => [], true);
  }
  function* ended(): Generator<Candidate> {
    for (const one of accepted) yield* withMark(endings, signedText(one), () => [], true);
  }
  const exchanged = joined();
  yield* firstOf(exchanged, EXCHANGED.length);
  const reprinted = spelled(queries.reprinted());
  yield* firstOf(reprinted, MOST_AT_ONCE);
  const others = [queries.again(), ...queries.others(), queries.changed()].map(spelled);
  yield* inTurn([ended(), reprinted, ...others, exchanged, headed()]);
  const without = request.text.replace(SIGNATURE_MEMBER, '');
  for (const text of [without, request.text.replace(SIGNATURE_VALUE, '$1""'), request.text]) {
    yield { text, marks: () => [mark('part-order', 'SignedText', 'The whole body was signed.', '签的是整个请求体。')] };
  }

  // Two mistakes, at most one of them in QueryData.
  const [likelyHeads, likelyJoins] = [heads.slice(0, MOST_HEADS), joins.slice(0, MOST_JOINS)];
  for (const { text: queryText, marks } of single) {
    const from = withQuery({ queryText });
    yield* withMark(endings, signedText(from), marks);
    yield* withMark(likelyJoins, from, marks);
    for (const head of likelyHeads) {
      yield { text: signedText(withQuery(from, head.parts)), marks: () => [head.mark, ...marks()] };
    }
  }
  for (const one of accepted) {
    for (const head of likelyHeads) {
      const from = withQuery(one, head.parts);
      yield* withMark(likelyJoins, from, () => [head.mark]);
      yield* withMark(endings, signedText(from), () => [head.mark]);
    }
    for (const join of likelyJoins) yield* withMark(endings, join.of(one).text, () => [join.mark]);
  }
}

/** In pairs of mistakes. */
const MOST_HEADS = 8;
const MOST_JOINS = EXCHANGED.length + SEPARATORS.length + 12;
