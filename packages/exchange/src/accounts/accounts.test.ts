import { execFileSync } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { SCHEME_ALGORITHM, wallClockAt } from '@ticket-check/protocol';
import { describeEachEngine } from '@ticket-check/storage/testing';
import { beforeAll, describe, expect, test } from 'vitest';
import { CINEMA, issueAccount, NOON, OTHER_CINEMA, openAccounts } from '../testing/accounts.ts';
import { saying } from '../testing/saying.ts';
import { isInForce, isUsername, mayActFor } from './account.ts';
import { fingerprintOf, parseAccountKey } from './account-keyring.ts';
import { type Accounts, createAccounts, type NewAccount } from './accounts.ts';
import { type AccountTables, accountMigrations } from './migrations.ts';

const makeKey = (modulusLength = 2048, publicExponent = 65_537) =>
  generateKeyPairSync('rsa', { modulusLength, publicExponent })
    .publicKey.export({ type: 'spki', format: 'pem' })
    .toString();
const [a, b, c] = [makeKey(), makeKey(), makeKey(3072)] as const;
const NOBODY = { expected: true, message: 'There is no account named nobody.' };
const fingerprint = (pem: string) => fingerprintOf(parseAccountKey(pem, SCHEME_ALGORITHM));

describeEachEngine('an account', (engine) => {
  let url: string;
  let accounts: Accounts;

  beforeAll(async () => {
    url = await engine.url();
    ({ accounts } = await openAccounts(engine, () => NOON, url));
    for (const username of ['first', 'second', 'third', 'other']) await add(username);
    await add('box-office', { role: 'data-source' });
  });

  const add = (username: string, more: Partial<NewAccount> = {}) =>
    issueAccount(accounts, { username, role: 'platform', cinemaCodes: [CINEMA], ...more });

  test('refuses a username that is taken, and keeps the first account', async () => {
    await add('taken');
    const before = await accounts.find('taken');
    await expect(add('taken', { cinemaCodes: 'all' })).rejects.toMatchObject({
      message: 'An account named taken exists already.',
      expected: true,
    });
    expect(await accounts.find('taken')).toBe(before);
  });

  test.each(['', 'a b', 'a:b', '影院', 'a/b', 'x'.repeat(65)])('refuses the username %j', async (username) => {
    await expect(add(username)).rejects.toMatchObject({ expected: true });
  });

  test('revokes for good, and what another store has changed is seen at the next look', async () => {
    await add('ended');
    await accounts.find('ended');
    const elsewhere = createAccounts(await engine.open<AccountTables>(accountMigrations, url), () => NOON + 1000);
    await elsewhere.revoke('ended');
    expect(await accounts.find('ended')).toMatchObject({ revokedAt: wallClockAt(NOON + 1000) });
    await accounts.revoke('ended');
    expect(await accounts.find('ended')).toMatchObject({ revokedAt: wallClockAt(NOON + 1000) });
    await expect(add('ended')).rejects.toMatchObject({ expected: true });
    await expect(accounts.revoke('nobody')).rejects.toMatchObject(NOBODY);
  });

  const addWith = (username: string, key = a) =>
    accounts.addWithKey({ username, role: 'platform', cinemaCodes: [CINEMA] }, key);
  const fingerprints = async (username: string) =>
    (await accounts.find(username))?.keys.map(({ spki }) => fingerprintOf(spki)).sort();
  const sorted = (...pems: string[]) => pems.map(fingerprint).sort();

  test('has two keys at most, and one at least', async () => {
    await addWith('turning');
    expect(await fingerprints('turning')).toEqual(sorted(a));
    await accounts.addKey('turning', b);
    await accounts.addKey('turning', b);
    expect(await fingerprints('turning')).toEqual(sorted(a, b));
    await expect(accounts.addKey('turning', c)).rejects.toMatchObject(saying('has two keys already'));
    await accounts.removeKey('turning', fingerprint(a).toUpperCase());
    expect(await fingerprints('turning')).toEqual(sorted(b));
    await expect(accounts.removeKey('turning', fingerprint(b))).rejects.toMatchObject(saying('the only key'));
    await accounts.addKey('turning', c);
    expect(await fingerprints('turning')).toEqual(sorted(b, c));
  });

  test('has two keys where several commands add one at once, and one where two take one away', async () => {
    await addWith('raced-keys');
    const added = await Promise.allSettled([b, c].map((key) => accounts.addKey('raced-keys', key)));
    expect(added.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    const [first = '', second = ''] = (await fingerprints('raced-keys')) ?? [];
    const removed = await Promise.allSettled([first, second].map((one) => accounts.removeKey('raced-keys', one)));
    expect(removed.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    expect(await fingerprints('raced-keys')).toHaveLength(1);
  });

  test('has its keys changed only if it is there, and only those that it has', async () => {
    await addWith('known');
    await expect(accounts.addKey('nobody', b)).rejects.toMatchObject(NOBODY);
    await expect(accounts.removeKey('nobody', fingerprint(a))).rejects.toMatchObject(NOBODY);
    await expect(accounts.removeKey('known', fingerprint(b))).rejects.toMatchObject(
      saying('has no key with the fingerprint'),
    );
  });

  test('that replaces others has the usernames of all that came before, also where those are revoked, until that is taken back', async () => {
    await accounts.replace('third', 'second');
    await accounts.replace('second', 'first');
    await accounts.revoke('second');
    expect(await accounts.usernamesOf('third')).toEqual(['third', 'second', 'first']);
    expect(await accounts.usernamesOf('first')).toEqual(['first']);
    expect(await accounts.find('third')).toMatchObject({ replaces: 'second' });
    await accounts.replace('third', null);
    expect(await accounts.usernamesOf('third')).toEqual(['third']);
    expect(await accounts.find('third')).toMatchObject({ replaces: null });
  });

  test.each([
    ['first', 'first', 'is itself or replaces it'],
    ['first', 'third', 'is itself or replaces it'],
    ['other', 'first', 'is replaced by second already'],
    ['other', 'nobody', 'There is no account named nobody'],
    ['nobody', 'other', 'There is no account named nobody'],
    ['other', 'box-office', 'Nothing is reported through the account box-office'],
    ['box-office', 'other', 'Nothing is reported through the account box-office'],
  ])('%s does not replace %s', async (username, former, message) => {
    await accounts.replace('second', 'first');
    await accounts.replace('third', 'second');
    await expect(accounts.replace(username, former)).rejects.toMatchObject(saying(message));
    expect(await accounts.usernamesOf('other')).toEqual(['other']);
    expect(await accounts.usernamesOf('third')).toEqual(['third', 'second', 'first']);
  });

  test('is replaced by only one of two that are to replace the same at once', async () => {
    for (const username of ['left', 'right']) await add(username);
    const said = await Promise.allSettled([accounts.replace('left', 'other'), accounts.replace('right', 'other')]);
    expect(said.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
  });

  test('knows until when and for which cinemas an account may be used', async () => {
    await add('brief', { expiresAt: wallClockAt(NOON + 60_000) });
    await add('wide', { cinemaCodes: 'all' });
    const brief = await accounts.find('brief');
    const wide = await accounts.find('wide');
    expect(brief && isInForce(brief, NOON + 59_999)).toBe(true);
    expect(brief && isInForce(brief, NOON + 60_000)).toBe(false);
    expect(brief && mayActFor(brief, CINEMA)).toBe(true);
    expect(brief && mayActFor(brief, OTHER_CINEMA)).toBe(false);
    expect(wide && mayActFor(wide, OTHER_CINEMA)).toBe(true);
  });
});

test('a username is letters, digits, dots, underscores and hyphens', () => {
  expect(['Chain_7.terminal-12', 'x'.repeat(64), 'a\n'].map(isUsername)).toEqual([true, true, false]);
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
    ['its private half', half.toString(), /is a private key/],
    ['anything else', 'hello', /must be an RSA public key/],
  ])('is refused with one clear sentence: %s', (_name, text, message) => {
    expect(() => parseAccountKey(text, SCHEME_ALGORITHM)).toThrow(message);
  });
});
