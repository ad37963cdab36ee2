// @module-tag service
import { once } from 'node:events';
import { get } from 'node:https';
import { connect as connectPlain, type Socket } from 'node:net';
import { Duplex } from 'node:stream';
import { buffer, text } from 'node:stream/consumers';
import { connect } from 'node:tls';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { isFromHere } from './console.ts';
import { createLogger } from './logger.ts';
import { parseAddresses } from './setting-kinds.ts';
import { testTls } from './testing/certificate.ts';
import { LISTENERS } from './testing/free-port.ts';
import { proxyHeader } from './testing/proxy-header.ts';
import { askServer, startTestServer } from './testing/test-server.ts';

const lines: Record<string, unknown>[] = [];
const sockets: Socket[] = [];

beforeEach(() => {
  lines.length = 0;
});
afterEach(() => {
  for (const socket of sockets.splice(0)) socket.destroy();
});

const start = (PROXY_ADDRESSES = '127.0.0.2', MAX_CONNECTIONS_PER_ADDRESS = 100) =>
  startTestServer({
    settings: { ...LISTENERS, MAX_CONNECTIONS_PER_ADDRESS, PROXY_ADDRESSES: parseAddresses(PROXY_ADDRESSES) },
    logger: createLogger('test', 'info', { write: (line) => lines.push(JSON.parse(line)) }),
    register(app) {
      app.get('/', async (request) => ({
        ip: request.ip,
        here: isFromHere(request),
        beside: isFromHere(request, parseAddresses('203.0.113.0/24')),
      }));
    },
    drainMs: 0,
  });

/** A connection of the proxy at 127.0.0.2. */
function dial(port: number, from = '127.0.0.2'): Socket {
  const socket = connectPlain({ host: '127.0.0.1', port, localAddress: from });
  socket.setNoDelay(true).on('error', () => {});
  sockets.push(socket);
  return socket;
}

async function ask(socket: Socket, path = '/'): Promise<{ ip: string; here: boolean; beside: boolean }> {
  const secured = connect({ socket, ca: testTls.cert }).on('error', () => {});
  const answer = await get(`https://127.0.0.1${path}`, { createConnection: () => secured });
  const [response] = await once(answer, 'response');
  return JSON.parse(await text(response));
}

/** TLS through a relay that puts `header` before its first bytes, and sends what comes first in pieces. */
async function askThrough(port: number, header: Buffer, cut: number): Promise<{ ip: string }> {
  const upstream = dial(port);
  await once(upstream, 'connect');
  const relay = new Duplex({
    read() {},
    write(chunk: Buffer, _encoding, done) {
      send(chunk).then(() => done(), done);
    },
    final: (done) => void upstream.end(done),
  });
  upstream.on('data', (chunk) => relay.push(chunk)).on('close', () => relay.push(null));
  let isFirst = true;
  async function send(chunk: Buffer): Promise<void> {
    if (!isFirst) return void upstream.write(chunk);
    isFirst = false;
    const whole = Buffer.concat([header, chunk]);
    upstream.write(whole.subarray(0, cut));
    await new Promise((resolve) => setImmediate(resolve));
    upstream.write(whole.subarray(cut));
  }
  return ask(relay as Socket);
}

test('a guest is shown, with the header glued to the ClientHello or cut at any byte', { tags: 'slow' }, async () => {
  const { port } = await start();
  const header = proxyHeader('2001:db8::7', 4242, Buffer.from('030004aabbccdd', 'hex'));
  const cuts = Array.from({ length: header.length + 4 }, (_, index) => index + 1);
  const answers = await Promise.all([...cuts, 10_000].map((cut) => askThrough(port, header, cut)));
  for (const answer of answers) expect(answer).toMatchObject({ ip: '2001:db8::7', here: false });
});

test('the header is read at the console too, and a guest is never this machine because it has its address', async () => {
  const { port, consoleUrl } = await start();
  const through = (address: string, at: number) => {
    const socket = dial(at);
    socket.write(proxyHeader(address, 1));
    return ask(socket, at === port ? '/' : '/health');
  };
  expect(await through('203.0.113.9', port)).toEqual({ ip: '203.0.113.9', here: false, beside: true });
  expect(await through('127.0.0.1', port)).toEqual({ ip: '127.0.0.1', here: false, beside: false });
  expect(await through('127.0.0.1', Number(new URL(consoleUrl).port))).toEqual({ status: 'ok', version: '1.2.3' });
});

test('a proxy that speaks for itself keeps its address, and one that is not listed is spoken to in TLS', async () => {
  const { port } = await start('127.0.0.2,2001:db8::/32');
  const local = dial(port);
  local.write(proxyHeader(null, 0));
  expect(await ask(local)).toEqual({ ip: '127.0.0.2', here: true, beside: true });
  expect(await ask(dial(port, '127.0.0.3'))).toMatchObject({ ip: '127.0.0.3' });
  const foreign = dial(port, '127.0.0.3');
  foreign.write(proxyHeader('203.0.113.9', 1));
  await expect(ask(foreign)).rejects.toThrow();
  expect(lines.filter(({ fault }) => fault !== undefined)).toEqual([]);
});

test('limits of connections count the guest', async () => {
  const { port } = await start('127.0.0.2', 2);
  const through = async (address: string) => {
    const socket = dial(port);
    socket.write(proxyHeader(address, 1));
    const secured = connect({ socket, ca: testTls.cert }).on('error', () => {});
    await once(secured, 'secureConnect');
  };
  for (const _ of [1, 2]) await through('203.0.113.9');
  await expect(through('203.0.113.9')).rejects.toThrow();
  await through('203.0.113.10');
  expect(lines).toMatchObject([{}, {}, { fault: 'too many from the address', remoteAddress: '203.0.113.9' }]);
});

const v2 = proxyHeader('203.0.113.9', 1);
const changed = (at: number, value: number) => Buffer.from(v2.map((byte, index) => (index === at ? value : byte)));
test.each([
  ['version 1', Buffer.from('PROXY TCP4 203.0.113.9 192.0.2.1 56324 443\r\n')],
  ['TLS', Buffer.from('16030100', 'hex')],
  ['another version', changed(12, 0x31)],
  ['an unknown command', changed(12, 0x22)],
  ['UDP', changed(13, 0x12)],
  ['no address', changed(15, 4)],
  ['one byte more than 2048', Buffer.concat([v2.subarray(0, 14), Buffer.from([7, 0xf1])])],
])('a proxy that sends %s is closed', async (_name, bytes) => {
  const { port, consoleUrl } = await start();
  const socket = dial(port);
  socket.write(bytes);
  expect(await buffer(socket)).toHaveLength(0);
  const closed = { fault: 'no proxy header', remoteAddress: '127.0.0.2' };
  expect(lines.filter(({ fault }) => fault !== undefined)).toMatchObject([closed]);
  const metrics = (await askServer(`${consoleUrl}/metrics`)).text;
  expect(metrics).toMatch(/listener="service",fault="no proxy header"\} 1$/m);
});

test('a proxy that never sends the rest of its header is closed', { tags: 'slow' }, async () => {
  const { port } = await start();
  const silent = [0, 27].map((bytes) => {
    const socket = dial(port);
    socket.write(v2.subarray(0, bytes));
    return buffer(socket);
  });
  expect(await Promise.all(silent)).toEqual([Buffer.alloc(0), Buffer.alloc(0)]);
});
