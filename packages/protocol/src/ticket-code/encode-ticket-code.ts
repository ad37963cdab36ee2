import type { KeyObject } from 'node:crypto';
import { CODE_LENGTHS, hasCodeCharacters, padCode, parseCinemaCode } from '../codes.ts';
import { ProtocolError } from '../errors.ts';
import { type Fen, formatYuan } from '../money.ts';
import { sealBlock } from '../rsa/rsa-public-key.ts';
import { parseWallClock } from '../time.ts';
import type { TicketCodeFields } from './decode-ticket-code.ts';

/** What a cinema puts into a ticket info code; codes may be shorter than their fixed length. */
export type TicketCodeContent = Pick<TicketCodeFields, 'cinemaCode' | 'startTime'> & {
  readonly [Code in keyof typeof CODE_LENGTHS]: string;
} & {
  /** Less than 1000 yuan: the code has three digits for them. */
  readonly [Amount in 'price' | 'service']: Fen;
};

const codeField = (content: TicketCodeContent, name: keyof typeof CODE_LENGTHS): string => {
  const code = content[name];
  const length = CODE_LENGTHS[name];
  if (!hasCodeCharacters(code)) {
    throw new ProtocolError('INVALID_CODE', `${name} must hold printable ASCII characters without spaces and quotes`);
  }
  // Refuses what is too long; the filling inside the code is NUL, not the character 0. Reading T3.
  padCode(code, length);
  return code.padEnd(length, '\0');
};

const priceField = (fen: Fen, name: string): string => {
  if (!(fen >= 0 && fen < 100_000)) {
    throw new ProtocolError('INVALID_PRICE', `${name} must be less than 1000 yuan to fit into a ticket info code`);
  }
  return formatYuan(fen).padStart(6, '0');
};

/**
 * Makes the ticket info code of a ticket with the cinema's RSA key: 8 characters in clear and Base64 of the block. Throws
 * WRONG_LENGTH, INVALID_CODE, INVALID_DATETIME or INVALID_PRICE for content that a code cannot hold. Scheme 5.1.2, table
 * 1; readings T1 to T4.
 */
export const encodeTicketCode = (content: TicketCodeContent, key: KeyObject): string => {
  const message = [
    codeField(content, 'filmTicketCode'),
    codeField(content, 'screenCode'),
    codeField(content, 'filmCode'),
    codeField(content, 'sessionCode'),
    parseWallClock(content.startTime),
    codeField(content, 'seatCode'),
    priceField(content.price, 'price'),
    priceField(content.service, 'service'),
  ].join('');
  const block = sealBlock(Buffer.from(message, 'latin1'), key);
  return parseCinemaCode(content.cinemaCode) + block.toString('base64');
};
