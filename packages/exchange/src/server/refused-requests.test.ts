// @module-tag service
import type { Store } from '@ticket-check/storage';
import { describeEachEngine } from '@ticket-check/storage/testing';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { createAccounts } from '../accounts/accounts.ts';
import { type AccountTables, accountMigrations } from '../accounts/migrations.ts';
import { issueCaller, NOON, type TestCaller } from '../testing/accounts.ts';
import { postRaw } from '../testing/requests.ts';
import { keysApi, type SignedServer, startSignedServer } from '../testing/signed-server.ts';
import { createRefusedRequests, forgetRefused, lastRefused, type RefusedRequests } from './refused-requests.ts';

describeEachEngine('a request that is refused for its form, clock or signature', (engine) => {
  let store: Store<AccountTables>;
  let now: number;
  let server: SignedServer;
  let refused: RefusedRequests;
  let caller: TestCaller;

  beforeEach(async () => {
    now = NOON;
    store = await engine.open<AccountTables>(accountMigrations, await engine.url());
    const accounts = createAccounts(store, () => now);
    caller = await issueCaller(accounts, { username: 'terminal-1' });
    await issueCaller(accounts, { username: 'seller' });
    refused = createRefusedRequests({ store, now: () => now }, 20);
    const apis = [keysApi(async () => ({ PublicKeys: [] }))];
    server = await startSignedServer({ apis, accounts, refusedRequests: refused });
  });
  afterEach(async () => {
    await server.close();
    await refused.close();
  });

  const send = async (body: string | Buffer) => (await postRaw(server.url, body, { ca: server.ca })).json().ReplyData;
  const last = () => lastRefused(store, 'terminal-1', now);
  const forged = (name = 'terminal-1') =>
    caller
      .request('GetPublicKeys', { CinemaCode: '11062601' })
      .replace('11062601', '11062602')
      .replace('terminal-1', name);

  test('is kept for an hour, the last one of each account, and its caller learns nothing of it', async () => {
    expect(await send('{"Username": "terminal-1", nothing')).toMatchObject({ ErrorCode: 'INVALID_JSON' });
    await expect.poll(last).toMatchObject({ at: NOON, code: 'INVALID_JSON' });
    expect(await send(forged())).toEqual({
      ErrorCode: 'SIGNATURE_INVALID',
      ErrorMessage: expect.not.stringContaining('1106'),
    });
    await expect.poll(last).toEqual({ at: NOON, code: 'SIGNATURE_INVALID', body: Buffer.from(forged()) });
    const late = caller.request('GetPublicKeys', { CinemaCode: '11062601' }, NOON - 600_000);
    expect(await send(late)).toMatchObject({ ErrorCode: 'CLOCK_SKEW' });
    await expect.poll(last).toEqual({ at: NOON, code: 'CLOCK_SKEW', body: Buffer.from(late) });
    await send(caller.request('GetNothing', {}));
    await send(caller.request('GetPublicKeys', { CinemaCode: '1'.repeat(70_000) }, NOON - 600_000));
    await send('{"Username": "seller", nothing');
    await expect.poll(() => lastRefused(store, 'seller', now)).not.toBeNull();
    expect(await last()).toEqual({ at: NOON, code: 'CLOCK_SKEW', body: Buffer.from(late) });
    const kept = () => store.db.selectFrom('refusedRequest').select('username').execute();
    await forgetRefused(store, now);
    expect(await kept()).toHaveLength(2);
    now += 60 * 60_000 + 1;
    expect(await last()).toBeNull();
    await forgetRefused(store, now);
    expect(await kept()).toEqual([]);
  });

  test('is not kept for a name without an account, nor where the request is answered', async () => {
    await send(forged('stranger'));
    await send(caller.request('GetPublicKeys', { CinemaCode: '11062601' }));
    await send(forged());
    await expect.poll(last).not.toBeNull();
    expect(await store.db.selectFrom('refusedRequest').select('username').execute()).toEqual([
      { username: 'terminal-1' },
    ]);
  });

  test('is lost to eight other names within a second, so that a write stays short', async () => {
    const transaction = vi.spyOn(store, 'transaction');
    for (const name of ['terminal-1', ...Array.from({ length: 8 }, (_, number) => `stranger-${number}`)])
      refused.note(name, 'SIGNATURE_INVALID', Buffer.from('{}'));
    await expect.poll(() => transaction.mock.calls.length).toBe(1);
    await refused.close();
    expect(await last()).toBeNull();
  });
  test('costs one write for any number of them', async () => {
    const transaction = vi.spyOn(store, 'transaction');
    for (let count = 0; count < 500; count += 1)
      refused.note('terminal-1', 'SIGNATURE_INVALID', Buffer.from(`${count}`));
    await expect.poll(last).toMatchObject({ body: Buffer.from('499') });
    expect(transaction).toHaveBeenCalledTimes(1);
  });
});
