// @module-tag service
import { generateKeyPairSync } from 'node:crypto';
import { createMetrics } from '@ticket-check/runtime';
import { describeSqlite } from '@ticket-check/storage/testing';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { CINEMA, callerOf, issueCaller, NOON, openAccounts, type TestCaller } from '../testing/accounts.ts';
import { keptLog, mebibytesInUse, postRaw } from '../testing/requests.ts';
import { keysApi, REPORT, reportApi, type SignedServer, startSignedServer } from '../testing/signed-server.ts';
import { createLargeBodies } from './body.ts';

const REQUESTS_PER_MINUTE = 20;
const REFUSALS_PER_MINUTE = 10;
const WAITING = 15;
/** Longer than any test: what waits is answered when the server closes. */
const NEVER_MS = 3_600_000;

const largeBodies = createLargeBodies(1_000_000);
const { privateKey: strangersKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });

describeSqlite('limits', (engine) => {
  let server: SignedServer;
  let caller: TestCaller;
  let neighbour: TestCaller;
  let lines: Record<string, unknown>[];
  let metrics: ReturnType<typeof createMetrics>;

  beforeEach(async () => {
    const accounts = (await openAccounts(engine)).accounts;
    caller = await issueCaller(accounts, { username: 'platform-1' });
    neighbour = await issueCaller(accounts, { username: 'platform-2' });
    const log = keptLog();
    lines = log.lines;
    metrics = createMetrics();
    server = await startSignedServer({
      apis: [keysApi(async () => ({ PublicKeys: [] })), reportApi(async () => ({}))],
      accounts,
      requestsPerMinute: REQUESTS_PER_MINUTE,
      refusalPace: {
        perMinute: REFUSALS_PER_MINUTE,
        delayMs: NEVER_MS,
        maxWaiting: { perAddress: WAITING, inAll: 1000 },
      },
      largeBodies,
      metrics,
      logger: log.logger,
    });
  });
  afterEach(() => server.close());

  let asked = 0;
  /** Another one each time. */
  const question = (from: TestCaller) => from.request('GetPublicKeys', { CinemaCode: CINEMA, Note: asked++ });
  const send = (body: string) => postRaw(server.url, body, { ca: server.ca });
  const times = <T>(count: number, act: () => Promise<T>) => Promise.all(Array.from({ length: count }, act));
  const alarms = (word: string) => lines.filter(({ level, msg }) => level === 50 && String(msg).includes(word));

  async function metric(name: string): Promise<number> {
    const found = (await metrics.getMetricsAsJSON()).find((one) => one.name === name);
    return found?.values[0]?.value ?? Number.NaN;
  }

  test('an account that floods is limited and alarmed once, while its neighbour is served', async () => {
    const flood = await times(REQUESTS_PER_MINUTE + 30, () => send(question(caller)));
    const refused = flood.filter(({ status }) => status !== 200);
    expect(refused).toHaveLength(30);
    for (const reply of refused) {
      expect(reply.status).toBe(503);
      expect(reply.json().ReplyData).toEqual({ ErrorCode: 'OVERLOADED', ErrorMessage: expect.stringContaining('20') });
      expect(Number(reply.headers['retry-after'])).toBeGreaterThanOrEqual(1);
      expect(Number(reply.headers['retry-after'])).toBeLessThanOrEqual(60);
    }
    for (const reply of await times(REQUESTS_PER_MINUTE, () => send(question(neighbour))))
      expect(reply.status).toBe(200);
    expect(alarms('REQUESTS_PER_MINUTE')).toMatchObject([{ username: 'platform-1' }]);
    // Refused on purpose, and said once as an error: the refusals themselves are no faults of this platform's.
    const refusals = lines.filter(({ msg }) => msg === 'request refused');
    expect(refusals[0]).toMatchObject({ level: 40, code: 'OVERLOADED', reason: expect.stringContaining('20') });
    expect(await metric('requests_over_limit_total')).toBe(30);
    expect(await metric('requests_limited_accounts')).toBe(1);
  });

  test('nobody but the account itself spends its minute', async () => {
    const forged = callerOf('platform-1', strangersKey);
    const flood = Array.from({ length: REFUSALS_PER_MINUTE + WAITING }, () => send(question(forged)).catch(() => null));
    for (const reply of await times(REQUESTS_PER_MINUTE, () => send(question(caller)))) expect(reply.status).toBe(200);
    await server.close();
    await Promise.all(flood);
    expect(alarms('REQUESTS_PER_MINUTE')).toEqual([]);
  });

  test('requests that were signed in an earlier minute spend nothing of what their account may send now', async () => {
    expect((await send(question(caller))).status).toBe(200);
    const captured = caller.request('GetPublicKeys', { CinemaCode: CINEMA }, NOON - 60_000);
    const replays = await times(REQUESTS_PER_MINUTE + 10, () => send(captured));
    expect(replays.filter(({ status }) => status === 503)).toHaveLength(10);
    for (const reply of await times(REQUESTS_PER_MINUTE - 1, () => send(question(caller)))) {
      expect(reply.status).toBe(200);
    }
    expect((await send(question(caller))).status).toBe(503);
    expect(alarms('REQUESTS_PER_MINUTE')).toMatchObject([{ username: 'platform-1' }]);
    expect(await metric('requests_over_limit_total')).toBe(11);
  });

  test.each([
    ['wrong signatures', () => question(callerOf('platform-1', strangersKey)), 'SIGNATURE_INVALID'],
    ['unknown names', () => question(callerOf('nobody', strangersKey)), 'SIGNATURE_INVALID'],
    ['broken envelopes', () => '{"Version":"1.0"}', 'INVALID_ENVELOPE'],
    ['no JSON', () => 'no JSON', 'INVALID_JSON'],
  ])('a flood of %s from an address is slowed, and keeps no genuine caller behind it out', async (_, body, code) => {
    const beyond = 25;
    let answered = 0;
    const flood = Array.from({ length: REFUSALS_PER_MINUTE + WAITING + beyond }, async () => {
      const reply = await postRaw(server.url, body(), { ca: server.ca, chunked: true });
      answered += 1;
      return reply.json().ReplyData.ErrorCode;
    });
    await expect.poll(() => answered).toBe(REFUSALS_PER_MINUTE + beyond);
    expect(largeBodies.allocated()).toBe(0);

    for (const from of [caller, neighbour]) expect((await send(question(from))).status).toBe(200);
    // A clock that is wrong is put right by the reply, which therefore never waits.
    const skewed = caller.request('GetPublicKeys', { CinemaCode: CINEMA }, NOON - 3_600_000);
    expect((await send(skewed)).json().ReplyData.ErrorCode).toBe('CLOCK_SKEW');

    expect(answered).toBe(REFUSALS_PER_MINUTE + beyond);
    expect(alarms('unsigned requests from an address')).toMatchObject([{ remoteAddress: '127.0.0.1' }]);
    expect(await metric('refusals_slowed_total')).toBe(WAITING + beyond);
    const settled = Promise.allSettled(flood);
    await server.close();
    for (const one of await settled) if (one.status === 'fulfilled') expect(one.value).toBe(code);
  });

  test('a refusal that waits keeps nothing of its body', async () => {
    const Note = 'x'.repeat(900_000);
    const body = callerOf('nobody', strangersKey).request(REPORT, { CinemaCode: CINEMA, Note });
    const settled: Promise<unknown>[] = [];
    for (let n = 0; n < REFUSALS_PER_MINUTE; n += 1) await send('no JSON');
    const before = mebibytesInUse();
    for (let n = 0; n < WAITING; n += 1) {
      settled.push(send(body).catch(() => null));
      await expect.poll(() => metric('refusals_slowed_total'), { interval: 5 }).toBe(n + 1);
    }
    await expect.poll(() => mebibytesInUse() - before).toBeLessThan((WAITING * body.length) / 2 / 1024 / 1024);
    await server.close();
    await Promise.all(settled);
  });
});
