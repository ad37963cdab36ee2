import { keyPairOf } from '@ticket-check/runtime/testing';
import type { Store } from '@ticket-check/storage';
import { describeEachWay } from '@ticket-check/storage/testing';
import { beforeEach, expect, test } from 'vitest';
import { CINEMA, NOON, openAccounts } from '../testing/accounts.ts';
import { type Accounts, createAccounts } from './accounts.ts';
import { type AccountTables, accountMigrations } from './migrations.ts';

const MINUTE = 60_000;
const from = (generation: string, ...replaces: string[]) => ({ generation, replaces });
const inUse = { name: 'ProtocolError', code: 'ACCOUNT_IN_USE', status: 403 };

describeEachWay('an account', (engine) => {
  let url: string;
  let now: number;
  let store: Store<AccountTables>;
  let accounts: Accounts;

  /** A process that serves these accounts. */
  async function startProcess(): Promise<Accounts> {
    store = await engine.open<AccountTables>(accountMigrations, url);
    return createAccounts(store, () => now);
  }

  /** A request that reaches a process: the account is looked up, then the store that it names. */
  async function heardBy(process: Accounts, identity: ReturnType<typeof from>, username: string): Promise<void> {
    const account = await process.find(username);
    if (account === null) throw new Error(`there is no account ${username}`);
    await process.admitStore(account, identity);
  }

  async function issue(...usernames: string[]): Promise<void> {
    const { publicKeyPem } = await keyPairOf('callers');
    for (const username of usernames) {
      await accounts.addWithKey({ username, role: 'platform', cinemaCodes: [CINEMA] }, publicKeyPem);
    }
  }

  /** The use is written concurrently with the request. */
  const written = (seenAt: number) =>
    expect.poll(() => store.db.selectFrom('accountStore').select('seenAt').executeTakeFirst()).toEqual({ seenAt });

  beforeEach(async () => {
    url = await engine.url();
    now = NOON;
    accounts = await startProcess();
    await issue('terminal-1', 'terminal-2');
  });

  const heard = (identity: ReturnType<typeof from>, username = 'terminal-1') => heardBy(accounts, identity, username);

  test('is bound to the store that it is used from, and refused from another one', async () => {
    await heard(from('a'));
    await expect(heard(from('b'))).rejects.toMatchObject(inUse);
    await heard(from('a'));
    await heard(from('b'), 'terminal-2');
  });

  test('is free for another store within a minute once its own was silent for 10 minutes', async () => {
    await heard(from('a'));
    now += 5 * MINUTE;
    await heard(from('a'));
    await written(now);
    now += 10 * MINUTE;
    await expect(heard(from('b'))).rejects.toMatchObject(inUse);
    now += MINUTE;
    await heard(from('b'));
    await expect(heard(from('a'))).rejects.toMatchObject(inUse);
  });

  test('is not free before 10 minutes of silence where its last request is not written yet, at any process', async () => {
    const elsewhere = (await openAccounts(engine, () => now, url)).accounts;
    await heard(from('a'));
    now += MINUTE - 1;
    await heard(from('a'));
    now += 10 * MINUTE;
    await expect(heard(from('b'))).rejects.toMatchObject(inUse);
    await expect(heardBy(elsewhere, from('b'), 'terminal-1')).rejects.toMatchObject(inUse);
    now += 1;
    await heardBy(elsewhere, from('b'), 'terminal-1');
  });

  test('goes over at once to a store that replaces its own, which is refused from then on', async () => {
    await heard(from('a'));
    await heard(from('c', 'b', 'a'));
    await expect(heard(from('a'))).rejects.toMatchObject(inUse);
    await expect(heard(from('d', 'a'))).rejects.toMatchObject(inUse);
    await heard(from('c'));
  });

  test('is bound again by command, from another process, to the next store that calls', async () => {
    await heard(from('a'));
    const command = (await openAccounts(engine, () => now, url)).accounts;
    await command.rebind('terminal-1');
    await heard(from('b'));
    await expect(heard(from('a'))).rejects.toMatchObject(inUse);
    await expect(command.rebind('nobody')).rejects.toMatchObject({ expected: true });
  });

  test('is refused to its former store at every process once another one is bound, by command or in its place', async () => {
    await heard(from('a'));
    const elsewhere = (await openAccounts(engine, () => now, url)).accounts;
    await elsewhere.rebind('terminal-1');
    await heardBy(elsewhere, from('b'), 'terminal-1');
    await expect(heard(from('a'))).rejects.toMatchObject(inUse);
    await heard(from('b'));
    await heardBy(elsewhere, from('restored', 'b'), 'terminal-1');
    await expect(heard(from('b'))).rejects.toMatchObject(inUse);
    const account = await accounts.find('terminal-1');
    expect(() => accounts.assertUnbound(account!)).toThrow(expect.objectContaining(inUse));
  });

  test('is bound together with others by two processes, in whatever order their callers come', async () => {
    const elsewhere = (await openAccounts(engine, () => now, url)).accounts;
    const names = Array.from({ length: 40 }, (_, index) => `caller-${String(index).padStart(2, '0')}`);
    await issue(...names);
    for (let round = 0; round < 5; round += 1) {
      const replaced = round === 0 ? [] : [`store-${round - 1}`];
      const identity = from(`store-${round}`, ...replaced);
      const bound = await Promise.allSettled([
        ...names.map((username) => heardBy(accounts, identity, username)),
        ...names.toReversed().map((username) => heardBy(elsewhere, identity, username)),
      ]);
      expect(bound.filter(({ status }) => status === 'rejected')).toEqual([]);
    }
  });

  test('that two stores use in one moment, at two processes, is given to one of them', async () => {
    const elsewhere = (await openAccounts(engine, () => now, url)).accounts;
    for (let round = 0; round < 20; round += 1) {
      const username = `contested-${round}`;
      await issue(username);
      const results = await Promise.allSettled([
        heardBy(accounts, from('a'), username),
        heardBy(elsewhere, from('b'), username),
      ]);
      expect(results.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    }
  });
});
