// @module-tag slow
import { generateKeyPairSync } from 'node:crypto';
import { once } from 'node:events';
import { Agent, request as httpsRequest } from 'node:https';
import { type AddressInfo, connect as connectPlain } from 'node:net';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { connect, createServer, type SecureVersion } from 'node:tls';
import type { FastifyInstance } from 'fastify';
import { Counter } from 'prom-client';
import { beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { reportHealth } from './console.ts';
import { createLogger, ExpectedError, MAX_DISCARDED } from './index.ts';
import { createMetrics, measuredGauge } from './metrics.ts';
import type { RunningServer, ServerOptions } from './server.ts';
import { parseAddresses } from './setting-kinds.ts';
import { rsaTls, testTls } from './testing/certificate.ts';
import { LISTENERS } from './testing/free-port.ts';
import { askServer as ask, startTestServer } from './testing/test-server.ts';
import { writeBeforeReading } from './testing/write-before-reading.ts';

const LARGE = Buffer.alloc(20_000_000, ' ');

const lines: string[] = [];
const logger = createLogger('test', 'debug', { write: (line) => lines.push(line) });
const settingsAt = (PORT: number, HOST = '127.0.0.1') => ({ ...LISTENERS, HOST, PORT });
const start = (register: (app: FastifyInstance) => void = () => {}, more: Partial<ServerOptions> = {}) =>
  startTestServer({ logger, register, ...more });

beforeEach(() => {
  lines.length = 0;
});

describe('startServer', () => {
  it('serves health and metrics only on the console, over the same certificate', async () => {
    const { url, consoleUrl } = await start((app) => void app.get('/thing', async () => 'ok'));
    for (const path of ['/health', '/metrics']) {
      expect((await ask(`${consoleUrl}${path}`)).status).toBe(200);
      expect((await ask(`${url}${path}`)).status).toBe(404);
    }
    expect((await ask(`${consoleUrl}/thing`)).status).toBe(404);
  });

  it('computes health and metrics once a second, however many ask, and never answers from before the question', {
    tags: 'slow',
  }, async () => {
    let asked = 0;
    let measured = 0;
    const metrics = createMetrics();
    measuredGauge(metrics, 'times_measured', 'Times', () => ++measured);
    const startedAt = performance.now();
    const { consoleUrl } = await start(undefined, {
      health: [{ name: 'asked', run: async () => ({ ok: true, times: ++asked }) }],
      metrics,
    });
    const askOften = (path: string) => Promise.all(Array.from({ length: 30 }, () => ask(`${consoleUrl}${path}`)));
    const answers = (await Promise.all(['/health', '/metrics'].map(askOften))).flat();
    const computed = Math.ceil((performance.now() - startedAt) / 1000);
    expect(answers.every(({ status }) => status === 200)).toBe(true);
    expect(asked).toBeLessThanOrEqual(computed);
    expect(measured).toBeLessThanOrEqual(computed);
    const before = { asked, measured };
    const [health, text] = await Promise.all(['/health', '/metrics'].map((path) => ask(`${consoleUrl}${path}`)));
    expect(JSON.parse(health?.text ?? '')).toMatchObject({ asked: { times: before.asked + 1 } });
    expect(text?.text).toMatch(new RegExp(`^times_measured ${before.measured + 1}$`, 'm'));
  });

  it.each([
    ['a route', 'service', '/thing', false],
    ['no route, in chunks', 'service', '/nothing', true],
    ['the console, in chunks', 'console', '/health', true],
  ])(
    'lets a caller that writes 20 MB to %s before it reads see why, and answers its next request',
    async (_what, listener, path, chunked) => {
      const { url, consoleUrl } = await start((app) => void app.post('/thing', async () => 'ok'));
      const said = await writeBeforeReading((listener === 'console' ? consoleUrl : url) + path, LARGE, {
        ca: testTls.cert,
        chunked,
      });
      const statuses = said.match(/(?<=HTTP\/1\.1 )\d+/g);
      expect(statuses).toEqual(['413', '404']);
    },
  );

  it('cuts off who goes on sending a body that was refused', async () => {
    const { url } = await start((app) => void app.post('/thing', async () => 'ok'));
    const { hostname: host, port } = new URL(url);
    const socket = connect({ host, port: Number(port), ca: testTls.cert });
    socket.write(
      'POST /thing HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 1000000000\r\n\r\n',
    );
    socket.resume();
    const endless = Readable.from(Array.from({ length: 1000 }, () => LARGE.subarray(0, 1_000_000)));
    await expect(pipeline(endless, socket)).rejects.toThrow();
    expect(socket.bytesWritten).toBeGreaterThan(MAX_DISCARDED);
    expect(socket.bytesWritten).toBeLessThan(10 * MAX_DISCARDED);
  });

  it('reports its health, with the results of its checks', async () => {
    const { consoleUrl } = await start(undefined, {
      health: [{ name: 'database', run: async () => ({ ok: true, engine: 'sqlite' }) }],
    });
    const { status, text } = await ask(`${consoleUrl}/health`);
    expect(status).toBe(200);
    expect(JSON.parse(text)).toEqual({
      status: 'ok',
      name: 'box',
      version: '1.2.3',
      database: { ok: true, engine: 'sqlite' },
      certificate: { ok: true, degraded: false, refused: false, expiresAt: '2120-01-01T00:00:00.000Z' },
    });
  });

  it('shows strangers only status and version, and the rest to permitted callers', async () => {
    const { consoleUrl } = await start(undefined, {
      health: [{ name: 'keys', run: async () => ({ ok: true, degraded: true, withoutKeys: ['31012801'] }) }],
      mayReadHealth: async ({ headers }) => headers.authorization === 'Bearer good',
    });
    const through = async (headers: Record<string, string>) =>
      JSON.parse((await ask(`${consoleUrl}/health`, { headers: { 'x-forwarded-for': '192.0.2.1', ...headers } })).text);
    for (const headers of [{}, { authorization: 'Bearer bad' }]) {
      expect(await through(headers)).toEqual({ status: 'degraded', version: '1.2.3' });
    }
    expect(await through({ authorization: 'Bearer good' })).toMatchObject({ keys: { withoutKeys: ['31012801'] } });
  });

  it('answers 503 when a check fails or throws, and keeps the reason to the log', async () => {
    const { consoleUrl } = await start(undefined, {
      health: [
        { name: 'keys', run: async () => ({ ok: false, cinemas: 3 }) },
        { name: 'database', run: () => Promise.reject(new Error('disk on fire')) },
        { name: 'queue', run: async () => ({ ok: true }) },
      ],
    });
    const { status, text } = await ask(`${consoleUrl}/health`);
    expect(status).toBe(503);
    expect(JSON.parse(text)).toMatchObject({
      status: 'failing',
      keys: { ok: false, cinemas: 3 },
      database: { ok: false },
      queue: { ok: true },
    });
    expect(text).not.toContain('disk on fire');
    expect(lines.join()).toContain('disk on fire');
  });

  it('takes a check that does not answer for one that fails', async () => {
    const health = [
      { name: 'stuck', run: () => new Promise<never>(() => {}) },
      { name: 'queue', run: async () => ({ ok: true }) },
    ];
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    onTestFinished(() => void vi.useRealTimers());
    const report = reportHealth({ name: 'box', version: '1.2.3', health, metrics: createMetrics(), logger });
    await vi.advanceTimersByTimeAsync(5000);
    expect(await report).toMatchObject({
      status: 'failing',
      stuck: { ok: false, error: 'no answer within 5000 ms' },
      queue: { ok: true },
    });
  });

  it('shows metrics of its own service and of the process, also when several run in one process', async () => {
    const servers = await Promise.all(
      ['a', 'b'].map((name) => {
        const metrics = createMetrics();
        new Counter({ name: `scans_${name}`, help: 'Scans', registers: [metrics] }).inc(7);
        return start((app) => void app.get('/thing/:id', async () => 'ok'), { metrics });
      }),
    );
    const [first, second] = servers as [RunningServer, RunningServer];
    await ask(`${first.url}/thing/1`);
    await ask(`${first.url}/thing/2`);
    await ask(`${first.url}/unknown-1`);
    const a = (await ask(`${first.consoleUrl}/metrics`)).text;
    expect(a).toContain('scans_a 7');
    expect(a).not.toContain('scans_b');
    expect(a).toContain('http_request_duration_seconds_count{method="GET",route="/thing/:id",status="200"} 2');
    expect(a).not.toContain('unknown-1');
    expect(a).toContain('process_resident_memory_bytes');
    const b = (await ask(`${second.consoleUrl}/metrics`)).text;
    expect(b).toContain('scans_b 7');
    expect(b).not.toContain('/thing');
    expect(b).toContain('process_resident_memory_bytes');
  });

  it('hides what a 5xx was from the caller and logs it under the request id of the reply', async () => {
    const { url } = await start((app) => {
      app.get('/boom', async () => {
        throw new Error('select * from secrets');
      });
    });
    const { status, text, headers } = await ask(`${url}/boom`);
    expect(status).toBe(500);
    expect(text).not.toContain('secrets');
    const logged = lines.map((line) => JSON.parse(line)).find((line) => line.msg === 'request failed');
    expect(logged.err.message).toBe('select * from secrets');
    expect(logged.err.stack).toContain('server.test.ts');
    expect(logged.requestId).toBe(headers['x-request-id']);
    expect(JSON.parse(text).requestId).toBe(headers['x-request-id']);
  });

  it('takes no request id from a caller', async () => {
    const { url } = await start();
    const { headers } = await ask(`${url}/any`, { headers: { 'request-id': 'mine', 'x-request-id': 'mine' } });
    expect(headers['x-request-id']).toMatch(/^[0-9a-f-]{36}$/);
  });

  it('says that a port is in use, an address is not here, and a certificate or key is unusable', async () => {
    const { port } = await start();
    await expect(start(undefined, { settings: settingsAt(port) })).rejects.toThrow(
      new ExpectedError(`Cannot listen on 127.0.0.1 port ${port}: another program already listens there.`),
    );
    await expect(start(undefined, { settings: settingsAt(0, '192.0.2.1') })).rejects.toThrow(
      new ExpectedError('Cannot listen on 192.0.2.1 port 0: this machine does not have that address.'),
    );
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    for (const tls of [
      { cert: 'not a certificate', key: testTls.key },
      { cert: testTls.cert, key: 'not a key' },
      { cert: testTls.cert, key: String(privateKey.export({ type: 'pkcs8', format: 'pem' })) },
      { cert: testTls.cert, key: rsaTls.key },
    ]) {
      const failure = await start(undefined, { tls }).catch((error: unknown) => error);
      expect(failure).toBeInstanceOf(ExpectedError);
      expect((failure as Error).message).toMatch(/^The TLS certificate and its private key cannot be used \(.+\)\.$/);
    }
  });

  it('speaks TLS 1.2 and 1.3 and refuses TLS 1.1', async () => {
    const { port } = await start();
    expect(await handshake(port, 'TLSv1.3')).toBe('TLSv1.3');
    expect(await handshake(port, 'TLSv1.2')).toBe('TLSv1.2');
    await expect(handshake(port, 'TLSv1.1')).rejects.toThrow(/alert protocol version|unsupported protocol/i);

    // The client itself can speak 1.1, so it was the server that refused.
    const lax = createServer({ ...testTls, minVersion: 'TLSv1', ciphers: 'DEFAULT@SECLEVEL=0' }).listen(0);
    await once(lax, 'listening');
    expect(await handshake((lax.address() as AddressInfo).port, 'TLSv1.1')).toBe('TLSv1.1');
    lax.close();
  });

  it('speaks TLS 1.2 only in suites of authenticated encryption with forward secrecy', async () => {
    const { port } = await start();
    const { port: rsaPort } = await start(undefined, { tls: rsaTls });
    const speak = (suite: string) => {
      const at = suite.includes('ECDSA') ? port : rsaPort;
      return handshake(at, 'TLSv1.2', `${suite}:@SECLEVEL=0`);
    };
    const spoken = 'ECDHE-ECDSA-AES128-GCM-SHA256 ECDHE-RSA-AES128-GCM-SHA256 DHE-RSA-AES256-GCM-SHA384';
    for (const suite of spoken.split(' ')) expect(await speak(suite)).toBe('TLSv1.2');
    const refused = 'ECDHE-ECDSA-AES128-SHA256 ECDHE-ECDSA-AES128-CCM8 AES256-GCM-SHA384 AES128-SHA';
    for (const suite of refused.split(' ')) await expect(speak(suite), suite).rejects.toThrow(/handshake failure/);
  });
});

async function handshake(port: number, version: SecureVersion, ciphers = 'DEFAULT@SECLEVEL=0'): Promise<string | null> {
  const socket = connect({
    host: '127.0.0.1',
    port,
    ca: [testTls.cert, rsaTls.cert],
    minVersion: version,
    maxVersion: version,
    ciphers,
  });
  try {
    await once(socket, 'secureConnect');
    return socket.getProtocol();
  } finally {
    socket.destroy();
  }
}

describe('close', () => {
  it('finishes the requests under way, accepts no new ones, and does not wait for idle connections', async () => {
    const entered = Promise.withResolvers<void>();
    const release = Promise.withResolvers<void>();
    const server = await start((app) => {
      app.get('/slow', async () => {
        entered.resolve();
        await release.promise;
        return 'done';
      });
    });
    const agent = new Agent({ keepAlive: true, ca: testTls.cert });
    await ask(`${server.url}/any`, { agent });
    const slow = ask(`${server.url}/slow`, { agent: new Agent({ keepAlive: true, ca: testTls.cert }) });
    await entered.promise;
    const closing = server.close();
    expect(server.close()).toBe(closing);
    await expect(ask(`${server.url}/any`)).rejects.toThrow(/ECONNREFUSED|ECONNRESET|socket hang up/);
    release.resolve();
    expect(await slow).toMatchObject({ status: 200, text: 'done' });
    await closing;
    // As if anything had been awaited.
    expect(lines.join()).not.toContain('cut off');
  });

  it('closes connections whose TLS handshake or PROXY header is not complete', { timeout: 25_000 }, async () => {
    const settings = { ...settingsAt(0), PROXY_ADDRESSES: parseAddresses('127.0.0.2') };
    const server = await start(undefined, { settings, drainMs: 60_000 });
    const closed: Promise<unknown>[] = [];
    for (const localAddress of ['127.0.0.1', '127.0.0.2']) {
      const socket = connectPlain({ host: '127.0.0.1', port: server.port, localAddress }).resume();
      closed.push(new Promise((resolve) => socket.on('error', () => {}).on('close', resolve)));
      await once(server.app.server, 'connection');
    }
    // The timeout of a handshake is longer than this test may take.
    await server.close();
    await Promise.all(closed);
    expect(lines.join()).not.toContain('no proxy header');
  });

  it('cuts off a request that never ends', async () => {
    const server = await start((app) => void app.post('/', async () => 'ok'), { drainMs: 50 });
    const request = httpsRequest(server.url, {
      method: 'POST',
      ca: testTls.cert,
      agent: false,
      headers: { 'content-length': 100, 'content-type': 'text/plain' },
    });
    const outcome = once(request, 'response').catch((error: Error) => error.message);
    request.write('half');
    await once(server.app.server, 'request');
    await server.close();
    expect(await outcome).toBe('socket hang up');
    expect(lines.join()).toContain('cut off');
  });
});
