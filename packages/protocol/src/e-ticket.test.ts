import { sign } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import {
  type ETicketContent,
  eTicketKeyId,
  eTicketPublicKeyText,
  isETicketFresh,
  parseETicketPublicKey,
  readETicket,
  verifyETicket,
  writeETicket,
} from './e-ticket.ts';
import { readCases, refusalOf, testPrivateKey, testPublicKey } from './testing/vectors.ts';

type ETicketCase = { name: string; text: string } & (
  | { key: string; publicKey: string; valid: boolean; expected?: ETicketContent }
  | { error: string }
);

const cases = readCases<ETicketCase>('e-tickets.json');
const wellFormed = cases.filter((each) => 'key' in each);
const genuine = wellFormed.filter((each) => each.expected !== undefined);

describe('e-tickets made with OpenSSL', () => {
  it.each(cases.filter((each) => 'error' in each))('recognizes other texts: $name', ({ text, error }) => {
    expect(readETicket(text)).toBe(error);
  });

  it.each(wellFormed)('verifies: $name', ({ text, key, publicKey, valid, expected }) => {
    const read = readETicket(text);
    if (typeof read === 'string') throw new Error(read);
    if (expected !== undefined) expect(read).toMatchObject(expected);
    expect(verifyETicket(read, parseETicketPublicKey(publicKey))).toBe(valid);
    expect(eTicketPublicKeyText(testPublicKey(key))).toBe(publicKey);
    expect(eTicketKeyId(testPublicKey(key))).toBe(read.keyId);
  });

  it.each(genuine)('writes: $name', ({ text, key, expected }) => {
    expect(writeETicket(expected!, (signedText) => sign(null, signedText, testPrivateKey(key)))).toBe(text);
  });

  it('is not readable with any character missing, and not validly signed with any character changed', () => {
    const [{ text, publicKey }] = genuine as [(typeof genuine)[number]];
    const key = parseETicketPublicKey(publicKey);
    const counts = (damaged: string): boolean => {
      const read = readETicket(damaged);
      return typeof read !== 'string' && verifyETicket(read, key);
    };
    expect(counts(text)).toBe(true);
    for (let at = 0; at < text.length; at++) {
      const [before, after] = [text.slice(0, at), text.slice(at + 1)];
      expect(counts(before + after)).toBe(false);
      expect(counts(before + (text[at] === 'A' ? 'B' : 'A') + after)).toBe(false);
    }
  });
});

it('an e-ticket counts for five minutes before and after its time', () => {
  const fresh = (time: number) => isETicketFresh(time, 1_795_433_400);
  expect([1_795_433_100, 1_795_433_700].map(fresh)).toEqual([true, true]);
  expect([1_795_433_099, 1_795_433_701, 0].map(fresh)).toEqual([false, false, false]);
});

it('is made only of a ticket info code', () => {
  for (const code of ['', '31010001', '31010001AAAB=', '3101 001AAAA', `31010001${'A'.repeat(171)}`]) {
    const refusal = refusalOf(() =>
      writeETicket({ host: 'a.cn', code, time: 1, keyId: 'AAAAAAAAAAA' }, () => Buffer.alloc(64)),
    );
    expect(refusal.code).toBe('INVALID_TICKET_CODE');
  }
});

it.each(['', 'AAAA', `${'A'.repeat(42)}==`, `${'A'.repeat(42)}B=`])('%j is no key of e-tickets', (text) => {
  expect(refusalOf(() => parseETicketPublicKey(text)).code).toBe('PUBLIC_KEY_UNREADABLE');
});
