import type { Store } from '@ticket-check/storage';
import { describeEachEngine } from '@ticket-check/storage/testing';
import { beforeEach, expect, test } from 'vitest';
import { CINEMA, NOON } from '../testing/account-fixture.ts';
import { issueAccount } from '../testing/issue-account.ts';
import { type Accounts, createAccounts } from './accounts.ts';
import { type AccountTables, accountMigrations } from './migrations.ts';

const MINUTE = 60_000;
const from = (generation: string, ...replaces: string[]) => ({ generation, replaces });
const inUse = { name: 'ProtocolError', code: 'ACCOUNT_IN_USE', status: 403 };

describeEachEngine('an account', (engine) => {
  let url: string;
  let now: number;
  let store: Store<AccountTables>;
  let accounts: Accounts;

  /** A process that serves these accounts: it remembers what it has seen itself. */
  async function startProcess(): Promise<Accounts> {
    store = await engine.open<AccountTables>(accountMigrations, url);
    return createAccounts(store, () => now);
  }

  beforeEach(async () => {
    url = await engine.url();
    now = NOON;
    accounts = await startProcess();
    await issueAccount(accounts, { username: 'terminal-1', role: 'platform', cinemaCodes: [CINEMA] });
  });

  const heard = (identity: ReturnType<typeof from>, username = 'terminal-1') => accounts.admitStore(username, identity);

  test('is bound to the store that it is used from, and refused from another one', async () => {
    await heard(from('a'));
    await expect(heard(from('b'))).rejects.toMatchObject(inUse);
    await heard(from('a'));
    await heard(from('b'), 'terminal-2');
  });

  test('is free for another store once its own was silent for 10 minutes', async () => {
    await heard(from('a'));
    now += 5 * MINUTE;
    await heard(from('a'));
    now += 10 * MINUTE - 1;
    await expect(heard(from('b'))).rejects.toMatchObject(inUse);
    now += 1;
    await heard(from('b'));
    await expect(heard(from('a'))).rejects.toMatchObject(inUse);
  });

  test('is not free before 10 minutes of silence where its last request is not written yet', async () => {
    await heard(from('a'));
    now += MINUTE / 2;
    await heard(from('a'));
    now += 10 * MINUTE - 1;
    await expect(heard(from('b'))).rejects.toMatchObject(inUse);
    now += 1;
    await heard(from('b'));
  });

  test('goes over at once to a store that replaces its own, which is refused from then on', async () => {
    await heard(from('a'));
    await heard(from('c', 'b', 'a'));
    await expect(heard(from('a'))).rejects.toMatchObject(inUse);
    await expect(heard(from('d', 'a'))).rejects.toMatchObject(inUse);
    await heard(from('c'));
  });

  test('is bound anew by command, from another process, while its old store is still heard', async () => {
    await heard(from('a'));
    const command = createAccounts(await engine.open<AccountTables>(accountMigrations, url), () => now);
    await command.rebind('terminal-1');
    await heard(from('a'));
    now += 2 * MINUTE;
    await heard(from('a'));
    await heard(from('b'));
    await expect(heard(from('a'))).rejects.toMatchObject(inUse);
    await expect(command.rebind('nobody')).rejects.toMatchObject({ expected: true });
  });

  test('stays bound across a restart of the platform, with the time at which it was heard', async () => {
    await heard(from('a'));
    for (let minute = 1; minute <= 9; minute += 1) {
      now += MINUTE;
      await heard(from('a'));
    }
    // What was seen is written beside the request.
    await expect
      .poll(() => store.db.selectFrom('accountStore').select('seenAt').executeTakeFirst())
      .toEqual({ seenAt: now });
    accounts = await startProcess();
    now += 8 * MINUTE;
    await expect(heard(from('b'))).rejects.toMatchObject(inUse);
    now += 2 * MINUTE;
    await heard(from('b'));
  });

  test('is refused at another process within seconds of being bound anew there', async () => {
    await heard(from('a'));
    const elsewhere = createAccounts(await engine.open<AccountTables>(accountMigrations, url), () => now);
    await elsewhere.rebind('terminal-1');
    await elsewhere.admitStore('terminal-1', from('b'));
    now += 5_000;
    await expect(heard(from('a'))).rejects.toMatchObject(inUse);
    await elsewhere.admitStore('terminal-1', from('b'));
  });

  test('is bound together with others by two processes, in whatever order their callers come', async () => {
    const elsewhere = createAccounts(await engine.open<AccountTables>(accountMigrations, url), () => now);
    const names = Array.from({ length: 40 }, (_, index) => `caller-${String(index).padStart(2, '0')}`);
    for (let round = 0; round < 5; round += 1) {
      const replaced = round === 0 ? [] : [`store-${round - 1}`];
      const identity = from(`store-${round}`, ...replaced);
      const bound = await Promise.allSettled([
        ...names.map((username) => accounts.admitStore(username, identity)),
        ...names.toReversed().map((username) => elsewhere.admitStore(username, identity)),
      ]);
      expect(bound.filter(({ status }) => status === 'rejected')).toEqual([]);
    }
  });

  test('that two stores use in one moment, at two processes, is given to one of them', async () => {
    const elsewhere = createAccounts(await engine.open<AccountTables>(accountMigrations, url), () => now);
    for (let round = 0; round < 20; round += 1) {
      const username = `contested-${round}`;
      const results = await Promise.allSettled([
        accounts.admitStore(username, from('a')),
        elsewhere.admitStore(username, from('b')),
      ]);
      expect(results.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    }
  });

  test('that two stores use in one moment is given to one of them', async () => {
    const results = await Promise.allSettled([heard(from('a')), heard(from('b')), heard(from('a'))]);
    expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
  });
});
