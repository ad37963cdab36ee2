/** A JSON value with the characters that spell it: numbers, strings and the white space between tokens as they were written. */
export type JsonNode = { readonly start: number; readonly end: number } & (
  | { readonly kind: 'string' | 'number' | 'literal'; readonly raw: string }
  | ({ readonly kind: 'object' } & Shape & Items)
  | ({ readonly kind: 'array' } & Items)
);

/** The keys of an object as they are written, and what they say. */
type Shape = { readonly keys: readonly string[]; readonly names: readonly string[] };
type Items = {
  readonly values: readonly JsonNode[];
  /** White space at each position: before a key or an item, before and after the colon, after the value. Of an empty one: only the first. */
  readonly gaps: readonly (readonly string[])[];
};

/** Deeper values are not printed again: no request of the scheme has more than four levels. */
const MAX_DEPTH = 64;
/** Each costs some hundred bytes, and time in every text that is tried: about 600 KB of a report. */
const MAX_NODES = 20_000;

const SCALAR = /-?[0-9][0-9.eE+-]*|true|false|null/y;
const SPACE_CODE = 0x20;
const NO_GAPS: readonly string[] = ['', '', '', ''];

/** A text as one value, which is only printed as it is. */
export const unread = (text: string): JsonNode => ({ kind: 'literal', raw: text, start: 0, end: text.length });

/** Reads a text that JSON.parse has accepted; null where it is too long or nested too deeply. */
export const readJsonText = (text: string): JsonNode | null => {
  let position = 0;
  let nodes = 0;
  /** Objects with the same keys share them: a report repeats its own a thousand times. */
  const shapes = new Map<string, Shape>();
  const takeScalar = (): string => {
    SCALAR.lastIndex = position;
    const found = SCALAR.exec(text)?.[0] ?? '';
    position += found.length;
    return found;
  };
  // Not a pattern: there are four gaps to a value.
  const takeSpace = (): string => {
    const start = position;
    while (text.charCodeAt(position) <= SPACE_CODE) position += 1;
    return start === position ? '' : text.slice(start, position);
  };
  const takeString = (): string => {
    const start = position;
    // Not a pattern: a string of some megabytes overflows the stack of one.
    do position = text.indexOf('"', position + 1);
    while (isEscaped(text, position));
    position += 1;
    return text.slice(start, position);
  };
  const read = (depth: number): JsonNode => {
    nodes += 1;
    if (depth > MAX_DEPTH || nodes > MAX_NODES) throw new RangeError('too long or nested too deeply');
    const start = position;
    const first = text[position];
    if (first === '"') return { kind: 'string', raw: takeString(), start, end: position };
    if (first !== '{' && first !== '[') {
      const raw = takeScalar();
      return { kind: /^[a-z]/.test(raw) ? 'literal' : 'number', raw, start, end: position };
    }
    const [keys, values, gaps]: [string[], JsonNode[], (readonly string[])[]] = [[], [], []];
    const close = first === '{' ? '}' : ']';
    do {
      position += 1;
      const before = takeSpace();
      if (text[position] === close) {
        gaps.push([before]);
        break;
      }
      let [beforeColon, afterColon] = ['', ''];
      if (first === '{') {
        keys.push(takeString());
        beforeColon = takeSpace();
        position += 1;
        afterColon = takeSpace();
      }
      values.push(read(depth + 1));
      const after = takeSpace();
      const isCompact = before === '' && beforeColon === '' && afterColon === '' && after === '';
      gaps.push(isCompact ? NO_GAPS : [before, beforeColon, afterColon, after]);
    } while (text[position] === ',');
    position += 1;
    const node = { values, gaps, start, end: position };
    if (first === '[') return { kind: 'array', ...node };
    const spelled = keys.join();
    const shape = shapes.get(spelled) ?? { keys, names: keys.map(keyOf) };
    shapes.set(spelled, shape);
    return { kind: 'object', ...shape, ...node };
  };
  try {
    return read(0);
  } catch (error) {
    if (error instanceof RangeError) return null;
    throw error;
  }
};

/** Whether a character of a string has an odd number of backslashes before it. */
const isEscaped = (text: string, at: number): boolean => {
  let first = at;
  while (text[first - 1] === '\\') first -= 1;
  return (at - first) % 2 === 1;
};

/** How a printer sets white space. */
export type Style = {
  /** Each value on a line of its own, indented so; without it all is on one line. */
  readonly indent?: string;
  readonly newline?: string;
  readonly colon: string;
  /** Between values on one line. */
  readonly comma?: string;
  /** Inside the brackets of what is on one line. */
  readonly pad?: string;
  /** Arrays on one line although objects are not, as Jackson prints them. */
  readonly flatArrays?: boolean;
};

/** How a value is printed again. */
export type Printing = {
  /** Without one the white space stays. */
  readonly style?: Style;
  readonly scalar?: (raw: string, kind: 'key' | 'string' | 'number' | 'literal') => string;
  /** The places of an object's members in the order in which they are printed. */
  readonly order?: (keys: readonly string[], node: Items, depth: number) => readonly number[];
};

/** The characters of a key without its quotes, escapes resolved. */
const keyOf = (raw: string): string => (raw.includes('\\') ? (JSON.parse(raw) as string) : raw.slice(1, -1));

export const printJson = (root: JsonNode, { style, scalar = (raw) => raw, order }: Printing): string => {
  const print = (node: JsonNode, depth: number): string => {
    if (!('values' in node)) return scalar(node.raw, node.kind);
    const isArray = node.kind === 'array';
    const [open, close] = isArray ? '[]' : '{}';
    const places = isArray || order === undefined ? null : order(node.names, node, depth);
    const isFlat = style !== undefined && (style.indent === undefined || (isArray && style.flatArrays === true));
    const inner = isArray && isFlat ? depth : depth + 1;
    const count = places?.length ?? node.values.length;
    if (count === 0) return open + (style === undefined ? (node.gaps[0]?.[0] ?? '') : (style.pad ?? '')) + close;
    const line = isFlat ? '' : `${style?.newline ?? '\n'}${(style?.indent ?? '').repeat(depth)}`;
    const between = isFlat ? (style.comma ?? ',') : `,${line}${style?.indent}`;
    let text = '';
    for (let position = 0; position < count; position += 1) {
      const place = places?.[position] ?? position;
      const value = node.values[place];
      if (value === undefined) continue;
      const name = isArray ? '' : scalar(node.keys[place] ?? '', 'key');
      const printed = print(value, inner);
      if (style === undefined) {
        const [before = '', beforeColon = '', afterColon = '', after = ''] = node.gaps[position] ?? [];
        const head = isArray ? '' : `${name}${beforeColon}:${afterColon}`;
        text += (position === 0 ? '' : ',') + before + head + printed + after;
      } else text += (position === 0 ? '' : between) + (isArray ? printed : name + style.colon + printed);
    }
    if (style === undefined) return open + text + close;
    if (isFlat) return open + (style.pad ?? '') + text + (style.pad ?? '') + close;
    return `${open}${line}${style.indent}${text}${line}${close}`;
  };
  return print(root, 0);
};

/** Characters that printers write in several ways. */
const SPELLED = [/[<>&=']/, /\//, /\+/, / /, /\\/, /\P{ASCII}/u];

/** What printers may write in another way: digits and zeros of numbers, characters of strings. */
const looksOf = (node: JsonNode): string => {
  if (node.kind === 'object') return `{${node.names.join()}:${node.values.map(looksOf).join()}}`;
  if (node.kind === 'array') return `[${node.values.map(looksOf).join()}]`;
  if (/^"?-?\d[\d.]*"?$/.test(node.raw)) return node.raw.replace(/[1-9]+/g, '1');
  return SPELLED.map((spelled) => (spelled.test(node.raw) ? 'x' : '-')).join('');
};

/** The values of each array that look unlike those before them, at most `most`, as they are written. */
export const sampleOf = (node: JsonNode, most: number): JsonNode => {
  if (!('values' in node)) return node;
  const seen = new Set<string>();
  const isNew = (one: JsonNode): boolean => seen.size < most && seen.size < seen.add(looksOf(one)).size;
  const values = (node.kind === 'array' ? node.values.filter(isNew) : node.values).map((one) => sampleOf(one, most));
  return { ...node, values };
};

/** The path of the innermost value at a place of the text, as `CheckTickets[0].Price`; empty for the outermost. */
export const pathAt = (root: JsonNode, offset: number): string => {
  if (!('values' in root)) return '';
  for (const [place, value] of root.values.entries()) {
    if (offset > value.end || (root.kind === 'array' && offset < value.start)) continue;
    const before = place === 0 ? root.start : (root.values[place - 1]?.end ?? root.start);
    if (offset <= before) return '';
    const own = root.kind === 'object' ? `.${root.names[place]}` : `[${place}]`;
    return own + pathAt(value, offset);
  }
  return '';
};
