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
import { beforeAll, describe, expect, test } from 'vitest';
import { notWalked, routesForPeople, sessionCookies } from './testing/looking.ts';
import { createWalk, type Walk } from './testing/page-walk.ts';
import { startNational, startTerminal, startThirdParty } from './testing/stocked-consoles.ts';

// Not of the time that a test may take.
beforeAll(buildConsoles);

/** Of pages that every console has, from one package; the third-party platform's are looked at. */
const EVERY_CONSOLE = /^(GET|POST) \/((account|password|login|logout|language)(\/.*)?)?$/;

/** The key of an authenticator app, as a phone reads it off the screen. */
async function secretOnScreen({ page }: Walk): Promise<string> {
  const [symbol] = await readSymbols(await page.locator('.qr').screenshot());
  const secret = new URL(symbol?.text ?? '').searchParams.get('secret') ?? '';
  expect(await page.locator('.secret').textContent()).toBe(secret.replaceAll(/(.{4})(?!$)/g, '$1 '));
  return secret;
}

/** Somebody comes for the first time, and their role needs a second factor; they are led back to where they wanted to go. */
async function comeForTheFirstTime(walk: Walk): Promise<{ secret: string; recoveryCode: string }> {
  await walk.open('/claims?q=terminal-1');
  await walk.send('登录', { 用户名: 'susi', 密码: 'not the password' });
  await walk.send('登录', { 密码: ONE_TIME });
  await walk.send('保存新密码', { 新密码: OWN, 再次输入新密码: 'something else' });
  await walk.send('保存新密码', { 新密码: OWN, 再次输入新密码: OWN });
  const secret = await secretOnScreen(walk);
  await walk.send('完成设置', { '6 位验证码': '000000' });
  await walk.send('完成设置', { '6 位验证码': await totpCode(secret) });
  const [recoveryCode = '', ...others] = await walk.page.locator('.codes code').allTextContents();
  expect(others).toHaveLength(9);
  await walk.follow('我已保存，继续');
  expect(walk.page.url()).toContain('/claims?q=terminal-1');
  return { secret, recoveryCode };
}

/** Logs in with a code of the phone and, without the phone, with a recovery code. */
async function logInAgain(
  walk: Walk,
  { secret, recoveryCode }: { secret: string; recoveryCode: string },
): Promise<void> {
  for (const code of [await totpCode(secret, 1), recoveryCode]) {
    await walk.logOut();
    await walk.open('/claims');
    await walk.send('登录', { 用户名: 'susi', 密码: OWN });
    await walk.send('验证', { 验证码或恢复码: '000000' });
    await walk.send('验证', { 验证码或恢复码: code });
    expect(new URL(walk.page.url()).pathname).toBe('/claims');
  }
}

/** Somebody comes for the first time, and sets up a passkey, with which they log in again. */
async function comeWithAKey(walk: Walk): Promise<void> {
  await plugInKey(walk.page);
  await walk.open('/claims');
  await walk.send('登录', { 用户名: 'eve', 密码: ONE_TIME });
  await walk.send('保存新密码', { 新密码: OWN, 再次输入新密码: OWN });
  await walk.follow('改用通行密钥');
  await walk.send('下一步', { 名称: ' ' });
  await walk.send('下一步', { 名称: 'key-1' });
  await walk.press('创建通行密钥');
  await walk.follow('我已保存，继续');
  await walk.logOut();
  await walk.open('/claims');
  await walk.send('登录', { 用户名: 'eve', 密码: OWN });
  await walk.press('使用通行密钥');
}

/** Somebody who looks at the pages of a console; what keeps people out, and the requests that led to a page. */
async function beginLooking() {
  const window = await openChromium();
  const found: string[] = [];
  const [walked, seen] = [new Set<string>(), new Set<string>()];

  /** Walks through a console in which somebody is logged in. */
  async function walkAs(origin: string, token: string) {
    await window.clearCookies();
    const cookies = sessionCookies(token).map((cookie) => ({ ...cookie, url: origin, secure: true }));
    if (token !== '') await window.addCookies(cookies);
    return createWalk(await window.newPage(), origin, { found, walked, seen });
  }

  return {
    found,
    walkAs,
    walked,
    /** The pages of forms of a console. */
    async pagesOf({ page }: Walk, origin: string, declared: ReturnType<typeof watchRoutes>): Promise<string[]> {
      const kinds = [...(await routesForPeople(page, origin, declared))];
      return kinds.filter(([, kind]) => kind === 'page').map(([route]) => route);
    },
  };
}

describe('every page of forms can be used by everybody who has to: in both languages, light and dark, on a phone', () => {
  test('at a third-party platform, with what every console has', { timeout: 600_000 }, async () => {
    const { found, walked, walkAs, pagesOf } = await beginLooking();
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
    // Passkeys are made for names, and for no address.
    const susi = await walkAs(origin.replace('127.0.0.1', 'localhost'), '');
    await logInAgain(susi, await comeForTheFirstTime(susi));
    await susi.logOut();
    await comeWithAKey(susi);
    const uwe = await walkAs(origin, usher);
    for (const path of ['/operators', '/nothing']) await uwe.open(path);
    const anna = await walkAs(origin, administrator);
    for (const path of ['/', '/language?to=zh&return=/account']) await anna.pass(path);
    const pages = await pagesOf(anna, origin, declared);
    expect(found).toEqual([]);
    expect(notWalked(pages, walked)).toEqual([]);
  });

  test.each([
    { name: 'the national platform', start: startNational, own: [] },
    { name: 'a terminal', start: startTerminal, own: ['GET /kiosk'] },
  ])('at $name, which has none of its own', { timeout: 600_000 }, async ({ start, own }) => {
    const { walkAs, pagesOf } = await beginLooking();
    let administrator = '';
    const declared = watchRoutes();
    const origin = await start(async (store) => {
      administrator = await beginSession(store, 'anna');
    });
    const pages = await pagesOf(await walkAs(origin, administrator), origin, declared);
    expect(pages).toContain('GET /account/second-factor');
    expect(pages.filter((route) => !EVERY_CONSOLE.test(route))).toEqual(own);
  });
});
