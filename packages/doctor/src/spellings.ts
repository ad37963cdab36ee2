import { type JsonNode, type Printing, pathAt, printJson, sampleOf } from './json-text.ts';
import { type Mark, mark } from './mistakes.ts';
import { type Choice, HABITS, LAYOUTS, NUMBERS, ORDERS, REPRINTS, STRINGS } from './printers.ts';
import type { Work } from './work.ts';

/** A text that may have been signed in place of QueryData, and what is then wrong with QueryData. */
export type Spelling = {
  readonly text: string;
  readonly marks: () => readonly Mark[];
  /** It has two mistakes or a changed value: a third is not looked for. */
  readonly isUnlikely: boolean;
};

/** A value and all in it. */
const nodesIn = (node: JsonNode): JsonNode[] => [node, ...('values' in node ? node.values.flatMap(nodesIn) : [])];

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

type Way = Pick<Choice, 'printing' | 'rewrite'>;

const AS_SENT: Way = {};
/** One of the two accepted spellings, so no mistake by itself. */
const COMPACT: Way = { printing: { style: { colon: ':' } } };
/** Of a large report only the first are changed, and so many values of an array that look different say which spellings differ. */
const SOME = 64;

/** Pairs of two lists, the likeliest first. */
function* pairsOf<T>(some: readonly T[], others: readonly T[]): Generator<readonly [T, T]> {
  for (let sum = 0; sum < some.length + others.length - 1; sum += 1) {
    for (const [place, one] of some.slice(0, sum + 1).entries()) {
      const other = others[sum - place];
      if (other !== undefined) yield [one, other];
    }
  }
}

/** The texts that may have been signed in place of a QueryData. */
export function spellingsOf(sent: string, root: JsonNode, work: Work) {
  const rewritten = (text: string, { rewrite }: Way): string => {
    if (rewrite === undefined) return text;
    work.digested(1, text.length);
    return rewrite(text);
  };
  /** Writes the text in several ways at once; or a sample of it. */
  const written = (ways: readonly Way[], node = root, asSent = sent): string => {
    const printings = ways.flatMap(({ printing }) => printing ?? []);
    const isAsSent = printings.length === 0 || node.kind === 'literal';
    if (!isAsSent) work.printed(asSent.length);
    return ways.reduce(rewritten, isAsSent ? asSent : printJson(node, Object.assign({}, ...printings)));
  };
  const compact = written([COMPACT]);
  const bases = compact === sent ? [AS_SENT] : [AS_SENT, COMPACT];
  const pathTo = (offset: number) => `QueryData${pathAt(root, root.start + offset)}`;

  const marked = (choice: Choice): Mark => {
    const { code, what } = choice;
    const signed = written([choice]);
    const [en, zh] = differing(signed, sent);
    const where = pathTo(firstDifference(signed, sent));
    return mark(code, where, what ? `${what[0]}. ${en}` : en, what ? `${what[1]}。${zh}` : zh);
  };
  const valued = (offset: number, text: string): Spelling => ({
    text,
    marks: () => [mark('changed-value', pathTo(offset), ...differing(text, sent))],
    isUnlikely: true,
  });

  const sample = sampleOf(root, SOME);
  const sampled = printJson(sample, {});
  /** Those of some choices that change the text, each text once. */
  const differingOf = (all: readonly Choice[]): readonly Choice[] => {
    const texts = new Map<string, Choice | null>([[sampled, null]]);
    // Of what was too long to be read only the habits are tried.
    for (const choice of root.kind === 'literal' ? [] : all) {
      const text = written([choice], sample, sampled);
      if (!texts.has(text)) texts.set(text, choice);
    }
    return [...texts.values()].filter((choice) => choice !== null);
  };
  const [numbers, orders] = [differingOf(NUMBERS), differingOf(ORDERS)];
  const [strings, layouts] = [differingOf(STRINGS), differingOf(LAYOUTS)];

  const spelled = (text: string, choices: readonly Choice[]): Spelling => ({
    text,
    marks: () => choices.map(marked),
    isUnlikely: choices.length > 1,
  });
  function* withAnother(all: readonly Choice[], others: readonly Choice[], from: readonly Way[]): Generator<Spelling> {
    for (const other of [[], ...others.map((one) => [one])]) {
      for (const one of all) {
        // Tried before.
        if (other.length === 0 && HABITS.includes(one)) continue;
        const choices = [...other, one];
        for (const base of from) {
          if (work.isSpent()) return;
          yield spelled(written([base, ...choices]), choices);
        }
      }
    }
  }

  return {
    /** Without white space between its tokens. */
    compact,
    /** Those that one habit made of the whole text. */
    *habits() {
      const seen = new Set([sent, compact]);
      for (const base of bases) {
        for (const habit of HABITS) {
          const text = written([base, habit]);
          if (seen.size < seen.add(text).size) yield spelled(text, [habit]);
        }
      }
    },
    /** Those with other numbers, another order of keys, or both. */
    *reprinted() {
      // A large report is printed once for each order.
      const printed = new Map<Choice | null, readonly string[]>();
      for (const [form, order] of pairsOf([null, ...numbers], [null, ...orders])) {
        const choices = [form, order].filter((choice) => choice !== null);
        if (choices.length === 0) continue;
        const texts = printed.get(order) ?? bases.map((base) => written([base, order ?? AS_SENT]));
        printed.set(order, texts);
        for (const text of texts) {
          if (work.isSpent()) return;
          yield spelled(rewritten(text, form ?? AS_SENT), choices);
        }
      }
    },
    /** Those that a program makes of it that reads it and prints it again. */
    *again() {
      for (const all of REPRINTS) {
        if (work.isSpent()) return;
        const choices = all.filter((choice) => differingOf([choice]).length > 0);
        if (choices.length > 1) yield spelled(written(choices), choices);
      }
    },
    /** Those with other strings; then the same with another mistake. */
    strings: () => withAnother(strings, [...numbers, ...orders], bases),
    /** Those with other white space; then the same with another mistake. */
    layouts: () => withAnother(layouts, [...numbers, ...orders, ...strings], [AS_SENT]),
    /** Those with an element less, or another digit. */
    *changed() {
      const all = nodesIn(root);
      for (const node of all.filter((each) => each.kind === 'object').slice(0, SOME)) {
        for (const [place, value] of node.values.entries()) {
          const order: Printing['order'] = (keys, one) =>
            one === node ? [...keys.keys()].filter((each) => each !== place) : [...keys.keys()];
          for (const base of [AS_SENT, COMPACT])
            yield valued(value.end - root.start, written([base, { printing: { order } }]));
        }
      }
      const withoutNull: Printing['order'] = (keys, node) =>
        [...keys.keys()].filter((place) => node.values[place]?.kind !== 'literal');
      yield valued(0, written([{ printing: { order: withoutNull } }]));
      for (const node of all.filter((each) => !('values' in each)).slice(0, SOME)) {
        for (let offset = node.start - root.start; offset < node.end - root.start; offset += 1) {
          if (!/\d/.test(sent[offset] ?? '')) continue;
          for (const digit of '0123456789')
            if (digit !== sent[offset]) yield valued(offset, sent.slice(0, offset) + digit + sent.slice(offset + 1));
        }
      }
    },
  };
}
