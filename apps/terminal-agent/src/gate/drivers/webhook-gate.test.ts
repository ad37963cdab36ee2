import { createHmac } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { expect, it, onTestFinished } from 'vitest';
import { createWebhookGate } from './webhook-gate.ts';

const ID = '01936000-0000-7000-8000-000000000001' as never;
const KEY = Buffer.from('0123456789abcdef0123456789abcdef');
const secret = `whsec_${KEY.toString('base64')}`;
const NOW = 1_700_000_000_000;

/** A gate whose door controller answers as told. */
async function startGate(answer: RequestListener, answerMs?: number) {
  const server = createServer(answer).listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const url = new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/open?door=1`);
  const plan = { driver: 'webhook', url, openMs: 700 } as const;
  const gate = createWebhookGate('东门', plan, { secret, now: () => NOW, ...(answerMs !== undefined && { answerMs }) });
  await gate.start();
  onTestFinished(() => gate.stop());
  return gate;
}

it('calls the door controller with gate, record and time, signed by Standard Webhooks, each call on its own', async () => {
  const calls: { request: IncomingMessage; body: string }[] = [];
  const gate = await startGate(async (request, reply) => {
    calls.push({ request, body: await text(request) });
    reply.writeHead(204).end();
  });
  await gate.open(ID);
  await gate.open(ID);
  const [{ request, body } = calls[0]!, again] = calls;
  expect([request.method, request.url]).toEqual(['POST', '/open?door=1']);
  expect(JSON.parse(body)).toEqual({ Gate: '东门', RecordId: ID, OpenMs: 700 });
  const { 'webhook-id': id, 'webhook-timestamp': timestamp, 'webhook-signature': signature } = request.headers;
  expect(timestamp).toBe(`${NOW / 1000}`);
  const sum = createHmac('sha256', KEY).update(`${id}.${timestamp}.${body}`).digest('base64');
  expect(signature).toBe(`v1,${sum}`);
  expect(again!.request.headers['webhook-id']).not.toBe(id);
});

it.each<[string, RequestListener, string]>([
  ['answers 500', (_, reply) => reply.writeHead(500).end(), 'the door controller answers 500'],
  [
    'sends it elsewhere',
    (_, reply) => reply.writeHead(307, { location: 'https://elsewhere.example/' }).end(),
    'the door controller answers 307',
  ],
  ['closes', (request) => request.socket.destroy(), 'the door controller cannot be called: UND_ERR_SOCKET'],
  ['hangs', () => {}, 'the door controller does not answer'],
])('a controller that %s has not opened', async (_name, answer, reason) => {
  const gate = await startGate(answer, 200);
  await expect(gate.open(ID)).rejects.toThrow(reason);
});

it('an answer without an end has opened, and holds up neither the next guest nor the end of the agent', async () => {
  const gate = await startGate((_, reply) => void reply.writeHead(200).write('x'));
  await gate.open(ID);
  await gate.open(ID);
  await gate.stop();
  await expect(gate.open(ID)).rejects.toThrow('it is not started');
});
