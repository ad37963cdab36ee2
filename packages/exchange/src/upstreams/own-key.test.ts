// @module-tag service
import { createPublicKey, generateKeyPairSync } from 'node:crypto';
import { wallClockAt, writeReply } from '@ticket-check/protocol';
import { type PeerAnswer, startPeer } from '@ticket-check/runtime/testing';
import type { Store } from '@ticket-check/storage';
import { describeEachEngine } from '@ticket-check/storage/testing';
import { afterAll, beforeAll, beforeEach, expect, onTestFinished, test } from 'vitest';
import { fingerprintOf } from '../accounts/account-keyring.ts';
import type { Accounts } from '../accounts/accounts.ts';
import { CINEMA, openAccounts } from '../testing/accounts.ts';
import { keptLog } from '../testing/requests.ts';
import { saying } from '../testing/saying.ts';
import { keysApi, type SignedServer, startSignedServer } from '../testing/signed-server.ts';
import { acceptedKey } from './check-upstream.ts';
import { createUpstreamConnection, type UpstreamConnection } from './connection.ts';
import { type UpstreamTables, upstreamMigrations } from './migrations.ts';
import { createUpstreamStore, type NewUpstreamSettings, type UpstreamStore } from './store.ts';

/** As `upstream use-key` does it. */
const useKey = async (upstreams: UpstreamStore) => upstreams.useKey(await acceptedKey(upstreams));

/** As `upstream new-key` does it. */
const newKey = async (upstreams: UpstreamStore) => upstreams.keepKey(await upstreams.makeKey());

const KEYS = { PublicKeys: [{ PublicKey: 'MIGf', StartTime: '2026-01-01T00:00:00' }] };

describeEachEngine('a key pair of the caller', (engine) => {
  let accounts: Accounts;
  let server: SignedServer;
  let store: Store<UpstreamTables>;
  let upstreams: UpstreamStore;
  let connection: UpstreamConnection;

  beforeAll(async () => {
    accounts = (await openAccounts(engine, Date.now)).accounts;
    server = await startSignedServer({ apis: [keysApi(async () => KEYS)], accounts, now: Date.now });
  });
  afterAll(() => server.close());

  beforeEach(async () => {
    store = await engine.open<UpstreamTables>(upstreamMigrations);
    upstreams = createUpstreamStore(store);
    connection = createUpstreamConnection({ upstreams, extensions: [], now: Date.now, logger: keptLog().logger });
    return () => connection.close();
  });

  const settings = (username: string, url = server.url): NewUpstreamSettings => ({
    url,
    username,
    privateKeyPem: null,
    caPem: server.ca,
    cinemaCodes: [CINEMA],
    payloadForm: 'hex',
    priceForm: 'two-decimals',
  });

  async function outcome() {
    const upstream = await connection.upstream();
    const query = { CinemaCode: CINEMA };
    const call = { read: () => null, timeoutMs: 10_000, idempotent: false };
    const answered = await upstream?.call('GetPublicKeys', query, call);
    return answered?.kind === 'retry' ? answered.code : answered?.kind;
  }

  async function setUpWithOwnKey(username: string): Promise<string> {
    const publicKey = await newKey(upstreams);
    await accounts.addWithKey({ username, role: 'platform', cinemaCodes: [CINEMA] }, publicKey);
    await upstreams.set(settings(username));
    return publicKey;
  }

  test('signs without that its private half was ever handed over, and is asked for once', async () => {
    const publicKey = await newKey(upstreams);
    expect(await newKey(upstreams)).toBe(publicKey);
    expect(publicKey).toMatch(/^-----BEGIN PUBLIC KEY-----/);
    await accounts.addWithKey({ username: 'own-key', role: 'platform', cinemaCodes: [CINEMA] }, publicKey);
    await upstreams.set(settings('own-key'));
    expect(await upstreams.pendingKey()).toBeNull();
    expect(await outcome()).toBe('delivered');
    await upstreams.set(settings('own-key'));
    expect(await outcome()).toBe('delivered');
  });

  test('is missed where there is neither a key from above nor one of our own', async () => {
    await expect(upstreams.set(settings('nobody'))).rejects.toMatchObject(saying('upstream new-key'));
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

    const next = await newKey(upstreams);
    await expect(useKey(upstreams)).rejects.toMatchObject(saying('does not accept the pending key yet'));
    await accounts.addKey(username, next);
    await useKey(upstreams);
    // Calls signed with the former key are answered before it is removed.
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

  const error = (ErrorCode: string) => ({ ErrorCode, ErrorMessage: 'said so' });
  type Answer = readonly [says: string, status: number, replyData: object];
  const proven: readonly Answer[] = [
    ['the keys', 200, KEYS],
    ['the keys beside a code for success', 200, { ...KEYS, ErrorCode: '0', ErrorMessage: 'OK' }],
    ['that the cinema is unknown', 200, error('CINEMA_UNKNOWN')],
    ['that the cinema is none of its account', 403, error('CINEMA_NOT_ALLOWED')],
    ['that there are no keys of the cinema', 503, error('KEYS_UNAVAILABLE')],
    ['that the account may not ask', 403, error('API_NOT_ALLOWED')],
    ['that the account works elsewhere', 403, error('ACCOUNT_IN_USE')],
  ];
  const unproven: readonly Answer[] = [
    ['that it is overloaded', 503, error('OVERLOADED')],
    ['that its store fails', 503, error('STORE_UNAVAILABLE')],
    ['that something failed', 500, error('INTERNAL_ERROR')],
    ['that our clock is wrong', 401, error('CLOCK_SKEW')],
    ['that the query is unusable', 400, error('INVALID_QUERY')],
    ['that the request is too large', 413, error('BODY_TOO_LARGE')],
    ['with an error of its own', 200, { ...error('E1001'), PublicKeys: [] }],
    ['with no key at all', 200, { PublicKeys: [] }],
    ['with something else', 200, { Result: 'OK' }],
    ['nothing', 502, {}],
  ];

  test('is put to use after an answer that follows a verified signature, and after no other', async () => {
    let answer: PeerAnswer = {};
    const peer = await startPeer(() => answer);
    onTestFinished(() => peer.close());
    const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    const former = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
    const atPeer = { ...settings('foreign', peer.url), privateKeyPem: former, caPem: peer.ca };
    await upstreams.set(atPeer);
    await newKey(upstreams);
    const pending = (await upstreams.pendingKey()) ?? '';
    const keys = async () => [(await upstreams.current())?.privateKeyPem, await upstreams.pendingKey()];

    for (const [says, status, replyData] of unproven) {
      answer = { status, body: writeReply(wallClockAt(Date.now()), replyData) };
      const failure = await useKey(upstreams).catch((thrown: unknown) => thrown);
      expect(failure, says).toMatchObject(
        saying(/did not say whether it accepts the pending key.*Nothing was changed/),
      );
      expect(await keys(), says).toEqual([former, pending]);
    }
    for (const [says, status, replyData] of proven) {
      answer = { status, body: writeReply(wallClockAt(Date.now()), replyData) };
      await useKey(upstreams);
      expect(await keys(), says).toEqual([pending, null]);
      await upstreams.set(atPeer);
      await store.db.insertInto('pendingKey').values({ id: 1, privateKey: pending }).execute();
    }
  });
});
