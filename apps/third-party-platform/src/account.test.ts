// @module-tag service
import { describeSqlite } from '@ticket-check/storage/testing';
import { expect, it } from 'vitest';
import { addOperator, logInAs, OWN, operationsOf } from './testing/console-browser.ts';
import { createSite } from './testing/test-platform.ts';

const CHOSEN = 'another good one';

describeSqlite('one’s own account', ({ url }) => {
  async function setUp() {
    const site = await createSite(await url());
    const service = await site.start();
    const logIn = async (username: string, password = OWN) => {
      const person = await logInAs(service, site, username, password);
      return {
        ...person,
        isIn: async () => (await person.ask('/claims.json')).status === 200,
        account: async () => (await person.ask('/account.json')).body,
      };
    };
    const done = async (name: string) => (await operationsOf(site)).filter((row) => row.name === name);
    return { site, logIn, done };
  }

  it('shows where one is logged in, ends one of these sessions, or all but this one', async () => {
    const { site, logIn, done } = await setUp();
    await addOperator(site, 'anna', 'usher');
    const elsewhere = await logIn('anna');
    const { ThisSession: other } = await elsewhere.account();
    const here = await logIn('anna');
    const { ThisSession, Sessions, Username } = await here.account();
    expect([Username, Sessions.length]).toEqual(['anna', 2]);
    const end = (Session: string) => here.act('/account/end', { Session });
    expect(await end(ThisSession)).toMatchObject({ status: 410 });
    expect(await end(other)).toEqual({ status: 200 });
    expect([await here.isIn(), await elsewhere.isIn()]).toEqual([true, false]);
    // Asked for again, as by a second click, it ends nothing and says so.
    expect(await end(other)).toMatchObject({ status: 410 });

    const others = [await logIn('anna'), await logIn('anna')];
    expect(await here.act('/account/end', { Session: null })).toEqual({ status: 200 });
    expect(await Promise.all([here, ...others].map((one) => one.isIn()))).toEqual([true, false, false]);
    expect((await here.account()).Sessions).toHaveLength(1);
    await here.act('/account/end', { Session: null });
    const by = { actor: 'anna', from: '127.0.0.1' };
    const reason = 'ended by its operator';
    expect(await done('session end')).toMatchObject([
      { ...by, what: { reason, session: { address: '127.0.0.1', beganAt: expect.any(String) } } },
      { ...by, what: { reason, sessionsEnded: 2 } },
    ]);
  });

  it('ends nobody else’s session, whatever is sent', async () => {
    const { site, logIn, done } = await setUp();
    for (const name of ['anna', 'bert']) await addOperator(site, name, 'administrator');
    const [anna, bert] = [await logIn('anna'), await logIn('bert')];
    const { ThisSession: ofBert } = await bert.account();
    for (const Session of [ofBert, '', "' or 1=1 --"]) {
      expect(await anna.act('/account/end', { Session })).toMatchObject({ status: 410 });
    }
    const forged = { 'content-type': 'application/json' };
    expect(await anna.browser.post('/account/end', '{"Session":null}', forged)).toMatchObject({ status: 403 });
    expect([await anna.isIn(), await bert.isIn()]).toEqual([true, true]);
    expect(await done('session end')).toEqual([]);
  });

  it('takes another password after the present one, which ends the other sessions and this one’s token', async () => {
    const { site, logIn, done } = await setUp();
    await addOperator(site, 'anna', 'usher');
    const [elsewhere, here] = [await logIn('anna'), await logIn('anna')];
    const form = await here.browser.open('/password');
    expect(form.path).toBe('/account');
    // The form of a one-time password changes no other one.
    const { Csrf } = (await here.ask('/console.json')).body;
    const sent = new URLSearchParams({ _csrf: Csrf, chosen: CHOSEN, repeated: CHOSEN }).toString();
    expect((await here.browser.post('/password', sent)).status).toBe(403);
    const change = (Chosen: string, password = OWN) => here.act('/account/password', { Chosen, password });
    expect(await change(CHOSEN, 'not my password')).toMatchObject({ status: 403, error: 'wrong-password' });
    expect(await change('short')).toMatchObject({
      status: 400,
      error: 'too-short',
      message: expect.stringContaining('12'),
    });
    expect(await change(OWN)).toMatchObject({ status: 400, error: 'unchanged' });
    expect(await elsewhere.isIn()).toBe(true);
    const before = (await here.account()).ThisSession;
    expect(await change(CHOSEN)).toEqual({ status: 200 });
    expect([await here.isIn(), await elsewhere.isIn()]).toEqual([true, false]);
    expect((await here.account()).ThisSession).not.toBe(before);
    expect((await logIn('anna')).page.status).toBe(403);
    expect((await logIn('anna', CHOSEN)).page.path).toBe('/today');
    const changed = await done('operator change-password');
    expect(changed.at(-1)).toMatchObject({ actor: 'anna', what: { username: 'anna' } });
    expect(JSON.stringify(changed)).not.toContain(CHOSEN);
  });
});
