// @module-tag service
import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { CA_FILE } from '@ticket-check/exchange';
import { postRaw } from '@ticket-check/exchange/testing';
import { writeBeforeReading } from '@ticket-check/runtime/testing';
import { expect, it } from 'vitest';
import { scanTokenFile } from '../secrets/secret-file.ts';
import { makeCinema, now } from '../testing/evening.ts';
import { metricsOf } from '../testing/test-terminal.ts';

async function startAgent() {
  const cinema = await makeCinema({ settings: { GATES: 'gate-1;东门-2' } });
  const agent = await cinema.terminal.start();
  const { DATA_DIR = '' } = cinema.terminal.env;
  const token = (await readFile(scanTokenFile(DATA_DIR), 'utf8')).trim();
  const ca = await readFile(join(DATA_DIR, CA_FILE), 'utf8');

  /** One scan by a page or a till beside the gate. */
  async function scan(authorization: string | null, body: string) {
    const headers = { 'content-type': 'application/json', ...(authorization !== null && { authorization }) };
    const { status, headers: heads, text } = await postRaw(`${agent.url}/scan`, body, { ca, headers });
    return { status, retryAfter: heads['retry-after'], body: JSON.parse(text) };
  }
  return { ...cinema, url: agent.url, ca, scan, metrics: () => metricsOf(agent, DATA_DIR), bearer: `Bearer ${token}` };
}

it('answers 200 with the verdict, whatever it is', async () => {
  const { sell, scan, bearer } = await startAgent();
  const ticket = sell();
  const body = JSON.stringify({ Text: ticket.code, Gate: '东门-2' });
  const lowerCase = bearer.replace('Bearer', 'bearer');
  expect(await scan(lowerCase, body)).toMatchObject({ status: 200, body: { Verdict: 'ADMIT' } });
  expect(await scan(bearer, body)).toMatchObject({
    status: 200,
    body: {
      Verdict: 'ALREADY_ENTERED',
      Message: expect.any(String),
      MessageZh: '此票已入场',
      RecordId: expect.stringMatching(/^[0-9a-f-]{36}$/),
      FirstEntry: { CheckTime: now, Gate: '东门-2' },
      ElapsedMs: expect.any(Number),
    },
  });
});

it('refuses callers without the token before it looks at the scan', async () => {
  const { scan, bearer } = await startAgent();
  for (const authorization of [null, 'Bearer wrong', `${bearer}x`, bearer.replace('Bearer', 'Basic')]) {
    expect(await scan(authorization, '{"Text":"1"}')).toMatchObject({
      status: 401,
      body: { ErrorCode: 'UNAUTHORIZED' },
    });
  }
});

it('slows callers who guess the token, but none who has it', async () => {
  const { scan, bearer, metrics } = await startAgent();
  const guess = () => scan(`Bearer ${randomBytes(32).toString('base64url')}`, '{"Text":"1"}');
  for (let guessed = 0; guessed < 5; guessed += 1) await guess();
  let answered = 0;
  const guessing = Array.from({ length: 25 }, async () => {
    const { status } = await guess();
    answered += 1;
    return status;
  });
  expect(await scan(bearer, '{"Text":"1"}')).toMatchObject({ status: 200 });
  // A new minute may have started in between.
  expect(answered).toBeLessThanOrEqual(5);
  expect(new Set(await Promise.all(guessing))).toEqual(new Set([401]));
  expect(await metrics()).toContain('scan_tokens_refused_total 30');
});

it('refuses what is no scan', async () => {
  const { scan, bearer } = await startAgent();
  expect(await scan(bearer, '{"Text":')).toMatchObject({ status: 400, body: { ErrorCode: 'INVALID_JSON' } });
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
    expect(await scan(bearer, body), body).toMatchObject(refused);
  }
});

it.each([
  ['too long', true, false, 413, 'BODY_TOO_LARGE'],
  ['too long, in chunks', true, true, 413, 'BODY_TOO_LARGE'],
  ['without the token', false, false, 401, 'UNAUTHORIZED'],
  ['without the token, in chunks', false, true, 401, 'UNAUTHORIZED'],
])('lets a caller that writes 20 MB before it reads see why: %s', async (_what, hasToken, chunked, status, code) => {
  const { url, ca, bearer } = await startAgent();
  const said = await writeBeforeReading(`${url}/scan`, Buffer.alloc(20_000_000, ' '), {
    ca,
    chunked,
    headers: hasToken ? { authorization: bearer } : {},
  });
  expect(said.match(/(?<=HTTP\/1\.1 )\d+/g)).toEqual([`${status}`, '404']);
  expect(said).toContain(`"ErrorCode":"${code}"`);
});
