import { describe, expect, it } from 'vitest';
import { algorithm as SCHEME_ALGORITHM } from '../algorithms/rsa-md5.ts';
import { readCases, testPrivateKey, testPublicKey } from '../testing/vectors.ts';
import { parseWallClock } from '../time.ts';
import { readEnvelope } from './read-envelope.ts';
import { signedText, verifySignature, writeRequest } from './signature.ts';

type Signing = { form: string; key: string; text: string; signature: string };
type SignatureCase = { name: string; key: string; valid: boolean; body: string; sign?: Signing };

const cases = readCases<SignatureCase>('signatures.json');

describe('signatures made with OpenSSL', () => {
  it.each(cases)('verifies: $name', ({ key, valid, body }) => {
    expect(verifySignature(readEnvelope(Buffer.from(body)), testPublicKey(key))).toBe(valid);
  });

  it.each(cases.filter((each) => each.sign !== undefined))('signs: $name', ({ body, sign: made }) => {
    const { form, key, text, signature } = made!;
    expect(signedText(readEnvelope(Buffer.from(body)))).toBe(text);
    expect(SCHEME_ALGORITHM.sign(text, testPrivateKey(key), form)).toBe(signature);
  });
});

describe('a written request', () => {
  const request = {
    datetime: parseWallClock('2026-11-24T19:20:05'),
    username: '第三方 "平台" 1',
    api: 'GetTicketInfo',
    query: { CinemaCode: '31010001', Note: '一 号\n厅 ' },
    privateKey: testPrivateKey('account-2048'),
  };

  it.each(SCHEME_ALGORITHM.forms)('is read back and verifies, payload form %s', (form) => {
    const envelope = readEnvelope(Buffer.from(writeRequest({ ...request, form })));
    expect(envelope).toMatchObject({
      version: '1.0',
      datetime: request.datetime,
      username: request.username,
      api: request.api,
      query: request.query,
    });
    expect(verifySignature(envelope, testPublicKey('account-2048'))).toBe(true);
    expect(verifySignature(envelope, testPublicKey('other-account-2048'))).toBe(false);
  });

  it('is compact JSON with the elements in the order of the examples', () => {
    const body = writeRequest({ ...request, form: 'hex' });
    expect(JSON.stringify(JSON.parse(body))).toBe(body);
    expect(Object.keys(JSON.parse(body))).toEqual(['Version', 'Datetime', 'Username', 'Api', 'Signature', 'QueryData']);
  });
});
