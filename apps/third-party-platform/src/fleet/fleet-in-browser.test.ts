// @module-tag process
import { buildConsoles } from '@ticket-check/console/build';
import { reportTerminalStateQueryJson } from '@ticket-check/protocol';
import { beforeAll, expect, test } from 'vitest';
import { complaintsOf, openScreen } from '../testing/chromium.ts';
import { addOperator, allowCommands, OWN, withStore } from '../testing/console-browser.ts';
import { HEALTHY } from '../testing/stock.ts';
import { CINEMA } from '../testing/test-cinema.ts';
import { ask, createSite, createTerminal } from '../testing/test-platform.ts';

// Not of the time that a test may take.
beforeAll(buildConsoles);

test('an administrator sees which terminal needs somebody and why, and ends the account of one', {
  timeout: 120_000,
}, async () => {
  const site = await createSite('');
  const service = await site.start();
  const doors = new Map<string, ReturnType<typeof createTerminal>>();
  for (const name of ['door-1', 'door-2', 'door-4']) {
    doors.set(name, createTerminal(await site.issue(name, CINEMA, service.url)));
  }
  const report = (name: string, changes: Partial<typeof HEALTHY>) =>
    ask(doors.get(name)!, 'ReportTerminalState', reportTerminalStateQueryJson({ ...HEALTHY, ...changes }));
  await report('door-1', { waiting: 3, oldestUnsentSeconds: 5 });
  await report('door-4', { gates: [{ ...HEALTHY.gates[0]!, outOfOrderSeconds: 60 }] });
  await site.issue('door-0', CINEMA, service.url);
  await withStore(site, ({ db }) =>
    db.updateTable('account').set({ expiresAt: '2026-11-01T00:00:00' }).where('username', '=', 'door-0').execute(),
  );
  await addOperator(site, 'li.wei', 'administrator');

  const page = await openScreen(service, '/fleet', 'li.wei');
  await page.setViewportSize({ width: 1440, height: 900 });
  const complaints = complaintsOf(page);
  const row = (name: string) => page.getByRole('row').filter({ hasText: name });
  await row('door-2').waitFor();
  // Told live: nobody loads the page again, and what somebody types stays.
  await page.getByText('实时更新').waitFor();
  await page.getByLabel('账号、名称或影院编码').fill('door');
  await report('door-2', {
    gates: [{ name: 'gate-1', driver: 'lcus', enabled: true, error: '<b>no such port</b>', outOfOrderSeconds: null }],
    unadmitted: [{ gate: 'gate-1', count: 2, lastSeconds: 40 }],
  });
  await row('door-2').getByText('闸机故障（gate-1: <b>no such port</b>）').waitFor();
  expect(await page.getByLabel('账号、名称或影院编码').inputValue()).toBe('door');
  expect(await row('door-2').textContent()).toContain('请手动开门放行');
  expect(await row('door-2').textContent()).toContain('有人未经放行通过（gate-1：2 人）');
  expect(await row('door-2').textContent()).toMatch(/闸机 gate-1: 2 人未经放行通过，最近一次 \d{4}-/);
  expect(await page.getByRole('row').nth(1).textContent()).toContain('door-2');
  await row('door-1').getByText('无需处理').waitFor();
  // A gate that nothing is wrong with any more stays out of order until staff clear it.
  await row('door-4').getByText('闸机停用（gate-1）').waitFor();
  expect(await row('door-4').textContent()).toMatch(/闸机停用（gate-1）.*解除停用.*闸机 gate-1: 停用/);
  await page.getByRole('link', { name: '接入账号' }).click();
  await row('door-1').waitFor();
  // One that has ended is not shown as one that works.
  const label = (name: string) => row(name).locator('.label').last();
  expect([await label('door-0').textContent(), await label('door-0').getAttribute('class')]).toEqual([
    '已于 2026-11-01 00:00 到期',
    'label',
  ]);
  expect(await label('door-1').getAttribute('class')).toBe('label good');

  // What a command or somebody else adds comes by itself.
  await allowCommands(site);
  await site.issue('door-9', CINEMA, service.url);
  await row('door-9').waitFor();

  // What would be left behind is said before anything is changed.
  await row('door-1').first().getByRole('button', { name: '吊销' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByText(/终端在 .+ 说明尚有 3 条检票记录未送达/).waitFor();
  await dialog.getByRole('button', { name: '取消' }).click();
  await dialog.waitFor({ state: 'detached' });
  await row('door-9').getByRole('button', { name: '吊销' }).click();
  await dialog.getByText('终端没有上报过状态，尚有多少检票记录未送达无从得知').waitFor();
  await dialog.getByLabel('您的登录密码').fill(OWN);
  await dialog.getByRole('button', { name: '吊销' }).click();
  await expect.poll(() => row('door-9').textContent()).toContain('吊销');
  await expect.poll(() => row('door-9').getByRole('button').count()).toBe(0);

  expect(complaints).toEqual([]);
});
