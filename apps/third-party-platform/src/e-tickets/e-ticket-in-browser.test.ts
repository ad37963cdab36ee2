// @module-tag process
import { CONTRAST_OF_ALL_TEXT } from '@ticket-check/admin/testing';
import { APIS, eTicketOrderQueryJson, readETicket, reportQueryJson, wallClockAt } from '@ticket-check/protocol';
import { readSymbols } from '@ticket-check/simulators/symbols';
import type { Page } from 'playwright-core';
import { expect, test, vi } from 'vitest';
import { faultsOf as axeFaultsOf, complaintsOf, openChromium } from '../testing/chromium.ts';
import { CINEMA, checkTicket } from '../testing/test-cinema.ts';
import { ask } from '../testing/test-platform.ts';
import { createETicket, startScene } from './testing/scene.ts';

const PATIENT = { timeout: 60_000 };

/** They are read in sunlight. */
const faultsOf = (page: Page) => axeFaultsOf(page, { checks: CONTRAST_OF_ALL_TEXT });

/** The page redraws the code whenever it receives another: repeats until a picture is of one that stayed. */
async function codeOn(page: Page) {
  const code = page.getByRole('img', { name: '二维码' });
  const picture = await vi.waitFor(() => code.screenshot(), PATIENT);
  const [symbol] = await readSymbols(picture);
  const read = readETicket(symbol?.text ?? '');
  if (typeof read === 'string') throw new Error(`${read}: ${symbol?.text}`);
  return read;
}

/** Every second of the platform's clock until now, and the next one. */
function secondsSince(from: number): string[] {
  const count = Math.ceil((Date.now() - from) / 1000) + 2;
  return Array.from({ length: count }, (_, second) => wallClockAt(from + second * 1000).replace('T', ' '));
}

test('an e-ticket on a phone shows the ticket and a code that ages, and says live that it was refunded', async () => {
  const { seller, sell, national, site, host } = await startScene('');
  const ticket = sell();
  const { url } = await createETicket(seller, ticket);
  const window = await openChromium();
  const page = await window.newPage();
  // Long ago, at another place: the page goes by the platform's clock.
  await page.clock.install({ time: new Date('2020-02-02T02:02:02Z') });
  const complaints = complaintsOf(page);
  const openedAt = Date.now();
  await page.goto(url);
  await page.getByText('已售出').waitFor();
  for (const text of ['示例影城', '示例影片', '7号厅', '8 排 9 座', '¥ 45.00', '¥ 3.00', ticket.info.filmTicketCode]) {
    await page.getByText(text, { exact: true }).waitFor();
  }
  expect(await codeOn(page)).toMatchObject({ host, code: ticket.code });
  const text = (id: string) => page.locator(`#${id}`).textContent();
  const [verified, clock] = [await text('verified'), await text('clock')];
  const since = secondsSince(openedAt);
  expect(since).toContain(verified);
  expect(since.map((time) => time.slice(11))).toContain(clock);
  expect(await text('known')).toContain('秒前');
  expect(await text('countdown')).toMatch(/\d+ 秒后更新/);
  expect(await faultsOf(page)).toEqual([]);
  expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(390);

  national.sell(ticket.info, { refundStatus: 'Yes', refundTime: ticket.info.startTime });
  site.clock.ahead = 61_000;
  await page.getByText('已退票').waitFor();
  expect(await page.getByRole('img', { name: '二维码' }).count()).toBe(0);
  await page.getByText('此票已退，不能入场').waitFor();
  expect(await faultsOf(page)).toEqual([]);
  expect(complaints).toEqual([]);
});

test('an e-ticket hides when it is not in front, says when it has lost contact, and lets its code expire', async () => {
  const { seller, sell, service } = await startScene('');
  const { url } = await createETicket(seller, sell());
  const page = await (await openChromium()).newPage();
  await page.clock.install();
  await page.goto(url);
  const code = page.getByRole('img', { name: '二维码' });
  await code.waitFor();
  await page.evaluate(`dispatchEvent(new Event('blur'))`);
  await code.waitFor({ state: 'hidden' });
  await page.evaluate(`dispatchEvent(new Event('focus'))`);
  await code.waitFor();
  // As a browser says it that is covered by another tab or app.
  const cover = (hidden: boolean) =>
    page.evaluate(`{
      Object.defineProperty(document, 'hidden', { value: ${hidden}, configurable: true });
      document.dispatchEvent(new Event('visibilitychange'));
    }`);
  await cover(true);
  await code.waitFor({ state: 'hidden' });
  await cover(false);
  await code.waitFor();

  await service.close();
  const last = await codeOn(page);
  await page.clock.runFor(40_000);
  await page.getByText('与平台失去联系').waitFor();
  expect((await codeOn(page)).time).toBe(last.time);
  expect(await page.locator('#countdown').textContent()).toMatch(/\d+ 秒后失效/);
  expect(await faultsOf(page)).toEqual([]);
  await page.clock.runFor(265_000);
  await page.getByText('二维码已过期').waitFor();
  await code.waitFor({ state: 'hidden' });
  expect(await faultsOf(page)).toEqual([]);
});

test('an e-ticket moves as no picture does, and neither prints nor lets itself be selected or copied', async () => {
  const { seller, sell } = await startScene('');
  const ticket = sell();
  const { url } = await createETicket(seller, ticket);
  const page = await (await openChromium()).newPage();
  await page.clock.install();
  // It receives nothing, and its clock stands still: only the watermark still moves over its fields.
  await page.route(/\/(?:events|now)$/, (route) => route.abort());
  await page.goto(url);
  const code = page.getByRole('img', { name: '二维码' });
  await code.waitFor();
  await page.clock.pauseAt(Date.now() + 15_000);
  const fields = page.locator('dl');
  const picture = await fields.screenshot();
  await expect.poll(async () => (await fields.screenshot()).equals(picture)).toBe(false);
  const watermark = page.locator('#watermark');
  const marked = await watermark.getAttribute('data-text');
  expect(marked).toContain(ticket.info.filmTicketCode);
  expect(marked).toContain(await page.locator('#clock').textContent());
  await page.clock.runFor(1000);
  expect(await watermark.getAttribute('data-text')).not.toBe(marked);
  // It lies over the code, which can be read and touched all the same.
  await code.click({ trial: true });
  expect(await codeOn(page)).toMatchObject({ code: ticket.code });

  await page.keyboard.press('Control+A');
  expect(await page.evaluate('getSelection().toString()')).toBe('');
  for (const event of ['copy', 'contextmenu', 'dragstart']) {
    const isTaken = `document.dispatchEvent(new Event('${event}', { cancelable: true }))`;
    expect(await page.evaluate(isTaken), event).toBe(false);
  }
  await page.emulateMedia({ media: 'print' });
  expect(await page.locator('body').isVisible()).toBe(false);
});

test('an e-ticket renews its code by itself where nobody tells it anything, and says when its link was revoked, its guest went in or it was picked up on paper', async () => {
  const { seller, sell, terminal, site } = await startScene('', { E_TICKET_PAGES: '0' });
  const tickets = [sell(), sell(), sell()] as const;
  const entered = await createETicket(seller, tickets[0]);
  const revoked = await createETicket(seller, tickets[1]);
  const printed = await createETicket(seller, tickets[2]);
  const window = await openChromium();
  const open = async (url: string) => {
    const page = await window.newPage();
    await page.clock.install();
    await page.goto(url);
    await page.getByRole('img', { name: '二维码' }).waitFor();
    return page;
  };
  const [one, other, third] = [await open(entered.url), await open(revoked.url), await open(printed.url)];
  const before = await codeOn(one);
  site.clock.ahead = 31_000;
  await one.clock.runFor(31_000);
  await expect.poll(async () => (await codeOn(one)).time).toBeGreaterThan(before.time);
  const record = checkTicket(tickets[0]);
  await ask(
    terminal,
    APIS.reportOriginalCheckTickets,
    reportQueryJson(CINEMA, [record], { extended: true, overrides: true, priceForm: 'two-decimals' }),
  );
  await one.clock.runFor(31_000);
  await one.getByText('已入场').waitFor();
  expect(await faultsOf(one)).toEqual([]);
  await ask(seller, APIS.recordPickUp, eTicketOrderQueryJson({ ...tickets[2].info, ticketInfoCode: tickets[2].code }));
  await third.clock.runFor(31_000);
  await third.getByText('已取纸质票', { exact: true }).waitFor();
  await third.getByText('请持纸质票入场').waitFor();
  expect(await third.getByRole('img', { name: '二维码' }).count()).toBe(0);
  expect(await faultsOf(third)).toEqual([]);
  await ask(seller, APIS.revokeETicket, { Token: revoked.token });
  await other.clock.runFor(31_000);
  await other.getByText('链接已失效').waitFor();
  expect(await faultsOf(other)).toEqual([]);
  expect(await other.getByRole('img', { name: '二维码' }).count()).toBe(0);
  await other.reload();
  await other.getByText('没有这张电子影票').waitFor();
  expect(await faultsOf(other)).toEqual([]);
  await other.goto(new URL('/t?c=x&t=1&k=y&s=z', entered.url).href);
  await other.getByText('请在检票口的扫码枪前出示').waitFor();
  expect(await faultsOf(other)).toEqual([]);
});
