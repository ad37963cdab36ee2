import { createPublicKey, generateKeyPairSync, hash, type KeyObject, sign, verify } from 'node:crypto';
import { HASH_BYTES, type Hash } from './merkle/tree.ts';

const KEY_ID_BYTES = 4;
const ED25519_SIGNATURE_BYTES = 64;
const MAX_BYTES = 1_000_000;
const MAX_SIGNATURES = 100;

/** A text signed with one key. C2SP signed-note. @throws TypeError if the text cannot be that of a note. */
export function signNote(text: string, { name, keyId, privateKey }: NoteSigner): string {
  if (!isNoteText(text))
    throw new TypeError('a note is text that ends with a newline and has no other control characters');
  const signature = Buffer.concat([keyId, sign(null, Buffer.from(text), privateKey)]);
  return `${text}\n— ${name} ${signature.toString('base64')}\n`;
}

/** Why a note is not to be believed: it is no note, no key that is known signed it, or such a signature is wrong. */
export type NoteFault = 'malformed' | 'unknown-key' | 'wrong-signature';

/** The text of a note that one of these keys signed; signatures of other keys are not looked at. C2SP signed-note. */
export function openNote(
  note: string,
  verifiers: readonly NoteVerifier[],
): { readonly text: string; readonly by: NoteVerifier } | { readonly fault: NoteFault } {
  const parsed = parseNote(note);
  if (parsed === null) return { fault: 'malformed' };
  const { text, signatures } = parsed;
  let by: NoteVerifier | undefined;
  for (const { name, bytes } of signatures) {
    const [keyId, signature] = [bytes.subarray(0, KEY_ID_BYTES), bytes.subarray(KEY_ID_BYTES)];
    const verifier = verifiers.find((known) => known.name === name && known.keyId.equals(keyId));
    if (verifier === undefined) continue;
    const isRight =
      signature.length === ED25519_SIGNATURE_BYTES && verify(null, Buffer.from(text), verifier.publicKey, signature);
    if (!isRight) return { fault: 'wrong-signature' };
    by ??= verifier;
  }
  return by === undefined ? { fault: 'unknown-key' } : { text, by };
}

type NoteSignature = { readonly name: string; readonly bytes: Buffer };

function parseNote(note: string): { text: string; signatures: NoteSignature[] } | null {
  if (note.length > MAX_BYTES || !isNoteText(note)) return null;
  const end = note.lastIndexOf('\n\n');
  if (end < 0) return null;
  const lines = note.slice(end + 2, -1).split('\n');
  if (lines.length > MAX_SIGNATURES) return null;
  const signatures: NoteSignature[] = [];
  for (const line of lines) {
    const [, name = '', encoded = ''] = /^— (\S+) ([A-Za-z0-9+/]+=*)$/.exec(line) ?? [];
    const bytes = Buffer.from(encoded, 'base64');
    if (!isKeyName(name) || bytes.length <= KEY_ID_BYTES || bytes.toString('base64') !== encoded) return null;
    signatures.push({ name, bytes });
  }
  return { text: note.slice(0, end + 1), signatures };
}

function isNoteText(text: string): boolean {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is refused
  return text.endsWith('\n') && text.isWellFormed() && !/[\u0000-\u0009\u000b-\u001f]/.test(text);
}

/** Ed25519 of C2SP signed-note. */
const ED25519 = 1;
/** What stands before the 32 bytes of an Ed25519 key in SPKI. RFC 8410. */
const SPKI_BEGINNING = Buffer.from('302a300506032b6570032100', 'hex');

export type NoteVerifier = {
  /** Without spaces and plus signs. */
  readonly name: string;
  readonly keyId: Buffer;
  readonly publicKey: KeyObject;
};

export type NoteSigner = NoteVerifier & { readonly privateKey: KeyObject };

/** A new private key, PEM (PKCS#8). */
export function makeNoteKey(): string {
  return generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
}

/** @throws TypeError if the name cannot be that of a key. */
export function noteSigner(name: string, privateKey: KeyObject): NoteSigner {
  const verifier = noteVerifier(name, rawOf(createPublicKey(privateKey)));
  return { ...verifier, privateKey };
}

/** The key as it is handed out: `name+id+key`. C2SP signed-note, *Verifier keys*. */
export function verifierKeyText({ name, keyId, publicKey }: NoteVerifier): string {
  return `${name}+${keyId.toString('hex')}+${Buffer.concat([Buffer.from([ED25519]), rawOf(publicKey)]).toString('base64')}`;
}

/** The verifier of a key by its 32 bytes. @throws TypeError if the name cannot be that of a key. */
export function noteVerifier(name: string, raw: Buffer): NoteVerifier {
  if (!isKeyName(name)) throw new TypeError(`a key cannot be named ${JSON.stringify(name)}`);
  const keyId = hash('sha256', Buffer.concat([Buffer.from(`${name}\n`), Buffer.from([ED25519]), raw]), 'buffer');
  const spki = Buffer.concat([SPKI_BEGINNING, raw]);
  return {
    name,
    keyId: keyId.subarray(0, KEY_ID_BYTES),
    publicKey: createPublicKey({ key: spki, format: 'der', type: 'spki' }),
  };
}

function isKeyName(name: string): boolean {
  return name !== '' && name.isWellFormed() && !/[\s+\p{Cc}]/u.test(name);
}

function rawOf(publicKey: KeyObject): Buffer {
  return publicKey.export({ type: 'spki', format: 'der' }).subarray(SPKI_BEGINNING.length);
}

/** What a log says of itself at one size. C2SP tlog-checkpoint. */
export type Checkpoint = {
  readonly origin: string;
  readonly size: number;
  readonly root: Hash;
};

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

function parseHash(encoded: string): Hash | null {
  const hash = Buffer.from(encoded, 'base64');
  return hash.length === HASH_BYTES && hash.toString('base64') === encoded ? hash : null;
}
