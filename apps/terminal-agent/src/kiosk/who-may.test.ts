// @module-tag service
import { readFile } from 'node:fs/promises';
import { BlockList } from 'node:net';
import { join } from 'node:path';
import { CA_FILE } from '@ticket-check/exchange';
import { postRaw } from '@ticket-check/exchange/testing';
import { epochOf, parseWallClock } from '@ticket-check/protocol';
import { parseAddresses } from '@ticket-check/runtime';
import type { FastifyRequest } from 'fastify';
import { describe, expect, it } from 'vitest';
import { ensureScanToken } from '../secrets/secret-file.ts';
import { makeTerminal } from '../testing/test-terminal.ts';
import { createWhoMay, KEY_HEADER } from './who-may.ts';

const clock = () => epochOf(parseWallClock('2026-11-24T19:50:00'));

const connection = (remoteAddress: string, localAddress: string, headers: Record<string, string> = {}) =>
  ({
    socket: { remoteAddress, localAddress },
    headers: { host: 'localhost', ...headers },
  }) as unknown as FastifyRequest;

describe('the machines that may open the kiosk page', () => {
  const { isHere } = createWhoMay({
    token: 'secret',
    addresses: parseAddresses('192.168.7.20, 10.8.0.0/16,fd00::/8'),
    hosts: ['door-1.cinema.example'],
  });

  it.each([
    ['127.0.0.1', '127.0.0.3', true],
    ['::1', '::1', true],
    ['::ffff:127.0.0.1', '::ffff:127.0.0.1', true],
    ['192.168.7.5', '192.168.7.5', true],
    ['192.168.7.6', '192.168.7.5', false],
    ['192.168.7.20', '192.168.7.5', true],
    ['::ffff:10.8.255.1', '::ffff:192.168.7.5', true],
    ['10.9.0.1', '192.168.7.5', false],
    ['fd12::7', '2001:db8::1', true],
    ['2001:db8::2', '2001:db8::1', false],
  ])('from %s to %s: %s', (remote, local, may) => {
    expect(isHere(connection(remote, local))).toBe(may);
  });

  it('are not those behind a proxy on this machine', () => {
    for (const name of ['forwarded', 'x-forwarded-for', 'x-real-ip', 'via']) {
      expect(isHere(connection('127.0.0.1', '127.0.0.1', { [name]: '203.0.113.7' }))).toBe(false);
    }
  });

  it.each([
    ['tickets.example.com', false],
    ['203.0.113.7:9000', false],
    ['', false],
    ['door-1.cinema.example:9000', true],
    ['localhost:9000', true],
    ['127.0.0.3', true],
    ['[::1]:9000', true],
    ['192.168.7.5:9000', true],
  ])('ask for this terminal, and not for %j as a proxy that adds nothing does: %s', (host, may) => {
    expect(isHere(connection('127.0.0.1', '192.168.7.5', { host }))).toBe(may);
  });

  it.each(['', '10.8.0.0/8/8', 'terminal.example', 'fd00::/129'])('cannot be %j', (text) => {
    expect(() => parseAddresses(text)).toThrow(/is not an IP address or subnet/);
  });
});

describe('a terminal', () => {
  async function startTerminal() {
    const terminal = await makeTerminal({ now: clock });
    const agent = await terminal.start();
    const ca = await readFile(join(terminal.env.DATA_DIR!, CA_FILE), 'utf8');
    const ask = (method: string, path: string, headers: Record<string, string> = {}, body = '') =>
      postRaw(`${agent.url}${path}`, body, { ca, method, headers });
    const { text } = await ask('GET', '/kiosk?gate=gate-1');
    const page = JSON.parse(/<script type="application\/json" id="page">(.*)<\/script>/.exec(text)![1]!);
    return { ask, page, text, terminal };
  }

  it('takes scans of its own page, and of no other site or machine', async () => {
    const { ask, page } = await startTerminal();
    const own = {
      'content-type': 'application/json',
      [KEY_HEADER]: page.key as string,
      'sec-fetch-site': 'same-origin',
    };
    const scan = (headers: Record<string, string>) => ask('POST', '/scan', headers, '{"Text":"1"}');
    expect(await scan(own)).toMatchObject({ status: 200 });
    const refused: Record<string, string>[] = [
      { ...own, [KEY_HEADER]: 'x'.repeat(page.key.length) },
      { ...own, 'sec-fetch-site': 'cross-site' },
      { ...own, 'sec-fetch-site': 'same-site' },
      { 'content-type': 'application/json', [KEY_HEADER]: page.key },
      { ...own, 'x-forwarded-for': '203.0.113.7' },
    ];
    for (const headers of refused) expect((await scan(headers)).status, JSON.stringify(headers)).toBe(401);
  });

  it('serves the page and its files with a policy that lets nothing else in, and nothing to a proxy', async () => {
    const { ask, page, text } = await startTerminal();
    const answer = await ask('GET', '/kiosk?gate=gate-1');
    const policy = `${answer.headers['content-security-policy']}`;
    expect(policy).toContain("default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'");
    for (const path of text.matchAll(/(?:src|href)="(\/[^"]+)"/g))
      expect((await ask('GET', path[1]!)).status).toBe(200);
    const files = `/kiosk/files/${page.build}`;
    for (const path of [
      'camera/es/reader/index.js',
      'camera/es/share.js',
      'camera/reader/zxing_reader.wasm',
      'font/files/noto-sans-sc-4-wght-normal.woff2',
    ]) {
      expect((await ask('GET', `${files}/${path}`)).status, path).toBe(200);
    }
    for (const path of ['src/config.ts', 'font/files/../package.json', 'camera/es/..%2f..%2fpackage.json', 'x']) {
      expect((await ask('GET', `${files}/${path}`)).status, path).toBe(404);
    }
    const proxied = { 'x-forwarded-for': '203.0.113.7' };
    expect(await ask('GET', '/kiosk?gate=gate-1', proxied)).toMatchObject({
      status: 403,
      text: expect.not.stringContaining(page.key),
    });
    expect((await ask('GET', '/kiosk/events?gate=gate-1', { 'sec-fetch-site': 'cross-site' })).status).toBe(403);
    expect((await ask('GET', '/kiosk/events?gate=gate-9', { 'sec-fetch-site': 'same-origin' })).status).toBe(404);
  });

  it('serves no page and takes no scan of it where it is turned off', async () => {
    const terminal = await makeTerminal({ now: clock, settings: { KIOSK: 'off' } });
    const agent = await terminal.start();
    const ca = await readFile(join(terminal.env.DATA_DIR!, CA_FILE), 'utf8');
    const { key } = createWhoMay({
      token: await ensureScanToken(terminal.env.DATA_DIR!),
      addresses: new BlockList(),
      hosts: [],
    });
    const headers = { 'content-type': 'application/json', [KEY_HEADER]: key, 'sec-fetch-site': 'same-origin' };
    expect(await postRaw(`${agent.url}/scan`, '{"Text":"1"}', { ca, headers })).toMatchObject({ status: 401 });
    expect(await postRaw(`${agent.url}/kiosk`, '', { ca, method: 'GET' })).toMatchObject({ status: 404 });
  });

  it('asks at which gate the screen stands, and names those that it has', async () => {
    const { ask } = await startTerminal();
    const chooser = await ask('GET', '/kiosk');
    for (const gate of ['gate-1', 'gate-2']) expect(chooser.text).toContain(`href="/kiosk?gate=${gate}"`);
    expect(await ask('GET', '/kiosk?gate=%3Cb%3E')).toMatchObject({
      status: 404,
      text: expect.stringContaining('&#60;b&#62;'),
    });
    const kept = { cookie: '__Host-kiosk-gate=gate-2' };
    expect((await ask('GET', '/kiosk', kept)).text).toContain('"gate":"gate-2"');
    expect((await ask('GET', '/kiosk?choose', kept)).text).toContain('Which gate');
  });
});
