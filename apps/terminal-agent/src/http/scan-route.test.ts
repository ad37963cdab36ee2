// @module-tag service
import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { request } from 'node:https';
import { json, text } from 'node:stream/consumers';
import { epochOf, parseWallClock } from '@ticket-check/protocol';
import { writeBeforeReading } from '@ticket-check/runtime/testing';
import { expect, it } from 'vitest';
import { scanTokenFile } from '../secrets/secret-file.ts';
import { makeUkey, sellTicket, startPlatform } from '../testing/test-cinema.ts';
import { makeTerminal } from '../testing/test-terminal.ts';

const now = parseWallClock('2026-11-24T19:50:00');
const film = parseWallClock('2026-11-24T20:00:00');
const ukey = makeUkey(parseWallClock('2024-03-01T00:00:00'));
const clock = () => epochOf(now);

async function makeCinema() {
  const platform = await startPlatform({ now: clock, keys: [ukey.key] });
  const terminal = await makeTerminal({ now: clock, settings: { GATES: 'gate-1;东门-2' } });
  await terminal.setUpstream(platform.bundle);
  const agent = await terminal.start();
  const { DATA_DIR } = terminal.env as { DATA_DIR: string };
  const token = (await readFile(scanTokenFile(DATA_DIR), 'utf8')).trim();
  const ca = await readFile(`${DATA_DIR}/tls/ca.pem`, 'utf8');

  /** One request of a page or a till beside the gate. */
  function ask(method: string, path: string, authorization: string | null, body?: string) {
    type Answer = { status: number | undefined; retryAfter: string | undefined; body: Record<string, unknown> };
    return new Promise<Answer>((resolve, reject) => {
      const headers = {
        ...(authorization === null ? {} : { authorization }),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      };
      request(
        `${path === '/scan' ? agent.url : agent.consoleUrl}${path}`,
        { method, ca, headers, agent: false },
        (response) => {
          const { statusCode: status, headers: heads } = response;
          const retryAfter = heads['retry-after'];
          json(response).then((answer) => resolve({ status, retryAfter, body: answer as never }), reject);
        },
      )
        .on('error', reject)
        .end(body);
    });
  }
  function consoleText(path: string) {
    return new Promise<string>((resolve, reject) => {
      request(`${agent.consoleUrl}${path}`, { ca, agent: false }, (response) => text(response).then(resolve, reject))
        .on('error', reject)
        .end();
    });
  }
  return { platform, url: agent.url, ca, ask, consoleText, bearer: `Bearer ${token}` };
}

it('answers 200 with the verdict, whatever it is', async () => {
  const { platform, ask, bearer } = await makeCinema();
  const ticket = sellTicket(ukey, film);
  platform.sell(ticket.info);
  const scan = JSON.stringify({ Text: ticket.code, Gate: '东门-2' });
  expect(await ask('POST', '/scan', bearer, scan)).toMatchObject({ status: 200, body: { Verdict: 'ADMIT' } });
  expect(await ask('POST', '/scan', bearer, scan)).toEqual({
    status: 200,
    body: {
      Verdict: 'ALREADY_ENTERED',
      Message: expect.any(String),
      MessageZh: '此票已入场',
      RecordId: expect.stringMatching(/^[0-9a-f-]{36}$/),
      FilmTicketCode: ticket.info.filmTicketCode,
      ScreenCode: ticket.info.screenCode,
      SeatCode: '00000401_##8_##9',
      StartTime: film,
      ScreenName: '7号厅',
      FilmName: '示例影片',
      RowNum: 8,
      ColumnNum: 9,
      FirstEntry: { CheckTime: now, Gate: '东门-2' },
      ElapsedMs: expect.any(Number),
    },
  });
});

it('refuses callers without the token before it looks at the scan', async () => {
  const { ask, bearer } = await makeCinema();
  for (const authorization of [null, 'Bearer wrong', `${bearer}x`, bearer.replace('Bearer', 'Basic')]) {
    expect(await ask('POST', '/scan', authorization, '{"Text":"1"}')).toMatchObject({
      status: 401,
      body: { ErrorCode: 'UNAUTHORIZED' },
    });
  }
});

it('slows callers who guess the token, but none who has it', async () => {
  const { ask, bearer, consoleText } = await makeCinema();
  const answered: string[] = [];
  const guess = async () => {
    const answer = await ask('POST', '/scan', `Bearer ${randomBytes(32).toString('base64url')}`, '{"Text":"1"}');
    answered.push(`${answer.status}`);
    return answer;
  };
  for (let guessed = 0; guessed < 5; guessed += 1) await guess();
  const guessing = Array.from({ length: 25 }, guess);
  expect(await ask('POST', '/scan', bearer, '{"Text":"1"}')).toMatchObject({ status: 200 });
  expect(answered).not.toContain('429');
  const guesses = await Promise.all(guessing);
  const looked = guesses.filter(({ status }) => status === 401);
  // A new minute may have started in between.
  expect(looked.length).toBeLessThanOrEqual(5);
  const slowed = guesses.find(({ status }) => status !== 401);
  expect(slowed).toMatchObject({ status: 429, body: { ErrorCode: 'TOO_MANY_ATTEMPTS' } });
  expect(Number(slowed?.retryAfter)).toBeGreaterThan(0);
  expect(Number(slowed?.retryAfter)).toBeLessThanOrEqual(60);
  expect(await consoleText('/metrics')).toContain('scan_tokens_refused_total 30');
});

it('refuses what is no scan', async () => {
  const { ask, bearer } = await makeCinema();
  for (const body of [
    '{}',
    '{"Text":1}',
    '{"Text":"1","Gate":"a b"}',
    '{"Text":"1","Gate":"gate-9"}',
    '{"Text":"1","Scanner":""}',
    '{"Text":"1","Screen":"7"}',
    '[]',
  ]) {
    const refused = { status: 400, body: { ErrorCode: 'INVALID_QUERY' } };
    expect(await ask('POST', '/scan', bearer, body), body).toMatchObject(refused);
  }
});

it.each([
  ['too long', true, false, 413, 'BODY_TOO_LARGE'],
  ['too long, in chunks', true, true, 413, 'BODY_TOO_LARGE'],
  ['without the token', false, false, 401, 'UNAUTHORIZED'],
  ['without the token, in chunks', false, true, 401, 'UNAUTHORIZED'],
])('lets a caller that writes 20 MB before it reads see why: %s', async (_what, hasToken, chunked, status, code) => {
  const { url, ca, bearer } = await makeCinema();
  const said = await writeBeforeReading(`${url}/scan`, Buffer.alloc(20_000_000, ' '), {
    ca,
    chunked,
    headers: hasToken ? { authorization: bearer } : {},
  });
  expect(said.match(/(?<=HTTP\/1\.1 )\d+/g)).toEqual([`${status}`, '404']);
  expect(said).toContain(`"ErrorCode":"${code}"`);
});

it('refuses what is no JSON, or is too long, in the same form', async () => {
  const { ask, bearer } = await makeCinema();
  expect(await ask('POST', '/scan', bearer, '{"Text":')).toMatchObject({
    status: 400,
    body: { ErrorCode: 'INVALID_JSON' },
  });
  expect(await ask('POST', '/scan', bearer, JSON.stringify({ Text: 'x'.repeat(100_000) }))).toMatchObject({
    status: 413,
    body: { ErrorCode: 'BODY_TOO_LARGE' },
  });
});

it('shows in its health what waits, how old the keys are and when the upstream was heard', async () => {
  const { platform, ask, bearer } = await makeCinema();
  const first = sellTicket(ukey, film);
  platform.sell(first.info, { refundStatus: 'Yes' });
  await ask('POST', '/scan', bearer, JSON.stringify({ Text: first.code }));
  await platform.stop();
  await ask('POST', '/scan', bearer, JSON.stringify({ Text: sellTicket(ukey, film).code }));
  expect(await ask('GET', '/health', null)).toMatchObject({
    status: 200,
    body: {
      status: 'ok',
      records: { ok: true, waiting: 1, parked: 0, oldestUnsent: now },
      keys: { ok: true, cinemas: [{ cinemaCode: '31012801', keys: 1, ageSeconds: 0 }] },
      claims: { ok: true, toRelease: 0 },
      rechecks: { ok: true, toAsk: 1, toAskAgain: 0, noticedInLastDay: {} },
      upstream: { ok: true, clockTrusted: true, url: platform.bundle.Url, lastContactSeconds: 0 },
    },
  });
});
