// Verifies what the audit hands out with the browser's own cryptography. RFC 6962; C2SP signed-note, tlog-checkpoint, tlog-proof.

const PROOF = 'c2sp.org/tlog-proof@v1\n';
const ED25519 = 1;
const KEY_ID_BYTES = 4;

/**
 * Of the entry `index` of a log of `size`: its `line`, and `key`, the one that signed, `name+id+key`. `entry-changed`: the entry is
 * not the one that was signed; `entry-twice`: different entries have its index; `not-signed`: none of the keys signed it, or it was
 * changed afterwards.
 */
export type Verdict =
  | Readonly<{ kind: 'verified'; index: number; size: number; line: string; key: string }>
  | Readonly<{ kind: 'entry-changed' | 'entry-missing' | 'entry-twice'; index: number }>
  | Readonly<{ kind: 'not-signed' | 'key-missing' | 'malformed' }>;

/**
 * Verifies the proofs among some texts with the keys and entries among them: `name+id+key` as `audit key` prints it, and lines of
 * `audit list`. A text with anything else holds no keys: what is to be verified would bring its own.
 *
 * @returns a verdict for each text that is a proof, by its name
 */
export async function verifyProofs(
  texts: readonly { readonly name: string; readonly text: string }[],
): Promise<{ readonly name: string; readonly verdict: Verdict }[]> {
  const keys = texts.flatMap(({ text }) => keysIn(text));
  const lines = new Map<number, Set<string>>();
  for (const line of texts.flatMap(({ text }) => text.split('\n'))) {
    const index = /^\{"Index":(\d+),/.exec(line)?.[1];
    if (index !== undefined) lines.set(Number(index), (lines.get(Number(index)) ?? new Set()).add(line));
  }
  const proofs = texts.filter(({ text }) => text.startsWith(PROOF));
  return Promise.all(
    proofs.map(async ({ name, text }) => ({
      name,
      verdict: await verifyProof(text, keys, lines).catch((): Verdict => ({ kind: 'malformed' })),
    })),
  );
}

/** The keys of a text that holds nothing else. */
function keysIn(text: string): RegExpExecArray[] {
  const found = text
    .trim()
    .split(/\s+/)
    .map((part) => /^([^+]+)\+([0-9a-f]{8})\+([A-Za-z0-9+/]+=*)$/.exec(part));
  const keys = found.filter((key) => key !== null);
  return keys.length === found.length ? keys : [];
}

async function verifyProof(
  text: string,
  keys: readonly RegExpExecArray[],
  lines: ReadonlyMap<number, ReadonlySet<string>>,
): Promise<Verdict> {
  const end = text.indexOf('\n\n');
  const [, place = '', ...path] = text.slice(0, end).split('\n');
  const index = Number(/^index (\d{1,15})$/.exec(place)?.[1]);
  const note = text.slice(end + 2);
  if (keys.length === 0) return { kind: 'key-missing' };
  const key = await signerOf(note, keys);
  if (key === null) return { kind: 'not-signed' };
  const [, size = '', root = ''] = note.split('\n');
  const [line, other] = lines.get(index) ?? [];
  if (line === undefined) return { kind: 'entry-missing', index };
  if (other !== undefined) return { kind: 'entry-twice', index };
  const leaf = await sha256(Uint8Array.of(0), utf8(line));
  const hashes = path.map(fromBase64);
  const reached = index < Number(size) ? await rootBy(hashes, index, leaf, 0, Number(size)) : null;
  if (reached === null || !isEqual(reached, fromBase64(root))) return { kind: 'entry-changed', index };
  return { kind: 'verified', index, size: Number(size), line, key };
}

/** The one of the keys that names the log of the note and signed it. */
async function signerOf(note: string, keys: readonly RegExpExecArray[]): Promise<string | null> {
  const end = note.lastIndexOf('\n\n') + 1;
  const [text, origin] = [note.slice(0, end), note.split('\n')[0]];
  for (const [whole, name = '', id = '', encoded = ''] of keys) {
    const key = fromBase64(encoded);
    const isItsId = hexOf((await sha256(utf8(`${name}\n`), key)).subarray(0, KEY_ID_BYTES)) === id;
    if (name !== origin || !isItsId || key[0] !== ED25519) continue;
    const publicKey = await crypto.subtle.importKey('raw', key.slice(1), 'Ed25519', false, ['verify']);
    for (const line of note.slice(end + 1).split('\n')) {
      const [, signer, signed = ''] = /^— (\S+) ([A-Za-z0-9+/]+=*)$/.exec(line) ?? [];
      const bytes = fromBase64(signed);
      if (signer !== name || hexOf(bytes.subarray(0, KEY_ID_BYTES)) !== id) continue;
      if (await crypto.subtle.verify('Ed25519', publicKey, bytes.slice(KEY_ID_BYTES), utf8(text))) return whole;
    }
  }
  return null;
}

/** The root that a path from a leaf leads to, from its sibling up; null if the path has another length. RFC 6962, 2.1.1. */
async function rootBy(
  path: readonly Bytes[],
  index: number,
  leaf: Bytes,
  start: number,
  end: number,
): Promise<Bytes | null> {
  const sibling = path.at(-1);
  if (end - start === 1) return sibling === undefined ? leaf : null;
  if (sibling === undefined) return null;
  let width = 1;
  while (2 * width < end - start) width *= 2;
  const [middle, rest] = [start + width, path.slice(0, -1)];
  const isLeft = index < middle;
  const below = await (isLeft ? rootBy(rest, index, leaf, start, middle) : rootBy(rest, index, leaf, middle, end));
  if (below === null) return null;
  return isLeft ? sha256(Uint8Array.of(1), below, sibling) : sha256(Uint8Array.of(1), sibling, below);
}

type Bytes = Uint8Array<ArrayBuffer>;

const utf8 = (text: string): Bytes => new TextEncoder().encode(text);
const fromBase64 = (text: string): Bytes => Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
const hexOf = (bytes: Bytes) => [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('');
const isEqual = (a: Bytes, b: Bytes) => hexOf(a) === hexOf(b);

async function sha256(...parts: readonly Bytes[]): Promise<Bytes> {
  const whole = new Uint8Array(await new Blob([...parts]).arrayBuffer());
  return new Uint8Array(await crypto.subtle.digest('SHA-256', whole));
}
