import { type CinemaCode, getPublicKeysQuery } from '@ticket-check/protocol';
import { createMetrics } from '@ticket-check/runtime';
import { describeSqlite } from '@ticket-check/storage/testing';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { CallPriority } from '../priority.ts';
import { CINEMA, issueCaller, OTHER_CINEMA, openAccounts, type TestCaller } from '../testing/accounts.ts';
import { postPipelined, postRaw } from '../testing/requests.ts';
import { type SignedServer, startSignedServer } from '../testing/signed-server.ts';
import { signedApi } from './signed-api.ts';

/** Of questions: their own and the common ones. */
const PLACES = 600;

describeSqlite('more requests than can be answered', (engine) => {
  let server: SignedServer;
  let caller: TestCaller;
  const metrics = createMetrics();
  const held: (() => void)[] = [];
  const begun = { Claim: 0, Question: 0, Report: 0 };

  beforeAll(async () => {
    const accounts = (await openAccounts(engine)).accounts;
    caller = await issueCaller(accounts, { username: 'platform-1' });
    const api = (name: keyof typeof begun, priority: CallPriority) =>
      signedApi({
        name,
        role: 'platform' as const,
        priority,
        isProbe: ({ CinemaCode }) => CinemaCode === OTHER_CINEMA,
        query: getPublicKeysQuery,
        cinemasOf: () => [],
        async handle({ cinemaCode }) {
          begun[name] += 1;
          if (name === 'Question' && cinemaCode === CINEMA) await new Promise<void>((resolve) => held.push(resolve));
          return {};
        },
      });
    server = await startSignedServer({
      apis: [api('Claim', 'claim'), api('Question', 'question'), api('Report', 'report')],
      accounts,
      metrics,
    });
  });
  afterAll(() => server.close());

  const ask = (name: keyof typeof begun, cinemaCode: CinemaCode = CINEMA) =>
    postRaw(server.url, caller.request(name, { CinemaCode: cinemaCode }), { ca: server.ca });

  test('are refused when their time is over, and keep out neither claims nor reports nor a probe', {
    tags: 'slow',
  }, async () => {
    const body = caller.request('Question', { CinemaCode: CINEMA });
    const hangUp = await postPipelined(server.url, body, { ca: server.ca, times: PLACES });
    await expect.poll(() => begun.Question).toBe(PLACES);
    const late = ask('Question');
    expect(await ask('Question', OTHER_CINEMA)).toMatchObject({ status: 200 });
    expect(await ask('Claim')).toMatchObject({ status: 200 });
    expect(await ask('Report')).toMatchObject({ status: 200 });
    const { status, headers, text } = await late;
    expect([status, headers['retry-after']]).toEqual([503, '2']);
    expect(text).toContain('"OVERLOADED"');
    expect(held).toHaveLength(PLACES);
    expect(await metrics.metrics()).toContain('requests_shed_total{priority="question"} 1\n');
    expect(await metrics.metrics()).toContain('requests_shed_total{priority="claim"} 0\n');
    hangUp();
    for (const answer of held.splice(0)) answer();
  });
});
