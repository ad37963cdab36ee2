import { type AccountTables, accountMigrations, createAccounts } from '@ticket-check/exchange';
import { parseCinemaCode } from '@ticket-check/protocol';
import { keyPairOf, outputOf } from '@ticket-check/runtime/testing';
import { describeSqlite } from '@ticket-check/storage/testing';
import { expect, test } from 'vitest';
import { listAccounts } from './commands.ts';

const CINEMA = parseCinemaCode('11062601');

describeSqlite('account commands', (engine) => {
  test('list prints one line an account and no key', async () => {
    const accounts = createAccounts(await engine.open<AccountTables>(accountMigrations), Date.now);
    const { publicKeyPem } = await keyPairOf('chain-7');
    const cinemaCodes = [CINEMA];
    await accounts.addWithKey({ username: 'chain-7', role: 'platform', cinemaCodes }, publicKeyPem);
    await accounts.addWithKey({ username: 'twice', role: 'platform', cinemaCodes: 'all' }, publicKeyPem);
    const { stdout } = await outputOf(() => listAccounts({ accounts }));
    const lines = stdout.trimEnd().split('\n');
    expect(lines.map((line) => JSON.parse(line))).toMatchObject([
      { Username: 'chain-7', Role: 'platform', CinemaCodes: [CINEMA], RevokedAt: null },
      { Username: 'twice', CinemaCodes: ['*'] },
    ]);
    expect(stdout).not.toMatch(/MII|Key/);
  });
});
