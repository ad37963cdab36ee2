import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import {
  type ETicketContent,
  eTicketAlgorithmOf,
  eTicketKeyId,
  eTicketPublicKeyText,
  parseETicketPublicKey,
  readETicket,
  signETicket,
  verifyETicket,
  writeETicket,
} from '../e-ticket.ts';
import { readEnvelope } from '../envelope/read-envelope.ts';
import { verifySignature, writeRequest } from '../envelope/signature.ts';
import { readCases, testPrivateKey, testPublicKey } from '../testing/vectors.ts';
import { parseWallClock } from '../time.ts';
import { algorithm as rsaMd5 } from './rsa-md5.ts';
import { findAlgorithm } from './signature-algorithms.ts';
import { algorithm, sm2Sm3 } from './sm2-sm3.ts';

type Sm2Case = { name: string } & (
  | { body: string; key: string; id: string; publicKey: string; valid: boolean }
  | { eTicket: string; key: string; publicKey: string; valid: boolean; expected: ETicketContent }
  | { keyText: string; expected: { key: string; spki: string } }
);
const cases = readCases<Sm2Case>('sm2.json');
const pemOf = (name: string) => testPrivateKey(name).export({ type: 'pkcs8', format: 'pem' }).toString();

describe('SM2 over SM3, as OpenSSL makes it', () => {
  it.each(cases.filter((each) => 'body' in each))('verifies: $name', ({ body, id, publicKey, valid }) => {
    const envelope = readEnvelope(Buffer.from(body));
    expect(verifySignature(envelope, algorithm.readPublicKey(publicKey), sm2Sm3(id))).toBe(valid);
  });

  it.each(cases.filter((each) => 'keyText' in each))('reads: $name', ({ keyText, expected }) => {
    const key = algorithm.readPublicKey(keyText);
    expect(key.export({ type: 'spki', format: 'der' }).toString('base64')).toBe(expected.spki);
  });

  it.each(cases.filter((each) => 'eTicket' in each))('verifies: $name', ({ eTicket, key, publicKey, ...each }) => {
    const [read, parsed] = [readETicket(eTicket), parseETicketPublicKey(publicKey)];
    if (typeof read === 'string') throw new Error(read);
    expect(read).toMatchObject(each.expected);
    expect(verifyETicket(read, parsed)).toBe(each.valid);
    expect([eTicketPublicKeyText(testPublicKey(key)), eTicketKeyId(parsed), eTicketAlgorithmOf(parsed)]).toEqual([
      publicKey,
      each.expected.keyId,
      'sm2-sm3',
    ]);
    const written = writeETicket(each.expected, (text) => signETicket(text, testPrivateKey(key)));
    const own = readETicket(written);
    expect(typeof own !== 'string' && verifyETicket(own, parsed)).toBe(true);
    expect(written.length).toBe(eTicket.length);
  });
});

const request = {
  datetime: parseWallClock('2026-11-24T19:20:05'),
  username: '第三方 "平台" 1',
  api: 'GetTicketInfo',
  query: { CinemaCode: '31010001', Note: '一 号\n厅 ' },
};

describe('a request signed with SM2', () => {
  it.each(algorithm.forms)('verifies in the form %s under the same user id and key only', async (form) => {
    const [pair, another] = [await algorithm.generateKeyPair(), await algorithm.generateKeyPair()];
    for (const signing of [algorithm, sm2Sm3('a-user')]) {
      const { privateKey } = pair;
      const envelope = readEnvelope(Buffer.from(writeRequest({ ...request, privateKey, algorithm: signing, form })));
      expect(verifySignature(envelope, pair.publicKey, signing)).toBe(true);
      expect(verifySignature(envelope, another.publicKey, signing)).toBe(false);
      expect(verifySignature(envelope, pair.publicKey, sm2Sm3('another'))).toBe(false);
    }
  });

  it('spells one signature in either form, so that a repetition is known', () => {
    const signature = algorithm.readSignature(algorithm.sign('text', testPrivateKey('account-sm2'), 'der'));
    expect(algorithm.readSignature(signature?.toString('base64') ?? '')).toEqual(signature);
    expect(signature).toHaveLength(64);
  });

  it('is made also with keys that OpenSSL would use for plain ECDSA, and is SM2 nonetheless', () => {
    const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'SM2' });
    const spki = publicKey.export({ type: 'spki', format: 'pem' }).toString();
    for (const type of ['pkcs8', 'sec1'] as const) {
      const read = algorithm.readPrivateKey(privateKey.export({ type, format: 'pem' }).toString());
      const signed = algorithm.readSignature(algorithm.sign('text', read)) ?? Buffer.alloc(0);
      expect(algorithm.verify(['other', 'text'], signed, algorithm.readPublicKey(spki))).toBe(true);
    }
  });
});

describe('a key of the other algorithm', () => {
  const rsa = 'is an RSA key, but the algorithm is sm2-sm3, which needs an SM2 key';
  const sm2 = 'is an SM2 key, but the algorithm is rsa-md5, which needs an RSA key';

  it('is refused by its kind', () => {
    const rsaKey = testPublicKey('account-2048');
    const sm2Key = testPublicKey('account-sm2').export({ type: 'spki', format: 'der' }).toString('base64');
    expect(() => algorithm.readPrivateKey(pemOf('account-2048'))).toThrow(`The private key ${rsa}`);
    for (const type of ['spki', 'pkcs1'] as const) {
      const pem = rsaKey.export({ type, format: 'pem' }).toString();
      expect(() => algorithm.readPublicKey(pem)).toThrow(`The public key ${rsa}`);
    }
    expect(() => rsaMd5.readPrivateKey(pemOf('account-sm2'))).toThrow(`The private key ${sm2}`);
    expect(() => rsaMd5.readPublicKey(sm2Key)).toThrow(`The public key ${sm2}`);
  });

  it.each(['ec-p256', 'e-ticket-ed25519'])('is refused where it is of neither: %s', (name) => {
    const text = testPublicKey(name).export({ type: 'spki', format: 'pem' }).toString();
    expect(() => algorithm.readPublicKey(text)).toThrow('it must be an SM2 public key');
    expect(() => algorithm.readPrivateKey(pemOf(name))).toThrow('not SM2');
  });

  it('is refused where a point is on no curve, or the key is a private one', () => {
    expect(() => algorithm.readPublicKey(`04${'01'.repeat(64)}`)).toThrow('it must be an SM2 public key');
    expect(() => algorithm.readPublicKey(pemOf('account-sm2'))).toThrow('it must be an SM2 public key');
  });
});

it('is found by its name, with a user id behind it where that is another', () => {
  const z = (name: string) => findAlgorithm(name)?.name;
  expect(z('sm2-sm3')).toBe('sm2-sm3');
  expect(z('sm2-sm3:cinema-31010001')).toBe('sm2-sm3:cinema-31010001');
  expect(z('sm2-sm3:1234567812345678')).toBe('sm2-sm3');
  expect(['sm2', 'sm2-sm3:', 'sm2-sm3:a b', `sm2-sm3:${'a'.repeat(65)}`, 'rsa-md5:x'].map(z)).toEqual(
    Array.from({ length: 5 }, () => undefined),
  );
});

it('says so where the runtime has no SM2, and serves everybody else', () => {
  const without = sm2Sm3(undefined, () => false);
  for (const use of [() => without.readPublicKey(''), () => without.readPrivateKey(pemOf('account-sm2'))]) {
    expect(use).toThrow('This Node.js has no SM2');
  }
  expect(without.decoy(64)).toBeNull();
  expect(algorithm.decoy(64)).not.toBeNull();
});
