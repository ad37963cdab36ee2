import { type JsonNode, type ObjectNode, type Printing, pathAt, printJson, readJsonText } from './json-text.ts';
import { type Mark, type MistakeCode, mark } from './mistakes.ts';
import { AMOUNTS, IN_STRINGS, NUMBERS, numbersOf, ORDERS, STRINGS, STYLES } from './printers.ts';
import type { Work } from './work.ts';

/** A text that may have been signed in place of QueryData, and what is then wrong with QueryData. */
export type Spelling = { readonly text: string; readonly marks: () => readonly Mark[] };

/** One way of printing a value, and the mistake if it was signed so and sent otherwise. */
type Choice = { readonly code: MistakeCode; readonly printing: Printing; readonly what?: readonly [string, string] };

const MOST_PERMUTED = 5;

export const permutations = <T>(items: readonly T[]): T[][] =>
  items.length < 2
    ? [[...items]]
    : items.flatMap((item, place) => permutations(items.toSpliced(place, 1)).map((rest) => [item, ...rest]));

const objectsIn = (node: JsonNode): ObjectNode[] =>
  node.kind === 'object' || node.kind === 'array'
    ? [...(node.kind === 'object' ? [node] : []), ...node.values.flatMap(objectsIn)]
    : [];

const scalarsIn = (node: JsonNode): JsonNode[] =>
  node.kind === 'object' || node.kind === 'array' ? node.values.flatMap(scalarsIn) : [node];

/** Every order of the members of one kind of object, and one member at another place. */
function* orderChoices(root: JsonNode): Generator<Choice> {
  const kinds = new Map(objectsIn(root).map((node) => [node.keys.join(), node.keys.length]));
  for (const [kind, length] of kinds) {
    const places = [...Array(length).keys()];
    const orders = length <= MOST_PERMUTED ? permutations(places) : moved(places);
    for (const order of orders) {
      const ofKind: Printing['order'] = (keys, node) => (node.keys.join() === kind ? order : [...keys.keys()]);
      yield { code: 'key-order', printing: { order: ofKind } };
    }
  }
}

function* moved(places: readonly number[]): Generator<number[]> {
  for (const from of places) {
    for (const to of places) if (from !== to) yield places.toSpliced(from, 1).toSpliced(to, 0, from);
  }
}

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
const differing = (signed: string, sent: string, at: number): readonly [string, string] => {
  const from = Math.max(0, at - 12);
  const [one, other] = [JSON.stringify(around(signed, from)), JSON.stringify(around(sent, from))];
  return [`Signed: ${one}; sent: ${other}.`, `签名时是 ${one}，发送的是 ${other}。`];
};

/** The texts that may have been signed in place of a QueryData. */
export function spellingsOf(sent: string, work: Work) {
  const root = readJsonText(sent);
  const print = (node: JsonNode, printing: Printing): string => {
    work.printed(sent.length);
    return printJson(node, printing);
  };
  const compact = root === null ? sent : print(root, { style: { colon: ':' } });

  const marked = ({ code, printing, what }: Choice): Mark => {
    const signed = root === null ? sent : printJson(root, printing);
    const at = firstDifference(signed, sent);
    const path = root === null ? '' : pathAt(root, at);
    const [en, zh] = differing(signed, sent, at);
    return mark(code, `QueryData${path}`, what ? `${what[0]}. ${en}` : en, what ? `${what[1]}。${zh}` : zh);
  };

  const printed = (choices: readonly Choice[]): Spelling => {
    if (root === null) return { text: sent, marks: () => [] };
    let printing: Printing = {};
    for (const { printing: next } of choices) {
      const { scalar: before } = printing;
      const { scalar: after } = next;
      const scalar: Printing['scalar'] =
        before && after
          ? (raw, kind, key) => {
              const first = before(raw, kind, key);
              return after(first, kind === 'number' && first.startsWith('"') ? 'string' : kind, key);
            }
          : (after ?? before);
      printing = { ...printing, ...next, ...(scalar && { scalar }) };
    }
    return {
      text: print(root, printing),
      marks: () => choices.filter((choice) => choice !== COMPACT).map(marked),
    };
  };

  /** Those that change the text at all, each text once, as long as there is work left. */
  function* effective(choices: Iterable<Choice>): Generator<{ choice: Choice; text: string }> {
    if (root === null) return;
    const seen = new Set([sent]);
    for (const choice of choices) {
      if (work.isSpent()) return;
      const text = print(root, choice.printing);
      if (!seen.has(text)) yield { choice, text };
      seen.add(text);
    }
  }

  const numberKeys = (): { amounts: string[]; others: string[] } => {
    const amounts = new Set<string>();
    const others = new Set<string>();
    const visit = (node: JsonNode, key: string): void => {
      if (node.kind === 'object')
        for (const [place, value] of node.values.entries()) visit(value, node.names[place] ?? '');
      else if (node.kind === 'array') for (const value of node.values) visit(value, key);
      else if (AMOUNTS.includes(key) || (node.kind === 'number' && node.raw.includes('.'))) amounts.add(key);
      else if (node.kind === 'number' || (node.kind === 'string' && /^(?:Row|Column)Num$/.test(key))) others.add(key);
    };
    if (root !== null) visit(root, '');
    return { amounts: [...amounts], others: [...others] };
  };

  function* numberChoices(): Generator<Choice> {
    const { amounts, others } = numberKeys();
    const choice = (printing: Printing): Choice => ({ code: 'number-form', printing });
    for (const print of NUMBERS) yield choice(numbersOf(new Set(amounts), print));
    for (const print of NUMBERS) yield choice(numbersOf(new Set(others), print));
    for (const print of NUMBERS) yield choice(numbersOf(new Set([...amounts, ...others]), print));
  }

  /** Each amount in a form of its own. */
  function* mixedNumbers(): Generator<Choice> {
    const [one, two] = numberKeys().amounts;
    if (one === undefined || two === undefined) return;
    for (const first of [(digits: string) => digits, ...NUMBERS]) {
      for (const second of [(digits: string) => digits, ...NUMBERS]) {
        const [a, b] = [numbersOf(new Set([one]), first).scalar, numbersOf(new Set([two]), second).scalar];
        yield {
          code: 'number-form',
          printing: { scalar: (raw, kind, key) => (key === one ? a : b)?.(raw, kind, key) ?? raw },
        };
      }
    }
  }

  // Filled by `single`, as far as there is work for it; most requests need only that.
  const [layouts, strings, numbers, orders]: [Choice[], Choice[], Choice[], Choice[]] = [[COMPACT], [], [], []];
  const choices = () => {
    const gaps = effective(
      (
        [
          ['line-ends', (gap) => gap.replaceAll('\r\n', '\n')],
          ['line-ends', (gap) => gap.replace(/\r?\n/g, '\r\n')],
          ['line-ends', (gap) => gap.replace(/\r?\n/g, '\r')],
        ] as [MistakeCode, (gap: string) => string][]
      ).map(([code, gap]): Choice => ({ code, printing: { gap } })),
    );
    const styles = effective(
      STYLES.map(
        ([name, style]): Choice => ({
          code: 'white-space',
          printing: { style },
          what: [`White space as signed: ${name}`, `签名时的空白：${name}`],
        }),
      ),
    );
    const scalars = (change: (raw: string) => string): Printing => {
      // The same strings are printed a thousand times.
      const known = new Map<string, string>();
      const changed = (raw: string): string => {
        const text = known.get(raw) ?? change(raw);
        known.set(raw, text);
        return text;
      };
      return { scalar: (raw, kind) => (kind === 'string' || kind === 'key' ? changed(raw) : raw) };
    };
    const written = effective([
      ...STRINGS.map(
        ([name, change]): Choice => ({
          code: 'escapes',
          printing: scalars(change),
          what: [`Strings as signed: ${name}`, `签名时的字符串：${name}`],
        }),
      ),
      ...IN_STRINGS.map(([code, change]): Choice => ({ code, printing: scalars(change) })),
    ]);
    const counted = effective(numberChoices());
    const ordered = effective(
      ORDERS.map(
        ([en, zh, order]): Choice => ({
          code: 'key-order',
          printing: { order },
          what: [`Keys as signed: ${en}`, `签名时键的顺序：${zh}`],
        }),
      ),
    );
    return [
      [layouts, gaps],
      [layouts, styles],
      [strings, written],
      [numbers, counted],
      [orders, ordered],
    ] as const;
  };

  const valued = (offset: number, text: string): Spelling => ({
    text,
    marks() {
      const says = differing(text, sent, firstDifference(text, sent));
      return [mark('changed-value', `QueryData${root === null ? '' : pathAt(root, offset)}`, ...says)];
    },
  });

  return {
    compact,
    /** Those with one mistake, the likeliest first. */
    *single(): Generator<Spelling> {
      for (const [known, found] of choices()) {
        for (const { choice, text } of found) {
          known.push(choice);
          yield { text, marks: () => [marked(choice)] };
        }
      }
      // What was signed without white space and is sent with it, and has another mistake.
      if (compact !== sent) for (const choice of [...strings, ...numbers, ...orders]) yield printed([COMPACT, choice]);
    },
    /** Those with this number of mistakes, of those that `single` found. */
    *combined(count: number): Generator<Spelling> {
      const kinds = [numbers, orders, strings, layouts];
      // The last kind varies slowest, so that layouts, which are many, come late.
      let sets: Choice[][] = [[]];
      for (const choices of kinds) {
        sets = [...sets, ...choices.flatMap((choice) => sets.map((set) => [...set, choice]))];
      }
      const mistakes = (set: readonly Choice[]) => set.filter((choice) => choice !== COMPACT).length;
      for (const set of sets) if (mistakes(set) === count) yield printed(set);
    },
    /** Rarer orders and forms of numbers. */
    *rare(): Generator<Spelling> {
      if (root === null) return;
      for (const choices of [mixedNumbers(), orderChoices(root)]) {
        for (const { choice, text } of effective(choices)) {
          yield { text, marks: () => [marked(choice)] };
          if (compact !== sent) yield printed([COMPACT, choice]);
        }
      }
    },
    /** Those with an element less. */
    *lacking(): Generator<Spelling> {
      if (root === null) return;
      for (const node of objectsIn(root).slice(0, MOST_CHANGED)) {
        for (const [place, value] of node.values.entries()) {
          const order: Printing['order'] = (keys, one) =>
            one === node ? [...keys.keys()].filter((each) => each !== place) : [...keys.keys()];
          const offset = value.end;
          yield valued(offset, print(root, { order }));
          yield valued(offset, print(root, { order, style: { colon: ':' } }));
        }
      }
      yield valued(
        0,
        print(root, {
          order: (keys, node) => [...keys.keys()].filter((place) => node.values[place]?.kind !== 'literal'),
        }),
      );
    },
    /** Those with another digit. */
    *changed(): Generator<Spelling> {
      if (root === null) return;
      for (const node of scalarsIn(root).slice(0, MOST_CHANGED)) {
        for (let offset = node.start; offset < node.end; offset += 1) {
          if (!/\d/.test(sent[offset] ?? '')) continue;
          for (let digit = 0; digit < 10; digit += 1) {
            if (String(digit) !== sent[offset])
              yield valued(offset, `${sent.slice(0, offset)}${digit}${sent.slice(offset + 1)}`);
          }
        }
      }
    },
  };
}

/** Of a large report only the first are changed. */
const MOST_CHANGED = 64;

/** One of the two accepted spellings, so no mistake by itself. */
const COMPACT: Choice = { code: 'white-space', printing: { style: { colon: ':' } } };
