import { endsWhole, readsIn } from './joined-reads.ts';

export type ScannerSuffix = 'enter' | 'tab';

/** What a scanner read, as far as its bytes tell, and what told that it was over. */
export type Frame = {
  readonly text: string;
  /** How many bytes it had; more than the text holds where it was longer than any code. */
  readonly length: number;
  /** The suffix, the silence after it, its known length, or the end of its report or connection. */
  readonly endedBy: 'suffix' | 'silence' | 'length' | 'end';
};

/** Puts the bytes of one line together to what was read. Times are milliseconds of any one clock. */
export type FrameParser = {
  /** Takes the next bytes and the time at which they came; answers what they ended. */
  push(bytes: Uint8Array, at: number): Frame[];
  /** When silence ends what has come so far, unless more comes before; `null` while there is nothing. */
  deadline(): number | null;
  /** Ends what has come so far: nothing came until the deadline. */
  silent(): Frame[];
  /** Ends what has come so far: its report or connection is over. */
  end(): Frame[];
};

/** Longer than any code with its prefixes; what is longer comes from a scanner that is broken, or from no scanner. */
const LONGEST_TEXT = 4096;

/** After a whole code nothing is to come but its suffix, and one that comes later ends nothing. */
const SILENCE_AFTER_CODE_MS = 50;

/** After a part of a text: pieces of 64 bytes may be this far apart, and people who scan are further. */
const SILENCE_MS = 500;

const ENDS: Readonly<Record<ScannerSuffix, readonly number[]>> = { enter: [0x0d, 0x0a], tab: [0x09] };

/**
 * The one parser of all scanners. A suffix ends a text at once. Without one, silence does: a short one where a code or e-ticket has its
 * known length, a long one otherwise, so that a long code that comes in pieces is not torn. Codes that came without
 * anything between them are told apart by their beginning and their length. Empty texts are skipped. Of a text without end it
 * holds 4096 bytes, and hands them over once it does end. Reading T8.
 */
export function createFrameParser(suffix: ScannerSuffix): FrameParser {
  const ends = ENDS[suffix];
  const held = Buffer.alloc(LONGEST_TEXT);
  let length = 0;
  let lastAt = 0;
  let hasCode = false;

  const heldText = (): string => held.toString('utf8', 0, Math.min(length, LONGEST_TEXT));

  function hold(bytes: Uint8Array): void {
    if (length < LONGEST_TEXT) held.set(bytes.subarray(0, LONGEST_TEXT - length), length);
    length += bytes.length;
  }

  function take(endedBy: Frame['endedBy']): Frame[] {
    if (length === 0) return [];
    const [text, whole] = [heldText(), length];
    length = 0;
    hasCode = false;
    const reads = readsIn(text);
    if (reads.length === 1) return [{ text, length: whole, endedBy }];
    return reads.map((read, index) => ({
      text: read,
      length: Buffer.byteLength(read),
      endedBy: index < reads.length - 1 ? 'length' : endedBy,
    }));
  }

  return {
    deadline: () => (length === 0 ? null : lastAt + (hasCode ? SILENCE_AFTER_CODE_MS : SILENCE_MS)),
    silent: () => take(hasCode ? 'length' : 'silence'),
    push(bytes, at) {
      const frames: Frame[] = [];
      let from = 0;
      for (let index = 0; index < bytes.length; index += 1) {
        if (!ends.includes(bytes[index] ?? 0)) continue;
        hold(bytes.subarray(from, index));
        from = index + 1;
        frames.push(...take('suffix'));
      }
      hold(bytes.subarray(from));
      lastAt = at;
      hasCode = length > 0 && length <= LONGEST_TEXT && endsWhole(heldText());
      return frames;
    },
    end: () => take('end'),
  };
}
