// @module-tag process
import { readFile } from 'node:fs/promises';
import { OWN } from '@ticket-check/admin/testing';
import { buildConsoles } from '@ticket-check/console/build';
import { createOperators, createPasswords } from '@ticket-check/operators';
import { addSeconds, type CheckRecord, wallClockAt } from '@ticket-check/protocol';
import { launchBrowser } from '@ticket-check/simulators/browser';
import { expect, it, onTestFinished } from 'vitest';
import { makeUkey, sellTicket, startPlatform } from '../../testing/test-cinema.ts';
import { makeTerminal } from '../../testing/test-terminal.ts';

it('lets a refused guest in and undoes that in a browser, and the records and the audit say so', {
  tags: 'service',
}, async () => {
  await buildConsoles();
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

  // The platform holds another price of the first entry, and has lost the record of the override.
  await platform.received(2);
  const [entered, overridden] = platform.records.toSorted((a, b) => (a.recordId! < b.recordId! ? -1 : 1));
  platform.records = [{ ...entered!, price: (entered!.price + 100) as CheckRecord['price'] }];
  const comparing = await logIn('anna', '/reconciliation');
  // What the platform has is known to the outbox a moment later.
  await expect
    .poll(async () => {
      await comparing.getByRole('button', { name: '开始对账' }).click();
      return comparing.getByText('对账完成').textContent();
    })
    .toContain('2 条记录不一致');
  const differing = (text: string) => comparing.getByRole('row').filter({ hasText: text }).textContent();
  expect(await differing('内容不一致')).toMatch(/票价：本地 \d+，上级 \d+.*与售票和检票的实际情况核对/);
  expect(await differing('上级没有这条记录')).toContain('请用 records resend 重新报送');
  const download = comparing.waitForEvent('download');
  await comparing.getByRole('button', { name: '导出 CSV' }).click();
  const lines = (await readFile(await (await download).path(), 'utf8')).trimEnd().split('\r\n');
  expect(lines).toHaveLength(3);
  const lineOf = ({ recordId }: typeof entered & object) => lines.find((line) => line.includes(recordId!));
  expect(lineOf(entered!)).toContain(`内容不一致,${entered!.checkTime},${entered!.cinemaCode}`);
  expect(lineOf(overridden!)).toContain(`上级没有这条记录,${overridden!.checkTime},${overridden!.cinemaCode}`);

  const audit = await logIn('anna', '/audit');
  for (const reason of ['接电话', '闸机未转动']) await audit.getByText(reason).first().waitFor();
  expect((await audit.goto(`${agent.consoleUrl}/refusals`))?.status()).toBe(403);
});
