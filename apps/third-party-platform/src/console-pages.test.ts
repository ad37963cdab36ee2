// @module-tag service
import { walkConsole, watchRoutes } from '@ticket-check/admin/testing';
import { createApiTokens, createOperators, parseEnd } from '@ticket-check/operators';
import type { CinemaCode } from '@ticket-check/protocol';
import { describeBehindPooler, describeEachEngine, describeSqlite } from '@ticket-check/storage/testing';
import { expect, it } from 'vitest';
import {
  addOperator,
  type BrowserPage,
  createBrowser,
  csrfIn,
  logInAs,
  ONE_TIME,
  OWN,
  operationsOf,
  showing,
  withStore,
} from './testing/console-browser.ts';
import { CINEMA } from './testing/test-cinema.ts';
import { createSite } from './testing/test-platform.ts';

const HALF_HOUR = 30 * 60_000;
const locationOf = ({ headers }: BrowserPage) => headers.location;

type Session = Pick<Awaited<ReturnType<typeof createBrowser>>, 'ask' | 'post'>;
const csrfOf = async (one: Session): Promise<string> => JSON.parse((await one.ask('/console.json')).text).Csrf;
const logOut = async (one: Session) =>
  one.post('/logout', new URLSearchParams({ _csrf: await csrfOf(one) }).toString());

describeSqlite('the pages of the console', ({ url }) => {
  async function setUp() {
    const site = await createSite(await url());
    const service = await site.start();
    const browser = (localAddress?: string) => createBrowser(service, site, localAddress);
    const operations = () => operationsOf(site);
    return { site, service, browser, operations };
  }

  it('lead a new operator from the one-time password to one of their own, and to where they wanted to go', async () => {
    const { site, browser, operations } = await setUp();
    const added = await site.command('operator', 'add', 'anna', '--role', 'supervisor', '--all-cinemas');
    const { OneTimePassword } = JSON.parse(added.stdout);
    const anna = await browser();
    const login = await anna.open('/claims?q=abc');
    expect(login).toMatchObject({ status: 200, path: '/login?return=%2Fclaims%3Fq%3Dabc' });
    const first = await anna.send(login, '/login', { username: 'Anna', password: OneTimePassword });
    expect(first.path).toBe('/password?return=%2Fclaims%3Fq%3Dabc');
    for (const path of ['/', '/claims', '/account']) expect((await anna.open(path)).path).toMatch(/^\/password/);
    const choose = (chosen: string, repeated = chosen) => anna.send(first, '/password', { chosen, repeated });
    expect(await choose('short')).toMatchObject(showing(400, '至少需要 12 个字符'));
    expect(await choose(OWN, 'something else')).toMatchObject(showing(400, '不一致'));
    const before = anna.cookies.get('__Host-session-third-party-platform');
    expect(await choose(OWN)).toMatchObject({ status: 200, path: '/claims?q=abc' });
    expect(anna.cookies.get('__Host-session-third-party-platform')).not.toBe(before);

    const out = locationOf(await logOut(anna));
    expect(await anna.open(String(out))).toMatchObject({
      path: '/login?out=1',
      text: expect.stringContaining('已退出登录'),
    });
    expect(anna.cookies.has('__Host-session-third-party-platform')).toBe(false);
    const told = (await operations()).filter(({ name }) => name !== 'login failed');
    expect(told.map(({ name }) => name)).toEqual([...['operator add', 'login', 'operator change-password', 'logout']]);
    expect(told[1]).toMatchObject({ name: 'login', actor: 'anna', from: '127.0.0.1', what: {} });
  });

  it('stay open to monitors, and to nobody else without a login', async () => {
    const { site, service: running, browser } = await setUp();
    const stranger = await browser();
    const health = async (headers: Record<string, string>) =>
      Object.keys(JSON.parse((await stranger.ask('/health', headers)).text)).sort();
    const proxied = { 'x-forwarded-for': '192.0.2.1' };
    expect(await health(proxied)).toEqual(['status', 'version']);
    const tokenOf = (name: string, cinemaCodes: readonly CinemaCode[] | 'all') =>
      withStore(site, (store) =>
        createApiTokens(store, Date.now).add({
          ...{ name, actor: 'root', permissions: ['records.read'], cinemaCodes },
          endsAt: parseEnd(`${new Date().getFullYear() + 1}-01-01`),
        }),
      );
    // It names other cinemas.
    const [all, one] = [await tokenOf('monitor', 'all'), await tokenOf('cinema', [CINEMA])];
    expect(await health({ ...proxied, authorization: `Bearer ${all}` })).toContain('upstream');
    expect(await health({ ...proxied, authorization: `Bearer ${one}` })).toEqual(['status', 'version']);
    expect(await health({})).toContain('upstream');
    expect(await stranger.ask('/metrics')).toMatchObject({ status: 200 });
    expect(await stranger.ask('/login')).toMatchObject({ status: 200 });
    expect(await stranger.ask('/nothing')).toMatchObject(showing(404, '页面不存在'));
    expect(locationOf(await stranger.ask('/'))).toBe('/login');
    const service = await createBrowser({ consoleUrl: running.url }, site);
    for (const path of ['/login', '/claims']) expect((await service.ask(path)).status).toBe(404);
  });

  it('carry headers that keep other sites and caches out, and cookies that no script and no other site gets at', async () => {
    const { site, browser } = await setUp();
    await addOperator(site, 'anna', 'supervisor');
    const anna = await browser();
    const login = await anna.ask('/login');
    const entered = await anna.post(
      '/login',
      new URLSearchParams({
        username: 'anna',
        password: OWN,
        return: '/claims',
        _csrf: csrfIn(login),
      }).toString(),
    );
    expect(entered.status).toBe(303);
    for (const cookie of [entered.headers['set-cookie'], login.headers['set-cookie']].flat()) {
      expect(cookie).toMatch(/^__Host-[\w-]+=.*; Path=\/.*; HttpOnly; Secure; SameSite=Strict$/);
    }
    const pages = [login, await anna.ask('/nothing'), await anna.ask('/language?to=fr')];
    for (const { headers, text } of pages) {
      expect(headers['cache-control']).toBe('no-store');
      expect(headers['content-security-policy']).toMatch(/^default-src 'none';style-src 'self';img-src 'self';/);
      expect(headers['content-security-policy']).not.toContain('unsafe');
      expect(headers).toMatchObject({ 'x-content-type-options': 'nosniff', 'x-frame-options': 'DENY' });
      expect(text).not.toMatch(/(?:src|href|action)="(?:https?:)?\/\//);
      // Scripts are only files of this service.
      expect(text).not.toMatch(/<script(?! src="\/assets\/[\w.-]+" defer>)|<style| style=| on\w+=/);
    }
    const [, style = ''] = /rel="stylesheet" href="([^"]+)"/.exec(login.text) ?? [];
    expect(await anna.ask(style)).toMatchObject({
      status: 200,
      headers: { 'content-type': 'text/css; charset=utf-8', 'cache-control': expect.stringContaining('immutable') },
    });
  });

  it('take no forged form: without a token, with another’s, or from another site', async () => {
    const { site, browser, operations } = await setUp();
    for (const name of ['anna', 'bert']) await addOperator(site, name, 'supervisor');
    const [anna, bert] = [await browser(), await browser()];
    for (const [one, name] of [
      [anna, 'anna'],
      [bert, 'bert'],
    ] as const)
      await one.logIn(name);
    const token = await csrfOf(bert);
    for (const body of ['', '_csrf=', '_csrf=abc', new URLSearchParams({ _csrf: token }).toString()]) {
      for (const path of ['/logout', '/password', '/login']) {
        expect(await anna.post(path, body)).toMatchObject(showing(403, '页面已失效'));
      }
    }
    const own = await csrfOf(anna);
    const form = new URLSearchParams({ _csrf: own }).toString();
    for (const site of ['cross-site', 'same-site']) {
      expect(await anna.post('/logout', form, { 'sec-fetch-site': site })).toMatchObject({ status: 403 });
    }
    expect(await anna.post('/logout', `{"_csrf":"${own}"}`, { 'content-type': 'application/json' })).toMatchObject({
      status: 415,
    });
    expect(await anna.open('/claims')).toMatchObject({ status: 200, path: '/claims' });
    expect((await operations()).filter(({ name }) => name === 'logout')).toEqual([]);
    expect(await anna.post('/logout', form, { 'sec-fetch-site': 'same-origin' })).toMatchObject({ status: 303 });
  });

  it('end with the session: after half an hour without a request, and by logout', async () => {
    const { site, browser } = await setUp();
    await addOperator(site, 'anna', 'supervisor');
    const isIn = async (one: Awaited<ReturnType<typeof browser>>) => (await one.ask('/claims')).status === 200;
    const anna = await browser();
    await anna.logIn('anna');
    const stolen = await browser();
    for (const [name, value] of anna.cookies) stolen.cookies.set(name, value);
    expect([await isIn(anna), await isIn(stolen)]).toEqual([true, true]);
    await logOut(anna);
    expect(await isIn(stolen)).toBe(false);

    await anna.logIn('anna');
    site.clock.ahead = HALF_HOUR - 60_000;
    expect(await isIn(anna)).toBe(true);
    site.clock.ahead += HALF_HOUR;
    const late = await anna.ask('/claims?q=abc');
    expect(locationOf(late)).toBe('/login?return=%2Fclaims%3Fq%3Dabc');
    for (const cookie of ['x', `${'x'.repeat(43)}`, "' or 1=1"]) {
      stolen.cookies.set('__Host-session-third-party-platform', cookie);
      expect(await isIn(stolen)).toBe(false);
    }
  });

  it('slow down password guessing, and let the owner in from elsewhere', async () => {
    const { site, browser, operations } = await setUp();
    await addOperator(site, 'anna', 'supervisor');
    const guesser = await browser('127.0.0.9');
    const statuses: number[] = [];
    const texts = new Set<string>();
    for (const username of ['anna', 'nobody']) {
      for (let guess = 0; guess < 7; guess += 1) {
        const page = await guesser.logIn(username, `guess ${guess}`);
        statuses.push(page.status);
        if (page.status === 403) texts.add(/role="alert">([^<]+)/.exec(page.text)?.[1] ?? '');
        else expect(Number(page.headers['retry-after'])).toBeGreaterThan(0);
      }
    }
    const slowed = [...Array(5).fill(403), 429, 429];
    expect(statuses).toEqual([...slowed, ...slowed]);
    expect(texts.size).toBe(1);
    expect(await guesser.logIn('anna')).toMatchObject({ status: 429 });
    expect(await (await browser('127.0.0.8')).logIn('anna')).toMatchObject({ path: '/today' });
    const failed = (await operations()).filter(({ name }) => name === 'login failed');
    expect(failed.map(({ actor }) => actor)).toEqual([...Array(5).fill('anna'), ...Array(5).fill('unknown')]);
    expect(JSON.stringify(failed)).not.toMatch(/nobody|guess/);
    expect(JSON.stringify(failed)).toContain('127.0.0.9');
  });

  it('confirm in a session what its operator does, while their address guesses at the login', async () => {
    const { site, service, browser } = await setUp();
    await addOperator(site, 'anna', 'administrator');
    await addOperator(site, 'bert', 'usher');
    const { act } = await logInAs(service, site, 'anna');
    for (let n = 0; n < 20; n += 1) await (await browser()).logIn(`name-${n}`, 'a guess');
    expect(await (await browser()).logIn('anna')).toMatchObject({ status: 429 });
    expect(await act('/operator/disable', { Username: 'bert', password: OWN })).toMatchObject({ status: 200 });
    const guesses = [];
    for (let n = 0; n < 6; n += 1) {
      guesses.push((await act('/operator/enable', { Username: 'bert', password: 'a guess' })).status);
    }
    expect(guesses).toEqual([...Array(5).fill(403), 429]);
  });

  it('lead back to nowhere else, and are in the language that was chosen', async () => {
    const { site, browser } = await setUp();
    await addOperator(site, 'anna', 'supervisor');
    const anna = await browser();
    for (const to of ['//evil.example/', 'https://evil.example/', '/\\evil.example']) {
      const login = await anna.open(`/login?${new URLSearchParams({ return: to })}`);
      expect(login.text).toContain('name="return" value="/"');
      expect(locationOf(await anna.ask(`/language?${new URLSearchParams({ to: 'en', return: to })}`))).toBe('/');
    }
    expect((await anna.open('/login')).text).toContain('<html lang="en">');
    await anna.logIn('anna');
    const language = async () => JSON.parse((await anna.ask('/console.json')).text).Language;
    expect(await language()).toBe('en');
    expect(await anna.open('/language?to=zh&return=%2Fclaims%3Fq%3Dabc')).toMatchObject({ path: '/claims?q=abc' });
    expect(await language()).toBe('zh');
    expect(await anna.ask('/language?to=fr')).toMatchObject({ status: 400 });
  });

  it('open from a link in a message, with which the browser leaves the session’s cookie out', async () => {
    const { site, browser } = await setUp();
    await addOperator(site, 'anna', 'supervisor');
    const anna = await browser();
    const link = await anna.ask('/claims?q=abc&cinema=', { 'sec-fetch-site': 'cross-site' });
    expect(link).toMatchObject(showing(200, 'content="0; url=/claims?q=abc&#38;cinema="'));
    expect(link.text).not.toContain('/logout');
  });

  it('take short forms and what a keyboard types', async () => {
    const { browser } = await setUp();
    const stranger = await browser();
    const login = await stranger.open('/login');
    const tooLong = await stranger.send(login, '/login', { username: 'a', password: 'x'.repeat(20_000) });
    expect(tooLong).toMatchObject(showing(413, '内容过长'));
    for (const username of ['a\u0000', 'a\u001b[2J']) {
      expect(await stranger.send(login, '/login', { username, password: 'x' })).toMatchObject({ status: 400 });
    }
    expect(await stranger.ask('/login?return=%00')).toMatchObject({ status: 400 });
  });
});

describeEachEngine('every route of the console', ({ url }) => {
  it('answers every role as it was declared, and nobody who is not logged in', async () => {
    const routes = watchRoutes();
    const site = await createSite(await url());
    const service = await site.start();
    const { walked, faults } = await withStore(site, (store) =>
      walkConsole(service, { routes, store, directory: site.directory }),
    );
    expect(faults).toEqual([]);
    expect(walked).toBeGreaterThan(30);
  });
});

describeBehindPooler('the console of two processes of a platform', ({ url }) => {
  it('knows the sessions of both', async () => {
    const site = await createSite(await url());
    const other = await createSite(site.env.DATABASE_URL ?? '');
    await addOperator(site, 'anna', 'supervisor', { isNew: true });
    const services = [await site.start(), await other.start()] as const;
    const anna = await createBrowser(services[0], site);
    await anna.logIn('anna', ONE_TIME);
    const there = await createBrowser(services[1], other);
    for (const [name, value] of anna.cookies) there.cookies.set(name, value);
    expect((await there.open('/claims')).path).toBe('/password?return=%2Fclaims');
    await withStore(site, (store) => createOperators(store, Date.now).disable('anna'));
    for (const browser of [anna, there]) expect((await browser.open('/claims')).path).toMatch(/^\/login/);
  });
});
