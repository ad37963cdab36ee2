// @module-tag process
// @module-tag service
import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import { createServer, request } from 'node:https';
import type { AddressInfo } from 'node:net';
import { buildConsoles } from '@ticket-check/console/build';
import { testTls } from '@ticket-check/runtime/testing';
import { expect, onTestFinished, test } from 'vitest';
import { openChromium } from '../apps/third-party-platform/src/testing/chromium.ts';
import { OWN } from '../apps/third-party-platform/src/testing/console-browser.ts';
import { testSite } from './testing/test-site.ts';

const ROLE = 'third-party-platform';
const site = await testSite({ [ROLE]: { SECOND_FACTOR_ROLES: 'administrator' } });

const BEAT = 'event: beat\ndata: 35000\n\n';

/** Passes on what a console tells until it is cut; whatever connects then hears heartbeats only. */
async function startRelay(consoleUrl: string) {
  const open = new Set<ServerResponse>();
  let isCut = false;
  const server = createServer(testTls, (asked, answer) => {
    open.add(answer);
    answer.on('close', () => open.delete(answer));
    if (isCut) answer.writeHead(200, { 'content-type': 'text/event-stream' }).flushHeaders();
    else {
      const { url = '', headers } = asked;
      request(`${consoleUrl}${url}`, { headers, rejectUnauthorized: false, agent: false }, (told) => {
        answer.writeHead(told.statusCode ?? 500, told.headers);
        told.pipe(answer);
        answer.on('close', () => told.destroy());
      }).end();
    }
    server.emit('listened');
  });
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const drop = () => {
    for (const answer of open) answer.destroy();
  };
  return {
    url: `https://127.0.0.1:${(server.address() as AddressInfo).port}`,
    beat: () => open.forEach((answer) => void answer.write(BEAT)),
    /** Until a page has connected again. */
    connected: () => once(server, 'listened'),
    cut() {
      isCut = true;
      drop();
    },
    mend() {
      isCut = false;
      drop();
    },
  };
}

/** Has a page keep its event streams where a test finds them. */
const KEEP_STREAMS = `
  const Real = EventSource;
  window.EventSource = class extends Real {
    constructor(url) {
      super(url);
      window.stream = this;
    }
  };`;

/** Once the page has taken two heartbeats: what it made of the first is shown by then. */
const TWO_BEATS = `new Promise((resolve) => {
  let beats = 0;
  stream.addEventListener('beat', () => { beats += 1; if (beats === 2) resolve(); });
})`;

test('a screen and a page of forms say that they are old once their service is frozen or only beats, and go on when it tells', {
  timeout: 120_000,
}, async () => {
  await buildConsoles();
  await site.start(ROLE);
  const added = JSON.parse(
    await site.command(ROLE, ['operator', 'add', 'li.wei', '--role', 'supervisor', '--all-cinemas']),
  );
  const context = await openChromium();
  const screen = await context.newPage();
  await screen.goto(`${site.consoleUrlOf(ROLE)}/today`);
  await screen.getByLabel('用户名').fill('li.wei');
  await screen.getByLabel('密码').fill(added.OneTimePassword);
  await screen.getByRole('button', { name: '登录' }).click();
  await screen.getByLabel('新密码', { exact: true }).fill(OWN);
  await screen.getByLabel('再次输入新密码').fill(OWN);
  await screen.clock.install();
  await screen.getByRole('button', { name: '保存新密码' }).click();
  const forms = await context.newPage();
  await forms.clock.install();
  await forms.goto(`${site.consoleUrlOf(ROLE)}/claims`);
  const pages = [screen, forms];
  for (const page of pages) await page.getByText('实时更新').waitFor();

  const pid = site.processOf(ROLE)!;
  onTestFinished(() => void process.kill(pid, 'SIGCONT'));
  process.kill(pid, 'SIGSTOP');
  for (const page of pages) {
    await page.clock.fastForward(36_000);
    await page.getByText('连接已中断').waitFor({ timeout: 2_000 });
  }
  process.kill(pid, 'SIGCONT');
  for (const page of pages) await page.getByText('实时更新').waitFor();

  for (const page of pages) {
    const relay = await startRelay(site.consoleUrlOf(ROLE));
    const staysOld = async () => {
      await page.getByText('连接已中断').waitFor();
      const taken = page.evaluate(TWO_BEATS);
      await page.evaluate('0');
      relay.beat();
      relay.beat();
      await taken;
      expect(await page.getByText('连接已中断').count()).toBe(1);
    };
    await page.addInitScript(KEEP_STREAMS);
    await page.route(/\/events\?/, (route) => {
      const { pathname, search } = new URL(route.request().url());
      return route.continue({ url: `${relay.url}${pathname}${search}` });
    });
    await page.reload();
    await page.getByText('实时更新').waitFor();
    // A browser connects again by itself: a heartbeat is no news.
    let connected = relay.connected();
    relay.cut();
    await connected;
    await staysOld();
    // A second attempt that gets no answer at all is repeated too.
    for (const _ of ['silent', 'silent again']) {
      connected = relay.connected();
      await page.clock.fastForward(36_000);
      await connected;
    }
    connected = relay.connected();
    relay.mend();
    await connected;
    await page.getByText('实时更新').waitFor();
    if (page === screen) continue;
    // The stream goes on, and the page could not be asked for again.
    await page.route('**/claims', (route) => route.abort());
    await page.clock.fastForward(31_000);
    await staysOld();
    await page.unroute('**/claims');
    await page.clock.fastForward(31_000);
    await page.getByText('实时更新').waitFor();
  }
});
