// @module-tag service
import { once } from 'node:events';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import type { IncomingMessage } from 'node:http';
import { get } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type AuthorityTables, authorityMigrations, CA_FILE, useServiceCertificate } from '@ticket-check/exchange';
import { placeCertificate, postRaw } from '@ticket-check/exchange/testing';
import {
  createOperators,
  type OperationTables,
  type OperatorTables,
  operationMigrations,
  operatorMigrations,
  runOperation,
} from '@ticket-check/operators';
import { hashCheaply } from '@ticket-check/operators/testing';
import { createLogger, startService } from '@ticket-check/runtime';
import { LISTENERS } from '@ticket-check/runtime/testing';
import { mergeMigrations } from '@ticket-check/storage';
import { describeSqlite } from '@ticket-check/storage/testing';
import { expect, it, onTestFinished } from 'vitest';
import { z } from 'zod';
import { createReading, PageError, type PageSet, servePages } from './index.ts';
import { action } from './page.ts';
import { Refused } from './sent-texts.ts';
import { type Browser, createBrowser, OWN } from './testing/index.ts';

const migrations = mergeMigrations(authorityMigrations, operatorMigrations, operationMigrations);

const LOGO = '<svg xmlns="http://www.w3.org/2000/svg"/>';

describeSqlite('a console with screens', (engine) => {
  /** A service whose one capability opens and closes doors. */
  async function setUp({ name = 'doors' } = {}) {
    const directory = await mkdtemp(join(tmpdir(), 'console-'));
    onTestFinished(() => rm(directory, { recursive: true, force: true }));
    await placeCertificate(directory);
    const store = await engine.open<AuthorityTables & OperatorTables & OperationTables>(migrations);
    const done: unknown[] = [];
    const hall = { open: 1, read: 0, rooms: 0, cellars: new Map<string, AbortSignal>() };
    const body = z.strictObject({ door: z.string().min(1).max(20) });
    const permission = 'claims.release' as const;
    const doors: PageSet = {
      name: 'doors',
      screens: [
        { path: '/doors', permission: 'claims.read', label: { zh: '门', en: 'Doors' } },
        { path: '/doors/:door', permission, label: null },
      ],
      live: [
        {
          name: 'doors',
          permission: 'claims.read',
          async read({ cinemaCodes }) {
            hall.read += 1;
            return { Open: hall.open, Of: cinemaCodes };
          },
        },
        { name: 'windows', permission, read: async () => ({}) },
        {
          name: 'cellars',
          permission: 'claims.read',
          // It takes for as long as anybody listens.
          async read({ query, signal }) {
            hall.cellars.set(query.get('number') ?? '', signal);
            if (!signal.aborted) await once(signal, 'abort');
            return {};
          },
        },
        {
          name: 'rooms',
          permission: 'claims.read',
          everyMs: 5000,
          async read({ query }) {
            hall.rooms += 1;
            if (query.get('floor') === 'none') throw new PageError('bad-input');
            return { Floor: query.get('floor') ?? null, Open: hall.open };
          },
        },
      ],
      actions: [
        action({
          path: '/doors/open',
          permission,
          body,
          async handler({ body: { door }, operator: { username }, address }) {
            if (door === 'wall') throw new Refused('no-door', { status: 404 });
            const asked = { name: 'door open', actor: username, from: address, what: { door }, now: Date.now };
            await runOperation(store, asked, async () => done.push([username, door]));
            return { Opened: door };
          },
        }),
      ],
    };
    const settings = {
      ...LISTENERS,
      ...{ DATA_DIR: directory, PUBLIC_URL: 'https://127.0.0.1', SECOND_FACTOR_ROLES: [] },
      ...{ ENVIRONMENT_NAME: '彩排', LOGO_FILE: join(directory, 'logo.svg') },
    };
    const built = join(directory, 'built');
    await writeFile(join(directory, 'logo.svg'), LOGO);
    const logger = createLogger('doors', 'silent');
    const running = await startService({ name, version: '1', settings, logger }, async (service) => {
      await useServiceCertificate(service, settings, store);
      const reading = createReading(service, store);
      servePages(service, { store, reading, site: { zh: '门厅', en: 'Hall' }, sets: [doors], built, settings });
    });
    onTestFinished(() => running.close());
    const operators = createOperators(store, Date.now);
    const hash = await hashCheaply(OWN);
    const browserOf = async (username: string, role: 'supervisor' | 'usher', cookies = new Map<string, string>()) => {
      await operators.add({ username, role, cinemaCodes: 'all', passwordHash: 'none' });
      await operators.choosePassword(username, { before: 'none', passwordHash: hash });
      const browser = await createBrowser(running, { directory }, undefined, cookies);
      await browser.logIn(username);
      const begun = JSON.parse((await browser.ask('/console.json')).text);
      const send = async (path: string, sent: unknown, headers: Record<string, string> = {}) => {
        const { status, text } = await browser.post(path, typeof sent === 'string' ? sent : JSON.stringify(sent), {
          'content-type': 'application/json',
          'x-csrf-token': begun.Csrf,
          ...headers,
        });
        return { status, ...JSON.parse(text) };
      };
      return { browser, begun, send };
    };
    const stranger = await createBrowser(running, { directory });
    const ca = await readFile(join(directory, CA_FILE), 'utf8');
    const listen = (browser: Browser, topic: string) =>
      listenTo(`${running.consoleUrl}/events?topic=${topic}`, browser, ca);
    return { listen, ca, built, directory, running, done, hall, store, browserOf, stranger };
  }

  it('says who is logged in, what they may do and what the menu offers them', async () => {
    const { browserOf, stranger } = await setUp();
    const { begun, browser } = await browserOf('anna', 'usher');
    expect(begun).toMatchObject({
      Site: '门厅',
      Environment: '彩排',
      Language: 'zh',
      Csrf: expect.any(String),
      Operator: { Username: 'anna', Role: 'usher', RoleName: '检票员', CinemaCodes: 'all' },
      Menu: [{ Path: '/doors', Label: '门', IsScreen: true }],
    });
    expect(begun.Permissions).toContain('claims.read');
    expect(begun.Permissions).not.toContain('claims.release');
    const login = (await stranger.ask('/login')).text;
    expect(login).toContain('<title>彩排 · 登录 · 门厅</title>');
    expect(login).toContain(`<img src="${begun.Logo}"`);
    expect(await stranger.ask(begun.Logo)).toMatchObject({ text: LOGO, headers: { 'content-type': 'image/svg+xml' } });
    expect(await stranger.ask('/console.json')).toMatchObject({ status: 401, text: '{"error":"unauthorized"}' });
    await browser.ask('/language?to=en');
    expect(JSON.parse((await browser.ask('/console.json')).text)).toMatchObject({ Site: 'Hall', Language: 'en' });
  });

  it('has cookies of its own: a login at another service of the same host name ends none here', async () => {
    const one = await (await setUp()).browserOf('anna', 'supervisor');
    const other = await setUp({ name: 'windows' });
    const { browser } = await other.browserOf('bert', 'usher', one.browser.cookies);
    expect(JSON.parse((await browser.ask('/console.json')).text)).toMatchObject({ Operator: { Username: 'bert' } });
    expect(await one.send('/doors/open', { door: 'north' })).toEqual({ status: 200, Opened: 'north' });
    await browser.send(await browser.open('/account'), '/logout');
    expect(await one.send('/doors/open', { door: 'north' })).toEqual({ status: 200, Opened: 'north' });
  });

  it('serves its HTML on declared paths, to those who may open them, with a new nonce each time', async () => {
    const { built, browserOf, stranger } = await setUp();
    const { browser } = await browserOf('anna', 'usher');
    expect(await browser.ask('/doors')).toMatchObject({ status: 503, text: expect.stringContaining('build:console') });
    await mkdir(built);
    await writeFile(join(built, 'main-1.js'), 'let a;');
    await writeFile(join(built, 'main-1.js.br'), 'compressed');
    await writeFile(join(built, 'index.html'), '<p nonce="__nonce__">');
    const opened = await browser.ask('/doors');
    const [, nonce = ''] = /^<p nonce="([\w+/=]{24})">$/.exec(opened.text) ?? [];
    const policy = String(opened.headers['content-security-policy']);
    expect(policy).toContain(`style-src 'self' 'nonce-${nonce}'`);
    expect(policy).toContain("default-src 'none'");
    expect(policy).toContain("script-src 'self';");
    expect(policy).not.toContain('unsafe');
    expect((await browser.ask('/doors')).text).not.toContain(nonce);
    expect((await browser.ask('/doors/north')).status).toBe(403);
    expect((await browser.ask('/windows')).status).toBe(404);
    expect((await browser.open('/')).path).toBe('/doors');
    expect((await stranger.open('/doors')).path).toBe('/login?return=%2Fdoors');

    const script = await stranger.ask('/console/main-1.js', { 'accept-encoding': 'gzip, br' });
    expect(script).toMatchObject({ status: 200, text: 'compressed', headers: { 'content-encoding': 'br' } });
    expect(script.headers['cache-control']).toContain('immutable');
    expect(await stranger.ask('/console/main-1.js')).toMatchObject({ status: 200, text: 'let a;' });
    for (const name of ['index.html', 'main-1.js.br', 'other.js', '..%2Ftls%2Fca.js', '%00.js']) {
      expect((await stranger.ask(`/console/${name}`)).status).toBe(404);
    }
  });

  it('changes what an operator with the permission asks for, and answers refusals with their code', async () => {
    const { browserOf, done } = await setUp();
    const anna = await browserOf('anna', 'supervisor');
    const bert = await browserOf('bert', 'usher');
    expect(await anna.send('/doors/open', { door: 'north' })).toEqual({ status: 200, Opened: 'north' });
    expect(await anna.send('/doors/open', { door: 'wall' })).toEqual({ status: 404, error: 'no-door' });
    expect(await bert.send('/doors/open', { door: 'north' })).toEqual({ status: 403, error: 'forbidden' });
    for (const wrong of [{}, { door: 1 }, { door: 'a', more: 1 }, { door: 'a\u0000' }, '{', '[]']) {
      expect(await anna.send('/doors/open', wrong)).toEqual({ status: 400, error: 'bad-input' });
    }
    expect(await anna.send('/doors/open', { door: 'x'.repeat(100_000) })).toEqual({ status: 413, error: 'too-long' });
    const form = { 'content-type': 'application/x-www-form-urlencoded' };
    expect(await anna.send('/doors/open', 'door=a', form)).toMatchObject({ status: 415 });
    expect(done).toEqual([['anna', 'north']]);
  });

  it('takes no forged request, and none without a session', async () => {
    const { browserOf, running, ca, done } = await setUp();
    const anna = await browserOf('anna', 'supervisor');
    const bert = await browserOf('bert', 'supervisor');
    const forged = { status: 403, error: 'forged-form' };
    for (const token of ['', 'x', bert.begun.Csrf]) {
      expect(await anna.send('/doors/open', { door: 'north' }, { 'x-csrf-token': token })).toEqual(forged);
    }
    expect(await anna.send('/doors/open', { door: 'north' }, { 'sec-fetch-site': 'same-site' })).toEqual(forged);
    const headers = { 'content-type': 'application/json', authorization: 'Bearer x' };
    const reply = await postRaw(`${running.consoleUrl}/doors/open`, '{"door":"north"}', { ca, headers });
    expect(reply).toMatchObject({ status: 401, text: '{"error":"unauthorized"}' });
    expect(done).toEqual([]);
  });

  it('pushes changes to all listeners, with one read for all, until the session ends', async () => {
    const { browserOf, stranger, running, directory, hall, store, ...console } = await setUp();
    const { browser } = await browserOf('anna', 'usher');
    const listen = () => console.listen(browser, 'doors');
    const [first, second] = [await listen(), await listen()];
    const told = (open: number) => `data: {"Open":${open},"Of":"all"}\n\n`;
    for (const { heard } of [first, second]) {
      expect(heard).toMatchObject({ status: 200, type: 'text/event-stream; charset=utf-8' });
      await expect.poll(() => heard.text).toMatch(/^event: beat\ndata: 35000\n\nevent: told\ndata: /);
      expect(heard.text).toContain(told(1));
    }
    const before = hall.read;
    hall.open = 2;
    for (const { heard } of [first, second]) await expect.poll(() => heard.text).toContain(told(2));
    expect(hall.read - before).toBeLessThanOrEqual(2);
    expect(first.heard.text.split('event: told')).toHaveLength(3);

    // An operator has 16 places in all sessions together: a third session gets none.
    const [elsewhere, third] = [
      await createBrowser(running, { directory }),
      await createBrowser(running, { directory }),
    ];
    await elsewhere.logIn('anna');
    await third.logIn('anna');
    const inAnother = () => console.listen(elsewhere, 'doors');
    const others = await Promise.all([...Array(6).fill(listen), ...Array(8).fill(inAnother)].map((one) => one()));
    expect(await third.ask('/events?topic=doors')).toMatchObject({ status: 503, text: '{"error":"busy"}' });
    expect(await browser.ask('/events?topic=doors')).toMatchObject({ status: 503, text: '{"error":"busy"}' });
    for (const { leave } of others) leave();
    await expect.poll(async () => (await listen()).heard.status).toBe(200);
    expect(await browser.ask('/events?topic=windows')).toMatchObject({ status: 403, text: '{"error":"forbidden"}' });
    expect(await browser.ask('/events?topic=walls')).toMatchObject({ status: 404, text: '{"error":"not-found"}' });
    expect(await stranger.ask('/events?topic=doors')).toMatchObject({ status: 401 });

    // To listen is not to use: the session would go on for good.
    const longAgo = Date.now() - 29 * 60_000;
    await store.db.updateTable('operatorSession').set({ seenAt: longAgo }).execute();
    hall.open = 3;
    await expect.poll(() => second.heard.text).toContain(told(3));
    // Nor are a page's own requests.
    const seenAt = async () => (await store.db.selectFrom('operatorSession').select('seenAt').execute())[0]?.seenAt;
    expect(await browser.ask('/doors', { 'x-looks-on': '1' })).not.toMatchObject({ status: 303 });
    expect(await seenAt()).toBe(longAgo);
    // Nor is to listen again where the connection was cut off, as browsers do by themselves.
    first.leave();
    const again = await listen();
    await expect.poll(() => again.heard.text).toContain(told(3));
    expect(await browser.ask('/console.json', { 'x-looks-on': '1' })).toMatchObject({ status: 200 });
    expect(await seenAt()).toBe(longAgo);
    await browser.ask('/doors');
    expect(await seenAt()).toBeGreaterThan(longAgo);
    await store.db
      .updateTable('operatorSession')
      .set({ seenAt: longAgo - 120_000 })
      .execute();
    await expect
      .poll(() => again.heard)
      .toMatchObject({ isOver: true, text: expect.stringMatching(/event: end\n.+\n\n$/) });
    await expect.poll(() => second.heard.isOver).toBe(true);
    expect((await browser.open('/doors')).path).toBe('/login?return=%2Fdoors');
  });

  it('tells a list by its filters, reading it once for all who ask the same and no faster than people work through it', async () => {
    const { browserOf, hall, ...console } = await setUp();
    const { browser } = await browserOf('anna', 'usher');
    const listen = (query: string) => console.listen(browser, query);
    const told = (floor: number, open: number) => `data: {"Floor":"${floor}","Open":${open}}\n\n`;
    const first = await listen('rooms&floor=1&after=2');
    await expect.poll(() => first.heard.text).toContain(told(1, 1));
    // A later listener gets the last event at once, without another read.
    hall.open = 2;
    const same = [await listen('rooms&after=2&floor=1'), await listen('rooms&floor=1&after=2')];
    for (const { heard } of same) await expect.poll(() => heard.text).toContain(told(1, 1));
    expect(hall.rooms).toBe(1);
    const other = await listen('rooms&floor=2');
    await expect.poll(() => other.heard.text).toContain(told(2, 2));
    expect(other.heard.text).not.toContain('"1"');
    // Three who ask the same, and one reading.
    for (const { heard } of [first, ...same]) {
      await expect.poll(() => heard.text).toContain(told(1, 2));
      expect(heard.text.split('event: told')).toHaveLength(3);
    }
    expect(hall.rooms).toBeLessThanOrEqual(4);
    const refused = await listen('rooms&floor=none');
    await expect.poll(() => refused.heard).toMatchObject({ isOver: true, text: expect.not.stringContaining('told') });
  });

  it('reads two topics at a time, and stops reading those without listeners', async () => {
    const { browserOf, hall, store, ...console } = await setUp();
    const { browser } = await browserOf('anna', 'usher');
    const listen = (number: number) => console.listen(browser, `cellars&number=${number}`);
    const listening = [await listen(1), await listen(2), await listen(3)];
    const [first, , third] = listening;
    await expect.poll(() => [...hall.cellars.keys()]).toEqual(['1', '2']);
    first?.leave();
    await expect.poll(() => [...hall.cellars.keys()]).toEqual(['1', '2', '3']);
    expect([...hall.cellars.values()].map(({ aborted }) => aborted)).toEqual([true, false, false]);
    // A listener that waits for a read still loses the session in time.
    const fourth = await listen(4);
    await store.db.deleteFrom('operatorSession').execute();
    for (const { heard } of [third, fourth].flatMap((each) => each ?? [])) {
      await expect.poll(() => heard).toMatchObject({ isOver: true });
    }
  });
});

/** Listens to a topic, with what else the query says, as a browser would that is logged in. */
async function listenTo(url: string, browser: Browser, ca: string) {
  const cookie = [...browser.cookies].map(([name, value]) => `${name}=${value}`).join('; ');
  const asked = get(url, { ca, headers: { cookie }, agent: false });
  const [response] = (await once(asked, 'response')) as [IncomingMessage];
  const heard = { status: response.statusCode, type: response.headers['content-type'], text: '', isOver: false };
  response.on('data', (part) => {
    heard.text += part;
  });
  response.on('end', () => {
    heard.isOver = true;
  });
  response.on('error', () => {});
  return { heard, leave: () => asked.destroy() };
}
