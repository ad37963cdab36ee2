// @module-tag slow
import { SCHEME_ALGORITHM, SIGNATURE_ALGORITHMS, type SignatureAlgorithm, wallClockAt } from '@ticket-check/protocol';
import type { Store } from '@ticket-check/storage';
import { describeSqlite } from '@ticket-check/storage/testing';
import { afterAll, beforeAll, beforeEach, expect, onTestFinished, test } from 'vitest';
import { type Accounts, createAccounts } from './accounts/accounts.ts';
import { makeBundle } from './accounts/issue-bundle.ts';
import type { AccountTables } from './accounts/migrations.ts';
import { cinemaCodesOf, parseBundle } from './bundle.ts';
import { authenticate } from './server/authenticate.ts';
import { CINEMA, openAccounts, useAlgorithms } from './testing/accounts.ts';
import { keptLog } from './testing/requests.ts';
import { keysApi, type SignedServer, startSignedServer } from './testing/signed-server.ts';
import { acceptedKey } from './upstreams/check-upstream.ts';
import { createUpstreamConnection, type UpstreamConnection } from './upstreams/connection.ts';
import { type UpstreamTables, upstreamMigrations } from './upstreams/migrations.ts';
import { createUpstreamStore, type NewUpstreamSettings, type UpstreamStore } from './upstreams/store.ts';

/** The same as `upstream use-key`. */
const useKey = async (upstreams: UpstreamStore) => upstreams.useKey(await acceptedKey(upstreams));

const SM2 = 'sm2-sm3';
const SM2_OF_A_USER = 'sm2-sm3:a-user';

describeSqlite('a second signature algorithm', (engine) => {
  let store: Store<AccountTables>;
  let accounts: Accounts;
  let server: SignedServer;
  let upstreams: UpstreamStore;
  let connection: UpstreamConnection;

  beforeAll(async () => {
    ({ store, accounts } = await openAccounts(engine, Date.now));
    server = await startSignedServer({
      apis: [keysApi(async (_query, { account }) => ({ PublicKeys: [{ PublicKey: account.username }] }))],
      accounts,
      now: Date.now,
    });
  });
  afterAll(() => server.close());

  beforeEach(async () => {
    upstreams = createUpstreamStore(await engine.open<UpstreamTables>(upstreamMigrations));
    connection = createUpstreamConnection({ upstreams, extensions: [], now: Date.now, logger: keptLog().logger });
    return () => connection.close();
  });

  async function issue(username: string, algorithm?: string) {
    const account = { username, role: 'platform', cinemaCodes: [CINEMA], algorithm } as const;
    const { bundle, publicKey } = await makeBundle({ publicUrl: server.url, caCertificate: server.ca }, account);
    await accounts.addWithKey(account, publicKey);
    return parseBundle(bundle);
  }

  const settingsOf = (bundle: Awaited<ReturnType<typeof issue>>, payloadForm: string): NewUpstreamSettings => ({
    url: bundle.Url,
    username: bundle.Username,
    privateKeyPem: bundle.PrivateKey,
    caPem: bundle.CaCertificate,
    cinemaCodes: cinemaCodesOf(bundle),
    algorithm: bundle.Algorithm,
    payloadForm,
    priceForm: 'two-decimals',
  });

  async function ask() {
    const upstream = await connection.upstream();
    const options = { read: (reply: unknown) => reply, timeoutMs: 10_000, idempotent: false };
    const outcome = await upstream?.call('GetPublicKeys', { CinemaCode: CINEMA }, options);
    return outcome?.kind === 'delivered' ? outcome.reply : outcome?.code;
  }

  test('serves from the account through bundle, client and server, beside the first', async () => {
    const second = await issue('second', SM2);
    const ofAUser = await issue('of-a-user', SM2_OF_A_USER);
    const first = await issue('first');
    expect(second).toMatchObject({ Algorithm: SM2 });
    expect(first).not.toHaveProperty('Algorithm');
    for (const [bundle, name, forms] of [
      [second, SM2, ['der', 'r-s']],
      [ofAUser, SM2_OF_A_USER, ['der']],
      [first, 'rsa-md5', ['hex', 'raw']],
    ] as const) {
      for (const form of forms) {
        await upstreams.set(settingsOf(bundle, form));
        expect(await upstreams.current()).toMatchObject({ algorithm: name, payloadForm: form });
        const answer = { PublicKeys: [{ PublicKey: bundle.Username }] };
        expect(await ask()).toEqual(answer);
        // Enough at once that threads sign and verify.
        for (let turn = 0; turn < 3; turn += 1) {
          const answers = await Promise.all(Array.from({ length: 40 }, ask));
          expect(answers).toEqual(answers.map(() => answer));
        }
      }
    }
  });

  test('is exchanged for by an account that began with the first', async () => {
    const bundle = await issue('changing');
    await upstreams.set(settingsOf(bundle, 'hex'));
    const before = await upstreams.current();
    await accounts.addKey('changing', await upstreams.keepKey(await upstreams.makeKey(SM2)), SM2);
    // It is not the one in which the upstream is spoken to.
    await expect(useKey(upstreams)).rejects.toMatchObject({
      expected: true,
      message: /is an SM2 key, but the algorithm is rsa-md5/,
    });
    expect(await upstreams.current()).toEqual(before);
    const settings = settingsOf(bundle, 'der');
    await upstreams.set({ ...settings, privateKeyPem: null, algorithm: SM2 });
    expect(await ask()).toEqual({ PublicKeys: [{ PublicKey: 'changing' }] });
    expect((await accounts.find('changing'))?.keys.map(({ algorithm }) => algorithm.name).sort()).toEqual([
      'rsa-md5',
      SM2,
    ]);
  });

  test('is refused, wherever its name is read, by a version that does not know it', async () => {
    const bundle = await issue('unknown', SM2);
    const refusal = {
      expected: true,
      message: expect.stringMatching(/names the signature algorithm "sm2-sm3", which .* it knows rsa-md5\.$/),
    };
    onTestFinished(useAlgorithms(SCHEME_ALGORITHM));
    expect(() => parseBundle(JSON.stringify(bundle))).toThrow(expect.objectContaining(refusal));
    const account = { username: 'x', role: 'platform', cinemaCodes: [CINEMA], algorithm: SM2 } as const;
    await expect(accounts.addWithKey(account, '')).rejects.toMatchObject(refusal);
    await expect(upstreams.set(settingsOf(bundle, 'der'))).rejects.toMatchObject(refusal);
  });

  test('does not show who has it: a refusal costs the same for every name', async () => {
    await issue('of-second', SM2);
    await issue('of-third', SM2_OF_A_USER);
    await issue('of-first');
    const verified: string[] = [];
    const counting = (algorithm: SignatureAlgorithm): SignatureAlgorithm => ({
      ...algorithm,
      variant(parameter) {
        const variant = algorithm.variant?.(parameter) ?? null;
        return variant && counting(variant);
      },
      verify(texts, signature, key) {
        verified.push(String(algorithm.keyBits(key)));
        return algorithm.verify(texts, signature, key);
      },
    });
    onTestFinished(useAlgorithms(...SIGNATURE_ALGORITHMS.map(counting)));
    const counted = createAccounts(store, Date.now);
    const signed = (bytes: number, username: string) => ({
      version: '1.0',
      datetime: wallClockAt(Date.now()),
      username,
      api: 'GetPublicKeys',
      queryText: '{}',
      signature: Buffer.alloc(bytes, 7).toString('base64'),
    });
    for (const [bytes, expected] of [
      [64, ['256', '256']],
      [256, ['2048', '2048']],
      [65, []],
    ] as const) {
      for (const username of ['of-second', 'of-third', 'of-first', 'nobody']) {
        verified.length = 0;
        const judged = authenticate(signed(bytes, username), { accounts: counted, now: Date.now() });
        await expect(judged).rejects.toMatchObject({ code: 'SIGNATURE_INVALID' });
        expect([username, verified]).toEqual([username, expected]);
      }
    }
  });
});
