import { type JsonNode, type ObjectNode, type Printing, pathAt, printJson, readJsonText } from './json-text.ts';
import { type Mark, mark } from './mistakes.ts';
import { type Choice, LAYOUTS, NUMBERS, ORDERS, STRINGS } from './printers.ts';
import type { Work } from './work.ts';

/** A text that may have been signed in place of QueryData, and what is then wrong with QueryData. */
export type Spelling = { readonly text: string; readonly marks: () => readonly Mark[] };

const objectsIn = (node: JsonNode): ObjectNode[] =>
  node.kind === 'object' || node.kind === 'array'
    ? [...(node.kind === 'object' ? [node] : []), ...node.values.flatMap(objectsIn)]
    : [];

const scalarsIn = (node: JsonNode): JsonNode[] =>
  node.kind === 'object' || node.kind === 'array' ? node.values.flatMap(scalarsIn) : [node];

const SNIPPET = 48;
const around = (text: string, at: number): string =>
  text.slice(at, at + SNIPPET) + (text.length > at + SNIPPET ? '…' : '');

/** Where two texts begin to differ. */
const firstDifference = (a: string, b: string): number => {
  let at = 0;
  while (at < a.length && a[at] === b[at]) at += 1;
  return at;
};

/** What was signed and what was sent, from shortly before they differ. */
const differing = (signed: string, sent: string): readonly [string, string] => {
  const from = Math.max(0, firstDifference(signed, sent) - 12);
  const [one, other] = [JSON.stringify(around(signed, from)), JSON.stringify(around(sent, from))];
  return [`Signed: ${one}; sent: ${other}.`, `签名时是 ${one}，发送的是 ${other}。`];
};

/** One of the two accepted spellings, so no mistake by itself. */
const COMPACT: Printing = { style: { colon: ':' } };
/** Of a large report only the first are changed. */
const MOST_CHANGED = 64;

/** Prints by both, the second after the first. */
const both = (one: Printing, other: Printing): Printing => {
  const [before, after] = [one.scalar, other.scalar];
  if (before === undefined || after === undefined) return { ...one, ...other };
  return {
    ...{ ...one, ...other },
    scalar(raw, kind, key) {
      const first = before(raw, kind, key);
      return after(first, kind === 'number' && first.startsWith('"') ? 'string' : kind, key);
    },
  };
};

/** The texts that may have been signed in place of a QueryData; only this one where it cannot be printed again. */
export function spellingsOf(sent: string, work: Work) {
  const root = readJsonText(sent);
  if (root === null) return { compact: sent, singles: () => [], *double() {}, *changed() {} } satisfies Spellings;
  const print = (printing: Printing): string => {
    work.printed(sent.length);
    return printJson(root, printing);
  };
  const compact = print(COMPACT);

  const marked = ({ code, printing, what }: Choice): Mark => {
    const signed = printJson(root, printing);
    const [en, zh] = differing(signed, sent);
    const where = `QueryData${pathAt(root, firstDifference(signed, sent))}`;
    return mark(code, where, what ? `${what[0]}. ${en}` : en, what ? `${what[1]}。${zh}` : zh);
  };
  const valued = (offset: number, text: string): Spelling => ({
    text,
    marks: () => [mark('changed-value', `QueryData${pathAt(root, offset)}`, ...differing(text, sent))],
  });

  /** Those of each kind that change the text. Filled by `singles`; most requests need only those. */
  const kinds = [NUMBERS, ORDERS, STRINGS, LAYOUTS].map((all) => ({ all, found: [] as Choice[] }));

  return {
    /** Without white space between its tokens. */
    compact,
    /** Those with one mistake, of each kind the likeliest first and each text once, as long as there is work left. */
    singles: () =>
      kinds.map(function* ({ all, found }): Generator<Spelling> {
        const seen = new Set([sent]);
        for (const choice of all) {
          if (work.isSpent()) return;
          if (choice.printing.gap !== undefined && !sent.includes('\n')) continue;
          const text = print(choice.printing);
          if (seen.has(text)) continue;
          seen.add(text);
          found.push(choice);
          const marks = () => [marked(choice)];
          yield { text, marks };
          if (compact !== sent && all !== LAYOUTS) yield { text: print(both(COMPACT, choice.printing)), marks };
        }
      }),
    /** Those with two mistakes of different kinds. Layouts, which are many, come last. */
    *double(): Generator<Spelling> {
      for (const [place, { found: others }] of kinds.entries()) {
        for (const other of others) {
          for (const one of kinds.slice(0, place).flatMap(({ found }) => found)) {
            const printing = both(one.printing, other.printing);
            const marks = () => [marked(one), marked(other)];
            yield { text: print(printing), marks };
            if (compact !== sent && printing.style === undefined) yield { text: print(both(printing, COMPACT)), marks };
          }
        }
      }
    },
    /** Those with an element less, or another digit. */
    *changed(): Generator<Spelling> {
      for (const node of objectsIn(root).slice(0, MOST_CHANGED)) {
        for (const [place, value] of node.values.entries()) {
          const order: Printing['order'] = (keys, one) =>
            one === node ? [...keys.keys()].filter((each) => each !== place) : [...keys.keys()];
          yield valued(value.end, print({ order }));
          yield valued(value.end, print({ order, ...COMPACT }));
        }
      }
      const withoutNull: Printing['order'] = (keys, node) =>
        [...keys.keys()].filter((place) => node.values[place]?.kind !== 'literal');
      yield valued(0, print({ order: withoutNull }));
      for (const node of scalarsIn(root).slice(0, MOST_CHANGED)) {
        for (let offset = node.start; offset < node.end; offset += 1) {
          if (!/\d/.test(sent[offset] ?? '')) continue;
          for (const digit of '0123456789')
            if (digit !== sent[offset]) yield valued(offset, sent.slice(0, offset) + digit + sent.slice(offset + 1));
        }
      }
    },
  } satisfies Spellings;
}

type Spellings = {
  readonly compact: string;
  singles(): Generator<Spelling>[];
  double(): Generator<Spelling>;
  changed(): Generator<Spelling>;
};
