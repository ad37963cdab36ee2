// @module-tag process

import { buildConsoles } from '@ticket-check/console/build';
import { describeSqlite } from '@ticket-check/storage/testing';
import type { Page } from 'playwright-core';
import { beforeAll, expect, it } from 'vitest';
import { complaintsOf, faultsOf, openChromium, plugInKey } from './testing/chromium.ts';
import {
  addOperator,
  createBrowser,
  csrfIn,
  logInAs,
  ONE_TIME,
  OWN,
  showing,
  totpCode,
} from './testing/console-browser.ts';
import { createSite } from './testing/test-platform.ts';

const PASSWORD = '密码';
const CHOSEN = 'a lantern over the water';

beforeAll(buildConsoles);

async function logOut(page: Page): Promise<void> {
  // On a phone it is in the menu.
  await page.setViewportSize({ width: 1440, height: 900 });
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
    await page.getByText('您的角色登录时需要两步验证').waitFor();
    await page.getByRole('button', { name: '添加通行密钥' }).click();
    await page.getByLabel('名称').fill('钥匙 <b>1</b>');
    await page.getByLabel('您的登录密码').fill(OWN);
    await page.getByRole('button', { name: '下一步' }).click();
    await page.getByRole('button', { name: '创建通行密钥' }).click();
    await page.getByText('关闭后不再显示').waitFor();
    expect(await page.locator('.secret code').count()).toBe(10);
    await page.getByRole('button', { name: '我已保存' }).click();
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
      await page.goto(`${origin}/account`);
      await page.getByRole('button', { name: '添加通行密钥' }).click();
      await page.getByLabel('名称').fill(`key of ${name}`);
      await page.getByLabel('您的登录密码').fill(OWN);
      await page.getByRole('button', { name: '下一步' }).click();
      await page.getByRole('button', { name: '创建通行密钥' }).click();
      await page.getByRole('button', { name: '我已保存，关闭' }).click();
      await page
        .getByRole('row')
        .filter({ hasText: `key of ${name}` })
        .waitFor();
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

  it('and all else of one’s own account are looked after on its screen', async () => {
    const site = await createSite(await url(), { SECOND_FACTOR_ROLES: 'supervisor' });
    const service = await site.start();
    const origin = service.consoleUrl.replace('127.0.0.1', 'localhost');
    await addOperator(site, 'anna', 'usher');
    for (let other = 0; other < 2; other += 1) await logInAs(service, site, 'anna');
    const page = await (await openChromium()).newPage();
    await page.setViewportSize({ width: 390, height: 844 });
    await plugInKey(page);
    await page.goto(`${origin}/login?return=/account`);
    await page.getByLabel('用户名').fill('anna');
    await page.getByLabel(PASSWORD).fill(OWN);
    await page.getByRole('button', { name: '登录', exact: true }).click();
    const dialog = page.getByRole('dialog');
    /** Opens the dialog of a button, looks at it, fills it in and sends it. */
    async function change(button: string, fields: Record<string, string> | (() => Promise<Record<string, string>>)) {
      await page.getByRole('button', { name: button, exact: true }).first().click();
      await dialog.waitFor();
      const filled = typeof fields === 'function' ? await fields() : fields;
      expect(await faultsOf(page)).toEqual([]);
      for (const [label, text] of Object.entries(filled)) await dialog.getByLabel(label, { exact: true }).fill(text);
      await dialog.locator('.ant-modal-footer button').last().click();
    }
    const mine = { 您的登录密码: OWN };
    const closed = () => dialog.waitFor({ state: 'detached' });
    async function saveCodes() {
      await closed();
      expect(await page.locator('.secret code').count()).toBe(10);
      expect(await faultsOf(page)).toEqual([]);
      await page.getByRole('button', { name: '我已保存，关闭' }).click();
      expect(await page.locator('.secret code').count()).toBe(0);
    }

    await change('结束', {});
    await page.getByText('已完成：结束登录').waitFor();
    await closed();
    await change('结束其他全部登录', {});
    await page.getByText('没有其他登录').waitFor();
    await closed();
    await change('设置手机验证器', async () => {
      const secret = (await dialog.locator('.secret').textContent())?.replaceAll(' ', '') ?? '';
      return { ...mine, '6 位验证码': await totpCode(secret) };
    });
    await saveCodes();
    await change('重新生成恢复码', mine);
    await saveCodes();
    await change('添加通行密钥', { ...mine, 名称: 'key-1' });
    await closed();
    await page.getByRole('button', { name: '创建通行密钥' }).click();
    await page.getByText('通行密钥已添加').waitFor();
    await change('停用手机验证器', { 您的登录密码: 'not mine' });
    await page.getByText('密码不正确').waitFor();
    await dialog.getByLabel('您的登录密码').fill(OWN);
    await dialog.locator('.ant-modal-footer button').last().click();
    await page.getByText('已完成：停用两步验证方式').waitFor();
    await closed();
    await change('移除', mine);
    await page.getByText('已完成：停用两步验证方式: ').waitFor();
    await closed();
    await change('修改密码', { ...mine, 新密码: CHOSEN, 再次输入新密码: CHOSEN });
    await closed();
    expect((await logInAs(service, site, 'anna', CHOSEN)).page.path).toBe('/today');
  });

  it('are said to need a host name where the console is opened by its address', async () => {
    const site = await createSite(await url());
    const service = await site.start();
    await addOperator(site, 'anna', 'usher');
    const { act } = await logInAs(service, site, 'anna');
    const offered = await act('/account/offer-passkey', { Name: 'key', password: OWN });
    expect(offered).toMatchObject({ status: 409, message: expect.stringContaining('只能在以域名打开的页面上使用') });
    expect(await act('/account/remove-second-factor', { Id: 'x', password: OWN })).toMatchObject({ status: 410 });
  });
});
