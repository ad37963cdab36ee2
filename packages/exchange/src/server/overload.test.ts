import { Agent } from 'node:https';
import { type CinemaCode, getPublicKeysQuery } from '@ticket-check/protocol';
import { createMetrics } from '@ticket-check/runtime';
import { describeSqlite } from '@ticket-check/storage/testing';
import { expect, test } from 'vitest';
import { createAccounts } from '../accounts/accounts.ts';
import { type AccountTables, accountMigrations } from '../accounts/migrations.ts';
import type { CallPriority } from '../priority.ts';
import { CINEMA, issueCaller, NOON, OTHER_CINEMA } from '../testing/account-fixture.ts';
import { postPipelined } from '../testing/post-pipelined.ts';
import { postRaw } from '../testing/post-raw.ts';
import { startSignedServer } from '../testing/signed-server.ts';
import { type AdmissionQueue, createAdmissionQueue } from './admission-queue.ts';
import { signedApi } from './signed-api.ts';

/** The duration of each request by the queue's clock: of a batch, fifteen claims begin before their time is over. */
const ANSWER_MS = 100;
const CLAIMS = 100;
const REPORTS = 10;
/** Requests other than claims begin while at most this many are under way. */
const PLACES = 500;

describeSqlite('more requests than can be answered', (engine) => {
  test('claims go before reports, and those that could not be answered in time get a time to retry', async () => {
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

  test('what no claim lets through is answered in its turn, while claims keep coming', async () => {
    const accounts = createAccounts(await engine.open<AccountTables>(accountMigrations), () => NOON);
    const caller = await issueCaller(accounts, { username: 'platform-1' });
    let clock = 0;
    let claims = 0;
    const queue = createAdmissionQueue({ now: () => clock });
    /** The number of claims that started. */
    let begun = 0;
    /** How many of them began while each of the others waited. */
    const waited: Partial<Record<CallPriority, number>> = {};
    const admission: AdmissionQueue = {
      ...queue,
      run(priority, work) {
        const before = begun;
        return queue.run(priority, () => {
          if (priority === 'claim') begun += 1;
          else waited[priority] = begun - before;
          return work();
        });
      },
    };
    const api = (name: string, priority: CallPriority, ms: number) =>
      signedApi({
        name,
        role: 'platform' as const,
        priority,
        query: getPublicKeysQuery,
        cinemasOf: (query) => [query.cinemaCode],
        async handle() {
          clock += ms;
          if (priority === 'claim') claims += 1;
          return {};
        },
      });
    const server = await startSignedServer({
      apis: [
        api('Claim', 'claim', 10),
        api('Question', 'question', 0),
        api('Keys', 'keys', 0),
        api('Report', 'report', 0),
      ],
      accounts,
      now: () => NOON,
      extensions: [],
      currentGeneration: () => ({ generation: 'generation-1', replaces: [] }),
      admission,
    });
    const agent = new Agent({ keepAlive: true });
    const ask = (name: string) =>
      postRaw(server.url, caller.request(name, { CinemaCode: CINEMA }), { ca: server.ca, agent });
    const claim = caller.request('Claim', { CinemaCode: CINEMA });
    let done = false;
    const flood = Array.from({ length: CLAIMS }, async () => {
      while (!done && claims < 5000) await postRaw(server.url, claim, { ca: server.ca, agent });
    });
    await expect.poll(() => claims, { interval: 5 }).toBeGreaterThan(CLAIMS);
    const answers = await Promise.all(['Question', 'Keys', 'Report'].map(ask));
    done = true;
    await Promise.all(flood);
    agent.destroy();
    await server.close();
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200]);
    expect(claims).toBeLessThan(5000);
    // One of them begins after 32 claims at the latest, and all three may wait at once.
    expect(Object.keys(waited).toSorted()).toEqual(['keys', 'question', 'report']);
    expect(Math.max(...Object.values(waited))).toBeLessThanOrEqual(3 * 32);
  });

  test('a request that waited in vain is refused when its time is over, and a probe is still answered', {
    tags: 'slow',
  }, async () => {
    const accounts = createAccounts(await engine.open<AccountTables>(accountMigrations), () => NOON);
    const caller = await issueCaller(accounts, { username: 'platform-1' });
    let held = 0;
    const api = signedApi({
      name: 'Question',
      role: 'platform' as const,
      priority: 'question',
      isProbe: ({ CinemaCode }) => CinemaCode === OTHER_CINEMA,
      query: getPublicKeysQuery,
      cinemasOf: () => [],
      handle: ({ cinemaCode }) =>
        new Promise((resolve) => {
          if (cinemaCode === OTHER_CINEMA) resolve({});
          else held += 1;
        }),
    });
    const server = await startSignedServer({
      apis: [api],
      accounts,
      now: () => NOON,
      extensions: [],
      currentGeneration: () => ({ generation: 'generation-1', replaces: [] }),
    });
    const { url, ca } = server;
    const question = (cinemaCode: CinemaCode) => caller.request('Question', { CinemaCode: cinemaCode });
    const ask = (cinemaCode: CinemaCode) => postRaw(url, question(cinemaCode), { ca });
    const hangUp = await postPipelined(url, question(CINEMA), { ca, times: PLACES });
    await expect.poll(() => held, { timeout: 20_000 }).toBe(PLACES);
    const late = ask(CINEMA);
    expect(await ask(OTHER_CINEMA)).toMatchObject({ status: 200 });
    expect(await late).toMatchObject({ status: 503, headers: { 'retry-after': '2' } });
    expect(held).toBe(PLACES);
    hangUp();
    await server.close();
  });
});
