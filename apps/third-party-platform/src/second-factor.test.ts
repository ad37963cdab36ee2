// @module-tag service
import { describeSqlite } from '@ticket-check/storage/testing';
import { expect, it } from 'vitest';
import {
  addOperator,
  createBrowser,
  logInAs,
  ONE_TIME,
  OWN,
  operationsOf,
  showing,
  totpCode,
} from './testing/console-browser.ts';
import { CINEMA } from './testing/test-cinema.ts';
import { createSite } from './testing/test-platform.ts';

describeSqlite('the pages of second factors', ({ url }) => {
  async function setUp(settings: Record<string, string> = {}) {
    const site = await createSite(await url(), settings);
    const service = await site.start();
    const browser = (localAddress?: string) => createBrowser(service, site, localAddress);
    const operations = () => operationsOf(site);
    return { site, service, browser, operations };
  }
  /** Sets up an authenticator app on the screen of one's own account. */
  async function setUpApp({ act }: Awaited<ReturnType<typeof logInAs>>, password = OWN) {
    const { Secret, Symbol: symbol } = await act('/account/offer-app', {});
    expect(symbol).toMatchObject({ Size: expect.any(Number), Path: expect.stringContaining('M') });
    const sent = { Secret, Code: await totpCode(Secret), password };
    return { secret: Secret, ...(await act('/account/set-up-second-factor', sent)) };
  }

  it('lead whose role demands it from the one-time password to a second factor, before anything else', async () => {
    const { site, browser, operations } = await setUp({ SECOND_FACTOR_ROLES: 'administrator, supervisor' });
    await addOperator(site, 'anna', 'supervisor', { isNew: true });
    await addOperator(site, 'uwe', 'usher');
    const anna = await browser();
    const first = await anna.send(await anna.open('/claims?q=abc'), '/login', { username: 'anna', password: ONE_TIME });
    expect(first.path).toMatch(/^\/password/);
    expect((await anna.ask('/account')).headers.location).toBe('/password?return=%2Faccount');
    const chosen = await anna.send(first, '/password', { chosen: OWN, repeated: OWN });
    expect(chosen.path).toBe('/account?return=%2Fclaims%3Fq%3Dabc');
    for (const path of ['/', '/claims', '/records']) expect((await anna.open(path)).path).toMatch(/^\/account(\?|$)/);
    for (const path of ['/claims.json', '/openapi.json']) expect((await anna.ask(path)).status).toBe(401);
    // What the screen of the account asks for says nothing of the rest.
    expect(await anna.json('/counts.json')).toEqual({ status: 200 });
    expect(await anna.json(`/names.json?cinema=${CINEMA}`)).toEqual({ status: 200, cinema: {} });
    for (const path of ['/account.json', '/help.json']) expect(await anna.json(path)).toMatchObject({ status: 200 });
    const begun = await anna.json('/console.json');
    expect(begun).toMatchObject({ HasFirstDuty: true, Permissions: [], Menu: [] });
    expect(Object.keys(begun.Changes)).toEqual([
      ...['/account/set-up-second-factor', '/account/passkey/set-up-second-factor', '/account/offer-passkey'],
    ]);
    expect(await anna.act('/account/end', { Session: null })).toMatchObject({ status: 401 });
    const { Secret: secret } = await anna.act('/account/offer-app', {});
    const setUpBy = (Code: string) =>
      anna.act('/account/set-up-second-factor', { Secret: secret, Code, password: OWN });
    expect(await setUpBy('000000')).toMatchObject({ status: 409, message: expect.stringContaining('验证码不正确') });
    const done = await setUpBy(await totpCode(secret));
    expect(done).toMatchObject({ status: 200, RecoveryCodes: { length: 10 } });
    expect((await anna.open('/login?return=/claims?q=abc')).path).toBe('/claims?q=abc');
    expect(await anna.json('/console.json')).toMatchObject({ HasFirstDuty: false });
    expect(await anna.json('/account.json')).toMatchObject({ RecoveryCodes: 10 });

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
    for (const code of done.RecoveryCodes) expect(JSON.stringify(made)).not.toContain(code);
  });

  it('ask for the password before they change anything, and leave nobody without one whose role demands it', async () => {
    const { site, service, browser, operations } = await setUp({ SECOND_FACTOR_ROLES: 'administrator' });
    await addOperator(site, 'anna', 'administrator');
    await addOperator(site, 'uwe', 'usher');
    const uwe = await logInAs(service, site, 'uwe');
    const wrong = { status: 403, error: 'wrong-password' };
    expect(await setUpApp(uwe, 'not my password')).toMatchObject(wrong);
    const { RecoveryCodes: before } = await setUpApp(uwe);
    expect(before).toHaveLength(10);
    const { Secret } = await uwe.act('/account/offer-app', {});
    const guess = { Secret, Code: '000000', password: OWN };
    expect(await uwe.act('/account/set-up-second-factor', guess)).toMatchObject({ status: 409, error: 'wrong-code' });

    const renew = (password: string) => uwe.act('/account/make-recovery-codes', { password });
    expect(await renew('not my password')).toMatchObject(wrong);
    const { RecoveryCodes: after } = await renew(OWN);
    expect(after).toHaveLength(10);
    expect(after.filter((code: string) => before.includes(code))).toEqual([]);

    const remove = (password: string) => uwe.act('/account/remove-second-factor', { Id: null, password });
    expect(await remove('not my password')).toMatchObject(wrong);
    expect(await remove(OWN)).toEqual({ status: 200 });
    expect((await (await browser()).logIn('uwe')).path).toBe('/today');
    const done = (await operations()).filter(({ actor, failed }) => actor === 'uwe' && failed === 0);
    expect(done.map(({ name, what }) => [name, what.kind])).toEqual([
      ['login', undefined],
      ['operator set-up-second-factor', 'totp'],
      ['operator make-recovery-codes', undefined],
      ['operator remove-second-factor', 'totp'],
      ['login', undefined],
    ]);
    for (const code of after) expect(JSON.stringify(done)).not.toContain(code);

    const anna = await logInAs(service, site, 'anna');
    expect((await setUpApp(anna)).RecoveryCodes).toHaveLength(10);
    const removing = await anna.act('/account/remove-second-factor', { Id: null, password: OWN });
    expect(removing).toMatchObject({ status: 409, message: expect.stringContaining('不能停用') });
    const unknown = await anna.act('/account/remove-second-factor', { Id: 'x', password: OWN });
    expect(unknown).toMatchObject({ status: 410, error: 'gone' });
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
