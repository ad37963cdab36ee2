import { decodeCanonicalBase64 } from '../base64.ts';
import { ProtocolError } from '../errors.ts';
import type { CinemaKey } from '../public-key/keys-in-force.ts';
import type { TicketCodeScheme } from '../ticket-code-schemes/ticket-code-scheme.ts';
import { TICKET_CODE_SCHEMES } from '../ticket-code-schemes/ticket-code-schemes.ts';
import { CLEAR_LENGTH, type TicketCodeFields } from './layout.ts';
import { readFields } from './read-fields.ts';
import { readTicketCode } from './read-ticket-code.ts';

/** A genuine code's fields, and the key that proved it. */
export type DecodedTicketCode = { readonly fields: TicketCodeFields; readonly key: CinemaKey };

type Recovered = { readonly message: Buffer; readonly key: CinemaKey };

type Schemes = readonly TicketCodeScheme[];

const recover = (block: Buffer, keys: readonly CinemaKey[], schemes: Schemes): Recovered | null => {
  for (const key of keys) {
    if (key.blockLength !== block.length) continue;
    // By name: keys are handed to threads, which cannot be given functions.
    const message = schemes.find(({ name }) => name === key.scheme)?.open(block, key.key) ?? null;
    if (message !== null) return { message, key };
  }
  return null;
};

const swapCase = (text: string): string =>
  text.replace(/[A-Za-z]/g, (letter) => (letter < 'a' ? letter.toLowerCase() : letter.toUpperCase()));

const wasReadWithCapsLock = (text: string, keys: readonly CinemaKey[], schemes: Schemes): boolean => {
  const block = decodeCanonicalBase64(swapCase(text.slice(CLEAR_LENGTH)));
  return block !== null && recover(block, keys, schemes) !== null;
};

/**
 * Decodes a ticket info code with the first of the given keys that fits; see `decryptionOrder`. That a key fits proves
 * that the cinema made the code, except for the cinema code in clear, which only selected the keys.
 *
 * Throws CODE_LENGTH, CODE_ALPHABET or CODE_BASE64 where the text cannot be a code (also one read with caps lock on),
 * CODE_NOT_GENUINE where no key fits, CODE_FIELD where one fits and a field is out of form. Whether caps lock is why no key
 * fits costs as much again as the keys did; without `diagnose` it is not looked for.
 * Scheme 5.1.2 and 5.2.1; readings T1 to T8.
 */
export const decodeTicketCode = (
  text: string,
  keys: readonly CinemaKey[],
  { diagnose = true, schemes = TICKET_CODE_SCHEMES }: { diagnose?: boolean; schemes?: Schemes } = {},
): DecodedTicketCode => {
  const { cinemaCode, block } = readTicketCode(text);
  const recovered = recover(block, keys, schemes);
  if (recovered !== null) return { fields: readFields(cinemaCode, recovered.message), key: recovered.key };
  if (diagnose && wasReadWithCapsLock(text, keys, schemes)) {
    throw new ProtocolError('CODE_ALPHABET', 'the scanner swapped upper and lower case: switch caps lock off');
  }
  throw new ProtocolError('CODE_NOT_GENUINE', 'no public key of the cinema decrypts this code');
};
