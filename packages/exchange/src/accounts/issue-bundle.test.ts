import { createPrivateKey, createPublicKey, generateKeyPairSync } from 'node:crypto';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Store } from '@ticket-check/storage';
import { describeSqlite } from '@ticket-check/storage/testing';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readBundle } from '../bundle.ts';
import { CINEMA, NOON } from '../testing/accounts.ts';
import { type Accounts, createAccounts } from './accounts.ts';
import { addAccount } from './issue-bundle.ts';
import { type AccountTables, accountMigrations } from './migrations.ts';

const directory = mkdtempSync(join(tmpdir(), 'ticket-check-accounts-'));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

describeSqlite('issuing an account', (engine) => {
  let store: Store<AccountTables>;
  let accounts: Accounts;
  const out = (name: string) => join(directory, `${engine.engine}-${name}.json`);
  const desk = () => ({ accounts, publicUrl: 'https://check.example.com:9000', caCertificate: 'CA' });

  beforeAll(async () => {
    store = await engine.open<AccountTables>(accountMigrations);
    accounts = createAccounts(store, () => NOON);
  });

  test('writes a bundle with a key pair of RSA-2048; the platform keeps only the public half', async () => {
    const added = { username: 'chain-7', role: 'platform', cinemaCodes: [CINEMA], out: out('chain-7') } as const;
    await addAccount(desk(), added);
    const bundle = await readBundle(out('chain-7'));
    expect(bundle).toMatchObject({
      Url: 'https://check.example.com:9000',
      Username: 'chain-7',
      CaCertificate: 'CA',
      CinemaCodes: [CINEMA],
    });
    const pem = bundle.PrivateKey ?? '';
    const privateKey = createPrivateKey(pem);
    expect(privateKey.asymmetricKeyDetails).toEqual({ modulusLength: 2048, publicExponent: 65537n });
    const found = await accounts.find('chain-7');
    expect(found?.keys[0]?.publicKey.equals(createPublicKey(privateKey))).toBe(true);
    const rows = JSON.stringify(await store.db.selectFrom('account').selectAll().execute());
    expect(rows).not.toContain(pem.split('\n')[2]);
  });

  test("add with the caller's public key writes a bundle without a secret, and nothing for a bad key", async () => {
    const publicKey = generateKeyPairSync('rsa', { modulusLength: 3072 })
      .publicKey.export({ type: 'spki', format: 'pem' })
      .toString();
    const adding = { username: 'own-key', role: 'platform', cinemaCodes: [CINEMA], out: out('own-key') } as const;
    await expect(addAccount(desk(), { ...adding, publicKey: 'hello' })).rejects.toMatchObject({ expected: true });
    expect(await accounts.find('own-key')).toBeNull();
    await addAccount(desk(), { ...adding, publicKey });
    expect(JSON.parse(readFileSync(out('own-key'), 'utf8'))).not.toHaveProperty('PrivateKey');
    expect(
      (await accounts.find('own-key'))?.keys.map((key) => key.publicKey.equals(createPublicKey(publicKey))),
    ).toEqual([true]);
  });

  test('of a username that is taken leaves no bundle behind', async () => {
    const adding = { username: 'twice', role: 'platform', cinemaCodes: 'all' } as const;
    await addAccount(desk(), { ...adding, out: out('first') });
    await expect(addAccount(desk(), { ...adding, out: out('second') })).rejects.toMatchObject({ expected: true });
    expect(existsSync(out('second'))).toBe(false);
  });

  test('issues nothing where its bundle cannot be written', async () => {
    const adding = { username: 'unwritten', role: 'platform', cinemaCodes: 'all' } as const;
    for (const path of [out('first'), join(directory, 'no-such-directory', 'x.json')]) {
      await expect(addAccount(desk(), { ...adding, out: path })).rejects.toMatchObject({ expected: true });
    }
    expect(await accounts.find('unwritten')).toBeNull();
  });
});
