import { endsWhole, readsIn } from '../../scanner/reading/joined-reads.ts';

/** A key as a browser tells of it. */
export type Key = {
  readonly code: string;
  readonly key: string;
  readonly shiftKey: boolean;
  readonly ctrlKey: boolean;
  readonly altKey: boolean;
  readonly metaKey: boolean;
  readonly isComposing: boolean;
  readonly capsLock: boolean;
};

/** What a scanner typed. */
export type WedgeRead = {
  readonly text: string;
  /** Whether an input method was on meanwhile. */
  readonly inputMethod: boolean;
};

/** Reads what a scanner types that is a keyboard to the system, wherever the focus is. */
export type Wedge = {
  /** Takes a key; answers whether it was a scanner's, so that nothing else may act on it: a code of Tab and Enter would press what it likes. */
  key(key: Key, at: number): boolean;
  /** Takes what an input method made of keys. */
  composed(text: string, at: number): boolean;
  /** When silence ends what has come so far; `null` while there is nothing. */
  deadline(): number | null;
  /** Ends what has come so far: nothing came until the deadline. */
  silent(): void;
};

/** Input beyond this is dropped: no code with prefixes is longer. */
const LONGEST = 4096;
/** After a whole code nothing is to come but its suffix. */
const SILENCE_AFTER_CODE_MS = 60;
/** Scanners leave up to a tenth of a second between two keys, and a machine that is busy hands them over later. */
const SILENCE_MS = 1000;
/** Nobody presses one key after another sooner. */
const PERSON_MS = 150;
/** Pressed together with another key. */
const MODIFIERS: ReadonlySet<string> = new Set(['Shift', 'Control', 'Alt', 'AltGraph', 'Meta', 'CapsLock']);
/** What is shorter was typed by a person: without a suffix, and with one. */
const SHORTEST = { silence: 20, suffix: 6 };

/** The keys of a US keyboard, which scanners are set to: plain and with Shift. */
const PUNCTUATION: Readonly<Record<string, string>> = {
  Minus: '-_',
  Equal: '=+',
  BracketLeft: '[{',
  BracketRight: ']}',
  Backslash: '\\|',
  Semicolon: ';:',
  Quote: '\'"',
  Backquote: '`~',
  Comma: ',<',
  Period: '.>',
  Slash: '/?',
  Space: '  ',
  NumpadAdd: '++',
  NumpadSubtract: '--',
  NumpadMultiply: '**',
  NumpadDivide: '//',
  NumpadDecimal: '..',
};
const SHIFTED_DIGITS = ')!@#$%^&*(';
const SUFFIXES: ReadonlySet<string> = new Set(['Enter', 'NumpadEnter', 'Tab']);

/**
 * Keys are read by their place on the keyboard (`code`), so that neither an input method nor Caps Lock nor another layout of the
 * system changes what a scanner typed.
 */
export function createWedge(handlers: { read(read: WedgeRead): void; typing(): void; nothing(): void }): Wedge {
  let text = '';
  let inputMethod = false;
  let lastAt = 0;
  let endedAt = Number.NEGATIVE_INFINITY;
  let pressedAt = Number.NEGATIVE_INFINITY;
  /** Keys that an input method took and did not say which they were. */
  let swallowed = 0;

  function add(more: string, at: number): void {
    if (text === '') handlers.typing();
    if (text.length < LONGEST) text += more.slice(0, LONGEST - text.length);
    lastAt = at;
  }

  function end(by: 'silence' | 'suffix'): void {
    const read = { text, inputMethod };
    const isLost = swallowed > 0;
    text = '';
    inputMethod = false;
    swallowed = 0;
    endedAt = lastAt;
    if (isLost) handlers.read({ text: '', inputMethod: true });
    else if (read.text.trim().length < SHORTEST[by]) handlers.nothing();
    else for (const one of readsIn(read.text)) handlers.read({ ...read, text: one });
  }

  const isEmpty = () => text === '' && swallowed === 0;

  /** Whether it is part of a text, or its end. */
  function isOfText(pressed: Key, at: number): boolean {
    const { code, key } = pressed;
    const isTaken = pressed.isComposing || key === 'Process';
    if (pressed.ctrlKey || pressed.altKey || pressed.metaKey) return false;
    if (SUFFIXES.has(code) || (code === '' && (key === 'Enter' || key === 'Tab'))) {
      // That of a code which silence has ended already presses nothing either.
      if (isEmpty()) return at - endedAt < SILENCE_MS;
      if (isTaken) inputMethod = true;
      end('suffix');
      return true;
    }
    const character = characterOf(pressed) ?? (key.length === 1 ? key : null);
    if (character === null) {
      // Shift and its like are named; what an input method keeps to itself is not.
      if (!isTaken || (code !== '' && code !== 'Unidentified')) return false;
      inputMethod = true;
      swallowed += 1;
      lastAt = at;
      return true;
    }
    // Space on its own is keyboard navigation.
    if (character === ' ' && isEmpty()) return false;
    if (isTaken) inputMethod = true;
    add(character, at);
    return true;
  }

  return {
    key(pressed, at) {
      const isFast = at - pressedAt < PERSON_MS;
      if (!MODIFIERS.has(pressed.key)) pressedAt = at;
      return isOfText(pressed, at) || (isFast && !MODIFIERS.has(pressed.key));
    },
    composed(more, at) {
      if (more === '') return false;
      // Composition of keys already read.
      if (isEmpty() && at - endedAt < SILENCE_MS) return true;
      inputMethod = true;
      // It holds what its keys have told already, unless they told nothing.
      if (swallowed > 0 || text === '') {
        swallowed = 0;
        add(more, at);
      }
      return true;
    },
    deadline() {
      if (isEmpty()) return null;
      return lastAt + (endsWhole(text) ? SILENCE_AFTER_CODE_MS : SILENCE_MS);
    },
    silent: () => end('silence'),
  };
}

function characterOf({ code, key, shiftKey, capsLock }: Key): string | null {
  const [plain, shifted] = charactersAt(code);
  if (plain === undefined || shifted === undefined) return null;
  // What types without a keyboard says which character it means, and presses no Shift.
  return shiftKey || (!capsLock && key === shifted) ? shifted : plain;
}

/** What stands on a key: plain, and with Shift. */
function charactersAt(code: string): readonly string[] {
  const letter = /^Key([A-Z])$/.exec(code)?.[1];
  if (letter !== undefined) return [letter.toLowerCase(), letter];
  const [, where, digit] = /^(Digit|Numpad)(\d)$/.exec(code) ?? [];
  if (digit !== undefined) return [digit, where === 'Digit' ? (SHIFTED_DIGITS[Number(digit)] ?? digit) : digit];
  return [...(PUNCTUATION[code] ?? '')];
}
