// @module-tag service
import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { wallClockAt, writeReply } from '@ticket-check/protocol';
import { startPeer } from '@ticket-check/runtime/testing';
import type { Store } from '@ticket-check/storage';
import { describeEachEngine } from '@ticket-check/storage/testing';
import { afterEach, beforeEach, expect, onTestFinished, test } from 'vitest';
import { CINEMA, NOON } from '../testing/accounts.ts';
import { keptLog } from '../testing/requests.ts';
import { testTls } from '../testing/tls.ts';
import { createUpstreamConnection, type UpstreamConnection } from './connection.ts';
import { type UpstreamTables, upstreamMigrations } from './migrations.ts';
import { createUpstreamStore, type UpstreamSettings, type UpstreamStore } from './store.ts';

const pemOf = ({ privateKey }: { privateKey: KeyObject }, type: 'pkcs1' | 'pkcs8' = 'pkcs8') =>
  privateKey.export({ type, format: 'pem' }).toString();
const rsa = (modulusLength: number) => generateKeyPairSync('rsa', { modulusLength });
const tls = await testTls();
const LONGEST_READ_MS = 3000;

const SETTINGS: UpstreamSettings = {
  url: 'https://national.example.com:9000/check',
  username: '第三方平台一',
  privateKeyPem: pemOf(rsa(2048)),
  caPem: tls.ca,
  cinemaCodes: [CINEMA],
  algorithm: 'rsa-md5',
  payloadForm: 'digest-info',
  priceForm: 'one-decimal',
};

describeEachEngine('the upstream', (engine) => {
  let url: string;
  let store: Store<UpstreamTables>;
  let upstreams: UpstreamStore;
  let connection: UpstreamConnection;
  let announcements: number;

  beforeEach(async () => {
    announcements = 0;
    url = await engine.url();
    store = await engine.open<UpstreamTables>(upstreamMigrations, url);
    upstreams = createUpstreamStore(store);
    connection = createUpstreamConnection({
      upstreams,
      extensions: ['record-id'],
      store: { generation: 's-1', replaces: [] },
      now: () => NOON,
      logger: keptLog().logger,
    });
    connection.onAnnounced(() => {
      announcements += 1;
    });
  });
  afterEach(() => connection.close());

  async function extendedPeer(generation: () => string, extensions = 'record-id') {
    const answer = () => ({
      headers: { 'ticket-check-extensions': extensions, 'ticket-check-generation': generation() },
      body: writeReply(wallClockAt(NOON), { Generation: generation() }),
    });
    const peer = await startPeer(answer, { tls });
    onTestFinished(() => peer.close());
    return peer;
  }

  async function ask() {
    const upstream = await connection.upstream();
    const how = { read: (data: unknown) => data, timeoutMs: 5000, idempotent: false };
    return upstream?.call('GetPublicKeys', { CinemaCode: CINEMA }, how);
  }

  test('is read while a transaction has the database', async () => {
    await upstreams.set(SETTINGS);
    const begun = Promise.withResolvers<void>();
    const read = begun.promise.then(() => upstreams.current());
    const writing = store.transaction(async () => {
      begun.resolve();
      return Promise.race([read, delay(LONGEST_READ_MS, 'the transaction was over first')]);
    });
    expect(await writing).toEqual(SETTINGS);
  });

  test('is null before it is set, and then has the values set', async () => {
    expect(await upstreams.current()).toBeNull();
    expect(await connection.upstream()).toBeNull();
    await upstreams.set(SETTINGS);
    expect(await upstreams.current()).toEqual(SETTINGS);
    const privateKeyPem = pemOf(rsa(2048), 'pkcs1');
    const other = { ...SETTINGS, caPem: null, cinemaCodes: 'all', privateKeyPem } as const;
    await upstreams.set(other);
    expect(await upstreams.current()).toEqual(other);
  });

  test.each([
    ['an address without TLS', { url: 'http://national.example.com' }, /must be an https/],
    ['an address that is none', { url: 'national' }, /must be an https/],
    ['a key that is none', { privateKeyPem: 'secret-text' }, /no unencrypted PEM private key/],
    ['a key that is not RSA', { privateKeyPem: pemOf(generateKeyPairSync('ed25519')) }, /ed25519, not RSA/],
    [
      'a password in its address',
      { url: 'https://me:secret-text@national.example.com' },
      /without username and password/,
    ],
    ['a password in an address without TLS', { url: 'http://me:secret-text@national.example.com' }, /must be an https/],
    ['a password in no address', { url: 'me:secret-text@national' }, /must be an https/],
    ['a key of 512 bits', { privateKeyPem: pemOf(rsa(512)) }, /anybody can break/],
    ['a CA that is none', { caPem: 'hello' }, /no PEM certificate/],
  ])('is not replaced by %s', async (_name, change, message) => {
    await upstreams.set(SETTINGS);
    const setting = upstreams.set({ ...SETTINGS, ...change });
    await expect(setting).rejects.toMatchObject({ expected: true, message: expect.stringMatching(message) });
    await expect(setting).rejects.not.toMatchObject({ message: expect.stringContaining('secret-text') });
    expect(await upstreams.current()).toEqual(SETTINGS);
  });

  test('is spoken to by one client for as long as it stays the same', async () => {
    await upstreams.set(SETTINGS);
    const [first, second] = await Promise.all([connection.upstream(), connection.upstream()]);
    expect(first).toBe(second);
    await upstreams.set(SETTINGS);
    expect(await connection.upstream()).toBe(first);
  });

  test('changes on the running service within a second or so once another process has set it', async () => {
    const [one, two] = [await extendedPeer(() => 'g-1'), await extendedPeer(() => 'g-2')];
    await upstreams.set({ ...SETTINGS, url: one.url });
    expect(await ask()).toMatchObject({ reply: { Generation: 'g-1' } });
    const elsewhere = createUpstreamStore(await engine.open<UpstreamTables>(upstreamMigrations, url));
    await elsewhere.set({ ...SETTINGS, url: two.url });
    await expect.poll(ask, { timeout: 5000 }).toMatchObject({ reply: { Generation: 'g-2' } });
  });

  test('learns who we are, and reports each new generation of its data once', async () => {
    let generation = 'g-1';
    const peer = await extendedPeer(() => generation, 'signed-store');
    await upstreams.set({ ...SETTINGS, url: peer.url });
    for (const [current, heard] of [
      ['g-1', 1],
      ['g-1', 1],
      ['g-2', 2],
      ['g-2', 2],
    ] as const) {
      generation = current;
      await ask();
      expect(announcements).toBe(heard);
      expect((await connection.upstream())?.generation()).toBe(current);
    }
    expect(peer.requests.map(({ body }) => JSON.parse(body).QueryData.Store)).toEqual([undefined, 's-1', 's-1', 's-1']);
  });

  test('is found where another is set than at first: with another address or account, or only in another form', async () => {
    const found: boolean[] = [];
    connection.onReplaced(({ isAnother }) => void found.push(isAnother));
    for (const change of [{}, { priceForm: 'string' as const }, { username: 'another' }, { username: 'another' }]) {
      await upstreams.set({ ...SETTINGS, ...change });
      await connection.upstream();
    }
    expect(found).toEqual([false, true]);
    // One whose key cannot be read was looked at all the same, and is the same one with its key repaired.
    await store.db.updateTable('upstream').set({ privateKey: 'none' }).execute();
    const again = createUpstreamStore(store);
    const { logger } = keptLog();
    const restarted = createUpstreamConnection({ upstreams: again, extensions: [], now: () => NOON, logger });
    restarted.onReplaced(({ isAnother }) => void found.push(isAnother));
    await expect(restarted.upstream()).rejects.toThrow();
    for (const username of ['another', SETTINGS.username]) {
      await again.set({ ...SETTINGS, username });
      await restarted.upstream();
    }
    expect(found).toEqual([false, true, false, true]);
    await restarted.close();
  });

  test('is remembered for what it announced, also after a restart, and forgotten with another one', async () => {
    const peer = await extendedPeer(() => 'g-1, g-0');
    await upstreams.set({ ...SETTINGS, url: peer.url });
    await ask();
    await expect
      .poll(() => upstreams.announced())
      .toEqual({ extensions: new Set(['record-id']), generation: 'g-1', replaces: ['g-0'] });
    const restarted = createUpstreamConnection({
      upstreams,
      extensions: ['record-id'],
      now: () => NOON,
      logger: keptLog().logger,
    });
    expect((await restarted.upstream())?.extensions()).toEqual(new Set(['record-id']));
    await restarted.close();
    // The same peer, with another setting.
    await upstreams.set({ ...SETTINGS, url: peer.url, priceForm: 'string' });
    expect(await upstreams.announced()).toMatchObject({ extensions: new Set(['record-id']), generation: 'g-1' });
    await upstreams.set(SETTINGS);
    expect(await upstreams.announced()).toEqual({ extensions: new Set(), generation: null, replaces: [] });
    await upstreams.remember(
      { url: peer.url, username: SETTINGS.username },
      { extensions: new Set(), generation: 'g-9', replaces: [] },
    );
    expect((await upstreams.announced()).generation).toBeNull();
  });
});
