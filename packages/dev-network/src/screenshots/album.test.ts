// @module-tag process
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { launchBrowser } from '@ticket-check/browser';
import { expect, onTestFinished, test } from 'vitest';
import { openAlbum } from './album.ts';
import { openPage } from './settled.ts';

async function serve(): Promise<string> {
  const server = createServer(({ url }, response) => {
    response.statusCode = url === '/broken' ? 500 : 200;
    response.setHeader('content-type', 'text/html').end('<main><h1>Terminals</h1></main>');
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

test('a page that cannot be opened is named with why, and the others are shot all the same', async () => {
  const origin = await serve();
  const directory = await mkdtemp(join(tmpdir(), 'album-'));
  onTestFinished(() => rm(directory, { recursive: true }));
  const browser = await launchBrowser();
  onTestFinished(() => browser.close());
  const page = await browser.newPage();
  const album = openAlbum(browser, directory, ['console/terminals-zh']);

  for (const name of ['broken', 'terminals']) {
    await album.attempt(name, async () => {
      await openPage(page, `${origin}/${name}`);
      await album.shoot(page, `console/${name}-zh`);
      await album.shoot(page, `console/${name}-en`);
    });
  }

  expect(album.missing()).toEqual(['broken: it was answered with 500']);
  expect(album.count()).toBe(1);
  expect(existsSync(join(directory, 'console/terminals-zh.png'))).toBe(true);
  await browser.close();
  await expect(album.attempt('terminals', () => openPage(page, origin))).rejects.toThrow('closed');
});
