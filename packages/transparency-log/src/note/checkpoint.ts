import { HASH_BYTES, type Hash } from '../merkle/hash.ts';

/** What a log says of itself at one size. C2SP tlog-checkpoint. */
export type Checkpoint = {
  /** Which log it is. */
  readonly origin: string;
  /** How many entries it has. */
  readonly size: number;
  readonly root: Hash;
};

/** The text of the note. */
export function checkpointText({ origin, size, root }: Checkpoint): string {
  return `${origin}\n${size}\n${root.toString('base64')}\n`;
}

/** Reads the text of a note; lines that follow the three are left out. Null if it is no checkpoint. */
export function parseCheckpoint(text: string): Checkpoint | null {
  const [origin = '', size = '', encoded = '', ...rest] = text.split('\n');
  const root = parseHash(encoded);
  if (origin === '' || root === null || rest.at(-1) !== '' || rest.slice(0, -1).includes('')) return null;
  if (!/^(0|[1-9]\d*)$/.test(size) || !Number.isSafeInteger(Number(size))) return null;
  return { origin, size: Number(size), root };
}

/** A hash in base64; null if it is none. */
export function parseHash(encoded: string): Hash | null {
  const hash = Buffer.from(encoded, 'base64');
  return hash.length === HASH_BYTES && hash.toString('base64') === encoded ? hash : null;
}
