// @module-tag process
// @module-tag service
import { OWN } from '@ticket-check/admin/testing';
import { launchBrowser } from '@ticket-check/simulators/browser';
import { expect, it, onTestFinished } from 'vitest';
import { makeCinema } from '../testing/evening.ts';
import { addOperator } from '../testing/log-in.ts';
import { gatesWith } from '../testing/test-gates.ts';

it('shows a supervisor at the door what happens without being asked, and says so where it cannot', {
  timeout: 120_000,
}, async () => {
  const { terminal, sell } = await makeCinema({
    now: Date.now,
    kind: 'claiming',
    settings: { SECOND_FACTOR_ROLES: 'administrator' },
  });
  let error: string | null = null;
  const driverOf = gatesWith({
    'gate-2': { driver: 'modbus', health: () => ({ claimed: true, enabled: error === null, error }) },
  });
  const agent = await terminal.start({ driverOf });
  await addOperator('susi', 'supervisor', terminal);

  const browser = await launchBrowser();
  onTestFinished(() => browser.close());
  const context = await browser.newContext({ ignoreHTTPSErrors: true, locale: 'zh-CN' });
  const login = await context.newPage();
  await login.goto(`${agent.consoleUrl}/login`);
  await login.getByLabel('用户名').fill('susi');
  await login.getByLabel('密码').fill(OWN);
  await login.getByRole('button', { name: '登录', exact: true }).click();
  await login.waitForURL('**/state');
  const faults: string[] = [];
  const open = async (path: string) => {
    const page = await context.newPage();
    page.on('pageerror', ({ message }) => faults.push(message));
    page.on('console', (message) => message.type() === 'error' && faults.push(message.text()));
    await page.goto(`${agent.consoleUrl}${path}`);
    await page.getByText('实时更新').waitFor();
    return page;
  };
  const [state, gates, entries, refusals] = [
    await open('/state'),
    await open('/gates'),
    await open('/entries'),
    await open('/refusals'),
  ];

  const { code, info } = sell();
  expect(await agent.scan(code)).toMatchObject({ Verdict: 'ADMIT' });
  expect(await agent.scan(code, 'gate-2')).toMatchObject({ Verdict: 'ALREADY_ENTERED' });
  await state.getByText('放行 1 · 已入场 1').waitFor();
  await entries.getByRole('link', { name: `撤销 ${info.filmTicketCode}` }).waitFor();
  await refusals.getByRole('link', { name: `人工放行 ${info.filmTicketCode}` }).waitFor();
  error = 'the port was unplugged';
  await gates.getByText('串口已断开').waitFor();
  await state.getByText('闸机停用（gate-2').waitFor();
  // A form that came by itself is no forged one.
  error = null;
  await gates.getByText('仍有故障').waitFor({ state: 'detached' });
  const clear = gates.getByRole('button', { name: '解除停用 gate-2' });
  // What has not changed stays as it is: a screen reader does not read it out again.
  await clear.evaluate((button) => Object.assign(button, { wasHere: true }));
  for (const _ of [1, 2]) await gates.waitForResponse(`${agent.consoleUrl}/gates`);
  expect(await clear.evaluate((button) => 'wasHere' in button)).toBe(true);
  await clear.click();
  await gates.getByText('gate-2 已解除停用').waitFor();
  await state.getByText('闸机停用（gate-2').waitFor({ state: 'detached' });
  expect(faults).toEqual([]);

  // Updates have stopped, and the page shows it.
  await agent.close();
  for (const page of [state, gates, entries, refusals]) await page.getByText('连接已中断').waitFor();
});
