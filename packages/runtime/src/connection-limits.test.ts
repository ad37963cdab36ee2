import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { connect as connectPlain, type Socket } from 'node:net';
import { text as readText } from 'node:stream/consumers';
import { connect } from 'node:tls';
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { createLogger } from './index.ts';
import { testTls } from './testing/certificate.ts';
import { LISTENERS } from './testing/free-port.ts';
import { startFixture } from './testing/run-fixture.ts';
import { askServer, startTestServer } from './testing/test-server.ts';

const lines: Record<string, unknown>[] = [];
const logger = createLogger('test', 'warn', { write: (line) => lines.push(JSON.parse(line)) });
const sockets: Socket[] = [];

beforeEach(() => {
  lines.length = 0;
});
afterEach(() => {
  for (const socket of sockets.splice(0)) socket.destroy();
});

/** More than the buffers of two sockets hold. */
const LARGE = 'x'.repeat(32 * 1024 * 1024);

const asking = (path: string) => `GET ${path} HTTP/1.1\r\nHost: x\r\n\r\n`;

const start = (MAX_CONNECTIONS = 10, MAX_CONNECTIONS_PER_ADDRESS = 10) =>
  startTestServer({
    settings: { ...LISTENERS, HOST: '0.0.0.0', MAX_CONNECTIONS, MAX_CONNECTIONS_PER_ADDRESS },
    logger,
    register(app) {
      app.get('/', async () => 'ok');
      app.get('/held', () => new Promise(() => {}));
      app.get('/large', async () => LARGE);
    },
    drainMs: 0,
  });

const ask = async (url: string): Promise<string> => (await askServer(url)).text;

/** A connection that its server has taken, as its answer to the handshake shows. */
async function openFrom(localAddress: string, port: number): Promise<Socket> {
  const socket = connect({ socket: connectPlain({ host: '127.0.0.1', port, localAddress }), ca: testTls.cert });
  sockets.push(socket);
  socket.on('error', () => {});
  await once(socket, 'secureConnect');
  return socket;
}

describe('a listener', () => {
  it('closes what one address opens beyond its bound, and serves the others', async () => {
    const { port, consoleUrl } = await start(100, 5);
    const held = await Promise.all(Array.from({ length: 5 }, () => openFrom('127.0.0.2', port)));
    await expect(openFrom('127.0.0.2', port)).rejects.toThrow();
    await expect(openFrom('127.0.0.3', port)).resolves.toBeDefined();
    expect(await ask(`${consoleUrl}/metrics`)).toMatch(
      /^connections_closed_by_limit_total\{listener="service",fault="too many from the address"\} 1$/m,
    );
    expect(lines).toMatchObject([{ fault: 'too many from the address', remoteAddress: '127.0.0.2' }]);

    held[0]?.end();
    await expect.poll(() => openFrom('127.0.0.2', port).catch(() => null)).not.toBeNull();
  });

  it('closes the longest idle connection of the address that has most for one that has fewer', async () => {
    const { port, consoleUrl } = await start(6, 5);
    const held: Socket[] = [];
    for (const _ of [1, 2, 3, 4]) held.push((await openFrom('127.0.0.2', port)).resume());
    const [underWay, , answered] = held as [Socket, Socket, Socket, Socket];
    underWay.write(asking('/held'));
    answered.write(asking('/'));
    await once(answered, 'data');
    for (const _ of [1, 2]) await openFrom('127.0.0.3', port);
    const closed = () => held.flatMap(({ destroyed }, index) => (destroyed ? [index] : []));

    await openFrom('127.0.0.4', port);
    await expect.poll(closed).toEqual([1]);
    await openFrom('127.0.0.4', port);
    await expect.poll(closed).toEqual([1, 3]);
    // Each of three addresses has two.
    await expect(openFrom('127.0.0.4', port)).rejects.toThrow();
    const metrics = await ask(`${consoleUrl}/metrics`);
    expect(metrics).toMatch(/listener="service",fault="evicted"\} 2$/m);
    expect(metrics).toMatch(/^connections_open\{listener="service"\} 6$/m);
    const evicted = { fault: 'evicted', remoteAddress: '127.0.0.2' };
    expect(lines).toMatchObject([evicted, evicted, { fault: 'too many in all', remoteAddress: '127.0.0.4' }]);
  });

  it('of the console has a bound of its own for each address', async () => {
    const { consoleUrl } = await start(1000, 1000);
    const port = Number(new URL(consoleUrl).port);
    const open = () => {
      const socket = connectPlain({ host: '127.0.0.1', port, localAddress: '127.0.0.2' });
      sockets.push(socket);
      return socket.on('error', () => {}).resume();
    };
    await Promise.all(Array.from({ length: 128 }, () => once(open(), 'connect')));
    await once(open(), 'close');
    const text = await ask(`${consoleUrl}/metrics`);
    expect(text).toMatch(/listener="console",fault="too many from the address"\} 1$/m);
  });

  it('answers as many requests as a client may send ahead, in their order, again and again', async () => {
    const { port } = await start();
    const socket = await openFrom('127.0.0.1', port);
    const most = Array.from({ length: 15 }, (_, index) => asking(`/${index}`)).join('');
    let answers = '';
    socket.setEncoding('utf8').on('data', (text) => {
      answers += text;
    });
    for (let time = 1; time <= 3; time += 1) {
      socket.write(most + asking('/'));
      await expect.poll(() => answers.match(/200 OK/g)?.length).toBe(time);
    }
    expect(answers.match(/HTTP\/1\.1 404/g)).toHaveLength(45);
    expect(answers).toMatch(/HTTP\/1\.1 200 OK.*ok$/s);
  });

  it.each([
    ['are as good as any', asking('/')],
    ['name no host', 'GET / HTTP/1.1\r\n\r\n'],
    ['expect what no server does', 'GET / HTTP/1.1\r\nHost: x\r\nExpect: wonders\r\n\r\n'],
    ['ask whether they may go on', 'GET /held HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\n\r\n'],
  ])('cuts off who sends too many requests ahead that %s', async (_what, asked) => {
    const { url, port, consoleUrl } = await start();
    const socket = await openFrom('127.0.0.1', port);
    socket.resume().write(`GET /held HTTP/1.1\r\nHost: x\r\n\r\n${asked.repeat(16)}`);
    await once(socket, 'close');
    expect(lines).toMatchObject([{ fault: 'pipelined', remoteAddress: '127.0.0.1' }]);
    expect(await ask(`${consoleUrl}/metrics`)).toMatch(/listener="service",fault="pipelined"\} 1$/m);
    expect(await ask(url)).toBe('ok');
  });

  it.each([
    [400, 'GET / HTTP/1.1\r\n\r\n'],
    [417, 'GET / HTTP/1.1\r\nHost: x\r\nExpect: wonders\r\nConnection: close\r\n\r\n'],
    [100, 'GET / HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nConnection: close\r\n\r\n'],
  ])('answers %i where HTTP has it', async (status, asked) => {
    const { port } = await start();
    const socket = await openFrom('127.0.0.1', port);
    socket.write(asked);
    expect(await readText(socket)).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
  });

  it('cuts off who asks for more and has not taken what was answered', { tags: 'slow' }, async () => {
    const { url, port, consoleUrl } = await start();
    const reader = await openFrom('127.0.0.2', port);
    reader.pause().write(asking('/large'));
    const metrics = () => ask(`${consoleUrl}/metrics`);
    await expect.poll(() => reader.readableLength).toBeGreaterThan(0);
    expect(await metrics()).not.toContain('fault="unread"');
    reader.write(asking('/'));
    await expect.poll(metrics).toMatch(/listener="service",fault="unread"\} 1$/m);
    expect(lines).toMatchObject([{ fault: 'unread', remoteAddress: '127.0.0.2' }]);
    expect(await ask(url)).toBe('ok');
  });
});

describe('a stranger who asks and asks and reads nothing', { tags: 'process' }, () => {
  it.each([
    ['the service', 'ready', 'GET / HTTP/1.1\r\nHost: x\r\n\r\n'],
    ['the service, with a body', 'ready', 'POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n{}'],
    ['the console', 'console', 'GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n'],
  ])('is cut off by %s, which keeps its memory and answers others', async (_what, which, asked) => {
    const service = startFixture(['serve'], { PORT: '0', LOG_LEVEL: 'warn' });
    await service.said(/^ready/m);
    const url = new URL(await service.said(new RegExp(`^${which} (\\S+)$`, 'm')));
    const { child } = service;
    onTestFinished(() => void child.kill('SIGKILL'));
    const { pid = 0 } = child;
    const resident = () => Number(/^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1024;
    await ask(url.href);
    const before = resident();

    const flood = asked.repeat(Math.ceil(200_000 / asked.length));
    let most = 0;
    async function stranger(): Promise<void> {
      for (let time = 0; time < 4; time += 1) {
        const socket = connect({ host: url.hostname, port: Number(url.port), ca: testTls.cert });
        sockets.push(socket);
        socket.on('error', () => {});
        socket.pause();
        socket.write(flood);
        await new Promise((resolve) => socket.once('close', resolve));
        most = Math.max(most, resident());
      }
    }
    let over = false;
    const strangers = Promise.all(Array.from({ length: 12 }, stranger)).finally(() => {
      over = true;
    });
    let answered = 0;
    while (!over) {
      await ask(url.href);
      answered += 1;
    }
    await strangers;
    expect(answered).toBeGreaterThan(0);
    expect(most - before).toBeLessThan(400);
    child.kill('SIGTERM');
    const { stderr } = await service.ended;
    const logged = stderr
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(logged.every(({ msg }) => /(at|by) a limit|refused/.test(msg))).toBe(true);
  });
});
