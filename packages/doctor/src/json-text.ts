/** A JSON value with the characters that spell it: numbers, strings and the white space between tokens as they were written. */
export type JsonNode = { readonly start: number; readonly end: number } & (
  | { readonly kind: 'string' | 'number' | 'literal'; readonly raw: string }
  | {
      readonly kind: 'object';
      /** As they are written, and what they say. */ readonly keys: readonly string[];
      readonly names: readonly string[];
      readonly values: readonly JsonNode[];
      readonly gaps: Gaps;
    }
  | { readonly kind: 'array'; readonly values: readonly JsonNode[]; readonly gaps: Gaps }
);

/** White space at each position: before a key or an item, before and after the colon, after the value. Of an empty one: only the first. */
type Gaps = readonly (readonly string[])[];

export type ObjectNode = Extract<JsonNode, { kind: 'object' }>;

/** Deeper values are not printed again: no request of the scheme has more than four levels. */
const MAX_DEPTH = 64;
/** Each costs some hundred bytes, and time in every text that is tried: about 600 KB of a report. */
const MAX_NODES = 20_000;

const SCALAR = /-?[0-9][0-9.eE+-]*|true|false|null/y;
const SPACE = /[ \t\r\n]*/y;

/** Reads a text that JSON.parse has accepted; null where it is too long or nested too deeply. */
export const readJsonText = (text: string): JsonNode | null => {
  let position = 0;
  let nodes = 0;
  const take = (pattern: RegExp): string => {
    pattern.lastIndex = position;
    const found = pattern.exec(text)?.[0] ?? '';
    position += found.length;
    return found;
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
      const raw = take(SCALAR);
      return { kind: /^[a-z]/.test(raw) ? 'literal' : 'number', raw, start, end: position };
    }
    const [keys, values, gaps]: [string[], JsonNode[], string[][]] = [[], [], []];
    const close = first === '{' ? '}' : ']';
    do {
      position += 1;
      const before = take(SPACE);
      if (text[position] === close) {
        gaps.push([before]);
        break;
      }
      const around = ['', ''];
      if (first === '{') {
        keys.push(takeString());
        around[0] = take(SPACE);
        position += 1;
        around[1] = take(SPACE);
      }
      values.push(read(depth + 1));
      gaps.push([before, ...around, take(SPACE)]);
    } while (text[position] === ',');
    position += 1;
    const node = { values, gaps, start, end: position };
    if (first === '[') return { kind: 'array', ...node };
    return { kind: 'object', keys, names: keys.map(keyOf), ...node };
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
  /** Without one the white space stays, as `gap` changes it. */
  readonly style?: Style;
  readonly gap?: (gap: string) => string;
  /** A key, a string, a number or a literal, with the key that it stands under. */
  readonly scalar?: (raw: string, kind: 'key' | 'string' | 'number' | 'literal', key: string) => string;
  /** The places of an object's members in the order in which they are printed. */
  readonly order?: (keys: readonly string[], node: ObjectNode, depth: number) => readonly number[];
};

const NAMELESS: { readonly keys: readonly string[]; readonly names: readonly string[] } = { keys: [], names: [] };

/** The characters of a key without its quotes, escapes resolved. */
const keyOf = (raw: string): string => (raw.includes('\\') ? (JSON.parse(raw) as string) : raw.slice(1, -1));

export const printJson = (
  root: JsonNode,
  { style, gap = (same) => same, scalar = (raw) => raw, order }: Printing,
): string => {
  const print = (node: JsonNode, key: string, depth: number): string => {
    if (node.kind !== 'object' && node.kind !== 'array') return scalar(node.raw, node.kind, key);
    const [open, close] = node.kind === 'object' ? ['{', '}'] : ['[', ']'];
    const { keys, names } = node.kind === 'object' ? node : NAMELESS;
    const places =
      node.kind === 'object' && order ? order(node.names, node, depth) : node.values.map((_, place) => place);
    const isFlat =
      style !== undefined && (style.indent === undefined || (node.kind === 'array' && style.flatArrays === true));
    const inner = node.kind === 'array' && isFlat ? depth : depth + 1;
    const items = places.map((place, position) => {
      const raw = keys[place];
      const value = node.values[place];
      if (value === undefined) return '';
      const printed = print(value, names[place] ?? key, inner);
      const name = raw === undefined ? '' : scalar(raw, 'key', '');
      if (style !== undefined) return raw === undefined ? printed : name + style.colon + printed;
      const [before = '', beforeColon = '', afterColon = '', after = ''] = node.gaps[position] ?? [];
      const head = raw === undefined ? '' : `${name}${gap(beforeColon)}:${gap(afterColon)}`;
      return gap(before) + head + printed + gap(after);
    });
    if (style === undefined) return open + (items.length > 0 ? items.join(',') : gap(node.gaps[0]?.[0] ?? '')) + close;
    if (items.length === 0) return open + (style.pad ?? '') + close;
    if (isFlat) return open + (style.pad ?? '') + items.join(style.comma ?? ',') + (style.pad ?? '') + close;
    const line = `${style.newline ?? '\n'}${(style.indent ?? '').repeat(depth)}`;
    return `${open}${line}${style.indent}${items.join(`,${line}${style.indent}`)}${line}${close}`;
  };
  return print(root, '', 0);
};

/** The path of the innermost value at a place of the text, as `CheckTickets[0].Price`; empty for the outermost. */
export const pathAt = (root: JsonNode, offset: number): string => {
  if (root.kind !== 'object' && root.kind !== 'array') return '';
  for (const [place, value] of root.values.entries()) {
    if (offset > value.end || (root.kind === 'array' && offset < value.start)) continue;
    const before = place === 0 ? root.start : (root.values[place - 1]?.end ?? root.start);
    if (offset <= before) return '';
    const own = root.kind === 'object' ? `.${root.names[place]}` : `[${place}]`;
    return own + pathAt(value, offset);
  }
  return '';
};
