// @module-tag process
import { OWN } from '@ticket-check/admin/testing';
import { consolesBuilt } from '@ticket-check/console/build/testing';
import { createOperators, createPasswords } from '@ticket-check/operators';
import { addSeconds, wallClockAt } from '@ticket-check/protocol';
import { launchBrowser } from '@ticket-check/simulators/browser';
import { beforeAll, expect, it, onTestFinished } from 'vitest';
import { makeUkey, sellTicket, startPlatform } from '../../testing/test-cinema.ts';
import { makeTerminal } from '../../testing/test-terminal.ts';

// Not of the time that a test may take.
beforeAll(consolesBuilt);

it('lets a refused guest in and undoes that in a browser, and the records and the audit say so', {
  tags: 'service',
  timeout: 120_000,
}, async () => {
  const film = addSeconds(wallClockAt(Date.now()), 600);
  const ukey = makeUkey(addSeconds(film, -86_400));
  const platform = await startPlatform({ now: Date.now, kind: 'claiming', keys: [ukey.key] });
  const terminal = await makeTerminal({ now: Date.now, settings: { SECOND_FACTOR_ROLES: 'administrator' } });
  await terminal.setUpstream(platform.bundle);
  const agent = await terminal.start();
  const ticket = sellTicket(ukey, film);
  platform.sell(ticket.info);
  await agent.scan(ticket.code);
  await agent.scan(ticket.code, 'gate-2');
  const store = await terminal.open();
  const operators = createOperators(store, Date.now);
  const passwords = createPasswords();
  const [oneTime, own] = await Promise.all([passwords.hash('k7m3q-x9p2r-t4v8w-z6n5b'), passwords.hash(OWN)]);
  for (const [username, role] of [
    ['susi', 'supervisor'],
    ['anna', 'auditor'],
  ] as const) {
    await operators.add({ username, role, cinemaCodes: 'all', passwordHash: oneTime });
    await operators.choosePassword(username, { before: oneTime, passwordHash: own });
  }
  const browser = await launchBrowser();
  onTestFinished(() => browser.close());
  const logIn = async (username: string, path: string) => {
    const context = await browser.newContext({
      ignoreHTTPSErrors: true,
      locale: 'zh-CN',
      viewport: { width: 390, height: 844 },
    });
    const page = await context.newPage();
    await page.goto(`${agent.consoleUrl}${path}`);
    await page.getByLabel('用户名').fill(username);
    await page.getByLabel('密码').fill(OWN);
    await page.getByRole('button', { name: '登录', exact: true }).click();
    return page;
  };

  const page = await logIn('susi', '/refusals');
  await page.getByText('此票已入场').waitFor();
  await page.getByRole('link', { name: `人工放行 ${ticket.info.filmTicketCode}` }).click();
  await page.getByLabel('原因').fill('观众出来 <b>接电话</b>');
  await page.getByLabel('本人当前密码').fill(OWN);
  await page.getByRole('button', { name: '放行这位观众' }).click();
  await page.getByText('检票记录已保存，请观众入场').waitFor();
  await page.getByRole('link', { name: '查看检票记录' }).click();
  const step = page.getByRole('listitem').filter({ hasText: '值班经理人工放行' });
  await step.getByText('观众出来 <b>接电话</b>').waitFor();
  expect(await step.textContent()).toContain('susi');
  await page.goto(`${agent.consoleUrl}/refusals`);
  await page.getByText('已由 susi 放行').waitFor();

  await page.goto(`${agent.consoleUrl}/entries`);
  const override = page.getByRole('row').filter({ hasText: 'gate-2' });
  await override.getByRole('link', { name: '撤销' }).click();
  await page.getByLabel('原因').fill('闸机未转动');
  await page.getByLabel('本人当前密码').fill(OWN);
  await page.getByRole('button', { name: '撤销这次入场' }).click();
  await page.getByText('这次入场已撤销').waitFor();
  await page.goto(`${agent.consoleUrl}/entries`);
  await page.getByRole('row').filter({ hasText: 'gate-1' }).waitFor();
  expect(await override.count()).toBe(0);
  await platform.until(() => platform.reversals.length > 0);

  const audit = await logIn('anna', '/audit');
  for (const reason of ['接电话', '闸机未转动']) await audit.getByText(reason).first().waitFor();
  expect((await audit.goto(`${agent.consoleUrl}/refusals`))?.status()).toBe(403);
});
