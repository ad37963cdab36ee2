// @module-tag service
import { describeSqlite } from '@ticket-check/storage/testing';
import { expect, it } from 'vitest';
import {
  addOperator,
  type Browser,
  type BrowserPage,
  createBrowser,
  csrfIn,
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
    return { site, browser, operations };
  }
  const secretIn = ({ text }: BrowserPage) => /name="secret" value="([A-Z2-7]{32})"/.exec(text)?.[1] ?? '';
  const codesIn = ({ text }: BrowserPage) => [...text.matchAll(/<li><code>([^<]+)/g)].map(([, code]) => code ?? '');

  async function setUpApp(browser: Browser, current?: string) {
    const page = await browser.open(SET_UP);
    const secret = secretIn(page);
    const fields = { code: await totpCode(secret), ...(current === undefined ? {} : { current }) };
    return { secret, done: await browser.send(page, SET_UP, fields) };
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
    for (const path of ['/', '/claims', '/account', `${SET_UP}/remove`, `${SET_UP}/recovery-codes`]) {
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
    expect((await anna.open('/account')).text).toContain('还有 10 个恢复码');

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

  it('ask for the password before they change anything, but for the set-up that a role demands', async () => {
    const { site, browser } = await setUp({ SECOND_FACTOR_ROLES: 'administrator' });
    await addOperator(site, 'anna', 'administrator');
    await addOperator(site, 'uwe', 'usher');
    const uwe = await browser();
    await uwe.logIn('uwe');
    expect((await setUpApp(uwe)).done).toMatchObject(showing(403, '当前密码不正确'));
    const { done } = await setUpApp(uwe, OWN);
    const before = codesIn(done);
    expect(before).toHaveLength(10);
    expect((await setUpApp(uwe, 'not my password')).done.status).toBe(403);

    const renewing = await uwe.open(`${SET_UP}/recovery-codes`);
    const renew = (current: string) => uwe.send(renewing, `${SET_UP}/recovery-codes`, { current });
    expect(await renew('not my password')).toMatchObject({ status: 403 });
    const after = codesIn(await renew(OWN));
    expect(after).toHaveLength(10);
    expect(after.filter((code) => before.includes(code))).toEqual([]);

    const removing = await uwe.open(`${SET_UP}/remove`);
    const remove = (current: string) => uwe.send(removing, `${SET_UP}/remove`, { current });
    expect(await remove('not my password')).toMatchObject({ status: 403 });
    expect(await remove(OWN)).toMatchObject(showing(200, '手机验证器已停用'));
    expect((await (await browser()).logIn('uwe')).path).toBe('/today');

    const anna = await browser();
    await anna.logIn('anna');
    expect((await setUpApp(anna)).done.status).toBe(200);
    const refused = (await anna.open(`${SET_UP}/remove`)).text;
    expect(refused).toContain('不能停用');
    expect(refused).toContain('href="/account">返回</a>');
    const token = csrfIn(await anna.open('/account'));
    const form = new URLSearchParams({ _csrf: token, current: OWN }).toString();
    expect(await anna.post(`${SET_UP}/remove`, form)).toMatchObject({ status: 403 });
    const other = await browser();
    expect((await other.logIn('anna')).path).toMatch(/^\/login\/second-factor/);
  });

  it('leave the session of somebody who returns to a finished login, by a link or by sending its form again', async () => {
    const { site, browser } = await setUp();
    await addOperator(site, 'anna', 'supervisor');
    const first = await browser();
    await first.logIn('anna');
    const { secret } = await setUpApp(first, OWN);
    const anna = await browser();
    const asked = await anna.logIn('anna');
    const confirm = async () => anna.send(asked, '/login/second-factor', { code: await totpCode(secret, 1) });
    expect((await confirm()).path).toBe('/today');
    expect((await anna.open('/login/second-factor')).path).toBe('/today');
    const token = csrfIn(await anna.open('/account'));
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
