// @module-tag process
// @module-tag service
import { watchRoutes } from '@ticket-check/admin/testing/walk-console';
import { buildConsoles } from '@ticket-check/console/build';
import { readSymbols } from '@ticket-check/simulators/symbols';
import { openChromium, plugInKey } from '@ticket-check/third-party-platform/testing/chromium';
import {
  addOperatorTo,
  beginSession,
  ONE_TIME,
  OWN,
  totpCode,
} from '@ticket-check/third-party-platform/testing/console-browser';
import { beforeAll, expect, test } from 'vitest';
import * as looking from './testing/looking.ts';
import { barriersOf, chineseTexts, englishTexts, notWalked, type Page, routesForPeople } from './testing/looking.ts';
import { startThirdParty } from './testing/stocked-consoles.ts';

// Not of the time that a test may take.
beforeAll(buildConsoles);

/** What a page is made of; the same with other values looks the same. */
const OUTLINE = `[...document.querySelectorAll('main *')].map((element) => element.tagName + '.' + element.className).join(' ')`;

/** What was looked at, the requests that led there, and what keeps people out. */
type Looked = { readonly seen: Set<string>; readonly walked: Set<string>; readonly found: string[] };

type Visitor = ReturnType<typeof visitorAt>;

/** Somebody at the pages of forms of a console, who looks at each that comes for the first time. */
function visitorAt(page: Page, origin: string, { seen, walked, found }: Looked) {
  page.on('response', (response) => {
    const request = response.request();
    if (request.isNavigationRequest()) walked.add(`${request.method()} ${new URL(response.url()).pathname}`);
  });

  const { note, look: lookClosely, lookWide } = looking.lookingAt(page, found);

  /** On a phone, in the dark and on a desktop. Screens are looked at elsewhere. */
  async function look(): Promise<void> {
    if ((await page.locator('#console').count()) > 0) return;
    const what = `${new URL(page.url()).pathname} “${await page.locator('h1').first().textContent()}”`;
    const outline = `${what} ${await page.evaluate(OUTLINE)}`;
    if (seen.has(outline)) return;
    seen.add(outline);
    await lookWide(what);
    await lookClosely(what);
    await note(`${what}: not in Chinese`, englishTexts(page));
  }

  /** Looks at a page that has an address, also in English. */
  async function lookInBoth(): Promise<void> {
    await look();
    const { pathname } = new URL(page.url());
    if ((await page.locator('#console').count()) > 0 || seen.has(pathname)) return;
    seen.add(pathname);
    await speak('en');
    await note(`${pathname} in English`, barriersOf(page, { size: 'phone', coloursAlone: true }));
    await note(`${pathname}: in Chinese`, chineseTexts(page));
    await speak('zh');
  }

  async function speak(value: 'zh' | 'en'): Promise<void> {
    await page.context().addCookies([{ name: '__Host-language', value, url: origin, secure: true }]);
    await page.reload();
  }

  async function load(act: () => Promise<unknown>): Promise<void> {
    await Promise.all([page.waitForEvent('load'), act()]);
  }

  const main = page.getByRole('main');
  return {
    page,
    async open(path: string): Promise<void> {
      await page.goto(origin + path);
      await lookInBoth();
    },
    async send(button: string, fields: Readonly<Record<string, string>> = {}): Promise<void> {
      for (const [label, value] of Object.entries(fields)) await page.getByLabel(label, { exact: true }).fill(value);
      await load(() => main.getByRole('button', { name: button, disabled: false }).first().click());
      await look();
    },
    leaveBy: (button: string) => load(() => main.getByRole('button', { name: button }).click()),
    async logOut(): Promise<void> {
      // On a phone it is in the menu.
      await page.setViewportSize(looking.SIZES.desktop);
      await load(() => page.locator('header').getByRole('button', { name: '退出' }).click());
      await look();
    },
  };
}

/** Sets up an authenticator app by the key that a phone reads off the screen, and keeps the recovery codes. */
async function setUpApp({ page }: Visitor) {
  await page.getByRole('button', { name: '设置手机验证器' }).click();
  const [symbol] = await readSymbols(await page.getByRole('img', { name: '供验证器扫描的二维码' }).screenshot());
  const secret = new URL(symbol?.text ?? '').searchParams.get('secret') ?? '';
  expect(await page.locator('.secret').textContent()).toBe(secret.replaceAll(/(.{4})(?!$)/g, '$1 '));
  await page.getByLabel('您的登录密码').fill(OWN);
  for (const code of ['000000', await totpCode(secret)]) {
    await page.getByLabel('6 位验证码').fill(code);
    await page.getByRole('button', { name: '完成设置' }).click();
  }
  await page.locator('.secret code').nth(9).waitFor();
  const [recoveryCode = ''] = await page.locator('.secret code').allTextContents();
  return { secret, recoveryCode };
}

/** Somebody comes for the first time, and their role needs a second factor; they are led back to where they wanted to go. */
async function comeForTheFirstTime(susi: Visitor) {
  await susi.open('/claims?q=terminal-1');
  await susi.send('登录', { 用户名: 'susi', 密码: 'not the password' });
  await susi.send('登录', { 密码: ONE_TIME });
  await susi.send('保存新密码', { 新密码: OWN, 再次输入新密码: 'something else' });
  await susi.send('保存新密码', { 新密码: OWN, 再次输入新密码: OWN });
  const kept = await setUpApp(susi);
  await susi.leaveBy('我已保存，关闭');
  expect(susi.page.url()).toContain('/claims?q=terminal-1');
  return kept;
}

/** Logs in with a code of the phone and, without the phone, with a recovery code. */
async function logInAgain(susi: Visitor, kept: Awaited<ReturnType<typeof setUpApp>>): Promise<void> {
  for (const code of [await totpCode(kept.secret, 1), kept.recoveryCode]) {
    await susi.logOut();
    await susi.open('/claims');
    await susi.send('登录', { 用户名: 'susi', 密码: OWN });
    await susi.send('验证', { 验证码或恢复码: '000000' });
    await susi.send('验证', { 验证码或恢复码: code });
    expect(new URL(susi.page.url()).pathname).toBe('/claims');
  }
}

/** Somebody comes for the first time, and sets up a passkey, with which they log in again. */
async function comeWithAKey(eve: Visitor): Promise<void> {
  await plugInKey(eve.page);
  await eve.open('/claims');
  await eve.send('登录', { 用户名: 'eve', 密码: ONE_TIME });
  await eve.send('保存新密码', { 新密码: OWN, 再次输入新密码: OWN });
  await eve.page.getByRole('button', { name: '添加通行密钥' }).click();
  await eve.page.getByLabel('名称').fill('key-1');
  await eve.page.getByLabel('您的登录密码').fill(OWN);
  await eve.page.getByRole('button', { name: '下一步' }).click();
  await eve.page.getByRole('button', { name: '创建通行密钥' }).click();
  await eve.leaveBy('我已保存，关闭');
  await eve.logOut();
  await eve.open('/claims');
  await eve.send('登录', { 用户名: 'eve', 密码: OWN });
  await eve.send('使用通行密钥');
}

// All consoles have these pages, and every-screen.test.ts holds that they have no others.
test('every page of forms can be used by everybody who has to: in both languages, light and dark, on a phone', async () => {
  const window = await openChromium();
  const looked: Looked = { seen: new Set(), walked: new Set(), found: [] };
  let [administrator, usher] = ['', ''];
  const declared = watchRoutes();
  const origin = await startThirdParty(
    async (store) => {
      for (const name of ['susi', 'eve']) await addOperatorTo(store, name, 'supervisor', { isNew: true });
      await addOperatorTo(store, 'uwe', 'usher');
      administrator = await beginSession(store, 'anna');
      usher = await beginSession(store, 'uwe');
    },
    { SECOND_FACTOR_ROLES: 'supervisor' },
  );
  async function loggedIn(token: string): Promise<Visitor> {
    await window.clearCookies();
    await window.addCookies(looking.sessionCookies(token).map((cookie) => ({ ...cookie, url: origin, secure: true })));
    return visitorAt(await window.newPage(), origin, looked);
  }

  // Passkeys are made for names, and for no address.
  const byName = origin.replace('127.0.0.1', 'localhost');
  const stranger = visitorAt(await window.newPage(), byName, looked);
  await logInAgain(stranger, await comeForTheFirstTime(stranger));
  await stranger.logOut();
  await comeWithAKey(stranger);
  const uwe = await loggedIn(usher);
  for (const path of ['/operators', '/nothing']) await uwe.open(path);
  const { page } = await loggedIn(administrator);
  for (const path of ['/', '/language?to=zh&return=/account']) await page.goto(origin + path);
  const routes = [...(await routesForPeople(page, origin, declared))];
  expect(looked.found).toEqual([]);
  const pages = routes.flatMap(([route, kind]) => (kind === 'page' ? [route] : []));
  expect(notWalked(pages, looked.walked)).toEqual([]);
});
