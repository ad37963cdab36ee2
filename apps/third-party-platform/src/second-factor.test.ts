// @module-tag service
import { describeSqlite } from '@ticket-check/storage/testing';
import { expect, it } from 'vitest';
import {
  addOperator,
  type BrowserPage,
  createBrowser,
  logInAs,
  ONE_TIME,
  OWN,
  operationsOf,
  showing,
  totpCode,
} from './testing/console-browser.ts';
import { createSite } from './testing/test-platform.ts';

const SET_UP = '/account/second-factor';

describeSqlite('the pages of second factors', ({ url }) => {
  async function setUp(settings: Record<string, string> = {}) {
    const site = await createSite(await url(), settings);
    const service = await site.start();
    const browser = (localAddress?: string) => createBrowser(service, site, localAddress);
    const operations = () => operationsOf(site);
    return { site, service, browser, operations };
  }
  const secretIn = ({ text }: BrowserPage) => /name="secret" value="([A-Z2-7]{32})"/.exec(text)?.[1] ?? '';
  const codesIn = ({ text }: BrowserPage) => [...text.matchAll(/<li><code>([^<]+)/g)].map(([, code]) => code ?? '');

  /** Sets up an authenticator app on the screen of one's own account. */
  async function setUpApp({ act }: Awaited<ReturnType<typeof logInAs>>, password = OWN) {
    const { Secret, Symbol: symbol } = await act('/account/second-factor/offer', {});
    expect(symbol).toMatchObject({ Size: expect.any(Number), Path: expect.stringContaining('M') });
    const sent = { Secret, Code: await totpCode(Secret), password };
    return { secret: Secret, ...(await act('/account/second-factor/set-up', sent)) };
  }

  it('lead whose role demands it from the one-time password to a second factor, before anything else', async () => {
    const { site, browser, operations } = await setUp({ SECOND_FACTOR_ROLES: 'administrator, supervisor' });
    await addOperator(site, 'anna', 'supervisor', { isNew: true });
    await addOperator(site, 'uwe', 'usher');
    const anna = await browser();
    const first = await anna.send(await anna.open('/claims?q=abc'), '/login', { username: 'anna', password: ONE_TIME });
    expect(first.path).toMatch(/^\/password/);
    expect((await anna.ask(SET_UP)).headers.location).toBe('/password?return=%2Faccount%2Fsecond-factor');
    const chosen = await anna.send(first, '/password', { chosen: OWN, repeated: OWN });
    expect(chosen.path).toBe('/account/second-factor?return=%2Fclaims%3Fq%3Dabc');
    expect(chosen.text).toContain('<svg');
    expect(chosen.text).not.toContain('href="/claims"');
    for (const path of ['/', '/claims', '/account']) {
      expect((await anna.open(path)).path).toMatch(/^\/account\/second-factor(\?|$)/);
    }
    const secret = secretIn(chosen);
    const wrong = await anna.send(chosen, SET_UP, { code: '000000' });
    expect(wrong).toMatchObject(showing(400, '验证码不正确'));
    expect(secretIn(wrong)).toBe(secret);
    const done = await anna.send(wrong, SET_UP, { code: await totpCode(secret) });
    expect(done).toMatchObject(showing(200, '离开此页后不再显示'));
    expect(codesIn(done)).toHaveLength(10);
    expect(done.text).toContain('href="/claims?q=abc"');
    expect((await anna.open('/claims')).path).toBe('/claims');
    // Another one is set up on the screen.
    expect((await anna.open(SET_UP)).path).toBe('/account');
    expect(JSON.parse((await anna.ask('/account.json')).text)).toMatchObject({ RecoveryCodes: 10 });

    const phone = await browser();
    const asked = await phone.send(await phone.open('/claims?q=abc'), '/login', { username: 'anna', password: OWN });
    expect(asked).toMatchObject({ status: 200, path: '/login/second-factor?return=%2Fclaims%3Fq%3Dabc' });
    expect((await phone.ask('/claims')).status).toBe(303);
    const confirm = (code: string) => phone.send(asked, '/login/second-factor', { code });
    expect(await confirm('123')).toMatchObject(showing(403, '验证码不正确或已使用过'));
    expect(await confirm(await totpCode(secret, 1))).toMatchObject({ status: 200, path: '/claims?q=abc' });
    expect(phone.cookies.has('__Host-login-third-party-platform')).toBe(false);
    expect((await (await browser()).logIn('uwe')).path).toBe('/today');

    const made = (await operations()).filter(({ actor }) => actor === 'anna');
    expect(made.map(({ name }) => name)).toEqual([
      ...['login', 'operator change-password', 'operator set-up-second-factor', 'login failed', 'login'],
    ]);
    expect(JSON.stringify(made)).not.toContain(secret);
    for (const code of codesIn(done)) expect(JSON.stringify(made)).not.toContain(code);
  });

  it('ask for the password before they change anything, and leave nobody without one whose role demands it', async () => {
    const { site, service, browser } = await setUp({ SECOND_FACTOR_ROLES: 'administrator' });
    await addOperator(site, 'anna', 'administrator');
    await addOperator(site, 'uwe', 'usher');
    const uwe = await logInAs(service, site, 'uwe');
    const wrong = { status: 403, error: 'wrong-password' };
    expect(await setUpApp(uwe, 'not my password')).toMatchObject(wrong);
    const { RecoveryCodes: before } = await setUpApp(uwe);
    expect(before).toHaveLength(10);
    const { Secret } = await uwe.act('/account/second-factor/offer', {});
    const guess = { Secret, Code: '000000', password: OWN };
    expect(await uwe.act('/account/second-factor/set-up', guess)).toMatchObject({ status: 409, error: 'wrong-code' });

    const renew = (password: string) => uwe.act('/account/second-factor/recovery-codes', { password });
    expect(await renew('not my password')).toMatchObject(wrong);
    const { RecoveryCodes: after } = await renew(OWN);
    expect(after).toHaveLength(10);
    expect(after.filter((code: string) => before.includes(code))).toEqual([]);

    const remove = (password: string) => uwe.act('/account/second-factor/remove', { Id: null, password });
    expect(await remove('not my password')).toMatchObject(wrong);
    expect(await remove(OWN)).toEqual({ status: 200 });
    expect((await (await browser()).logIn('uwe')).path).toBe('/today');

    const anna = await logInAs(service, site, 'anna');
    const page = await anna.browser.open(SET_UP);
    const code = await totpCode(secretIn(page));
    expect(codesIn(await anna.browser.send(page, SET_UP, { code }))).toHaveLength(10);
    const removing = await anna.act('/account/second-factor/remove', { Id: null, password: OWN });
    expect(removing).toMatchObject({ status: 409, message: expect.stringContaining('不能停用') });
    const unknown = await anna.act('/account/second-factor/remove', { Id: 'x', password: OWN });
    expect(unknown).toMatchObject({ status: 409 });
    const other = await browser();
    expect((await other.logIn('anna')).path).toMatch(/^\/login\/second-factor/);
  });

  it('leave the session of somebody who returns to a finished login, by a link or by sending its form again', async () => {
    const { site, service, browser } = await setUp();
    await addOperator(site, 'anna', 'supervisor');
    const { secret } = await setUpApp(await logInAs(service, site, 'anna'));
    const anna = await browser();
    const asked = await anna.logIn('anna');
    const confirm = async () => anna.send(asked, '/login/second-factor', { code: await totpCode(secret, 1) });
    expect((await confirm()).path).toBe('/today');
    expect((await anna.open('/login/second-factor')).path).toBe('/today');
    const { Csrf: token } = JSON.parse((await anna.ask('/console.json')).text);
    await anna.post('/login/second-factor', new URLSearchParams({ _csrf: token, code: '123456' }).toString());
    expect((await anna.open('/account')).path).toBe('/account');
  });
});

it('a role that there is not stops the start', async () => {
  const site = await createSite('', { SECOND_FACTOR_ROLES: 'administrator,boss' });
  await expect(site.start()).rejects.toThrow(
    'SECOND_FACTOR_ROLES is "administrator,boss"; it must be roles separated by commas, of administrator, supervisor, usher, auditor.',
  );
});
