import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { placeCertificate } from '@ticket-check/exchange/testing';
import { expect, it, onTestFinished } from 'vitest';
import { serveLoginLinks } from './login-links.ts';
import { CA_FILE, type Site, send } from './site.ts';

it('logs in once by a link, which only looking at it and a console that does not answer leave as it is', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'login-links-'));
  await placeCertificate(directory);
  onTestFinished(() => rm(directory, { recursive: true, force: true }));
  const read = (path: string) => readFile(join(directory, path), 'utf8');
  const [pem, ca] = [await read('tls/server.pem'), await read(CA_FILE)];
  let isDown = true;
  // What a console sends to a browser that logs in.
  const console = createServer({ cert: pem, key: pem }, ({ method }, response) => {
    if (isDown) return response.writeHead(503).end();
    if (method === 'GET') return response.end('<input type="hidden" name="_csrf" value="x">');
    return response.writeHead(303, { 'set-cookie': '__Host-session-national-platform=abc; Secure' }).end();
  });
  await once(console.listen(0, 'localhost'), 'listening');
  onTestFinished(() => void console.close());
  const url = `https://localhost:${(console.address() as AddressInfo).port}`;
  const site: Pick<Site, 'consoleUrlOf' | 'readFile'> = {
    consoleUrlOf: () => url,
    readFile: (_role, path) => read(path),
  };
  const passwords = { 'national-platform': { anna: 'x' }, 'third-party-platform': {}, 'terminal-agent': {} };
  const { links, close } = await serveLoginLinks(site as Site, { passwords, areChosen: true, checkToken: '' });
  onTestFinished(close);
  const open = async (method: string) => (await send(links[0]!.url, { ca, method })).status;
  expect([await open('HEAD'), await open('GET')]).toEqual([410, 503]);
  isDown = false;
  expect([await open('GET'), await open('GET')]).toEqual([303, 410]);
});
