// @module-tag process
import { describeSqlite } from '@ticket-check/storage/testing';
import type { Page } from 'playwright-core';
import { expect, it } from 'vitest';
import { complaintsOf, openChromium, plugInKey } from './testing/chromium.ts';
import { addOperator, createBrowser, csrfIn, ONE_TIME, OWN, showing } from './testing/console-browser.ts';
import { createSite } from './testing/test-platform.ts';

const PASSWORD = '密码';

async function logOut(page: Page): Promise<void> {
  await page.getByRole('button', { name: '退出' }).click();
}

describeSqlite('passkeys', ({ url }) => {
  it('are set up in the browser as the second factor that a role demands, and confirm the next login', async () => {
    const site = await createSite(await url(), { SECOND_FACTOR_ROLES: 'supervisor' });
    const service = await site.start();
    // Browsers make passkeys for names, and for no address.
    const origin = service.consoleUrl.replace('127.0.0.1', 'localhost');
    await addOperator(site, 'li.wei', 'supervisor', { isNew: true });
    const page = await (await openChromium()).newPage();
    const complaints = complaintsOf(page);
    const { cdp, authenticatorId } = await plugInKey(page);
    const logIn = async (password: string) => {
      await page.goto(`${origin}/claims?q=abc`);
      await page.getByLabel('用户名').fill('li.wei');
      await page.getByLabel(PASSWORD).fill(password);
      await page.getByRole('button', { name: '登录', exact: true }).click();
    };
    await logIn(ONE_TIME);
    await page.getByLabel('新密码', { exact: true }).fill(OWN);
    await page.getByLabel('再次输入新密码').fill(OWN);
    await page.getByRole('button', { name: '保存新密码' }).click();
    await page.getByRole('link', { name: '改用通行密钥' }).click();
    await page.getByLabel('名称').fill('钥匙 <b>1</b>');
    await page.getByRole('button', { name: '下一步' }).click();
    await page.getByRole('button', { name: '创建通行密钥' }).click();
    await page.getByText('离开此页后不再显示').waitFor();
    expect(await page.locator('.codes code').count()).toBe(10);
    await page.getByRole('link', { name: '我已保存' }).click();
    await page.waitForURL(`${origin}/claims?q=abc`);
    expect((await cdp.send('WebAuthn.getCredentials', { authenticatorId })).credentials).toMatchObject([
      { rpId: 'localhost' },
    ]);

    await logOut(page);
    await logIn(OWN);
    await page.waitForURL(({ pathname }) => pathname === '/login/second-factor');
    await page.getByRole('button', { name: '使用通行密钥' }).click();
    await page.waitForURL(`${origin}/claims?q=abc`);
    await page.goto(`${origin}/account`);
    expect(await page.getByRole('row').filter({ hasText: '钥匙 <b>1</b>' }).textContent()).toContain('localhost');

    // On a device that has no such passkey the page says so, and a recovery code is another way in.
    await logOut(page);
    await cdp.send('WebAuthn.clearCredentials', { authenticatorId });
    await logIn(OWN);
    await page.getByRole('button', { name: '使用通行密钥' }).click();
    await page.getByText('未能使用通行密钥').waitFor();
    expect(await page.getByLabel('验证码或恢复码').isVisible()).toBe(true);
    expect(complaints).toEqual([]);

    const done = (await site.lines('audit', 'list')).filter(({ Actor }) => Actor === 'li.wei');
    expect(done.map(({ Name, What }) => [Name, What.kind ?? What.secondFactor])).toEqual([
      ['login', undefined],
      ['operator change-password', undefined],
      ['operator set-up-second-factor', 'passkey'],
      ['logout', undefined],
      ['login', 'passkey'],
      ['logout', undefined],
    ]);
  });

  it('count once, for the login and the address that they were asked at', async () => {
    const site = await createSite(await url());
    const service = await site.start();
    const origin = service.consoleUrl.replace('127.0.0.1', 'localhost');
    for (const name of ['anna', 'bert']) await addOperator(site, name, 'usher');
    const page = await (await openChromium()).newPage();
    await plugInKey(page);
    const logIn = async (username: string) => {
      await page.goto(`${origin}/login`);
      await page.getByLabel('用户名').fill(username);
      await page.getByLabel(PASSWORD).fill(OWN);
      await page.getByRole('button', { name: '登录', exact: true }).click();
    };
    for (const name of ['anna', 'bert']) {
      await logIn(name);
      await page.goto(`${origin}/account/passkeys/add`);
      await page.getByLabel('名称').fill(`key of ${name}`);
      await page.getByLabel('当前密码').fill(OWN);
      await page.getByRole('button', { name: '下一步' }).click();
      await page.getByRole('button', { name: '创建通行密钥' }).click();
      await page.getByRole('link', { name: '我已保存' }).click();
      await logOut(page);
    }
    /** What the browser sends for a login, without its being sent. */
    async function shownFor(username: string): Promise<string> {
      await logIn(username);
      let body = '';
      await page.route('**/login/second-factor', (route) => {
        body = route.request().postData() ?? '';
        return route.abort();
      });
      await page.getByRole('button', { name: '使用通行密钥' }).click();
      await expect.poll(() => body).not.toBe('');
      await page.unroute('**/login/second-factor');
      return new URLSearchParams(body).get('credential') ?? '';
    }
    const credential = await shownFor('anna');
    expect(JSON.parse(credential)).toMatchObject({ type: 'public-key' });
    const tried = async (username: string, shown: string, headers: Record<string, string> = {}) => {
      const browser = await createBrowser(service, site);
      await browser.logIn(username);
      // This asks for a passkey where the operator has one for the address.
      const asked = await browser.ask('/login/second-factor', headers);
      const token = csrfIn(asked);
      const form = new URLSearchParams({ _csrf: token, credential: shown });
      return (await browser.post('/login/second-factor', form.toString(), headers)).status;
    };
    const host = { host: new URL(origin).host };
    // Another login of the same operator, another operator, another address, and what is no credential at all.
    expect(await tried('anna', credential, host)).toBe(403);
    expect(await tried('bert', credential, host)).toBe(403);
    expect(await tried('anna', credential)).toBe(403);
    for (const shown of ['', '{}', 'null', '{"id":1}', '{"id":"x","response":{}}', '[]']) {
      expect(await tried('anna', shown, host)).toBe(403);
    }
    // In the browser whose login it is: once.
    const cookies = await page.context().cookies();
    const there = await createBrowser(service, site);
    for (const { name, value } of cookies) there.cookies.set(name, value);
    const asked = await there.ask('/login/second-factor', { host: '127.0.0.1' });
    const token = csrfIn(asked);
    const form = new URLSearchParams({ _csrf: token, credential }).toString();
    expect(asked).toMatchObject(showing(200, '验证码或恢复码'));
    expect(await there.post('/login/second-factor', form, host)).toMatchObject({ status: 303 });
    expect(await there.ask('/claims')).toMatchObject({ status: 200 });
  });

  it('are said to need a host name where the console is opened by its address', async () => {
    const site = await createSite(await url());
    const service = await site.start();
    await addOperator(site, 'anna', 'usher');
    const anna = await createBrowser(service, site);
    await anna.logIn('anna');
    expect((await anna.open('/account')).text).toContain('通行密钥只能在以域名打开的页面上使用');
    const adding = await anna.open('/account/passkeys/add');
    expect(adding.text).toContain('通行密钥只能在以域名打开的页面上使用');
    expect(adding.text).not.toContain('<form method="post" action="/account/passkeys/add"');
    expect(adding.headers['content-security-policy']).not.toContain('script-src');
    expect((await anna.ask('/account/passkeys/remove?id=x')).status).toBe(404);
  });
});
