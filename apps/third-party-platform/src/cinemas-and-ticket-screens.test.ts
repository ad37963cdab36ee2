// @module-tag process
import { buildConsoles } from '@ticket-check/console/build';
import { startNationalPlatform } from '@ticket-check/simulators/peers/vitest';
import { expect, it } from 'vitest';
import { complaintsOf, openChromium } from './testing/chromium.ts';
import { addOperator, allowCommands, OWN } from './testing/console-browser.ts';
import { CINEMA, checkTicket, makeUkey, OTHER_CINEMA, sellTicket } from './testing/test-cinema.ts';
import { createSite, createTerminal, report } from './testing/test-platform.ts';

const ukey = makeUkey();
const THIRD_CINEMA = '31012399';

it('shows cinemas with their keys and those of e-tickets, a ticket found by its code, and settings, in a browser', async () => {
  await buildConsoles();
  const national = await startNationalPlatform({ cinemaCodes: [CINEMA, OTHER_CINEMA] });
  national.keys.set(CINEMA, [ukey.key]);
  const site = await createSite('');
  await site.setUpstream(national.bundle);
  await site.command('cinema', 'add', CINEMA, OTHER_CINEMA);
  const service = await site.start();
  const terminal = createTerminal(await site.issue('terminal-1', CINEMA, service.url));
  await addOperator(site, 'anna', 'administrator');
  await allowCommands(site);
  const ticket = sellTicket(ukey);
  national.sell(ticket.info);
  expect(await report(terminal, [checkTicket(ticket, 1), checkTicket(ticket, 2)])).toMatchObject({ kind: 'delivered' });

  const listETicketKeys = async (): Promise<{ KeyId: string }[]> =>
    (await site.command('eticket-key', 'list')).stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));

  const page = await (await openChromium()).newPage();
  const complaints = complaintsOf(page);
  await page.goto(`${service.consoleUrl}/cinemas`);
  await page.getByLabel('用户名').fill('anna');
  await page.getByLabel('密码').fill(OWN);
  await page.getByRole('button', { name: '登录', exact: true }).click();
  await page.getByRole('heading', { name: '影院与公钥' }).waitFor();
  await page.getByText(ukey.key.fingerprint.slice(0, 16)).waitFor();
  await page.getByText('从未取得该影院的公钥').waitFor();
  const cinema = (code: string) =>
    page.getByRole('table', { name: '本平台服务的影院' }).getByText(code, { exact: true });
  await cinema(CINEMA).waitFor();
  await page.goto(`${service.consoleUrl}/cinemas?wrong=1`);
  await cinema(OTHER_CINEMA).waitFor();
  expect(await cinema(CINEMA).count()).toBe(0);
  await site.command('cinema', 'add', THIRD_CINEMA);
  await cinema(THIRD_CINEMA).waitFor();
  const [present] = await listETicketKeys();
  const eTicketKey = (keyId: string) =>
    page.getByRole('table', { name: '电子影票密钥' }).getByRole('row').filter({ hasText: keyId });
  expect(await eTicketKey(present?.KeyId ?? '').textContent()).toMatch(/正在签名.*到期前自动更换/);
  await site.command('eticket-key', 'rotate');
  await site.command('eticket-key', 'revoke', present?.KeyId ?? '', '--yes');
  const [next, signs] = await listETicketKeys();
  // Lists go on by themselves.
  await eTicketKey(next?.KeyId ?? '')
    .getByText('待启用')
    .waitFor();
  await eTicketKey(signs?.KeyId ?? '')
    .getByText('正在签名')
    .waitFor();
  expect(await eTicketKey(present?.KeyId ?? '').textContent()).toMatch(/已吊销\d{4}-.*终端得知吊销后/);
  expect(await page.content()).not.toContain('PRIVATE KEY');

  await page.goto(`${service.consoleUrl}/ticket`);
  await page.getByLabel('二维码、票号或记录编号').fill(ticket.code);
  await page.getByRole('button', { name: '查询' }).click();
  await page.getByText('该影票有多次入场记录').waitFor();
  await page.getByText('示例影片').waitFor();
  expect(await page.getByRole('table', { name: '入场记录' }).getByRole('row').count()).toBe(3);

  await page.goto(`${service.consoleUrl}/settings`);
  const row = page.getByRole('row').filter({ hasText: 'LOG_LEVEL' });
  await row.waitFor();
  expect(await row.textContent()).toContain('silent');
  expect(complaints).toEqual([]);
}, 60_000);
