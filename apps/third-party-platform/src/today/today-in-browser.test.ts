// @module-tag process
import { createRecordStore, type ReceivedRecord } from '@ticket-check/check-records';
import { buildConsoles } from '@ticket-check/console/build';
import { addSeconds, businessDate, reportTerminalStateQueryJson, wallClockAt } from '@ticket-check/protocol';
import { beforeAll, expect, test } from 'vitest';
import { complaintsOf, openScreen } from '../testing/chromium.ts';
import { addOperator, withStore } from '../testing/console-browser.ts';
import { HEALTHY } from '../testing/stock.ts';
import { CINEMA, makeUkey, NOON_AHEAD_MS, receivedRecord } from '../testing/test-cinema.ts';
import { ask, createSite, createTerminal } from '../testing/test-platform.ts';

// Not of the time that a test may take.
beforeAll(buildConsoles);

const ukey = makeUkey();

function recordNow(changes: Partial<ReceivedRecord> = {}): ReceivedRecord {
  const checkTime = wallClockAt(Date.now() + NOON_AHEAD_MS);
  return receivedRecord(ukey, { startTime: addSeconds(checkTime, -1), checkTime, ...changes });
}

test('today shows who came in and what needs somebody, and changes by itself until the session ends', async () => {
  const site = await createSite('');
  site.clock.ahead = NOON_AHEAD_MS;
  const service = await site.start();
  const clock = () => Date.now() + NOON_AHEAD_MS;
  const doors = [
    createTerminal(await site.issue('door-1', CINEMA, service.url), 'extended', clock),
    createTerminal(await site.issue('door-2', CINEMA, service.url), 'extended', clock),
  ] as const;
  const began = wallClockAt(clock());
  const tell = (door: (typeof doors)[number], counts: Record<string, number>) =>
    ask(
      door,
      'ReportTerminalState',
      reportTerminalStateQueryJson(HEALTHY, { businessDate: businessDate(began), counts }),
    );
  await addOperator(site, 'li.wei', 'supervisor');
  const keep = (...records: ReceivedRecord[]) =>
    withStore(site, (store) => createRecordStore(store).keep(records, { forward: true }));
  await keep(recordNow(), recordNow());

  const page = await openScreen(service, '/today', 'li.wei');
  const complaints = complaintsOf(page);
  const hosts = new Set<string>();
  page.on('request', (request) => hosts.add(new URL(request.url()).host));
  await page.getByText('尚未连接国家平台').waitFor();
  expect(page.url()).toBe(`${service.consoleUrl}/today`);
  expect(await page.title()).toBe('今日 · 第三方检票平台');
  const figure = (head: string) =>
    page
      .locator('.figures > div', { has: page.locator('dt', { hasText: head }) })
      .locator('dd')
      .first()
      .textContent();
  await expect.poll(() => figure('有效入场')).toBe('2');
  expect(await figure('待报送')).toBe('2');
  await page.getByRole('img', { name: '有效入场 2 次' }).locator('rect').first().waitFor();

  await page.getByText('没有终端上报扫码结果').waitFor();
  const outcome = (name: string) => page.getByRole('table', { name: '今日检票结果合计' }).getByRole('row', { name });
  expect(await outcome('有效入场').textContent()).toMatch(/有效入场2/);

  // Told live: nobody loads the page again.
  await page.evaluate("document.title = 'still here'");
  await keep(recordNow(), recordNow({ quarantine: 'CODE_CONTRADICTS_RECORD' }));
  await page.getByText('1 条记录被隔离').waitFor();
  const aside = page.locator('.ant-alert', { hasText: '1 条记录被隔离' });
  expect(await aside.getByRole('link').getAttribute('href')).toBe('/outbox?kind=quarantined');
  await expect.poll(() => figure('有效入场')).toBe('3');
  expect(await tell(doors[0], { ADMIT: 3, ALREADY_ENTERED: 2, UNREADABLE: 4 })).toEqual({ Kept: true });
  expect(await tell(doors[1], { ALREADY_ENTERED: 1, REFUNDED: 1, A_LATER_VERDICT: 1 })).toEqual({ Kept: true });
  await page.getByText('2 个终端账号中今日有 2 个上报').waitFor();
  await expect.poll(async () => (await outcome('已入场').textContent()) ?? '').toContain('3');
  expect(await outcome('退票或场次等不符').textContent()).toContain('此票已退票 1');
  expect(await outcome('无法识别或无效票').textContent()).toContain('扫码枪读取异常，请重新扫描 4');
  expect(await outcome('其他').textContent()).toContain('A_LATER_VERDICT 1');
  await page.locator('summary').click();
  const hour = page.getByRole('table', { name: '按小时查看' }).getByRole('row', { name: began.slice(11, 13) });
  expect(await hour.getByRole('cell').allTextContents()).toEqual([`${began.slice(11, 13)}:00`, '3', '1']);
  expect(await outcome('已入场').getByRole('link').getAttribute('href')).toBe('/worklist');
  expect(await outcome('无法识别').getByRole('link').getAttribute('href')).toBe('/fleet');
  expect(await page.title()).toBe('still here');
  const session = page.getByRole('table', { name: '各影厅场内人数' }).getByRole('row').last();
  for (const number of await session.getByRole('link').all())
    expect(await number.getAttribute('href')).toMatch(/^\/records\?cinema=\d+&.*session=/);
  expect(await session.textContent()).toMatch(/7号厅.*\d 人入场/);
  const leadsTo = (head: string) =>
    page.locator('.figures > div', { hasText: head }).getByRole('link').getAttribute('href');
  expect(await leadsTo('拒绝入场')).toBe('/fleet?refused=1');
  expect(await leadsTo('场内人数')).toBe('#inside');
  expect(await leadsTo('待报送')).toMatch(/^\/records\?state=WAITING&order=oldest&businessDate=[\d-]+&until=[\d-]+$/);

  // On a wall there is no menu, the reasons of refusals are on the screen, and the figures stay live.
  await page.setViewportSize({ width: 1920, height: 1080 });
  await page.getByRole('button', { name: '大屏显示' }).click();
  await page.locator('.wall').waitFor();
  expect(await page.getByRole('button', { name: '菜单' }).isVisible()).toBe(false);
  const { y = 0, height = 0 } = (await page.locator('.outcomes').boundingBox()) ?? {};
  expect(y + height).toBeLessThan(1080);
  await keep(recordNow());
  await expect.poll(() => figure('有效入场')).toBe('4');
  await page.getByRole('button', { name: '退出大屏' }).click();

  // The menu of a phone.
  await page.setViewportSize({ width: 390, height: 844 });
  await page.getByRole('button', { name: '菜单' }).click();
  const drawer = page.getByRole('dialog');
  await drawer.getByRole('link', { name: '今日' }).waitFor();
  await drawer.getByRole('link', { name: 'English' }).click();
  await page.getByText('No national platform is set').waitFor();
  await page.getByRole('cell', { name: 'Already entered' }).waitFor();
  expect(await page.title()).toBe('Today · Third-party check-in platform');

  await withStore(site, (store) => store.db.deleteFrom('operatorSession').execute());
  await page.waitForURL(`${service.consoleUrl}/login?return=%2Ftoday`);
  expect(complaints).toEqual([]);
  expect([...hosts]).toEqual([new URL(service.consoleUrl).host]);
});
