// @module-tag process
// @module-tag service
import { OWN } from '@ticket-check/admin/testing';
import { buildConsoles } from '@ticket-check/console/build';
import { launchBrowser } from '@ticket-check/simulators/browser';
import { beforeAll, expect, it, onTestFinished } from 'vitest';
import { makeCinema } from '../testing/evening.ts';
import { addOperator } from '../testing/log-in.ts';
import { gatesWith } from '../testing/test-gates.ts';

// Not of the time that a test may take.
beforeAll(buildConsoles);

it('shows a supervisor at the door what happens without being asked, takes what they decide, and says so where it cannot', {
  timeout: 240_000,
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
    await page.getByText('实时更新').first().waitFor({ timeout: 60_000 });
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
  await state.locator('tbody tr').first().getByText('此票已入场').waitFor();
  const undo = entries.getByRole('button', { name: `撤销 ${info.filmTicketCode}` });
  await undo.waitFor();
  const letIn = refusals.getByRole('button', { name: `人工放行 ${info.filmTicketCode}` });
  await letIn.waitFor();
  error = 'the port was unplugged';
  await gates.getByText('串口已断开').waitFor();
  await state.getByText('闸机停用（gate-2').waitFor();
  error = null;
  await gates.getByText('仍有故障').waitFor({ state: 'detached' });
  await gates.getByRole('button', { name: '解除停用 gate-2' }).click();
  await gates.getByRole('dialog').getByRole('button', { name: '解除停用' }).click();
  await gates.getByText('gate-2 已解除停用').waitFor();
  await state.getByText('闸机停用（gate-2').waitFor({ state: 'detached' });

  const decide = async (page: typeof state, button: string) => {
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('原因').fill('票房核实');
    await dialog.getByLabel('您的登录密码').fill(OWN);
    await dialog.getByRole('button', { name: button }).click();
  };
  await letIn.click();
  await decide(refusals, '放行这位观众');
  await refusals.getByText('已放行：检票记录已保存').waitFor();
  await refusals.getByText('已由 susi 放行').waitFor();
  await undo.first().click();
  await decide(entries, '撤销这次入场');
  await entries.getByText('已撤销，此票可以再次使用').waitFor();
  await state.goto(`${agent.consoleUrl}/lookup?ticket=${encodeURIComponent(code)}`);
  await state.getByText('后由 susi 人工放行').waitFor();
  await state.goto(`${agent.consoleUrl}/state`);
  await state.getByText('实时更新').first().waitFor();
  expect(faults).toEqual([]);

  // Updates have stopped, and the page shows it.
  await agent.close();
  for (const page of [state, gates, entries, refusals])
    await page.getByText('连接已中断').first().waitFor({ timeout: 90_000 });
});
