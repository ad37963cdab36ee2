import { createHash, createPublicKey, generateKeyPairSync } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CA_FILE, createAccounts } from '@ticket-check/exchange';
import { issueAccount, placeCertificate, postRaw } from '@ticket-check/exchange/testing';
import { publicKeyRowJson } from '@ticket-check/protocol';
import { describeSqlite, migrateFreshService, mountSmallDisk } from '@ticket-check/storage/testing';
import { describe, expect, it, onTestFinished } from 'vitest';
import { readNationalSettings } from './config.ts';
import { type NationalStore, nationalMigrations, openDatabase } from './database.ts';
import { importRows } from './intake/import-rows.ts';
import { cinemaKind, publicKeyKind } from './intake/kinds.ts';
import { runCommand, startCommand } from './testing/run-command.ts';
import { CINEMA, checkTicketJson, makeTicket, makeUkey } from './testing/test-cinema.ts';
import { callerOf } from './testing/test-platform.ts';

// @module-tag process

const ukey = makeUkey();

/** A platform with a cinema, its key and an account, on a data directory that outlives the service. */
async function makePlatform(settings: Record<string, string> = {}) {
  const directory = await mkdtemp(join(tmpdir(), 'national-serving-'));
  onTestFinished(() => rm(directory, { recursive: true, force: true }));
  const env = { DATA_DIR: join(directory, 'data'), PORT: '0', LOG_LEVEL: 'info', ...settings };
  await placeCertificate(env.DATA_DIR);
  await migrateFreshService(() => readNationalSettings(env), nationalMigrations);
  const ca = await readFile(join(env.DATA_DIR, CA_FILE), 'utf8');
  const { privateKeyPem } = await withStore(async (store) => {
    const intake = { store, now: Date.now };
    await importRows(cinemaKind, intake, [{ cinemaCode: CINEMA, cinemaName: '示例影城' }]);
    await importRows(publicKeyKind, intake, [ukey.row]);
    const accounts = createAccounts(store, Date.now);
    return issueAccount(accounts, { username: 'sender', role: 'platform', cinemaCodes: 'all' });
  });

  async function withStore<T>(work: (store: NationalStore) => Promise<T>): Promise<T> {
    const store = await openDatabase(readNationalSettings(env));
    try {
      return await work(store);
    } finally {
      await store.close();
    }
  }

  async function serve() {
    const service = startCommand(['serve'], env);
    onTestFinished(async () => {
      service.child.kill('SIGKILL');
      await service.ended;
    });
    const url = await service.said(/listens on (https:\S+)\.\n/);
    const consoleUrl = await service.said(/console.* is at (https:\S+)\.\n/);
    const caller = callerOf({ url, ca, username: 'sender', privateKeyPem, clock: Date.now });
    const report = (...numbers: number[]) => caller.ask('ReportOriginalCheckTickets', reportOf(...numbers));
    return { ...service, url, consoleUrl, caller, report };
  }
  const count = async () => JSON.parse((await runCommand(['records', 'count'], env)).stdout).Records as number;
  return { env, ca, withStore, serve, count };
}

function reportOf(...numbers: number[]) {
  const CheckTickets = numbers.map((number) => checkTicketJson(makeTicket(number), ukey));
  return { CinemaCode: CINEMA, CheckTickets };
}

describeSqlite('a national platform', ({ url }) => {
  it('starts and serves with a stored key that cannot be used, leaves it out and alarms once', async () => {
    const { withStore, serve, count } = await makePlatform({ DATABASE_URL: await url() });
    // With an exponent of 1023 bits every decryption costs as much as signing.
    const { publicKey } = generateKeyPairSync('rsa', { modulusLength: 1024 });
    const { n = '' } = publicKey.export({ format: 'jwk' });
    const e = Buffer.alloc(128, 0xff).fill(0x3f, 0, 1).toString('base64url');
    const costly = createPublicKey({ format: 'jwk', key: { kty: 'RSA', n, e } });
    const row = {
      fingerprint: createHash('sha256').update(n).digest('hex'),
      cinemaCode: CINEMA,
      startTime: '2026-01-01T00:00:00',
      spki: costly.export({ type: 'spki', format: 'der' }).toString('base64'),
    };
    await withStore((store) => store.db.insertInto('publicKey').values(row).execute());

    const service = await serve();
    const asks = () => service.caller.data('GetPublicKeys', { CinemaCode: CINEMA });
    const { PublicKey, StartTime } = publicKeyRowJson(ukey.row);
    for (const reply of [await asks(), await asks()]) expect(reply).toEqual({ PublicKeys: [{ PublicKey, StartTime }] });
    expect((await service.report(1, 2)).json().ReplyData).toMatchObject({ ReportResult: true });
    expect(await count()).toBe(2);
    service.child.kill('SIGTERM');
    const { stderr } = await service.ended;
    const alarms = stderr.split('\n').filter((line) => line.includes('stored public key cannot be used'));
    expect(alarms).toHaveLength(1);
    expect(JSON.parse(alarms[0] ?? '')).toMatchObject({
      level: 'error',
      cinemaCode: CINEMA,
      startTime: '2026-01-01T00:00:00',
      code: 'PUBLIC_KEY_EXPONENT',
    });
  });
});

describe('on SQLite, a national platform', () => {
  it('holds accounts and addresses to the limits that are set', async () => {
    const { ca, serve } = await makePlatform({
      REQUESTS_PER_MINUTE: '10',
      REFUSALS_PER_MINUTE: '1',
      MAX_QUARANTINED_PER_ACCOUNT: '2',
    });
    const { url, consoleUrl, caller } = await serve();
    const another = makeUkey();
    const CheckTickets = [1, 2, 3].map((number) => checkTicketJson(makeTicket(number), another));
    const report = (tickets: unknown[]) =>
      caller.data('ReportOriginalCheckTickets', { CinemaCode: CINEMA, CheckTickets: tickets });
    expect(await report(CheckTickets)).toMatchObject({ ReportResult: false });
    expect(await report(CheckTickets.slice(0, 2))).toMatchObject({ ReportResult: true });

    const asked = Array.from({ length: 20 }, () => caller.ask('GetPublicKeys', { CinemaCode: CINEMA }));
    expect((await Promise.all(asked)).filter(({ status }) => status === 503).length).toBeGreaterThan(0);
    const unsigned = [1, 2, 3].map(() => postRaw(url, 'no JSON', { ca }));
    for (const { status } of await Promise.all(unsigned)) expect(status).toBe(400);
    const { text: metrics } = await postRaw(`${consoleUrl}/metrics`, '', { ca, method: 'GET' });
    expect(metrics).toMatch(/^requests_limited_accounts 1$/m);
    expect(metrics).toMatch(/^refusals_slowed_total [12]$/m);
  });

  it('answers STORE_UNAVAILABLE on a full disk, keeps nothing half, and works again by itself', async () => {
    const disk = mountSmallDisk(8);
    const { ca, serve, count } = await makePlatform({ DATA_DIR: join(disk.path, 'data') });
    const service = await serve();
    const { report } = service;
    const health = () => postRaw(`${service.consoleUrl}/health`, '', { ca, method: 'GET' }).then(({ json }) => json());
    expect((await report(1)).json().ReplyData).toEqual({ ReportResult: true });

    disk.fill();
    const many = Array.from({ length: 900 }, (_, number) => 1000 + number);
    const refused = await report(...many);
    expect(refused.status).toBe(503);
    expect(refused.json().ReplyData).toEqual({
      ErrorCode: 'STORE_UNAVAILABLE',
      ErrorMessage: 'The store cannot be read or written now; try again.',
    });
    await service.said(/("code":"STORE_UNAVAILABLE".*database or disk is full)/);
    await expect.poll(health).toMatchObject({ status: 'failing', store: { error: 'the disk is full' } });
    expect(await count()).toBe(1);

    disk.clear();
    expect((await report(...many)).json().ReplyData).toEqual({ ReportResult: true });
    await expect.poll(health).toMatchObject({ status: 'ok' });
    expect(await count()).toBe(901);
  });
});
