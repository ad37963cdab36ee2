// @module-tag process
// @module-tag service
import { createBrowser, OWN } from '@ticket-check/admin/testing';
import { createUpstreamStore } from '@ticket-check/exchange';
import { testTls } from '@ticket-check/exchange/testing';
import { createOperators, createPasswords } from '@ticket-check/operators';
import { launchBrowser } from '@ticket-check/simulators/browser';
import { expect, it, onTestFinished } from 'vitest';
import { enrolmentOf, serveEnrolment } from '../testing/enrolment-server.ts';
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
  return { platform, terminal, agent, store, upstream, operations, text, host: new URL(platform.url).host };
}

it('a terminal without a platform says so on its kiosk, and is enrolled there by a scan that a person confirms', {
  timeout: 120_000,
}, async () => {
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

it('is enrolled on its console by an administrator, and its login page names the command that adds the first', async () => {
  const { platform, terminal, agent, store, upstream, operations, text, host } = await startUnset();
  const add = async (username: string, role: 'administrator' | 'usher') => {
    const operators = createOperators(store, Date.now);
    await operators.add({ username, role, cinemaCodes: 'all', passwordHash: 'none' });
    await operators.choosePassword(username, { before: 'none', passwordHash: await createPasswords().hash(OWN) });
  };
  const browser = await createBrowser(agent, { directory: terminal.env.DATA_DIR ?? '' });
  const command = 'operator add &lt;username&gt; --role administrator';
  expect((await browser.ask('/login')).text).toContain(command);
  await add('anna', 'administrator');
  await add('uwe', 'usher');
  expect((await browser.ask('/login')).text).not.toContain('operator add');

  const usher = await createBrowser(agent, { directory: terminal.env.DATA_DIR ?? '' });
  await usher.logIn('uwe');
  expect((await usher.ask('/enrolment.json')).status).toBe(403);
  await browser.logIn('anna');
  const { Advice } = await browser.json('/state.json');
  expect(JSON.stringify(Advice)).toContain('终端的“接入平台”页面扫描或输入，核对后确认。');
  expect(await browser.json('/enrolment.json')).toMatchObject({ Upstream: null, Offered: null });
  const offer = (Text: string) => browser.act('/enrolment/offer', { Text });
  const confirm = ({ Offered }: { Offered: { Offer: string } }) =>
    browser.act('/enrolment/confirm', { Offer: Offered.Offer });
  expect(await offer('no enrolment')).toMatchObject({ status: 400, error: 'no-enrolment' });
  // A platform that does not answer is said, and the same may be tried again.
  const failed = await confirm(await offer(text.replace(host, '127.0.0.1:1')));
  expect(failed).toMatchObject({ Offered: { Step: 'failed', Fault: expect.stringContaining('does not answer') } });
  expect(await browser.act('/enrolment/cancel', {})).toMatchObject({ Offered: null });
  const offered = await offer(text);
  expect(offered).toMatchObject({ Offered: { Host: host, Account: 'door-1', Step: 'offered' } });
  expect(JSON.stringify(offered)).not.toContain(new URLSearchParams(new URL(text).hash.slice(1)).get('enrol'));
  await agent.scan(text.replace('door-1', 'door-2'));
  expect(await confirm(offered)).toMatchObject({ status: 409, error: 'replaced' });
  expect(await browser.json('/enrolment.json')).toMatchObject({ Offered: { Account: 'door-2' } });
  expect(platform.posted).toEqual([]);
  expect(await upstream()).toBeNull();
  await agent.scan(text);
  expect(await confirm(offered)).toMatchObject({ Upstream: { Host: host, Account: 'door-1' }, Offered: null });
  expect(await operations()).toEqual([
    { name: 'upstream new-key', actor: 'anna', failed: 0 },
    { name: 'upstream set', actor: 'anna', failed: 0 },
  ]);
  expect(platform.posted.filter((body) => body.includes('"Code"'))).toHaveLength(1);
});
