import { wallClockAt } from '@ticket-check/protocol';
import type { Store } from '@ticket-check/storage';
import { describeEachEngine } from '@ticket-check/storage/testing';
import { beforeAll, expect, test } from 'vitest';
import { CINEMA, issueAccount, NOON, OTHER_CINEMA } from '../testing/accounts.ts';
import { isInForce, isUsername, mayActFor } from './account.ts';
import { type Accounts, createAccounts, type NewAccount } from './accounts.ts';
import { type AccountTables, accountMigrations } from './migrations.ts';

describeEachEngine('accounts', (engine) => {
  let url: string;
  let store: Store<AccountTables>;
  let accounts: Accounts;

  beforeAll(async () => {
    url = await engine.url();
    store = await engine.open<AccountTables>(accountMigrations, url);
    accounts = createAccounts(store, () => NOON);
  });

  const add = (username: string, more: Partial<NewAccount> = {}) =>
    issueAccount(accounts, { username, role: 'platform', cinemaCodes: [CINEMA], ...more });

  test('shows an account under the name that it was given, until that is taken away', async () => {
    await add('named');
    const shown = async () => (await accounts.find('named'))?.displayName;
    await accounts.setDisplayName('named', 'Door 1');
    expect(await shown()).toBe('Door 1');
    await accounts.setDisplayName('named', null);
    expect(await shown()).toBeNull();
    await expect(accounts.setDisplayName('nobody', 'Door 2')).rejects.toThrow('nobody');
  });

  test('keeps what an account was issued with', async () => {
    await add('issued', { cinemaCodes: [OTHER_CINEMA, CINEMA, CINEMA] });
    expect(await accounts.find('issued')).toMatchObject({
      username: 'issued',
      role: 'platform',
      cinemaCodes: new Set([CINEMA, OTHER_CINEMA]),
      createdAt: wallClockAt(NOON),
      expiresAt: null,
      revokedAt: null,
    });
    expect(await accounts.find('nobody')).toBeNull();
  });

  test('refuses a username that is taken, and keeps the first account', async () => {
    await add('taken');
    const before = await accounts.find('taken');
    await expect(add('taken', { cinemaCodes: 'all' })).rejects.toMatchObject({
      message: 'An account named taken exists already.',
      expected: true,
    });
    expect(await accounts.find('taken')).toBe(before);
  });

  test('issues one account where two are added under one name at once', async () => {
    const results = await Promise.allSettled([add('raced'), add('raced')]);
    expect(results.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
  });

  test.each(['', 'a b', 'a:b', '影院', 'a/b', 'x'.repeat(65)])('refuses the username %j', async (username) => {
    await expect(add(username)).rejects.toMatchObject({ expected: true });
  });

  test('finds many at once, each its own', async () => {
    await Promise.all(['one', 'two', 'three'].map((username) => add(username)));
    const asked = Array.from({ length: 30 }, (_, i) => ['one', 'nobody', 'two', 'three'][i % 4] ?? '');
    const found = await Promise.all(asked.map((username) => accounts.find(username)));
    expect(found.map((account) => account?.username ?? 'nobody')).toEqual(asked);
  });

  test('lists every account by name', async () => {
    const fresh = createAccounts(await engine.open<AccountTables>(accountMigrations), () => NOON);
    for (const username of ['b', 'a']) await issueAccount(fresh, { username, role: 'data-source', cinemaCodes: 'all' });
    expect((await fresh.list()).map(({ username, role, cinemaCodes }) => [username, role, cinemaCodes])).toEqual([
      ['a', 'data-source', 'all'],
      ['b', 'data-source', 'all'],
    ]);
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
    await expect(accounts.revoke('nobody')).rejects.toMatchObject({
      message: 'There is no account named nobody.',
      expected: true,
    });
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
