import { type CinemaCode, hasCodeCharacters } from '../codes.ts';
import { ProtocolError } from '../errors.ts';
import { decodeCanonicalBase64 } from '../text.ts';

/** Bytes of the cinema code, which precedes the encrypted part in clear. Scheme 5.1.2, table 1. */
export const CLEAR_LENGTH = 8;

/** A text that has the form of a ticket info code; nothing in it is proven yet. */
export type RawTicketCode = Readonly<ReturnType<typeof readTicketCode>>;

// Blocks of RSA-1024 up to RSA-16384, the largest modulus that node:crypto takes.
const LEAST_LENGTH = CLEAR_LENGTH + 172;
const MAX_LENGTH = CLEAR_LENGTH + 2732;
const LEAST_BLOCK_LENGTH = 128;

const BASE64_CHARACTERS = /^[A-Za-z0-9+/]+={0,2}$/;

const isDamagedCase = (base64: string): boolean => !/[a-z]/.test(base64) || !/[A-Z]/.test(base64);

/**
 * Takes a scanned text apart: 8 characters in clear, then Base64 of the encrypted block (180 characters for RSA-1024, 352
 * for RSA-2048). Throws CODE_LENGTH, CODE_ALPHABET or CODE_BASE64: the scanner or what lies between damaged it. Scheme
 * 5.1.2; readings T1 and T8.
 */
export const readTicketCode = (text: string) => {
  const { length } = text;
  if (length < LEAST_LENGTH || length > MAX_LENGTH || (length - CLEAR_LENGTH) % 4 !== 0) {
    throw new ProtocolError(
      'CODE_LENGTH',
      `a ticket info code has 180 characters (RSA-1024) or 352 (RSA-2048), this text has ${length}: scan again`,
    );
  }
  const clear = text.slice(0, CLEAR_LENGTH);
  const base64 = text.slice(CLEAR_LENGTH);
  const block = decodeCanonicalBase64(base64);
  if (!hasCodeCharacters(clear) || (block === null && !BASE64_CHARACTERS.test(base64))) {
    throw new ProtocolError('CODE_ALPHABET', 'the text holds characters that no ticket info code holds: scan again');
  }
  // 172 random characters never lack a case by chance; an input method or a keyboard setting folded them.
  if (isDamagedCase(base64)) {
    throw new ProtocolError('CODE_ALPHABET', 'the scanner gave all letters in one case: check its keyboard settings');
  }
  if (block === null || block.length < LEAST_BLOCK_LENGTH) {
    throw new ProtocolError('CODE_BASE64', 'the encrypted part is not canonical Base64: scan again');
  }
  /** `block`: the encrypted one, of the length of those that its key makes. */
  return { cinemaCode: clear as CinemaCode, block };
};
