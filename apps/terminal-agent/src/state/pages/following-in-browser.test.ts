// @module-tag process
// @module-tag service
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { OWN } from '@ticket-check/admin/testing';
import { createOperators, createPasswords } from '@ticket-check/operators';
import { addSeconds, wallClockAt } from '@ticket-check/protocol';
import { createLogger } from '@ticket-check/runtime';
import { testTls } from '@ticket-check/runtime/testing';
import { launchBrowser } from '@ticket-check/simulators/browser';
import { expect, it, onTestFinished } from 'vitest';
import { createNoDriver, type GateDriver } from '../../gate/gate-driver.ts';
import { makeUkey, sellTicket, startPlatform } from '../../testing/test-cinema.ts';
import { makeTerminal } from '../../testing/test-terminal.ts';

/** Starts a server that breaks off within each answer; answers its URL. */
async function startBreaking(): Promise<string> {
  const server = createServer(testTls, ({ socket }, answer) => {
    answer.writeHead(200, { 'content-type': 'text/html; charset=utf-8', 'content-length': '1000' });
    answer.write('<!doctype html>', () => socket.destroy());
  });
  onTestFinished(() => void server.close());
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `https://127.0.0.1:${(server.address() as AddressInfo).port}/`;
}

it('shows a supervisor at the door what happens without being asked, and says so where it cannot', {
  timeout: 120_000,
}, async () => {
  const film = addSeconds(wallClockAt(Date.now()), 600);
  const ukey = makeUkey(addSeconds(film, -86_400));
  const platform = await startPlatform({ now: Date.now, kind: 'claiming', keys: [ukey.key] });
  const terminal = await makeTerminal({ now: Date.now, settings: { SECOND_FACTOR_ROLES: 'administrator' } });
  await terminal.setUpstream(platform.bundle);
  let error: string | null = null;
  const driverOf = (gate: string): GateDriver => ({
    ...createNoDriver(gate, createLogger('test', 'silent')),
    ...(gate === 'gate-2' && { driver: 'modbus', health: () => ({ claimed: true, enabled: error === null, error }) }),
  });
  const agent = await terminal.start({ driverOf });
  const store = await terminal.open();
  const passwordHash = await createPasswords().hash(OWN);
  const operators = createOperators(store, Date.now);
  await operators.add({ username: 'susi', role: 'supervisor', cinemaCodes: 'all', passwordHash: 'none' });
  await operators.choosePassword('susi', { before: 'none', passwordHash });

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

  /** A guest goes in; answers the number of the ticket. */
  async function enter(): Promise<string> {
    const { code, info } = sellTicket(ukey, film);
    platform.sell(info);
    expect(await agent.scan(code)).toMatchObject({ Verdict: 'ADMIT' });
    return info.filmTicketCode;
  }

  const ticket = sellTicket(ukey, film);
  platform.sell(ticket.info);
  expect(await agent.scan(ticket.code)).toMatchObject({ Verdict: 'ADMIT' });
  expect(await agent.scan(ticket.code, 'gate-2')).toMatchObject({ Verdict: 'ALREADY_ENTERED' });
  await state.getByText('放行 1 · 已入场 1').waitFor();
  const { filmTicketCode } = ticket.info;
  await entries.getByRole('link', { name: `撤销 ${filmTicketCode}` }).waitFor();
  const letIn = refusals.getByRole('link', { name: `人工放行 ${filmTicketCode}` });
  await letIn.waitFor();

  error = 'the port was unplugged';
  await gates.getByText('串口已断开').waitFor();
  await state.getByText('闸机停用（gate-2').waitFor();
  const clear = gates.getByRole('button', { name: '解除停用 gate-2' });
  // The focus of the keyboard stays when the list is loaded again.
  await letIn.focus();
  const second = sellTicket(ukey, film);
  platform.sell(second.info);
  await agent.scan(second.code);
  await agent.scan(second.code);
  await refusals.getByRole('link', { name: `人工放行 ${second.info.filmTicketCode}` }).waitFor();
  expect(await refusals.evaluate('document.activeElement.getAttribute("aria-label")')).toContain(filmTicketCode);
  // A form that came by itself is no forged one.
  error = null;
  await gates.getByText('仍有故障').waitFor({ state: 'detached' });
  await clear.click();
  await gates.getByText('gate-2 已解除停用').waitFor();
  await state.getByText('闸机停用（gate-2').waitFor({ state: 'detached' });
  expect(faults).toEqual([]);

  // A connection that breaks within an answer leaves old content, and the page says so until it is asked for again.
  const breakingUrl = await startBreaking();
  await entries.route('**/entries', (route) => route.continue({ url: breakingUrl }));
  await enter();
  await entries.getByText('连接已中断').waitFor();
  await entries.unrouteAll();
  await entries.getByRole('link', { name: `撤销 ${await enter()}` }).waitFor();
  await entries.getByText('实时更新').waitFor();

  // Updates have stopped, and the page shows it.
  await agent.close();
  for (const page of [state, gates, entries, refusals]) await page.getByText('连接已中断').waitFor();
});
