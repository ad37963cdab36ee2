import { createPublicKey, generateKeyPairSync } from 'node:crypto';
import { getPublicKeysQuery, publicKeysReplyJson } from '@ticket-check/protocol';
import type { Store } from '@ticket-check/storage';
import { describeEachEngine } from '@ticket-check/storage/testing';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { fingerprintOf } from '../accounts/account-key.ts';
import { type Accounts, createAccounts } from '../accounts/accounts.ts';
import { type AccountTables, accountMigrations } from '../accounts/migrations.ts';
import { signedApi } from '../server/signed-api.ts';
import { CINEMA } from '../testing/account-fixture.ts';
import { keptLog } from '../testing/log-lines.ts';
import { type SignedServer, startSignedServer } from '../testing/signed-server.ts';
import { createUpstreamConnection, type UpstreamConnection } from './connection.ts';
import { useKey } from './key-commands.ts';
import { type UpstreamTables, upstreamMigrations } from './migrations.ts';
import { createUpstreamStore, type NewUpstreamSettings, type UpstreamStore } from './store.ts';

describeEachEngine('a key pair of the caller', (engine) => {
  let accounts: Accounts;
  let server: SignedServer;
  let store: Store<UpstreamTables>;
  let upstreams: UpstreamStore;
  let connection: UpstreamConnection;

  beforeAll(async () => {
    accounts = createAccounts(await engine.open<AccountTables>(accountMigrations), Date.now);
    server = await startSignedServer({
      apis: [
        signedApi({
          name: 'GetPublicKeys',
          role: 'platform',
          query: getPublicKeysQuery,
          cinemasOf: (query) => [query.cinemaCode],
          handle: async () => publicKeysReplyJson([]),
        }),
      ],
      accounts,
      now: Date.now,
      extensions: [],
      life: () => ({ generation: 'generation-1', replaces: ['generation-0'] }),
    });
  });
  afterAll(() => server.close());

  beforeEach(async () => {
    store = await engine.open<UpstreamTables>(upstreamMigrations);
    upstreams = createUpstreamStore(store);
    connection = createUpstreamConnection({ upstreams, extensions: [], now: Date.now, logger: keptLog().logger });
    return () => connection.close();
  });

  const settings = (username: string, url = server.url): NewUpstreamSettings => ({
    ...{ url, username, privateKeyPem: null, caPem: server.ca, cinemaCodes: [CINEMA] },
    ...{ payloadForm: 'hex', priceForm: 'two-decimals' },
  });

  async function outcome() {
    const upstream = await connection.upstream();
    const query = { CinemaCode: CINEMA };
    const call = { read: () => null, timeoutMs: 10_000, idempotent: false };
    const answered = await upstream?.call('GetPublicKeys', query, call);
    return answered?.kind === 'retry' ? answered.code : answered?.kind;
  }

  async function setUpWithOwnKey(username: string): Promise<string> {
    const publicKey = await upstreams.newKey();
    await accounts.addWithKey({ username, role: 'platform', cinemaCodes: [CINEMA] }, publicKey);
    await upstreams.set(settings(username));
    return publicKey;
  }

  test('signs without that its private half was ever handed over, and is asked for once', async () => {
    const publicKey = await upstreams.newKey();
    expect(await upstreams.newKey()).toBe(publicKey);
    expect(publicKey).toMatch(/^-----BEGIN PUBLIC KEY-----/);
    await accounts.addWithKey({ username: 'own-key', role: 'platform', cinemaCodes: [CINEMA] }, publicKey);
    await upstreams.set(settings('own-key'));
    expect(await upstreams.pendingKey()).toBeNull();
    expect(await outcome()).toBe('delivered');
    await upstreams.set(settings('own-key'));
    expect(await outcome()).toBe('delivered');
  });

  test('is missed where there is neither a key from above nor one of our own', async () => {
    await expect(upstreams.set(settings('nobody'))).rejects.toMatchObject({
      expected: true,
      message: expect.stringContaining('upstream new-key'),
    });
    expect(await upstreams.current()).toBeNull();
  });

  test('is exchanged without one refused question', async () => {
    const username = 'exchanging';
    const former = await setUpWithOwnKey(username);
    const seen = new Set<unknown>();
    let asking = true;
    async function askOn() {
      while (asking) seen.add(await outcome());
    }
    const askers = [askOn(), askOn()];

    const next = await upstreams.newKey();
    await expect(useKey(upstreams)).rejects.toMatchObject({
      expected: true,
      message: expect.stringContaining('does not accept the pending key yet'),
    });
    await accounts.addKey(username, next);
    await useKey(upstreams);
    // Whoever asked with the former key has its answer before that key is taken away.
    for (let turn = 0; turn < 3; turn += 1) expect(await outcome()).toBe('delivered');
    asking = false;
    await Promise.all(askers);
    const spkiOf = (pem: string) => createPublicKey(pem).export({ type: 'spki', format: 'der' }).toString('base64');
    await accounts.removeKey(username, fingerprintOf(spkiOf(former)));
    expect(await outcome()).toBe('delivered');
    expect(seen).toEqual(new Set(['delivered']));
    expect(await upstreams.pendingKey()).toBeNull();
    expect((await accounts.find(username))?.keys.map(({ spki }) => spki)).toEqual([spkiOf(next)]);
  });

  test('is refused from the moment at which it is taken away', async () => {
    const former = await setUpWithOwnKey('taken-away');
    const { publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    await accounts.addKey('taken-away', publicKey.export({ type: 'spki', format: 'pem' }).toString());
    expect(await outcome()).toBe('delivered');
    const der = createPublicKey(former).export({ type: 'spki', format: 'der' });
    await accounts.removeKey('taken-away', fingerprintOf(der.toString('base64')));
    expect(await outcome()).toBe('SIGNATURE_INVALID');
  });

  test('is not put to use while the platform above cannot be asked', async () => {
    await setUpWithOwnKey('unreachable');
    await upstreams.set(settings('unreachable', 'https://127.0.0.1:1'));
    const { privateKeyPem } = (await upstreams.current()) ?? {};
    await upstreams.newKey();
    await expect(useKey(upstreams)).rejects.toMatchObject({ message: expect.stringContaining('Nothing was changed') });
    expect((await upstreams.current())?.privateKeyPem).toBe(privateKeyPem);
    expect(await upstreams.pendingKey()).not.toBeNull();
  });
});
