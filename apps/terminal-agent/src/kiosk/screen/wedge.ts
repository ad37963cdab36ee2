import { endsWhole, readsIn } from '../../scanner/reading/joined-reads.ts';

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

export type WedgeRead = {
  readonly text: string;
  readonly inputMethod: boolean;
};

/** Input beyond this is dropped: no code with prefixes is longer. */
const LONGEST = 4096;
/** After a complete code only its suffix can follow. */
const SILENCE_AFTER_CODE_MS = 60;
/** Scanners leave up to a tenth of a second between two keys, and a busy machine delivers them later. */
const SILENCE_MS = 1000;
/** No person presses two keys within less time. */
const PERSON_MS = 150;
/** Pressed together with another key. */
const MODIFIERS: ReadonlySet<string> = new Set(['Shift', 'Control', 'Alt', 'AltGraph', 'Meta', 'CapsLock']);
/** Shorter texts were typed by a person: without a suffix, and with one. */
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
 * Reads the keys of a keyboard-wedge scanner, wherever the focus is. Keys are read by their position on the keyboard (`code`), so that neither an input method nor Caps Lock nor
 * another layout changes what a scanner typed.
 */
export function createWedge(handlers: { read(read: WedgeRead): void; typing(): void; nothing(): void }) {
  let text = '';
  let inputMethod = false;
  let lastAt = 0;
  let endedAt = Number.NEGATIVE_INFINITY;
  let pressedAt = Number.NEGATIVE_INFINITY;
  /** Keys that an input method took without naming them. */
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

  function isOfText(pressed: Key, at: number): boolean {
    const { code, key } = pressed;
    const isTaken = pressed.isComposing || key === 'Process';
    if (pressed.ctrlKey || pressed.altKey || pressed.metaKey) return false;
    if (SUFFIXES.has(code) || (code === '' && (key === 'Enter' || key === 'Tab'))) {
      // The suffix of a code that silence has already ended must not press anything either.
      if (isEmpty()) return at - endedAt < SILENCE_MS;
      if (isTaken) inputMethod = true;
      end('suffix');
      return true;
    }
    const character = characterOf(pressed) ?? (key.length === 1 ? key : null);
    if (character === null) {
      // Modifiers are named; keys taken by an input method are not.
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
    /** Takes a key; returns whether it was a scanner's, so that nothing else acts on it: a code with Tab and Enter could press anything. */
    key(pressed: Key, at: number): boolean {
      const isFast = at - pressedAt < PERSON_MS;
      if (!MODIFIERS.has(pressed.key)) pressedAt = at;
      return isOfText(pressed, at) || (isFast && !MODIFIERS.has(pressed.key));
    },
    composed(more: string, at: number): boolean {
      if (more === '') return false;
      // Composition of keys already read.
      if (isEmpty() && at - endedAt < SILENCE_MS) return true;
      inputMethod = true;
      // The composed text repeats keys already read, unless none were read.
      if (swallowed > 0 || text === '') {
        swallowed = 0;
        add(more, at);
      }
      return true;
    },
    /** When silence ends the pending text; `null` if there is none. */
    deadline(): number | null {
      if (isEmpty()) return null;
      return lastAt + (endsWhole(text) ? SILENCE_AFTER_CODE_MS : SILENCE_MS);
    },
    silent: () => end('silence'),
  };
}

function characterOf({ code, key, shiftKey, capsLock }: Key): string | null {
  const [plain, shifted] = charactersAt(code);
  if (plain === undefined || shifted === undefined) return null;
  // Devices without a real keyboard name the character and press no Shift.
  return shiftKey || (!capsLock && key === shifted) ? shifted : plain;
}

function charactersAt(code: string): readonly string[] {
  const letter = /^Key([A-Z])$/.exec(code)?.[1];
  if (letter !== undefined) return [letter.toLowerCase(), letter];
  const [, where, digit] = /^(Digit|Numpad)(\d)$/.exec(code) ?? [];
  if (digit !== undefined) return [digit, where === 'Digit' ? (SHIFTED_DIGITS[Number(digit)] ?? digit) : digit];
  return [...(PUNCTUATION[code] ?? '')];
}
