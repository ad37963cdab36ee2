import type { Hash } from '../merkle/hash.ts';
import { parseHash } from './checkpoint.ts';

const FIRST_LINE = 'c2sp.org/tlog-proof@v1';

/** The proof that an entry is in a log, verifiable without the log. C2SP tlog-proof. */
export type LogProof = {
  readonly index: number;
  /** From the leaf's sibling up. */
  readonly path: readonly Hash[];
  /** The signed note of the checkpoint. */
  readonly checkpoint: string;
};

export function proofText({ index, path, checkpoint }: LogProof): string {
  const hashes = path.map((hash) => `${hash.toString('base64')}\n`).join('');
  return `${FIRST_LINE}\nindex ${index}\n${hashes}\n${checkpoint}`;
}

/** Parses a proof; null for any other text. Lines `extra` are ignored. */
export function parseProof(text: string): LogProof | null {
  const end = text.indexOf('\n\n');
  if (end < 0) return null;
  const [first, ...lines] = text.slice(0, end).split('\n');
  if (first !== FIRST_LINE) return null;
  if (lines[0]?.startsWith('extra ')) lines.shift();
  const [indexLine = '', ...hashes] = lines;
  const index = Number(/^index (0|[1-9]\d*)$/.exec(indexLine)?.[1]);
  const path = hashes.map(parseHash).filter((hash) => hash !== null);
  if (!Number.isSafeInteger(index) || path.length !== hashes.length) return null;
  return { index, path, checkpoint: text.slice(end + 2) };
}
