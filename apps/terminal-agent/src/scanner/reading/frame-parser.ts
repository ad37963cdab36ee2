import type { ScannerLine, ScannerStream } from '../drivers/scanner-driver.ts';
import { endsWhole, readsIn } from './joined-reads.ts';

export type Frame = {
  readonly text: string;
  /** The suffix, silence, its known length, or the end of its report or connection. */
  readonly endedBy: 'suffix' | 'silence' | 'length' | 'end';
};

export type FrameParser = ReturnType<typeof createFrameParser>;

/** In bytes. Longer than any code with its prefixes; longer input comes from a broken scanner or from no scanner. */
export const LONGEST_TEXT = 4096;

/** After a complete code only its suffix can follow; a later suffix is ignored. */
const SILENCE_AFTER_CODE_MS = 50;

/** After a part of a text: pieces of 64 bytes may be this far apart, scans of people are further. */
const SILENCE_MS = 500;

/** What scanners send after a code: CR, LF, both, or Tab. No code holds them. */
const SUFFIXES: readonly number[] = [0x0d, 0x0a, 0x09];

/**
 * Assembles the bytes of one line of any scanner to texts. Times are milliseconds of any clock. A suffix ends a text at once; otherwise silence does: short after a code or e-ticket of known
 * length, long otherwise, so that a long code that arrives in pieces is not split. Codes without anything between them are
 * separated by their beginning and length. Empty texts are skipped. Of an overlong text it keeps 4096 bytes and returns them when
 * the text ends. Reading T8.
 */
export function createFrameParser() {
  let held = Buffer.alloc(0);
  let lastAt = 0;
  let hasCode = false;

  function hold(bytes: Uint8Array): void {
    held = Buffer.concat([held, bytes.subarray(0, LONGEST_TEXT - held.length)]);
  }

  function take(endedBy: Frame['endedBy']): Frame[] {
    if (held.length === 0) return [];
    const reads = readsIn(held.toString());
    held = Buffer.alloc(0);
    hasCode = false;
    return reads.map((text, index) => ({ text, endedBy: index < reads.length - 1 ? 'length' : endedBy }));
  }

  return {
    /** When silence ends the pending text; `null` if there is none. */
    deadline: (): number | null => (held.length === 0 ? null : lastAt + (hasCode ? SILENCE_AFTER_CODE_MS : SILENCE_MS)),
    silent: () => take(hasCode ? 'length' : 'silence'),
    /** Takes the next bytes and their time of arrival; returns the texts that they ended. */
    push(bytes: Uint8Array, at: number): Frame[] {
      const frames: Frame[] = [];
      let from = 0;
      for (let index = 0; index < bytes.length; index += 1) {
        if (!SUFFIXES.includes(bytes[index] ?? 0)) continue;
        hold(bytes.subarray(from, index));
        from = index + 1;
        frames.push(...take('suffix'));
      }
      hold(bytes.subarray(from));
      lastAt = at;
      hasCode = endsWhole(held.toString());
      return frames;
    },
    end: () => take('end'),
  };
}

export type TimedLine = ReturnType<typeof createTimedLine>;

/** A timer that is later than this means that the process was blocked: bytes may have arrived that were not read yet. */
const LATE_MS = 100;

const NOTHING = new Uint8Array();

/**
 * Splits the bytes of a stream into texts, which silence ends unless it is paused; announces reads that have started but are not
 * complete.
 */
export function createTimedLine(stream: ScannerStream, read: (frame: Frame) => void, began: () => void = () => {}) {
  const parser = createFrameParser();
  let timer: NodeJS.Timeout | undefined;
  let isPaused = false;

  function hand(frames: readonly Frame[]): void {
    for (const frame of frames) read(frame);
    wait();
  }

  function wait(): void {
    clearTimeout(timer);
    const due = parser.deadline();
    if (due !== null && !isPaused) waitFor(Math.max(0, due - performance.now()));
  }

  function waitFor(ms: number): void {
    const due = performance.now() + ms;
    timer = setTimeout(() => {
      if (performance.now() - due > LATE_MS) waitFor(ms);
      else hand(parser.silent());
    }, ms);
  }

  function take(bytes: Uint8Array): void {
    const wasWithin = parser.deadline() !== null;
    const frames = parser.push(bytes, performance.now());
    hand(frames);
    if (parser.deadline() !== null && (frames.length > 0 || !wasWithin)) began();
  }

  const end = () => hand(parser.end());

  return {
    bytes: take,
    end,
    close: end,
    setPaused(isNow: boolean): void {
      isPaused = isNow;
      if (isNow) stream.pause();
      else stream.resume();
      // Data that waited at the source arrive after a pause, so silence is measured from there.
      hand(isNow ? [] : parser.push(NOTHING, performance.now()));
    },
  } satisfies ScannerLine & { setPaused(isNow: boolean): void };
}
