import { execFileSync } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { SCHEME_ALGORITHM } from '@ticket-check/protocol';
import type { Store } from '@ticket-check/storage';
import { describeEachEngine } from '@ticket-check/storage/testing';
import { beforeAll, describe, expect, test } from 'vitest';
import { CINEMA, NOON } from '../testing/accounts.ts';
import { fingerprintOf, parseAccountKey } from './account-keyring.ts';
import { type Accounts, createAccounts } from './accounts.ts';
import { type AccountTables, accountMigrations } from './migrations.ts';

const makeKey = (modulusLength = 2048, publicExponent = 65_537) =>
  generateKeyPairSync('rsa', { modulusLength, publicExponent })
    .publicKey.export({ type: 'spki', format: 'pem' })
    .toString();
const [a, b, c] = [makeKey(), makeKey(), makeKey(3072)] as const;
const fingerprint = (pem: string) => fingerprintOf(parseAccountKey(pem, SCHEME_ALGORITHM));

describeEachEngine('the keys of an account', (engine) => {
  let store: Store<AccountTables>;
  let accounts: Accounts;

  beforeAll(async () => {
    store = await engine.open<AccountTables>(accountMigrations);
    accounts = createAccounts(store, () => NOON);
  });

  async function add(username: string, key = a) {
    await accounts.addWithKey({ username, role: 'platform', cinemaCodes: [CINEMA] }, key);
  }
  const fingerprints = async (username: string) =>
    (await accounts.find(username))?.keys.map(({ spki }) => fingerprintOf(spki)).sort();
  const sorted = (...pems: string[]) => pems.map(fingerprint).sort();

  test('are two at most, and one at least', async () => {
    await add('turning');
    expect(await fingerprints('turning')).toEqual(sorted(a));
    await accounts.addKey('turning', b);
    await accounts.addKey('turning', b);
    expect(await fingerprints('turning')).toEqual(sorted(a, b));
    await expect(accounts.addKey('turning', c)).rejects.toMatchObject({
      expected: true,
      message: expect.stringContaining('has two keys already'),
    });
    await accounts.removeKey('turning', fingerprint(a).toUpperCase());
    expect(await fingerprints('turning')).toEqual(sorted(b));
    await expect(accounts.removeKey('turning', fingerprint(b))).rejects.toMatchObject({
      expected: true,
      message: expect.stringContaining('the only key'),
    });
    await accounts.addKey('turning', c);
    expect(await fingerprints('turning')).toEqual(sorted(b, c));
  });

  test('stay two where several commands add one at once, and one where two take one away', async () => {
    await add('raced');
    const added = await Promise.allSettled([b, c].map((key) => accounts.addKey('raced', key)));
    expect(added.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    const [first = '', second = ''] = (await fingerprints('raced')) ?? [];
    const removed = await Promise.allSettled([first, second].map((one) => accounts.removeKey('raced', one)));
    expect(removed.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    expect(await fingerprints('raced')).toHaveLength(1);
  });

  test('of an account that there is none are not changed, nor one that it does not have', async () => {
    await add('known');
    const missing = { expected: true, message: 'There is no account named nobody.' };
    await expect(accounts.addKey('nobody', b)).rejects.toMatchObject(missing);
    await expect(accounts.removeKey('nobody', fingerprint(a))).rejects.toMatchObject(missing);
    await expect(accounts.removeKey('known', fingerprint(b))).rejects.toMatchObject({
      expected: true,
      message: expect.stringContaining('has no key with the fingerprint'),
    });
  });
});

describe('the public key of a caller', () => {
  test('has the fingerprint that OpenSSL prints', () => {
    const der = execFileSync('openssl', ['pkey', '-pubin', '-outform', 'DER'], { input: a });
    const printed = execFileSync('openssl', ['dgst', '-sha256', '-r'], { input: der }).toString().slice(0, 64);
    expect(fingerprint(a)).toBe(printed);
  });

  const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey.export({ type: 'spki', format: 'pem' });
  const half = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey.export({ type: 'pkcs8', format: 'pem' });
  test.each([
    ['1024 bits', makeKey(1024), /has 1024 bits/],
    ['2044 bits', makeKey(2044), /has 2044 bits/],
    ['2052 bits', makeKey(2052), /multiple of 8/],
    ['another exponent', makeKey(2048, 65_539), /has the exponent 65539/],
    ['exponent 3', makeKey(2048, 3), /exponent/],
    ['another algorithm', ec.toString(), /must be an RSA public key/],
    ['its private half', half.toString(), /must be an RSA public key/],
    ['anything else', 'hello', /must be an RSA public key/],
  ])('is refused with one clear sentence: %s', (_name, text, message) => {
    expect(() => parseAccountKey(text, SCHEME_ALGORITHM)).toThrow(message);
  });
});
