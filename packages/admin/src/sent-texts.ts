export type SentTexts = ReadonlyMap<string, string>;

// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is refused
const CONTROLS = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f]/;

function refuseControlsIn(text: string): void {
  if (!text.isWellFormed() || CONTROLS.test(text)) throw new PageError('bad-input');
}

/** @throws PageError if a text in what was sent as JSON holds what no keyboard types and no database takes. */
export function refuseControls(sent: unknown): void {
  const left = [sent];
  while (left.length > 0) {
    const value = left.pop();
    if (typeof value === 'string') refuseControlsIn(value);
    else if (typeof value === 'object' && value !== null) left.push(...Object.keys(value), ...Object.values(value));
  }
}

/** Reads what a browser sent as a form or query; of a name that came more than once, the first. @throws PageError as above */
export function readTexts(sent: unknown): SentTexts {
  const texts = new Map<string, string>();
  for (const [name, value] of Object.entries(sent ?? {})) {
    const text: unknown = Array.isArray(value) ? value[0] : value;
    if (typeof text !== 'string') continue;
    refuseControlsIn(text);
    texts.set(name, text);
  }
  return texts;
}

const LONGEST = 1024;

/** The path of this console to return to after logging in; `/` where it would lead to another host. */
export function parseReturnPath(text: string | undefined): string {
  // A browser reads `//host` and `/\host` as another host, and leaves out tabs and line breaks while it does.
  if (text === undefined || text.length > LONGEST || !/^\/(?![/\\])[\x21-\x7e]*$/.test(text)) return '/';
  const here = 'https://console.invalid';
  if (!URL.canParse(text, here)) return '/';
  const { origin, pathname, search } = new URL(text, here);
  return origin === here && !pathname.startsWith('//') ? `${pathname}${search}` : '/';
}

export function withReturn(path: string, returnPath: string): string {
  const join = path.includes('?') ? '&' : '?';
  return returnPath === '/' ? path : `${path}${join}${new URLSearchParams({ return: returnPath })}`;
}

/** Why a page is refused: each has its status and its words. */
export const PAGE_ERRORS = {
  'bad-input': 400,
  forbidden: 403,
  'forged-form': 403,
  'not-found': 404,
  failed: 500,
  'too-long': 413,
} as const;

export type PageErrorKind = keyof typeof PAGE_ERRORS;
export const PAGE_ERROR_KINDS = Object.keys(PAGE_ERRORS) as PageErrorKind[];

/** How soon a request may be made again where too many are under way, in seconds. */
const USUAL_PAUSE = 5;

/** A request is refused: programs get its code, and people a page with the words of it. */
export class Refused extends Error {
  /** Lower case with hyphens, such as `range-too-long`. */
  readonly code: string;
  readonly status: number;
  /** What the words of a screen name, such as the index of an entry. */
  readonly about: string | number | null;
  readonly retryAfter: number | null;

  /** @param message what is wrong and what to do, a sentence for the author of a program; empty if the code says it */
  constructor(
    code: string,
    { status, message = '', about = null, retryAfter }: Partial<Omit<Refused, 'status'>> & { status: number },
  ) {
    super(message);
    this.code = code;
    this.status = status;
    this.about = about;
    this.retryAfter = retryAfter ?? (status === 429 || status === 503 ? USUAL_PAUSE : null);
  }
}

export class PageError extends Refused {
  override readonly name = 'PageError';

  constructor(kind: PageErrorKind) {
    super(kind, { status: PAGE_ERRORS[kind] });
  }
}

export class DataRefused extends Refused {
  override readonly name = 'DataRefused';
  /** Has commands print its sentence. */
  readonly expected = true;

  constructor(
    code: string,
    message: string,
    status: 400 | 404 | 409 | 429 | 503 = 400,
    about?: string | number | null,
  ) {
    super(code, { status, message, about: about ?? null });
  }
}
