// @module-tag service
import { once } from 'node:events';
import { request } from 'node:https';
import { connect } from 'node:tls';
import { describeSqlite } from '@ticket-check/storage/testing';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Accounts } from '../accounts/accounts.ts';
import { CINEMA, issueCaller, NOON, openAccounts, type TestCaller } from '../testing/accounts.ts';
import { postRaw } from '../testing/requests.ts';
import { keysApi, type SignedServer, startSignedServer } from '../testing/signed-server.ts';

const KEYS = { PublicKeys: [{ PublicKey: 'MIIB', StartTime: '2026-01-01T00:00:00' }] };

describeSqlite('signed Apis over TLS', (engine) => {
  let url: string;
  let accounts: Accounts;
  let caller: TestCaller;
  let server: SignedServer;

  beforeAll(async () => {
    url = await engine.url();
    ({ accounts } = await openAccounts(engine, () => NOON, url));
    caller = await issueCaller(accounts, { username: 'platform-1' });
    server = await startSignedServer({ apis: [keysApi(async () => KEYS)], accounts });
  });
  afterAll(() => server.close());

  test.each([
    'application/json',
    'text/plain',
    'multipart/form-data; boundary=x',
    'application/octet-stream',
    'no media type at all',
    '',
  ])('takes a body of Content-Type %j as JSON, with Content-Length and in chunks', async (contentType) => {
    const body = caller.request('GetPublicKeys', { CinemaCode: CINEMA });
    const headers = { 'content-type': contentType };
    for (const chunked of [false, true]) {
      const reply = await postRaw(server.url, body, { ca: server.ca, headers, chunked });
      expect(reply.status).toBe(200);
      expect(reply.json().ReplyData).toEqual(KEYS);
    }
  });

  test('answers the next request on the same connection after a body that was too large', async () => {
    const good = caller.request('GetPublicKeys', { CinemaCode: CINEMA });
    const head = (length: number) => `POST / HTTP/1.1\r\nHost: x\r\nContent-Length: ${length}\r\n`;
    const socket = connect({ host: '127.0.0.1', port: server.port, ca: server.ca, servername: 'localhost' });
    await once(socket, 'secureConnect');
    socket.write(`${head(3_000_000)}\r\n`);
    socket.write(Buffer.alloc(3_000_000, ' '));
    socket.write(`${head(Buffer.byteLength(good))}Connection: close\r\n\r\n${good}`);
    const received: Buffer[] = [];
    for await (const chunk of socket) received.push(chunk);
    const statuses = Buffer.concat(received)
      .toString()
      .match(/HTTP\/1\.1 \d+/g);
    expect(statuses).toEqual(['HTTP/1.1 413', 'HTTP/1.1 200']);
  });

  test('stays up when a caller goes away in the middle of its body', async () => {
    const gone = request(server.url, {
      method: 'POST',
      ca: server.ca,
      agent: false,
      headers: { 'content-length': 500 },
    });
    gone.on('error', () => {});
    gone.write('{"Version":');
    await once(gone, 'socket');
    await once(gone.socket as NodeJS.EventEmitter, 'secureConnect');
    gone.destroy();
    const reply = await postRaw(server.url, caller.request('GetPublicKeys', { CinemaCode: CINEMA }), server);
    expect(reply.status).toBe(200);
  });
});
