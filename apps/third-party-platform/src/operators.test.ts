// @module-tag service
import { describeSqlite } from '@ticket-check/storage/testing';
import { expect, it } from 'vitest';
import { addOperator, allowCommands, logInAs, OWN, operationsOf } from './testing/console-browser.ts';
import { CINEMA, OTHER_CINEMA } from './testing/test-cinema.ts';
import { createSite } from './testing/test-platform.ts';

describeSqlite('the screens of operators', ({ url }) => {
  async function setUp(...administrators: string[]) {
    const site = await createSite(await url());
    const service = await site.start();
    for (const name of administrators) await addOperator(site, name, 'administrator');
    await allowCommands(site);
    const logIn = async (username: string, password = OWN) => {
      const { act, ...person } = await logInAs(service, site, username, password);
      return {
        ...person,
        /** Carries out `operator <name>`, with the operator's own password unless another is given. */
        act: (name: string, sent: object) => act(`/operator/${name}`, { password: OWN, ...sent }),
        preview: async (name: string, sent: object) => (await act(`/operator/${name}/preview`, sent)).Preview,
        isIn: async () => (await person.ask('/claims.json')).status === 200,
        listed: async () => (await person.ask('/operators.json')).body.Operators,
      };
    };
    const tried = async (failed: 0 | 1) =>
      (await operationsOf(site)).filter((row) => row.failed === failed && row.name.startsWith('operator '));
    return { site, logIn, changes: () => tried(0), failedChanges: () => tried(1) };
  }

  it('add somebody with a one-time password that is answered this once, and nobody with every cinema by leaving them out', async () => {
    const { logIn, changes } = await setUp('anna');
    const anna = await logIn('anna');
    const add = (sent: object) => anna.act('add', { CinemaCodes: ['*'], Role: 'usher', ...sent });
    expect(await add({ Username: '李伟' })).toMatchObject({
      status: 400,
      message: expect.stringMatching(/用户名不符合要求/),
    });
    expect(await add({ Username: 'anna' })).toMatchObject({ status: 409, message: expect.stringMatching(/已被使用/) });
    const bert = { Username: 'bert' };
    for (const wrong of [
      { Role: undefined },
      { Role: 'boss' },
      { CinemaCodes: undefined },
      { CinemaCodes: [] },
      { CinemaCodes: ['310'] },
      { CinemaCodes: ['*', CINEMA] },
      { Role: 'administrator', CinemaCodes: [CINEMA] },
    ]) {
      expect(await add({ ...bert, ...wrong })).toEqual({ status: 400, error: 'bad-input' });
    }
    expect(await add({ ...bert, password: 'not my password' })).toMatchObject({ status: 403, error: 'wrong-password' });
    expect(await add({ ...bert, password: undefined })).toMatchObject({ status: 400, error: 'password-missing' });
    const added = await add({ ...bert, Role: 'supervisor', CinemaCodes: [CINEMA, OTHER_CINEMA] });
    expect(added).toMatchObject({ status: 200, ...bert, ValidUntil: expect.any(String) });
    expect((await logIn('bert', added.OneTimePassword)).page.path).toBe('/password');
    expect(await anna.listed()).toMatchObject([
      { Username: 'anna', Role: 'administrator', CinemaCodes: ['*'], OneTimeUntil: null },
      { ...bert, Role: 'supervisor', CinemaCodes: [CINEMA, OTHER_CINEMA], OneTimeUntil: added.ValidUntil },
    ]);
    expect(await changes()).toMatchObject([
      {
        name: 'operator add',
        actor: 'anna',
        from: '127.0.0.1',
        before: null,
        after: null,
        what: { username: 'bert', role: 'supervisor', cinemaCodes: [CINEMA, OTHER_CINEMA] },
      },
    ]);
    expect(JSON.stringify([await changes(), await anna.listed()])).not.toContain(added.OneTimePassword);
  });

  it('change what somebody may do, at once; of two administrators who change one thing the second is refused', async () => {
    const { site, logIn, changes } = await setUp('anna', 'bert');
    await addOperator(site, 'carl', 'supervisor');
    const [anna, bert, carl] = [await logIn('anna'), await logIn('bert'), await logIn('carl')];
    const Username = 'carl';
    const From = { Role: 'supervisor', CinemaCodes: ['*'] };
    const promoted = { Role: 'administrator', CinemaCodes: ['*'] };
    const limited = { Role: 'usher', CinemaCodes: [CINEMA] };
    expect((await carl.ask('/operators.json')).status).toBe(403);
    expect(await carl.act('change', { Username, ...promoted })).toMatchObject({ status: 403, error: 'forbidden' });
    expect(await anna.act('change', { Username, ...promoted, From })).toMatchObject({ status: 200 });
    expect((await carl.ask('/operators.json')).status).toBe(200);
    const second = await bert.act('change', { Username, ...limited, From });
    expect(second).toMatchObject({ status: 409, message: expect.stringMatching(/其他管理员已修改此人/) });
    expect(await bert.act('change', { Username, ...limited, From: promoted })).toMatchObject({ status: 200 });
    expect((await carl.ask('/operators.json')).status).toBe(403);
    expect((await carl.ask(`/claims.json?cinema=${OTHER_CINEMA}`)).status).toBe(403);
    expect(await site.command('operator', 'change', 'carl', '--role', 'auditor')).toMatchObject({ exitCode: 0 });
    expect(await changes()).toMatchObject([
      { name: 'operator change', actor: 'anna', before: { role: 'supervisor', cinemaCodes: 'all' } },
      { name: 'operator change', actor: 'bert', after: { role: 'usher', cinemaCodes: [CINEMA] } },
      { name: 'operator change', before: { role: 'usher' }, after: { role: 'auditor', cinemaCodes: [CINEMA] } },
    ]);
  });

  it('disable, enable, end sessions and reset, each after what it means and the administrator’s own password', async () => {
    const { site, logIn, changes } = await setUp('anna');
    await addOperator(site, 'carl', 'usher');
    const anna = await logIn('anna');
    const carl = await logIn('carl');
    const elsewhere = await logIn('carl');
    const Username = 'carl';
    expect(await anna.act('disable', { Username, password: 'not my password' })).toMatchObject({ status: 403 });
    expect(await carl.isIn()).toBe(true);
    expect(await anna.preview('disable', { Username })).toContain('目前的 2 个登录立即结束');

    const { Sessions } = (await anna.ask('/operators/sessions.json?username=carl')).body;
    expect(Sessions).toHaveLength(2);
    // The one that was used last is first.
    const [{ Session }] = Sessions;
    expect(await anna.preview('end-session', { Username, Session })).toContain('其他登录不受影响');
    expect(await anna.act('end-session', { Username, Session })).toMatchObject({ status: 200 });
    expect([await carl.isIn(), await elsewhere.isIn()].toSorted()).toEqual([false, true]);
    expect(await anna.act('end-session', { Username, Session })).toMatchObject({
      status: 410,
      message: expect.stringMatching(/已结束/),
    });

    expect(await anna.act('end-sessions', { Username })).toMatchObject({ status: 200 });
    expect([await carl.isIn(), await elsewhere.isIn()]).toEqual([false, false]);
    expect(await anna.preview('end-sessions', { Username })).toBe(null);
    expect(await anna.act('disable', { Username })).toMatchObject({ status: 200 });
    expect((await logIn('carl')).page.status).toBe(403);
    expect(await anna.act('enable', { Username })).toMatchObject({ status: 200 });
    expect((await logIn('carl')).page.path).toBe('/today');
    const issued = await anna.act('reset-password', { Username });
    expect((await logIn('carl')).page.status).toBe(403);
    expect((await logIn('carl', issued.OneTimePassword)).page.path).toBe('/password');
    expect(await anna.act('reset-second-factor', { Username })).toMatchObject({ status: 200 });
    expect((await changes()).map(({ name, actor, what }) => [name, actor, what.username])).toEqual(
      ['end-session', 'end-sessions', 'disable', 'enable', 'reset-password', 'reset-second-factor'].map((action) => [
        ...[`operator ${action}`, 'anna', 'carl'],
      ]),
    );
    expect((await changes())[0]?.what).toMatchObject({ address: '127.0.0.1', beganAt: expect.any(String) });
    expect(JSON.stringify(await changes())).not.toContain(issued.OneTimePassword);
    expect(await anna.act('disable', { Username: 'dora' })).toMatchObject({
      status: 404,
      message: expect.stringMatching(/没有这个操作员/),
    });
    expect((await anna.ask('/operators/sessions.json?username=dora')).status).toBe(404);
  });
});
