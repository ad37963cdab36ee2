// @module-tag service
import { generateKeyPairSync, type KeyObject, publicDecrypt, randomBytes } from 'node:crypto';
import { ProtocolError, readEnvelope, rsaMd5, SCHEME_ALGORITHM, wallClockAt } from '@ticket-check/protocol';
import { describeSqlite } from '@ticket-check/storage/testing';
import { beforeAll, beforeEach, expect, test } from 'vitest';
import { type Accounts, createAccounts } from '../accounts/accounts.ts';
import { type AccountTables, accountMigrations } from '../accounts/migrations.ts';
import { CINEMA, callerOf, NOON, useAlgorithms } from '../testing/accounts.ts';
import { authenticate } from './authenticate.ts';

const pair = (modulusLength: number) => generateKeyPairSync('rsa', { modulusLength });
const pem = (key: KeyObject) => key.export({ type: 'spki', format: 'pem' }).toString();
const [first, second, long, stranger] = [pair(2048), pair(2048), pair(3072), pair(2048)] as const;
const POLICY = { role: 'platform', cinemaCodes: [CINEMA] } as const;

describeSqlite('a refused signature', (engine) => {
  let accounts: Accounts;
  /** The bits of the keys with which OpenSSL carried out a public operation. */
  let operations: number[];

  beforeAll(async () => {
    const counting = rsaMd5((publicKey, block) => {
      try {
        const payload = publicDecrypt(publicKey, block);
        operations.push(publicKey.asymmetricKeyDetails?.modulusLength ?? 0);
        return payload;
      } catch (error) {
        // Turned away before the operation: that is what would tell users apart.
        if (!/data too large/.test(String(error))) {
          operations.push(publicKey.asymmetricKeyDetails?.modulusLength ?? 0);
        }
        throw error;
      }
    });
    const store = await engine.open<AccountTables>(accountMigrations);
    const putBack = useAlgorithms(counting);
    accounts = createAccounts(store, () => NOON);
    await accounts.addWithKey({ ...POLICY, username: 'one-key' }, pem(first.publicKey));
    await accounts.addWithKey({ ...POLICY, username: 'two-keys' }, pem(first.publicKey));
    await accounts.addKey('two-keys', pem(second.publicKey));
    await accounts.addWithKey({ ...POLICY, username: 'mixed-keys' }, pem(long.publicKey));
    await accounts.addKey('mixed-keys', pem(second.publicKey));
    await accounts.addWithKey({ ...POLICY, username: 'revoked' }, pem(first.publicKey));
    await accounts.revoke('revoked');
    await accounts.addWithKey({ ...POLICY, username: 'expired', expiresAt: wallClockAt(NOON) }, pem(first.publicKey));
    return putBack;
  });
  beforeEach(() => {
    operations = [];
  });

  const USERS = ['one-key', 'two-keys', 'mixed-keys', 'revoked', 'expired', 'nobody', 'no username'];

  function bodyOf(username: string, key: KeyObject) {
    return readEnvelope(Buffer.from(callerOf(username, key).request('GetPublicKeys', { CinemaCode: CINEMA })));
  }
  const judge = (username: string, signature: string) =>
    authenticate({ ...bodyOf(username, stranger.privateKey), signature }, { accounts, now: NOON });

  const block = (bytes: number, ...start: number[]) =>
    Buffer.concat([Buffer.from(start), randomBytes(bytes - start.length)]).toString('base64');
  const signatures: [name: string, signature: string, expected: number[]][] = [
    ['a signature of another key', bodyOf('nobody', stranger.privateKey).signature, [2048, 2048]],
    ['a block of 2048 bits that begins with 00', block(256, 0x00, 0x01), [2048, 2048]],
    ['a block of 2048 bits that begins with FE', block(256, 0xfe), [2048, 2048]],
    ['a block of 2048 bits that begins with FF', block(256, 0xff, 0xff, 0xff), [2048, 2048]],
    ['a block of 2048 bits, all ones', Buffer.alloc(256, 0xff).toString('base64'), [2048, 2048]],
    ['a block of 3072 bits', block(384, 0x7f), [3072, 3072]],
    ['a block of 3072 bits that begins with FF', block(384, 0xff), [3072, 3072]],
    ['a block of 257 bytes', block(257, 0xff), [2056, 2056]],
    ['a block of 4096 bits', block(512, 0xfe), [4096, 4096]],
    ['a block that is shorter than every key', block(255, 0xfe), []],
    ['a block that is longer than every key', block(513, 0xfe), []],
    ['a text that is no Base64', '_-_-', []],
  ];

  test.each(signatures)('costs the same for every name: %s', async (_name, signature, expected) => {
    for (const username of USERS) {
      operations = [];
      await expect(judge(username, signature)).rejects.toMatchObject({ code: 'SIGNATURE_INVALID' });
      expect([username, operations]).toEqual([username, expected]);
    }
  });

  test('is answered after a random wait, which hides what the first request under a name costs', async () => {
    const { signature } = bodyOf('nobody', stranger.privateKey);
    const askedInOrder = ['two-keys', 'one-key', 'mixed-keys', 'revoked', 'nobody', 'no username'];
    const answered: string[][] = [];
    for (let round = 0; round < 8; round += 1) {
      const order: string[] = [];
      await Promise.all(
        askedInOrder.map(async (username) => {
          await judge(username, signature).catch(() => {});
          order.push(username);
        }),
      );
      answered.push(order);
    }
    // All eight come in one order by chance less than once in 10^9.
    expect(new Set(answered.map(String)).size).toBeGreaterThan(1);
  });

  test('costs the same also as the private half of a real key made it, for another account', async () => {
    for (const [username, key] of [
      ['nobody', first.privateKey],
      ['revoked', first.privateKey],
      ['mixed-keys', first.privateKey],
      ['one-key', second.privateKey],
    ] as const) {
      operations = [];
      const judged = authenticate(bodyOf(username, key), { accounts, now: NOON });
      await expect(judged).rejects.toBeInstanceOf(ProtocolError);
      expect([username, operations]).toEqual([username, [2048, 2048]]);
    }
  });

  test('is none where either key of the account has signed', async () => {
    for (const [username, key] of [
      ['one-key', first.privateKey],
      ['two-keys', first.privateKey],
      ['two-keys', second.privateKey],
      ['mixed-keys', second.privateKey],
      ['mixed-keys', long.privateKey],
    ] as const) {
      expect(await authenticate(bodyOf(username, key), { accounts, now: NOON })).toMatchObject({
        account: { username },
      });
    }
  });
});

test('the decoy key of a length stays the same while the process runs and has that length', () => {
  for (const bytes of [256, 257, 384, 512]) {
    expect(SCHEME_ALGORITHM.decoy(bytes)?.asymmetricKeyDetails).toEqual({
      modulusLength: bytes * 8,
      publicExponent: 65537n,
    });
    expect(SCHEME_ALGORITHM.decoy(bytes)).toBe(SCHEME_ALGORITHM.decoy(bytes));
  }
});
