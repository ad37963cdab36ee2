// @module-tag service
import { describeSqlite } from '@ticket-check/storage/testing';
import { expect, it } from 'vitest';
import {
  addOperator,
  type Browser,
  type BrowserPage,
  createBrowser,
  operationsOf,
  showing,
} from './testing/console-browser.ts';
import { createSite } from './testing/test-platform.ts';

describeSqlite('the account page', ({ url }) => {
  async function setUp() {
    const site = await createSite(await url());
    const service = await site.start();
    const logIn = async (username: string, localAddress?: string) => {
      const browser = await createBrowser(service, site, localAddress);
      await browser.logIn(username);
      return browser;
    };
    const ends = async () => (await operationsOf(site)).filter(({ name }) => name === 'session end');
    return { site, logIn, ends };
  }
  const isIn = async (browser: Browser) => (await browser.ask('/claims')).status === 200;
  const sessionsIn = ({ text }: BrowserPage) =>
    [...text.matchAll(/name="session" value="([0-9a-f]{64})"/g)].map(([, name]) => name ?? '');

  it('shows where its operator is logged in, ends one of these sessions, or all but this one', async () => {
    const { site, logIn, ends } = await setUp();
    await addOperator(site, 'anna', 'usher');
    const elsewhere = await logIn('anna', '127.0.0.8');
    const here = await logIn('anna');
    const account = await here.open('/account');
    expect(account).toMatchObject(showing(200, '127.0.0.8'));
    expect(account.text).toContain('当前登录');
    const [name] = sessionsIn(account);
    const done = await here.send(account, '/account/end-session', { session: name ?? '' });
    expect(done).toMatchObject(showing(200, '该登录已结束'));
    expect([await isIn(here), await isIn(elsewhere)]).toEqual([true, false]);
    // Sent again, as by going back, it ends nothing and says the same.
    await here.send(account, '/account/end-session', { session: name ?? '' });

    const others = [await logIn('anna'), await logIn('anna', '127.0.0.9')];
    const asked = await here.open('/account/end-other-sessions');
    expect(asked.text).toContain('其他 2 个登录立即结束');
    expect(await isIn(others[0]!)).toBe(true);
    await here.send(asked, '/account/end-other-sessions');
    expect([await isIn(here), await isIn(others[0]!), await isIn(others[1]!)]).toEqual([true, false, false]);
    expect((await here.open('/account')).text).toContain('没有其他登录');
    expect((await here.open('/account/end-other-sessions')).text).toContain('没有其他登录');
    const by = { actor: 'anna', from: '127.0.0.1' };
    const reason = 'ended by its operator';
    expect(await ends()).toMatchObject([
      { ...by, what: { reason, session: { address: '127.0.0.8', beganAt: expect.any(String) } } },
      { ...by, what: { reason, sessionsEnded: 2 } },
    ]);
  });

  it('ends nobody else’s session, whatever is sent', async () => {
    const { site, logIn, ends } = await setUp();
    for (const name of ['anna', 'bert']) await addOperator(site, name, 'administrator');
    const [anna, bert] = [await logIn('anna'), await logIn('bert')];
    await logIn('bert');
    const [ofBert] = sessionsIn(await bert.open('/account'));
    await logIn('anna');
    const page = await anna.open('/account');
    for (const session of [ofBert ?? '', '', "' or 1=1 --"]) {
      expect(await anna.send(page, '/account/end-session', { session })).toMatchObject({ status: 200 });
    }
    expect(await anna.post('/account/end-session', `session=${sessionsIn(page)[0]}`)).toMatchObject({ status: 403 });
    expect(sessionsIn(await bert.open('/account'))).toEqual([ofBert]);
    expect(sessionsIn(await anna.open('/account'))).toHaveLength(1);
    expect(await ends()).toEqual([]);
  });
});
