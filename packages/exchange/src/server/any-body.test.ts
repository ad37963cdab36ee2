// @module-tag service
import { ERROR_CODES, isErrorCode } from '@ticket-check/protocol';
import { describeSqlite } from '@ticket-check/storage/testing';
import fc from 'fast-check';
import { type FastifyInstance, fastify } from 'fastify';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createAccounts } from '../accounts/accounts.ts';
import { type AccountTables, accountMigrations } from '../accounts/migrations.ts';
import { CINEMA, issueCaller, NOON } from '../testing/accounts.ts';
import { keysApi } from '../testing/signed-server.ts';
import { signedApis } from './signed-apis.ts';

describeSqlite('whatever is posted', (engine) => {
  let app: FastifyInstance;
  let body: Buffer;

  beforeAll(async () => {
    const store = await engine.open<AccountTables>(accountMigrations);
    const accounts = createAccounts(store, () => NOON);
    const caller = await issueCaller(accounts, { username: 'platform-1' });
    body = Buffer.from(caller.request('GetPublicKeys', { CinemaCode: CINEMA }));
    app = fastify();
    await app.register(signedApis, {
      apis: [keysApi(async (query) => query)],
      accounts,
      now: () => NOON,
      extensions: [],
      currentGeneration: () => ({ generation: 'generation-1', replaces: ['generation-0'] }),
      refusalPace: { perMinute: 1_000_000 },
    });
  });
  afterAll(() => app.close());

  async function answerTo(payload: Buffer) {
    const response = await app.inject({ method: 'POST', url: '/', payload });
    const { Version, Datetime, ReplyData } = response.json();
    expect({ Version, Datetime }).toEqual({ Version: '1.0', Datetime: '2026-11-24T12:00:00' });
    return { status: response.statusCode, replyData: ReplyData };
  }

  function expectRefusal({ status, replyData }: Awaited<ReturnType<typeof answerTo>>) {
    const code: unknown = replyData.ErrorCode;
    expect(isErrorCode(code) && ERROR_CODES[code].status).toBe(status);
    expect(status).toBeLessThan(500);
    expect(status).toBeGreaterThanOrEqual(400);
  }

  test('any bytes are refused with a documented code', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.oneof(fc.uint8Array(), fc.json().map(Buffer.from), fc.string().map(Buffer.from)),
        async (bytes) => {
          expectRefusal(await answerTo(Buffer.from(bytes)));
        },
      ),
    );
  });

  test('a signed body with one byte changed is refused, or changes nothing of what is answered', async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(), fc.integer({ min: 0, max: 255 }), async (position, byte) => {
        const changed = Buffer.from(body);
        changed[position % changed.length] = byte;
        const answer = await answerTo(changed);
        if (answer.status === 200) expect(answer.replyData).toEqual({ cinemaCode: CINEMA });
        else expectRefusal(answer);
      }),
      { numRuns: 300 },
    );
  });
});
