// @module-tag service
import { generateKeyPairSync } from 'node:crypto';
import {
  type GetPublicKeysQuery,
  getPublicKeysQuery,
  ProtocolError,
  type StoreGeneration,
  wallClockAt,
} from '@ticket-check/protocol';
import { describeSqlite } from '@ticket-check/storage/testing';
import type { FastifyInstance } from 'fastify';
import { beforeAll, beforeEach, expect, test } from 'vitest';
import type { Accounts } from '../accounts/accounts.ts';
import {
  CINEMA,
  callerOf,
  issueCaller,
  NOON,
  OTHER_CINEMA,
  openAccounts,
  type TestCaller,
} from '../testing/accounts.ts';
import { injectedServer, keysApi, REPORT, reportApi } from '../testing/signed-server.ts';
import { type Call, signedApi } from './signed-api.ts';

const KEYS = { PublicKeys: [{ PublicKey: 'MIIB', StartTime: '2026-01-01T00:00:00' }] };
const answering = (name: string, handle: (query: GetPublicKeysQuery, call: Call) => Promise<unknown>) =>
  signedApi({ name, role: 'platform', priority: 'question', query: getPublicKeysQuery, cinemasOf: () => [], handle });

describeSqlite('signed Apis', (engine) => {
  let accounts: Accounts;
  let caller: TestCaller;
  let source: TestCaller;
  let app: FastifyInstance;
  let handled: unknown[];
  let lines: Record<string, unknown>[];
  let current: StoreGeneration & { position?: number };

  beforeAll(async () => {
    ({ accounts } = await openAccounts(engine));
    caller = await issueCaller(accounts, { username: 'platform-1' });
    source = await issueCaller(accounts, { username: 'source-1', role: 'data-source', cinemaCodes: 'all' });
  });

  beforeEach(async () => {
    handled = [];
    current = { generation: 'generation-1', replaces: ['generation-0'], position: 7 };
    ({ app, lines } = await injectedServer({
      apis: [
        keysApi(async (query) => {
          handled.push(query);
          return KEYS;
        }),
        reportApi(async (query) => {
          handled.push(query);
          return { ReportResult: true };
        }),
        answering('Doubtful', async ({ cinemaCode }, call) => {
          call.warn({ cinemaCode }, 'something was quarantined');
          return {};
        }),
        answering('Broken', async () => {
          throw new Error('the disk said: password=hunter2');
        }),
        answering('FullDisk', async () => {
          throw Object.assign(new Error('database or disk is full'), { code: 'SQLITE_FULL' });
        }),
        answering('Replaced', async () => {
          current = { generation: 'generation-2', replaces: ['generation-1'] };
          return {};
        }),
        answering('Choosy', async () => {
          throw new ProtocolError('TICKET_NOT_FOUND', 'No such ticket.');
        }),
      ],
      accounts,
      extensions: ['record-id', 'store-generation'],
      currentGeneration: () => current,
    }));
    return () => app.close();
  });

  async function post(payload: string | Buffer, headers: Record<string, string> = {}) {
    const response = await app.inject({ method: 'POST', url: '/', payload, headers });
    return { status: response.statusCode, headers: response.headers, reply: response.json() };
  }

  test('answers a signed question in the reply envelope, with what it announces', async () => {
    const { status, headers, reply } = await post(caller.request('GetPublicKeys', { CinemaCode: CINEMA }));
    expect(status).toBe(200);
    expect(reply).toEqual({ Version: '1.0', Datetime: '2026-11-24T12:00:00', ReplyData: KEYS });
    expect(headers['content-type']).toBe('application/json; charset=utf-8');
    expect(headers['ticket-check-extensions']).toBe('record-id, store-generation, signed-store');
    expect(headers['ticket-check-generation']).toBe('generation-1, generation-0');
    expect(headers['ticket-check-position']).toBe('7');
    expect(handled).toEqual([{ cinemaCode: CINEMA }]);
    expect(lines).toEqual([]);
  });

  test.each(['gzip', 'x-gzip', 'br', ' Deflate'])(
    'refuses a compressed body by name, not as a wrong text: %j',
    async (coding) => {
      const body = caller.request('GetPublicKeys', { CinemaCode: CINEMA });
      const { status, reply } = await post(body, { 'content-encoding': coding });
      expect(status).toBe(415);
      expect(reply.ReplyData.ErrorCode).toBe('UNSUPPORTED_ENCODING');
      expect(reply.ReplyData.ErrorMessage).toMatch(/compressed \((?:gzip|br|deflate)\); send it uncompressed/);
      expect((await post(body, { 'content-encoding': 'identity' })).status).toBe(200);
    },
  );

  test('words errors in Chinese for an account that asks for it, once it has proved itself', async () => {
    const chinese = await issueCaller(accounts, { username: 'chinese', messageLanguage: 'zh' });
    const messageOf = async (api: string, query: object) =>
      (await post(chinese.request(api, query))).reply.ReplyData.ErrorMessage;
    expect(await messageOf('GetPublicKeys', {})).toBe('QueryData 的某个元素缺失或形式不对。（CinemaCode is missing）');
    expect(await messageOf('Choosy', { CinemaCode: CINEMA })).toBe('没有售出过这张票。（No such ticket.）');
    await accounts.setMessageLanguage('chinese', 'en');
    expect(await messageOf('GetPublicKeys', {})).toBe('CinemaCode is missing');
    await accounts.setMessageLanguage('chinese', 'zh');
    const forged = callerOf('chinese', generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey);
    const refused = await post(forged.request('GetPublicKeys', { CinemaCode: CINEMA }));
    expect(refused.reply.ReplyData.ErrorMessage).toMatch(/^The username is unknown/);
  });

  test('refuses an account that is used from a second store, whatever it asks, and a plain caller never', async () => {
    const binding = await issueCaller(accounts, { username: 'terminal-of-two' });
    const from = (Store?: string) => binding.request('GetPublicKeys', { CinemaCode: CINEMA, Store });
    const [first, second, successor] = ['store-1', 'store-2', 'store-3, store-1'].map(from) as [string, string, string];
    expect((await post(first)).status).toBe(200);
    const refused = await post(second);
    expect(refused.status).toBe(403);
    expect(refused.reply.ReplyData).toEqual({ ErrorCode: 'ACCOUNT_IN_USE', ErrorMessage: expect.any(String) });
    expect(lines.at(-1)).toMatchObject({ code: 'ACCOUNT_IN_USE', username: 'terminal-of-two' });
    expect((await post(from())).status).toBe(200);
    expect((await post(successor)).status).toBe(200);
    expect((await post(first)).status).toBe(403);
  });

  test('takes no store from outside the signed text: a replay under another one locks nobody out', async () => {
    const binding = await issueCaller(accounts, { username: 'terminal-replayed' });
    const from = (Store?: string) => binding.request('GetPublicKeys', { CinemaCode: CINEMA, Store });
    expect((await post(from('store-1'))).status).toBe(200);
    const replayed = await post(from('store-1'), { 'Ticket-Check-Store': 'store-of-mallory, store-1' });
    expect(replayed.status).toBe(200);
    const other = from('store-1').replace('"store-1"', '"store-2, store-1"');
    expect((await post(other)).reply.ReplyData.ErrorCode).toBe('SIGNATURE_INVALID');
    expect((await post(from('store-1'))).status).toBe(200);
  });

  test('has a caller that could name its store name it, while the account is bound to one', async () => {
    const binding = await issueCaller(accounts, { username: 'terminal-unnamed' });
    const from = (Store?: string) => binding.request('GetPublicKeys', { CinemaCode: CINEMA, Store });
    const speaks = { 'Ticket-Check-Extensions': 'record-id, signed-store' };
    expect((await post(from(), speaks)).status).toBe(200);
    expect((await post(from('store-1'), speaks)).status).toBe(200);
    const refused = await post(from(), speaks);
    expect([refused.status, refused.reply.ReplyData.ErrorCode]).toEqual([403, 'ACCOUNT_IN_USE']);
    expect((await post(from('store-1'), speaks)).status).toBe(200);
    expect((await post(from())).status).toBe(200);
  });

  test('answers STORE_UNAVAILABLE where the store fails under a question, and logs why', async () => {
    const { status, reply } = await post(caller.request('FullDisk', { CinemaCode: CINEMA }));
    expect(status).toBe(503);
    expect(reply.ReplyData).toEqual({
      ErrorCode: 'STORE_UNAVAILABLE',
      ErrorMessage: 'The store cannot be read or written now; try again.',
    });
    expect(lines).toMatchObject([{ level: 50, code: 'STORE_UNAVAILABLE', err: { code: 'SQLITE_FULL' } }]);
  });

  test('gives no answer that was judged on data which are replaced meanwhile', async () => {
    const { status, headers, reply } = await post(caller.request('Replaced', { CinemaCode: CINEMA }));
    expect(status).toBe(503);
    expect(headers['ticket-check-position']).toBeUndefined();
    expect(reply.ReplyData).toMatchObject({ ErrorCode: 'STORE_UNAVAILABLE' });
    expect(headers['ticket-check-generation']).toBe('generation-2, generation-1');
  });

  test('answers an error code of an answered question with HTTP 200 and without a log line', async () => {
    const { status, reply } = await post(caller.request('Choosy', { CinemaCode: CINEMA }));
    expect(status).toBe(200);
    expect(reply.ReplyData).toEqual({ ErrorCode: 'TICKET_NOT_FOUND', ErrorMessage: 'No such ticket.' });
    expect(lines).toEqual([]);
  });

  const keysAsked = (by: TestCaller, at?: number) => by.request('GetPublicKeys', { CinemaCode: CINEMA }, at);
  const changed = (from: string | RegExp, to: string) => () => keysAsked(caller).replace(from, to);
  const foreign = () => caller.request('GetPublicKeys', { CinemaCode: OTHER_CINEMA });
  const tooMany = () => caller.request(REPORT, { CinemaCode: CINEMA, CheckTickets: Array(1001).fill({}) });
  // What else makes an envelope malformed is refused by the tests of `protocol`.
  const refused: [name: string, body: () => string | Buffer, code: string, status: number][] = [
    ['a body that is not UTF-8', () => Buffer.from([0x7b, 0xff, 0xfe, 0x7d]), 'INVALID_ENCODING', 400],
    ['a top-level key twice', changed('{"Version"', '{"Api":"Broken","Version"'), 'DUPLICATE_KEY', 400],
    ['another version', changed('"1.0"', '"2.0"'), 'VERSION_UNSUPPORTED', 400],
    ['an unknown Api', () => caller.request('DropAllTickets', {}), 'API_UNKNOWN', 404],
    ['a Datetime more than 5 minutes ago', () => keysAsked(caller, NOON - 301_000), 'CLOCK_SKEW', 401],
    ['a Datetime more than 5 minutes ahead', () => keysAsked(caller, NOON + 301_000), 'CLOCK_SKEW', 401],
    ['an unknown user', () => keysAsked(callerOf('nobody', caller.privateKey)), 'SIGNATURE_INVALID', 401],
    ['a username with NUL', () => keysAsked(callerOf('plat\0form', caller.privateKey)), 'SIGNATURE_INVALID', 401],
    ["another account's key", () => keysAsked(callerOf('platform-1', source.privateKey)), 'SIGNATURE_INVALID', 401],
    ['an account of another role', () => keysAsked(source), 'API_NOT_ALLOWED', 403],
    ['a foreign cinema', foreign, 'CINEMA_NOT_ALLOWED', 403],
    ['QueryData without its element', () => caller.request('GetPublicKeys', {}), 'INVALID_QUERY', 400],
    ['1001 records', tooMany, 'TOO_MANY_RECORDS', 400],
    ['a body of 3 MB', () => Buffer.alloc(3_000_000, ' '), 'BODY_TOO_LARGE', 413],
  ];

  test.each(refused)('refuses %s', async (_name, body, code, status) => {
    const payload = body();
    const response = await post(payload);
    expect(response.reply).toEqual({
      Version: '1.0',
      Datetime: '2026-11-24T12:00:00',
      ReplyData: { ErrorCode: code, ErrorMessage: expect.any(String) },
    });
    expect(response.status).toBe(status);
    expect(response.headers['ticket-check-extensions']).toBe('record-id, store-generation, signed-store');
    expect(response.headers['ticket-check-generation']).toBe('generation-1, generation-0');
    expect(handled).toEqual([]);
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatchObject({ requestId: expect.any(String), code, remoteAddress: '127.0.0.1' });
    const signature = /"Signature":"([^"]{20,})"/.exec(payload.toString())?.[1];
    if (signature !== undefined) expect(JSON.stringify(lines)).not.toContain(signature.slice(0, 20));
  });

  test('logs the first warnings about an account in full and counts the others in one line, and strangers use up none of them', async () => {
    const ask = () => post(caller.request('Doubtful', { CinemaCode: CINEMA }));
    for (let time = 0; time < 250; time += 1) await post(`{"refused":${time}`);
    for (let time = 0; time < 60; time += 1) expect((await ask()).status).toBe(200);
    await app.close();

    const inFull = lines.filter(({ msg }) => msg === 'something was quarantined');
    expect(inFull[0]).toMatchObject({ requestId: expect.any(String), cinemaCode: CINEMA });
    const rest = lines.filter(({ kind }) => kind === 'platform-1: something was quarantined');
    expect(rest.length).toBeGreaterThanOrEqual(1);
    expect(inFull.length).toBeLessThanOrEqual(20 * (rest.length + 1));
    expect(rest.reduce((sum, { more }) => sum + Number(more), inFull.length)).toBe(60);
  });

  test('names the user in the log line of a refusal only where the name has the form of a username', async () => {
    await post(callerOf('nobody', caller.privateKey).request('GetPublicKeys', { CinemaCode: CINEMA }));
    await post(callerOf('x"\nforged', caller.privateKey).request('GetPublicKeys', { CinemaCode: CINEMA }));
    expect(lines).toHaveLength(2);
    expect(lines[0]).toHaveProperty('username', 'nobody');
    expect(lines[1]).not.toHaveProperty('username');
  });

  test('gives an unknown, a revoked and an expired account and a wrong signature one and the same answer', async () => {
    const revoked = await issueCaller(accounts, { username: `revoked-${engine.engine}` });
    await accounts.revoke(revoked.username);
    const expired = await issueCaller(accounts, { username: `expired-${engine.engine}`, expiresAt: wallClockAt(NOON) });
    const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    const callers = [callerOf('nobody', privateKey), callerOf('platform-1', privateKey), revoked, expired];
    const answers = [];
    for (const one of callers) {
      const { status, reply } = await post(keysAsked(one));
      answers.push(JSON.stringify({ status, reply }));
    }
    expect(answers[0]).toContain('SIGNATURE_INVALID');
    expect(new Set(answers).size).toBe(1);
    expect(handled).toEqual([]);
  });

  test('accepts a Datetime at either edge of the window', async () => {
    for (const at of [NOON - 300_000, NOON + 300_000]) {
      const { status } = await post(caller.request('GetPublicKeys', { CinemaCode: CINEMA }, at));
      expect(status).toBe(200);
    }
  });

  test('answers an unexpected error blandly and logs it whole', async () => {
    const { status, reply } = await post(caller.request('Broken', { CinemaCode: CINEMA }));
    expect(status).toBe(500);
    expect(reply.ReplyData.ErrorCode).toBe('INTERNAL_ERROR');
    expect(JSON.stringify(reply)).not.toContain('hunter2');
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatchObject({ code: 'INTERNAL_ERROR', username: 'platform-1' });
    expect(JSON.stringify(lines[0])).toContain('the disk said');
  });

  test('refuses two Apis of one name at the start', async () => {
    const apis = [keysApi(async () => KEYS), keysApi(async () => KEYS)];
    await expect(injectedServer({ apis, accounts })).rejects.toThrow('two Apis have the same name');
  });
});
