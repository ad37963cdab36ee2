import { Agent } from 'node:https';
import { getPublicKeysQuery } from '@ticket-check/protocol';
import { createMetrics } from '@ticket-check/runtime/service';
import { describeEachEngine } from '@ticket-check/storage/testing';
import { expect, test } from 'vitest';
import { createAccounts } from '../accounts/accounts.ts';
import { type AccountTables, accountMigrations } from '../accounts/migrations.ts';
import type { CallPriority } from '../priority.ts';
import { CINEMA, issueCaller, NOON } from '../testing/account-fixture.ts';
import { postRaw } from '../testing/post-raw.ts';
import { startSignedServer } from '../testing/signed-server.ts';
import { createAdmissionQueue } from './admission-queue.ts';
import { signedApi } from './signed-api.ts';

/** So long each takes by the clock of the queue: of what has come together, fifteen claims begin before their time is over. */
const ANSWER_MS = 100;
const CLAIMS = 100;
const REPORTS = 10;

describeEachEngine('more requests than can be answered', (engine) => {
  test('claims go before reports, and those that could not be answered in time are told when to come again', async () => {
    const accounts = createAccounts(await engine.open<AccountTables>(accountMigrations), () => NOON);
    const caller = await issueCaller(accounts, { username: 'platform-1' });
    const metrics = createMetrics();
    let clock = 0;
    const api = (name: string, priority: CallPriority, ms: number) =>
      signedApi({
        name,
        role: 'platform' as const,
        priority,
        query: getPublicKeysQuery,
        cinemasOf: (query) => [query.cinemaCode],
        async handle() {
          clock += ms;
          return {};
        },
      });
    const server = await startSignedServer({
      apis: [api('Connect', 'keys', 0), api('Claim', 'claim', ANSWER_MS), api('Report', 'report', ANSWER_MS)],
      accounts,
      now: () => NOON,
      extensions: [],
      currentGeneration: () => ({ generation: 'generation-1', replaces: [] }),
      admission: createAdmissionQueue({ now: () => clock }),
      metrics,
    });

    const agent = new Agent({ keepAlive: true });
    const answers: { name: string; status: number; retryAfter: string; text: string }[] = [];
    async function send(name: string, body: string) {
      const { status, headers, text } = await postRaw(server.url, body, { ca: server.ca, agent });
      answers.push({ name, status, retryAfter: String(headers['retry-after']), text });
    }
    const [connect, report, claim] = ['Connect', 'Report', 'Claim'].map((name) =>
      caller.request(name, { CinemaCode: CINEMA }),
    ) as [string, string, string];
    await Promise.all(Array.from({ length: REPORTS + CLAIMS }, () => send('Connect', connect)));
    answers.length = 0;
    await Promise.all([
      ...Array.from({ length: REPORTS }, () => send('Report', report)),
      ...Array.from({ length: CLAIMS }, () => send('Claim', claim)),
    ]);
    agent.destroy();
    await server.close();

    const refused = answers.filter(({ status }) => status !== 200);
    for (const { name, status, retryAfter, text } of refused) {
      expect([name, status, retryAfter, text]).toEqual([
        'Claim',
        503,
        expect.stringMatching(/^[1-9]\d*$/),
        expect.stringContaining('"OVERLOADED"'),
      ]);
    }
    // They need not all have come before the first began.
    expect(refused.length).toBeGreaterThan(CLAIMS / 2);
    expect(refused.length).toBeLessThan(CLAIMS - 10);
    const order = answers.map(({ name, status }) => `${name} ${status}`);
    // They were sent first, and the first of them found nobody waiting.
    expect(order.indexOf('Report 200', order.indexOf('Report 200') + 1)).toBeGreaterThan(10);
    expect(await metrics.metrics()).toContain(`requests_shed_total{priority="claim"} ${refused.length}\n`);
    expect(await metrics.metrics()).toContain('requests_shed_total{priority="report"} 0\n');
  });
});
