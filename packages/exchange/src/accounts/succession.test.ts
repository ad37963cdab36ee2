import { describeEachEngine } from '@ticket-check/storage/testing';
import { beforeAll, expect, test } from 'vitest';
import { CINEMA, issueAccount, NOON } from '../testing/accounts.ts';
import type { AccountRole } from './account.ts';
import { type Accounts, createAccounts } from './accounts.ts';
import { type AccountTables, accountMigrations } from './migrations.ts';

describeEachEngine('accounts that replace others', (engine) => {
  let accounts: Accounts;
  const issue = (username: string, role: AccountRole = 'platform') =>
    issueAccount(accounts, { username, role, cinemaCodes: [CINEMA] });

  beforeAll(async () => {
    accounts = createAccounts(await engine.open<AccountTables>(accountMigrations), () => NOON);
    for (const username of ['first', 'second', 'third', 'other']) await issue(username);
    await issue('box-office', 'data-source');
  });

  test('have the usernames of all that came before, also where those are revoked, until that is taken back', async () => {
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
    await expect(accounts.replace(username, former)).rejects.toMatchObject({
      message: expect.stringContaining(message),
      expected: true,
    });
    expect(await accounts.usernamesOf('other')).toEqual(['other']);
    expect(await accounts.usernamesOf('third')).toEqual(['third', 'second', 'first']);
  });

  test('only one of two that are to replace the same at once', async () => {
    await issue('left');
    await issue('right');
    const said = await Promise.allSettled([accounts.replace('left', 'other'), accounts.replace('right', 'other')]);
    expect(said.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
  });
});
