// @module-tag process
// @module-tag service
import { createBrowser } from '@ticket-check/admin/testing';
import { createUpstreamStore } from '@ticket-check/exchange';
import { testTls } from '@ticket-check/exchange/testing';
import { launchBrowser } from '@ticket-check/simulators/browser';
import { expect, it, onTestFinished } from 'vitest';
import { enrolmentOf, serveEnrolment } from '../testing/enrolment-server.ts';
import { addOperator } from '../testing/log-in.ts';
import { listedScans, makeTerminal } from '../testing/test-terminal.ts';

const tls = await testTls();

async function startUnset() {
  const platform = await serveEnrolment(tls, tls);
  const terminal = await makeTerminal({ now: Date.now, settings: { GATES: 'gate-1', SECOND_FACTOR_ROLES: 'auditor' } });
  const agent = await terminal.start();
  const store = await terminal.open();
  const upstream = () => createUpstreamStore(store).current();
  const operations = () =>
    store.db.selectFrom('operation').select(['name', 'actor', 'failed']).where('name', 'like', 'upstream%').execute();
  const text = enrolmentOf(platform.url, tls.ca);
  return { platform, terminal, agent, upstream, operations, text, host: new URL(platform.url).host };
}

it('a terminal without a platform says so on its kiosk, and is enrolled there by a scan that a person confirms', async () => {
  const { platform, terminal, agent, upstream, operations, text, host } = await startUnset();
  const browser = await launchBrowser();
  onTestFinished(() => browser.close());
  const page = await browser.newPage({ ignoreHTTPSErrors: true, viewport: { width: 390, height: 844 } });
  await page.goto(`${agent.url}/kiosk`);
  await page.locator('body[data-state="not-set-up"]').waitFor();
  expect(await page.locator('#word-zh').textContent()).toBe('终端尚未设置');
  expect(await page.getByText('仍可正常检票').count()).toBe(0);

  // A code that reaches nobody who could confirm it is never told.
  const typed = (characters: string) =>
    page.evaluate(
      `for (const key of ${JSON.stringify([...characters, 'Enter'])})
        dispatchEvent(new KeyboardEvent('keydown', { key, code: '', cancelable: true }));`,
    );
  await typed(text.replace('door-1', 'door-0'));
  await page.locator('#enrol-account').getByText('door-0').waitFor();
  await page.evaluate(`document.getElementById('enrol-confirm').click()`);
  await page.getByRole('button', { name: '取消' }).click();
  // A platform that does not answer is said.
  await agent.scan(text.replace(host, '127.0.0.1:1').replace('door-1', 'door-0'));
  await page.locator('#enrol-host').getByText('127.0.0.1:1').waitFor();
  await page.getByRole('button', { name: '确认接入' }).click();
  await page.locator('#enrol-fault').getByText('does not answer').waitFor();
  await page.getByRole('button', { name: '取消' }).click();
  await page.locator('#enrol-text').fill(text.replace('door-1', 'door-2'));
  await page.keyboard.press('Enter');
  await page.locator('#enrol-account').getByText('door-2').waitFor();
  // Another code comes between the touch and its confirmation: what nobody has looked at is not taken.
  await page.evaluate(`
    const account = document.getElementById('enrol-account');
    new MutationObserver(() => { account.dataset.held = document.getElementById('enrol-confirm').disabled; })
      .observe(account, { childList: true });`);
  await page.route('**/kiosk/enrolment', async (route) => {
    await agent.scan(text);
    await route.continue();
  });
  const confirmed = page.waitForResponse('**/kiosk/enrolment');
  await page.getByRole('button', { name: '确认接入' }).click();
  expect((await confirmed).status()).toBe(409);
  await page.unroute('**/kiosk/enrolment');
  await page.locator('#enrol-account[data-held=true]').getByText('door-1').waitFor();
  expect(await page.locator('#enrol-says').textContent()).toContain('又扫描了另一个二维码');
  expect(await page.locator('#enrol-host').textContent()).toBe(host);
  expect(platform.posted).toEqual([]);
  expect(await page.locator('#group').isVisible()).toBe(false);
  await page.getByRole('button', { name: '确认接入' }).click();
  await expect.poll(upstream).toMatchObject({ username: 'door-1', caPem: tls.ca });
  await page.locator('body:not([data-state="not-set-up"])').waitFor();
  await page.locator('#enrolment').waitFor({ state: 'hidden' });
  expect(await operations()).toEqual([
    { name: 'upstream new-key', actor: 'kiosk', failed: 0 },
    { name: 'upstream set', actor: 'kiosk', failed: 0 },
  ]);
  expect(await listedScans(terminal)).toEqual([]);

  // A terminal that has a platform takes no other one there.
  const scanned = await agent.scan(text.replace('door-1', 'door-2'));
  expect(scanned).toMatchObject({ Verdict: 'UNREADABLE', MessageZh: expect.stringContaining('终端注册码') });
  expect(JSON.stringify(await listedScans(terminal))).not.toContain('enrol=');
  expect(platform.posted.filter((body) => body.includes('"Code"'))).toHaveLength(1);
});

it('shows on its console what to do, and on its login page the command that adds the first person', async () => {
  const { terminal, agent } = await startUnset();
  const browser = await createBrowser(agent, { directory: terminal.env.DATA_DIR ?? '' });
  expect((await browser.ask('/login')).text).toContain('operator add &#60;username&#62; --role administrator');
  await addOperator('anna', 'administrator', terminal);
  expect((await browser.ask('/login')).text).not.toContain('operator add');
  await browser.logIn('anna');
  const { Advice } = await browser.json('/state.json');
  expect(JSON.stringify(Advice)).toContain('然后在检票页面扫描或输入，核对后确认。');
});
