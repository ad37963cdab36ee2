import { createPrivateKey, createPublicKey, generateKeyPairSync } from 'node:crypto';
import type { Store } from '@ticket-check/storage';
import { describeSqlite } from '@ticket-check/storage/testing';
import { beforeAll, expect, test } from 'vitest';
import { parseBundle } from '../bundle.ts';
import { CINEMA, openAccounts } from '../testing/accounts.ts';
import type { Accounts, NewAccount } from './accounts.ts';
import { makeBundle } from './issue-bundle.ts';
import type { AccountTables } from './migrations.ts';

describeSqlite('issuing an account', (engine) => {
  let store: Store<AccountTables>;
  let accounts: Accounts;
  async function issue(account: NewAccount & { publicKey?: string }) {
    const desk = { publicUrl: 'https://check.example.com:9000', caCertificate: 'CA' };
    const { bundle, publicKey } = await makeBundle(desk, account);
    await accounts.addWithKey(account, publicKey);
    return bundle;
  }

  beforeAll(async () => {
    ({ store, accounts } = await openAccounts(engine));
  });

  test('writes a bundle with a key pair of RSA-2048; the platform keeps only the public half', async () => {
    const bundle = parseBundle(await issue({ username: 'chain-7', role: 'platform', cinemaCodes: [CINEMA] }));
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
    const adding = { username: 'own-key', role: 'platform', cinemaCodes: [CINEMA] } as const;
    await expect(issue({ ...adding, publicKey: 'hello' })).rejects.toMatchObject({ expected: true });
    expect(await accounts.find('own-key')).toBeNull();
    expect(JSON.parse(await issue({ ...adding, publicKey }))).not.toHaveProperty('PrivateKey');
    expect(
      (await accounts.find('own-key'))?.keys.map((key) => key.publicKey.equals(createPublicKey(publicKey))),
    ).toEqual([true]);
  });
});
