import { sign, verify } from 'node:crypto';
import { isKeyName, type NoteSigner, type NoteVerifier } from './note-key.ts';

export const KEY_ID_BYTES = 4;
export const ED25519_SIGNATURE_BYTES = 64;
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

/** Null if it is no note. */
export function parseNote(note: string): { text: string; signatures: NoteSignature[] } | null {
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
