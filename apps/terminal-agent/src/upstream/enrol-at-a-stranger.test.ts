// @module-tag slow
import { createUpstreamStore } from '@ticket-check/exchange';
import { testTls } from '@ticket-check/exchange/testing';
import { expect, it } from 'vitest';
import { enrolmentOf, serveEnrolment } from '../testing/enrolment-server.ts';
import { runCommand } from '../testing/run-program.ts';
import { makeTerminal } from '../testing/test-terminal.ts';

const [genuine, stranger] = await Promise.all([testTls(), testTls()]);

async function enrol(url: string, ca: string | null) {
  const { env, open } = await makeTerminal({ now: Date.now });
  const ended = await runCommand(['upstream', 'enrol', enrolmentOf(url, ca)], env as Record<string, string>);
  const store = await open();
  return { ...ended, upstream: await createUpstreamStore(store).current() };
}

it.each<[string, answer: string, ca: string | null]>([
  ['the genuine CA, then another', genuine.ca + stranger.ca, genuine.ca],
  ['another, then the genuine CA', stranger.ca + genuine.ca, genuine.ca],
  ['the genuine CA among a chain', genuine.cert + genuine.ca, genuine.ca],
  [
    'the genuine CA with another as a trusted certificate',
    genuine.ca + stranger.ca.replaceAll('CERT', 'TRUSTED CERT'),
    genuine.ca,
  ],
  ['another CA', stranger.ca, genuine.ca],
  ['a CA that this machine does not trust, where the enrolment names none', stranger.ca, null],
])('sends no code to a stranger who answers with %s', async (_name, answer, ca) => {
  const { url, posted } = await serveEnrolment(stranger, { ca: answer });
  expect(await enrol(url, ca)).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('Nothing was sent there'),
    upstream: null,
  });
  expect(posted).toEqual([]);
});

it('sends no code through a relay that passes everything on', async () => {
  const platform = await serveEnrolment(genuine, genuine);
  const relay = await serveEnrolment(stranger, { relayTo: platform.url.slice(0, -1) });
  expect(await enrol(relay.url, genuine.ca)).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('Nothing was sent there'),
    upstream: null,
  });
  expect([...relay.posted, ...platform.posted]).toEqual([]);
});

it('pins only the CA of the enrolment', async () => {
  const { url, posted } = await serveEnrolment(genuine, { ca: `# of the platform\n${genuine.ca}` });
  expect(await enrol(url, genuine.ca)).toMatchObject({ code: 0, upstream: { caPem: genuine.ca } });
  expect(posted).toHaveLength(1);
});
