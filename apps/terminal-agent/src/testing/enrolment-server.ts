import { createHash, X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { createServer, request, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { buffer, text } from 'node:stream/consumers';
import type { testTls } from '@ticket-check/exchange/testing';
import { onTestFinished } from 'vitest';

type Tls = Awaited<ReturnType<typeof testTls>>;

/** The text of an enrolment of `door-1`; without a CA where the machine's own decide. */
export function enrolmentOf(url: string, ca: string | null): string {
  const text = `${url}#enrol=${'a'.repeat(22)}&as=door-1`;
  if (ca === null) return text;
  return `${text}&ca=${createHash('sha256').update(new X509Certificate(ca).raw).digest('base64url')}`;
}

/** Serves `/enrolment` with a certificate; `posted` is what was sent there. */
export async function serveEnrolment(tls: Tls, answer: { ca: string } | { relayTo: string }) {
  const posted: string[] = [];
  const server: Server = createServer(tls, async (asked, reply) => {
    const body = await text(asked);
    if (asked.method === 'POST') posted.push(body);
    if ('relayTo' in answer) {
      const { method, headers } = asked;
      const options = { method, headers, agent: false, rejectUnauthorized: false };
      const [passed] = await once(request(`${answer.relayTo}${asked.url}`, options).end(body), 'response');
      reply.writeHead(passed.statusCode, passed.headers).end(await buffer(passed));
      return;
    }
    reply.end(asked.method === 'POST' ? '{"Username":"door-1","CinemaCodes":["31010001"]}' : answer.ca);
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  onTestFinished(() => void server.close());
  return { url: `https://127.0.0.1:${(server.address() as AddressInfo).port}/`, posted };
}
