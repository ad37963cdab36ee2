// @module-tag process
import { createRecordStore, type ReceivedRecord } from '@ticket-check/check-records';
import { buildConsoles } from '@ticket-check/console/build';
import { addSeconds, wallClockAt } from '@ticket-check/protocol';
import { expect, test } from 'vitest';
import { faultsOf } from '../testing/axe-faults.ts';
import { complaintsOf, openChromium } from '../testing/chromium.ts';
import { addOperator, OWN, withStore } from '../testing/console-browser.ts';
import { checkTicket, makeUkey, NOON_AHEAD_MS, sellTicket } from '../testing/test-cinema.ts';
import { createSite } from '../testing/test-platform.ts';

const ukey = makeUkey();
const DESKTOP = { width: 1440, height: 900 };
const PHONE = { width: 390, height: 844 };

function recordNow(changes: Partial<ReceivedRecord> = {}): ReceivedRecord {
  const record = checkTicket(sellTicket(ukey));
  const checkTime = wallClockAt(Date.now() + NOON_AHEAD_MS);
  const kept = { account: 'terminal-1', gate: '', quarantine: null, offline: null, differences: [] };
  return { ...record, startTime: addSeconds(checkTime, -1), checkTime, receivedAt: checkTime, ...kept, ...changes };
}

test('today shows who came in and what needs somebody, and changes by itself until the session ends', async () => {
  await buildConsoles();
  const site = await createSite('');
  site.clock.ahead = NOON_AHEAD_MS;
  const service = await site.start();
  await addOperator(site, 'li.wei', 'supervisor');
  const keep = (...records: ReceivedRecord[]) =>
    withStore(site, (store) => createRecordStore(store).keep(records, { forward: true }));
  await keep(recordNow(), recordNow());

  const page = await (await openChromium()).newPage();
  const complaints = complaintsOf(page);
  const hosts = new Set<string>();
  page.on('request', (request) => hosts.add(new URL(request.url()).host));
  await page.goto(`${service.consoleUrl}/today`);
  await page.getByLabel('用户名').fill('li.wei');
  await page.getByLabel('密码').fill(OWN);
  await page.getByRole('button', { name: '登录', exact: true }).click();
  await page.getByText('尚未连接国家平台').waitFor();
  expect(page.url()).toBe(`${service.consoleUrl}/today`);
  expect(await page.title()).toBe('今日 · 第三方检票平台');
  const figure = (head: string) =>
    page
      .locator('.figures > div', { has: page.locator('dt', { hasText: head }) })
      .locator('dd')
      .textContent();
  await expect.poll(() => figure('有效入场')).toBe('2');
  expect(await figure('待报送')).toBe('2');
  expect(await page.getByRole('img', { name: '有效入场 2 次' }).locator('canvas').isVisible()).toBe(true);

  // Told live: nobody loads the page again.
  await page.evaluate("document.title = 'still here'");
  await keep(recordNow(), recordNow({ quarantine: 'CODE_CONTRADICTS_RECORD' }));
  await page.getByText('1 条记录被隔离').waitFor();
  const aside = page.getByRole('listitem').filter({ hasText: '1 条记录被隔离' });
  expect(await aside.getByRole('link').getAttribute('href')).toBe('/outbox?kind=quarantined');
  await expect.poll(() => figure('有效入场')).toBe('3');
  expect(await page.title()).toBe('still here');

  for (const size of [DESKTOP, PHONE]) {
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.setViewportSize(size);
      await page.emulateMedia({ colorScheme });
      await expect.poll(() => page.evaluate('document.documentElement.style.colorScheme')).toBe(colorScheme);
      expect(await faultsOf(page), `${size.width} ${colorScheme}`).toEqual([]);
      expect(await page.evaluate('document.documentElement.scrollWidth <= innerWidth')).toBe(true);
    }
  }
  // The menu of a phone.
  await page.getByRole('button', { name: '菜单' }).click();
  const drawer = page.getByRole('dialog');
  await drawer.getByRole('link', { name: '今日' }).waitFor();
  await expect.poll(() => faultsOf(page)).toEqual([]);
  await drawer.getByRole('link', { name: 'English' }).click();
  await page.getByText('No national platform is set').waitFor();
  expect(await page.title()).toBe('Today · Third-party check-in platform');

  // Of a Chromium that was started under LANG=C, which no chart can be drawn by.
  const kiosk = await page.context().newPage();
  await kiosk.addInitScript("Object.defineProperty(navigator, 'language', { value: 'en-US@posix' })");
  await kiosk.goto(`${service.consoleUrl}/today`);
  await kiosk.locator('.figures').waitFor();
  await kiosk.locator('p').filter({ hasText: 'Checks by ten minutes' }).waitFor();
  await kiosk.close();

  await withStore(site, (store) => store.db.deleteFrom('operatorSession').execute());
  await page.waitForURL(`${service.consoleUrl}/login?return=%2Ftoday`);
  expect(complaints).toEqual([]);
  expect([...hosts]).toEqual([new URL(service.consoleUrl).host]);
});
