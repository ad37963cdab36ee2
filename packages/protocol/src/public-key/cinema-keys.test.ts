import { generateKeyPairSync } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readCases, refusalOf } from '../testing/vectors.ts';
import type { WallClock } from '../time.ts';
import { decryptionOrder, keysInForce, parsePublicKey } from './cinema-keys.ts';

type Expected = { key: string; spki: string; fingerprint: string; modulusLength: number };
type KeyCase = { name: string; text: string; expected?: Expected; error?: string };

describe('public key strings', () => {
  it.each(readCases<KeyCase>('public-keys.json'))('vector: $name', ({ text, expected, error }) => {
    if (expected === undefined) {
      expect(refusalOf(() => parsePublicKey(text)).code).toBe(error);
      return;
    }
    const { key, blockLength, ...read } = parsePublicKey(text);
    expect({ key: expected.key, ...read, modulusLength: blockLength }).toEqual(expected);
    expect(key.type).toBe('public');
  });
});

it('reads <RSAKeyValue> after the line that XML libraries write before it', () => {
  const xml = readCases<KeyCase>('public-keys.json').find(
    ({ text, expected }) => expected && text.startsWith('<RSA'),
  )?.text;
  const { spki } = parsePublicKey(`<?xml version="1.0" encoding="utf-8"?>\r\n${xml}`);
  expect(spki).toBe(parsePublicKey(xml!).spki);
});

it.each(['pkcs1', 'pkcs8'] as const)('a private key is refused by name, in %s', (type) => {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 1024 });
  const der = privateKey.export({ format: 'der', type }).toString('base64');
  const pem = privateKey.export({ format: 'pem', type }).toString();
  for (const text of [der, pem, `-----BEGIN RSA PUBLIC KEY-----${der}-----END RSA PUBLIC KEY-----`]) {
    const { code, message } = refusalOf(() => parsePublicKey(text));
    expect([code, message]).toEqual(['PUBLIC_KEY_UNREADABLE', expect.stringMatching(/^is a private key/)]);
  }
});

describe('the exponents that are accepted', () => {
  const { publicKey } = generateKeyPairSync('rsa', { modulusLength: 1024 });
  const { n = '' } = publicKey.export({ format: 'jwk' });
  const modulus = Buffer.from(n, 'base64url').toString('hex');
  const parse = (exponent: bigint) => parsePublicKey(`${modulus}|${exponent.toString(16)}`);

  it('are the odd ones from 65537 to 2^32, and no other', () => {
    const anywhere = fc.oneof(
      fc.bigInt({ min: 3n, max: 2n ** 33n }),
      fc.bigInt({ min: 65_530n, max: 65_545n }),
      fc.bigInt({ min: 2n ** 32n - 5n, max: 2n ** 32n + 5n }),
      fc.bigInt({ min: 2n ** 32n, max: 2n ** 1023n }),
    );
    fc.assert(
      fc.property(anywhere, (exponent) => {
        const isAccepted = exponent % 2n === 1n && exponent >= 65_537n && exponent <= 2n ** 32n;
        if (isAccepted) expect(parse(exponent).key.asymmetricKeyDetails?.publicExponent).toBe(exponent);
        else expect(refusalOf(() => parse(exponent)).code).toBe('PUBLIC_KEY_EXPONENT');
      }),
    );
  });
});

type OrderCase = { name: string; now: WallClock; startTimes: WallClock[]; inForce: string[]; order: string[] };

const startTimesOf = (keys: readonly { startTime: WallClock }[]): string[] => keys.map(({ startTime }) => startTime);

describe('which keys, in which order', () => {
  it.each(readCases<OrderCase>('key-order.json'))('vector: $name', ({ now, startTimes, inForce, order }) => {
    const keys = startTimes.map((startTime) => ({ startTime }));
    expect(startTimesOf(keysInForce(keys, now))).toEqual(inForce);
    expect(startTimesOf(decryptionOrder(keys, now))).toEqual(order);
    expect(startTimesOf(keys)).toEqual(startTimes);
  });

  it('keeps all keys that started together', () => {
    const startTime = '2020-01-01T09:00:00' as WallClock;
    const keys = [
      { startTime, use: 'Ukey' },
      { startTime, use: 'software key' },
    ];
    expect(keysInForce(keys, '2026-11-24T12:00:00' as WallClock)).toHaveLength(2);
  });
});
