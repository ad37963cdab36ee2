// @module-tag service
import { describeSqlite } from '@ticket-check/storage/testing';
import type { FastifyInstance } from 'fastify';
import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Accounts } from '../accounts/accounts.ts';
import { CINEMA, issueCaller, NOON, openAccounts, type TestCaller } from '../testing/accounts.ts';
import { injectedServer, keysApi } from '../testing/signed-server.ts';
import { unservedPaths } from './serve-signed-apis.ts';

const ENVELOPE = {
  now: () => NOON,
  extensions: ['record-id'] as const,
  currentGeneration: () => ({ generation: 'generation-1', replaces: [] }),
};

describeSqlite('what a platform serves beside its signed Apis', (engine) => {
  let accounts: Accounts;
  let caller: TestCaller;
  let app: FastifyInstance;
  let lines: Record<string, unknown>[];

  beforeAll(async () => {
    ({ accounts } = await openAccounts(engine));
    caller = await issueCaller(accounts, { username: 'platform-1' });
  });

  beforeEach(async () => {
    const apis = [keysApi(async () => ({ PublicKeys: [] }))];
    ({ app, lines } = await injectedServer({ ...ENVELOPE, apis, accounts }));
    return () => app.close();
  });

  async function expectSignedApis(): Promise<void> {
    const payload = caller.request('GetPublicKeys', { CinemaCode: CINEMA });
    const headers = { 'content-type': 'application/x-www-form-urlencoded' };
    const response = await app.inject({ method: 'POST', url: '/', payload, headers });
    expect([response.statusCode, response.json().ReplyData]).toEqual([200, { PublicKeys: [] }]);
  }

  describe('without pages', () => {
    beforeEach(() => app.register(unservedPaths, ENVELOPE).then(() => {}));

    test.each(['GET', 'HEAD', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'] as const)('%s / is refused', async (method) => {
      const response = await app.inject({ method, url: '/?trace=1' });
      expect([response.statusCode, response.headers.allow]).toEqual([405, 'POST']);
      if (method !== 'HEAD') expect(response.json().ReplyData.ErrorCode).toBe('METHOD_NOT_ALLOWED');
    });

    test.each([
      ['application/json', '{}'],
      ['application/json', '{'],
      ['text/plain', 'x'.repeat(2_000_000)],
      ['not a type', ''],
    ])('another path is refused in the envelope, whatever comes as %s', async (type, payload) => {
      const response = await app.inject({
        method: 'POST',
        url: '/elsewhere',
        payload,
        headers: { 'content-type': type },
      });
      expect(response.statusCode).toBe(404);
      expect(response.json()).toEqual({
        Version: '1.0',
        Datetime: '2026-11-24T12:00:00',
        ReplyData: { ErrorCode: 'NOT_FOUND', ErrorMessage: expect.any(String) },
      });
      expect(response.headers['ticket-check-extensions']).toBe('record-id, signed-store');
      expect(response.headers['ticket-check-generation']).toBe('generation-1');
      expect(lines).toEqual([expect.objectContaining({ code: 'NOT_FOUND', msg: 'request refused' })]);
      await expectSignedApis();
    });
  });

  test('methods that a page does not serve are refused with those that the path is served with', async () => {
    await app.register(unservedPaths, ENVELOPE);
    await app.register(async (pages) => void pages.get('/', async () => 'page'));
    expect((await app.inject({ url: '/' })).body).toBe('page');
    const put = await app.inject({ method: 'PUT', url: '/', payload: '{}' });
    expect([put.statusCode, put.json().ReplyData.ErrorCode]).toEqual([405, 'METHOD_NOT_ALLOWED']);
    expect(`${put.headers.allow}`.split(', ').sort()).toEqual(['GET', 'HEAD', 'POST']);
    await expectSignedApis();
  });
});
