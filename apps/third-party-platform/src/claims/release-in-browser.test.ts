// @module-tag process
import { buildConsoles } from '@ticket-check/console/build';
import { freePort } from '@ticket-check/runtime/testing';
import { beforeAll, expect, test } from 'vitest';
import { complaintsOf, openChromium } from '../testing/chromium.ts';
import { allowCommands, OWN } from '../testing/console-browser.ts';
import { CINEMA, claimOn, makeUkey } from '../testing/test-cinema.ts';
import { claimAs, createSiteBehind, createTerminal } from '../testing/test-platform.ts';

// Not of the time that a test may take.
beforeAll(buildConsoles);

const REASON = '3 号检票口终端损坏 <b>& "观众"</b>';

test('a supervisor logs in for the first time, releases a claim in the browser, and the guest gets in at another terminal', async () => {
  const { site, sell } = await createSiteBehind(makeUkey(), { settings: { CONSOLE_PORT: `${await freePort()}` } });
  const service = await site.start();
  await site.keysStored();
  const ticket = sell();
  const { info } = ticket;
  const claimAt = async (terminal: string) =>
    claimAs(createTerminal(await site.issue(terminal, CINEMA, service.url)), {
      ...claimOn(ticket),
      gate: 'gate-3',
    });
  expect(await claimAt('terminal-1')).toMatchObject({ claimed: true });
  await site.command('account', 'name', 'terminal-1', '3 号门');
  const { entry } = await claimAt('terminal-2');
  expect(entry).toMatchObject({ terminal: '3 号门', unrecorded: true });

  await allowCommands(site);
  const added = await site.command('operator', 'add', 'li.wei', '--role', 'supervisor', '--cinemas', CINEMA);
  const page = await (await openChromium()).newPage();
  const requested = new Set<string>();
  page.on('request', (request) => requested.add(new URL(request.url()).origin));
  const complaints = complaintsOf(page);
  await page.goto(entry?.claimUrl ?? '');
  await page.getByLabel('用户名').fill('li.wei');
  await page.getByLabel('密码').fill(JSON.parse(added.stdout).OneTimePassword);
  await page.getByRole('button', { name: '登录' }).click();
  await page.getByLabel('新密码', { exact: true }).fill(OWN);
  await page.getByLabel('再次输入新密码').fill(OWN);
  await page.getByRole('button', { name: '保存新密码' }).click();
  // Back where the link led to.
  expect(page.url()).toBe(entry?.claimUrl);
  await page.getByText('3 号门 terminal-1').waitFor();
  const named = { cinema: info.cinemaCode, ticket: info.filmTicketCode, start: info.startTime };
  await page.goto(`${service.consoleUrl}/ticket?${new URLSearchParams(named)}`);
  await page.getByText('3 号门 terminal-1').waitFor();
  await page.getByRole('link', { name: '归还占票' }).click();
  await page.waitForURL(entry?.claimUrl ?? '');
  await page.goto(`${service.consoleUrl}/claims?q=${info.filmTicketCode}`);
  const row = page.getByRole('row').filter({ hasText: info.filmTicketCode });
  expect(await row.textContent()).toContain('gate-3');
  for (const width of [390, 1440]) {
    await page.setViewportSize({ width, height: 900 });
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(width);
  }
  // Somebody else looks at the same, and is about to look for something else.
  const other = await page.context().newPage();
  await other.goto(`${service.consoleUrl}/claims?q=${info.filmTicketCode}`);
  await other.getByText('实时更新').waitFor();
  await other.getByLabel('电影票编码、记录编号或终端账号').fill('terminal-2');
  await row.getByRole('button', { name: '归还' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByText('可以再次被占用').waitFor();
  await dialog.getByLabel('归还原因').fill(REASON);
  await dialog.getByLabel('您的登录密码').fill(OWN);
  await dialog.getByRole('button', { name: '归还' }).click();
  await page.getByText('占票已归还').waitFor();
  await other.getByText('没有符合条件的数据').waitFor();
  expect(await other.getByLabel('电影票编码、记录编号或终端账号').inputValue()).toBe('terminal-2');
  await page.getByRole('link', { name: 'English' }).click();
  await page.getByRole('button', { name: 'Log out' }).click();
  expect(await page.getByText('You are logged out.').isVisible()).toBe(true);
  // What goes on by itself ends with the login.
  await other.waitForURL('**/login?**');
  expect([...requested]).toEqual([service.consoleUrl]);
  expect(complaints).toEqual([]);

  expect(await claimAt('terminal-3')).toMatchObject({ claimed: true, entryPossible: true });
  const released = (await site.lines('audit', 'list')).filter(({ Name }) => Name === 'claims release');
  expect(released).toMatchObject([
    { Actor: 'li.wei', From: '127.0.0.1', What: { reason: REASON, released: [{ account: 'terminal-1' }] } },
  ]);
});
