import { verify } from 'node:crypto';
import type { NoteVerifier } from './note-key.ts';
import { ED25519_SIGNATURE_BYTES, KEY_ID_BYTES, parseNote } from './signed-note.ts';

const TIME_BYTES = 8;

/** What a witness signs of a checkpoint: its text, and when it saw that. C2SP tlog-cosignature. */
export const cosignedText = (text: string, seconds: bigint): string => `cosignature/v1\ntime ${seconds}\n${text}`;

/** The bytes in the line of a cosignature. */
export function cosignatureBytes(keyId: Buffer, seconds: bigint, signature: Buffer): Buffer {
  const time = Buffer.alloc(TIME_BYTES);
  time.writeBigUInt64BE(seconds);
  return Buffer.concat([keyId, time, signature]);
}

/** The line of a note in which a witness has cosigned it; null if it is missing or its signature is wrong. */
export function cosignatureIn(note: string, witness: NoteVerifier): { readonly line: string } | null {
  const parsed = parseNote(note);
  if (parsed === null) return null;
  for (const { name, bytes } of parsed.signatures) {
    if (name !== witness.name || !witness.keyId.equals(bytes.subarray(0, KEY_ID_BYTES))) continue;
    const signature = bytes.subarray(KEY_ID_BYTES + TIME_BYTES);
    if (signature.length !== ED25519_SIGNATURE_BYTES) continue;
    const signed = Buffer.from(cosignedText(parsed.text, bytes.readBigUInt64BE(KEY_ID_BYTES)));
    if (verify(null, signed, witness.publicKey, signature)) return { line: `— ${name} ${bytes.toString('base64')}\n` };
  }
  return null;
}
