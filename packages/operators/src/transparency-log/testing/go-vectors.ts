import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type NoteVerifier, noteVerifier } from '../note.ts';

/** What Go's golang.org/x/mod/sumdb made: `vectors/transparency-log.json`. */
export const goVectors: {
  notes: { name: string; verifierKey: string; signerKey?: string; text?: string; note: string; error?: string }[];
  roots: { size: number; root: string }[];
  inclusion: { index: number; size: number; path: string[] }[];
} = JSON.parse(
  readFileSync(join(import.meta.dirname, '..', '..', '..', '..', '..', 'vectors', 'transparency-log.json'), 'utf8'),
);

/** Reads a verifier key as it is handed out. */
export function verifierOf(text: string): NoteVerifier {
  const [name = ''] = text.split('+');
  return noteVerifier(name, Buffer.from(text.slice(name.length + '+12345678+'.length), 'base64').subarray(1));
}
