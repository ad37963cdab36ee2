import { verify } from 'node:crypto';
import { ExpectedError, reasonOf } from '@ticket-check/runtime';
import {
  COSIGNATURE,
  ED25519_SIGNATURE_BYTES,
  KEY_ID_BYTES,
  type NoteVerifier,
  parseNote,
  parseVerifierKey,
} from './note.ts';
import type { TransparencyLog } from './transparency-log.ts';

const TIME_BYTES = 8;
const ANSWERED_WITHIN_MS = 15_000;
/** The size that the witness has last seen may change once between two calls. */
const MAX_CALLS = 3;

/** What a witness signs of a checkpoint: its text, and when it saw that. C2SP tlog-cosignature. */
export const cosignedText = (text: string, seconds: bigint): string => `cosignature/v1\ntime ${seconds}\n${text}`;

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

/** @throws ExpectedError if the text is no verifier key of a witness (C2SP tlog-cosignature, Ed25519). */
export function parseWitnessKey(text: string): NoteVerifier {
  try {
    return parseVerifierKey(text, COSIGNATURE);
  } catch (error) {
    throw new ExpectedError(`The key of the witness cannot be used: ${reasonOf(error)}.`, { cause: error });
  }
}

/**
 * Has a witness sign that the latest checkpoint continues what it has seen of the log. C2SP tlog-witness.
 *
 * @param url the witness's submission prefix
 * @returns the checkpoint as a note, with the signature of the witness beside that of the log
 * @throws ExpectedError if the witness does not answer, does not know the log, or has seen what this one contradicts
 */
export async function askWitness(
  log: Pick<TransparencyLog, 'checkpoint' | 'proveConsistency'>,
  { url, key }: { url: string; key: NoteVerifier },
): Promise<string> {
  const latest = await log.checkpoint();
  if (latest === null) throw new ExpectedError('The log has no entries yet, and no checkpoint.');
  const { size, note } = latest;
  let seen = 0;
  for (let call = 0; call < MAX_CALLS; call += 1) {
    const proof = await log.proveConsistency(seen, size);
    const hashes = proof.map((hash) => `${hash.toString('base64')}\n`).join('');
    const { status, text, type } = await post(
      `${url.replace(/\/$/, '')}/add-checkpoint`,
      `old ${seen}\n${hashes}\n${note}`,
    );
    if (status === 200) {
      const cosignature = cosignatureIn(note + text, key);
      if (cosignature !== null) return note + cosignature.line;
      throw new ExpectedError('The witness answered with no signature of the key that was given.');
    }
    const now = status === 409 && type.startsWith('text/x.tlog.size') ? sizeIn(text) : null;
    if (now === null || now === seen) throw new ExpectedError(refusal(status, size));
    if (now > size) {
      throw new ExpectedError(
        `The end was cut off: the witness has seen ${now} entries of this log, which has ${size} now.`,
      );
    }
    seen = now;
  }
  throw new ExpectedError('The witness sees other checkpoints of this log at the same time: try again.');
}

function refusal(status: number, size: number): string {
  switch (status) {
    case 404:
      return 'The witness does not know this log: give its operator the key (audit key).';
    case 403:
      return 'The witness knows this log by another key: give its operator the present one (audit key).';
    case 409:
    case 422:
      return `The ${size} entries of this log do not continue what the witness has signed: at least one of those was changed, and everything after it was recomputed.`;
    default:
      return `The witness answered with status ${status}.`;
  }
}

function sizeIn(text: string): number | null {
  const size = Number(/^(0|[1-9]\d{0,15})\n$/.exec(text)?.[1]);
  return Number.isSafeInteger(size) ? size : null;
}

async function post(url: string, body: string): Promise<{ status: number; text: string; type: string }> {
  try {
    const signal = AbortSignal.timeout(ANSWERED_WITHIN_MS);
    const answer = await fetch(url, { method: 'POST', body, redirect: 'error', signal });
    const type = answer.headers.get('content-type') ?? '';
    return { status: answer.status, text: await answer.text(), type };
  } catch (error) {
    const cause = error instanceof Error && error.cause !== undefined ? error.cause : error;
    throw new ExpectedError(`The witness at ${url} cannot be reached (${reasonOf(cause)}).`, { cause: error });
  }
}
