// @module-tag slow
import { createHash, X509Certificate } from 'node:crypto';
import { createServer, request, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { buffer, text } from 'node:stream/consumers';
import { createUpstreamStore } from '@ticket-check/exchange';
import { testTls } from '@ticket-check/exchange/testing';
import { expect, it, onTestFinished } from 'vitest';
import { runCommand } from '../testing/run-program.ts';
import { makeTerminal } from '../testing/test-terminal.ts';

type Tls = Awaited<ReturnType<typeof testTls>>;

const CODE = 'a'.repeat(22);
const [genuine, stranger] = await Promise.all([testTls(), testTls()]);

/** Serves `/enrolment` with a certificate; `posted` is what was sent there. */
async function serve(tls: Tls, answer: { ca: string } | { relayTo: string }) {
  const posted: string[] = [];
  const server: Server = createServer(tls, async (asked, reply) => {
    const body = await text(asked);
    if (asked.method === 'POST') posted.push(body);
    if ('relayTo' in answer) {
      const options = {
        method: asked.method,
        headers: asked.headers,
        agent: false,
        rejectUnauthorized: false,
      } as const;
      request(`${answer.relayTo}${asked.url}`, options, async (passed) => {
        reply.writeHead(passed.statusCode ?? 500, passed.headers).end(await buffer(passed));
      }).end(body);
      return;
    }
    reply.end(asked.method === 'POST' ? '{"Username":"door-1","CinemaCodes":["31010001"]}' : answer.ca);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  return { url: `https://127.0.0.1:${(server.address() as AddressInfo).port}/`, posted };
}

async function enrol(url: string, ca: string | null) {
  const { env, open } = await makeTerminal({ now: Date.now });
  const fingerprint = ca === null ? '' : createHash('sha256').update(new X509Certificate(ca).raw).digest('base64url');
  const enrolment = `${url}#enrol=${CODE}${ca === null ? '' : `&ca=${fingerprint}`}`;
  const ended = await runCommand(['upstream', 'enrol', enrolment], env as Record<string, string>);
  const store = await open();
  return { ...ended, upstream: await createUpstreamStore(store).current() };
}

it.each([
  ['the genuine CA, then another', genuine.ca + stranger.ca],
  ['another, then the genuine CA', stranger.ca + genuine.ca],
  ['the genuine CA among a chain', genuine.cert + genuine.ca],
  ['the genuine CA with another as a trusted certificate', genuine.ca + stranger.ca.replaceAll('CERT', 'TRUSTED CERT')],
  ['another CA', stranger.ca],
])('sends no code to a stranger who answers with %s', async (_name, ca) => {
  const { url, posted } = await serve(stranger, { ca });
  expect(await enrol(url, genuine.ca)).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('Nothing was sent there'),
    upstream: null,
  });
  expect(posted).toEqual([]);
});

it('sends no code through a relay that passes everything on', async () => {
  const platform = await serve(genuine, genuine);
  const relay = await serve(stranger, { relayTo: platform.url.slice(0, -1) });
  expect(await enrol(relay.url, genuine.ca)).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('Nothing was sent there'),
    upstream: null,
  });
  expect([...relay.posted, ...platform.posted]).toEqual([]);
});

it('sends no code to a server that this machine does not trust, where the enrolment names no CA', async () => {
  const { url, posted } = await serve(stranger, { ca: stranger.ca });
  expect(await enrol(url, null)).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('Nothing was sent there'),
    upstream: null,
  });
  expect(posted).toEqual([]);
});

it('pins the CA of the enrolment alone', async () => {
  const { url, posted } = await serve(genuine, { ca: `# of the platform\n${genuine.ca}` });
  expect(await enrol(url, genuine.ca)).toMatchObject({ code: 0, upstream: { caPem: genuine.ca } });
  expect(posted).toHaveLength(1);
});
