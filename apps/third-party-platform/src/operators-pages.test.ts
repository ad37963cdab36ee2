// @module-tag service
import { describeSqlite } from '@ticket-check/storage/testing';
import { expect, it } from 'vitest';
import {
  addOperator,
  allowCommands,
  type BrowserPage,
  createBrowser,
  OWN,
  operationsOf,
  showing,
} from './testing/console-browser.ts';
import { CINEMA, OTHER_CINEMA } from './testing/test-cinema.ts';
import { createSite, ending } from './testing/test-platform.ts';

const one = (username: string) => `/operators/one?username=${username}`;
const act = (username: string, action: string) => `/operators/do?username=${username}&action=${action}`;

describeSqlite('the pages of operators', ({ url }) => {
  async function setUp(...administrators: string[]) {
    const site = await createSite(await url());
    const service = await site.start();
    for (const name of administrators) await addOperator(site, name, 'administrator');
    await allowCommands(site);
    const logIn = async (username: string, password = OWN) => {
      const browser = await createBrowser(service, site);
      const page = await browser.logIn(username, password);
      return Object.assign(browser, { page });
    };
    const tried = async (failed: 0 | 1) =>
      (await operationsOf(site)).filter((row) => row.failed === failed && row.name.startsWith('operator '));
    const changes = () => tried(0);
    const failedChanges = () => tried(1);
    return { site, logIn, changes, failedChanges };
  }
  const passwordIn = ({ text }: BrowserPage) => /<code class="secret">([^<]+)/.exec(text)?.[1] ?? '';

  it('add somebody with a one-time password that is shown this once, as the command does', async () => {
    const { logIn, changes } = await setUp('anna');
    const anna = await logIn('anna');
    const adding = await anna.open('/operators/add');
    const add = (fields: Record<string, string>) =>
      anna.send(adding, '/operators/add', { current: OWN, which: 'cinemas' in fields ? 'some' : 'all', ...fields });
    expect(await add({ username: '李伟', role: 'usher' })).toMatchObject(showing(409, '用户名不符合要求'));
    expect(await add({ username: 'anna', role: 'usher' })).toMatchObject(showing(409, '已被使用'));
    expect(await add({ username: 'bert' })).toMatchObject(showing(400, '请选择角色'));
    expect(await add({ username: 'bert', role: 'boss' })).toMatchObject({ status: 400 });
    for (const wrong of [{ cinemas: '310' }, { cinemas: '' }, { which: '' }, { which: 'all', cinemas: CINEMA }]) {
      expect(await add({ username: 'bert', role: 'usher', ...wrong })).toMatchObject(showing(400, '请选择“全部影院”'));
    }
    expect(await add({ username: 'bert', role: 'administrator', cinemas: CINEMA })).toMatchObject({ status: 400 });
    for (const current of ['', 'not my password']) {
      const refused = await add({ username: 'eve', role: 'administrator', current });
      expect(refused).toMatchObject(showing(403, '当前密码不正确'));
      expect(refused.text).toContain('value="eve"');
    }
    const html = '<script>alert(1)</script>';
    expect((await add({ username: html, role: 'usher', cinemas: html })).text).not.toContain('<script');
    const added = await add({ username: 'bert', role: 'supervisor', cinemas: `${CINEMA}，${OTHER_CINEMA}` });
    expect(added).toMatchObject(showing(200, '仅显示这一次'));
    expect((await logIn('bert', passwordIn(added))).page.path).toBe('/password');
    expect((await anna.open('/operators')).text).toContain(`${CINEMA}, ${OTHER_CINEMA}`);
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
    expect(JSON.stringify(await changes())).not.toContain(passwordIn(added));
  });

  it('change what somebody may do, at once; of two administrators who change one thing the second is refused', async () => {
    const { site, logIn, changes } = await setUp('anna', 'bert');
    await addOperator(site, 'carl', 'supervisor');
    const [anna, bert, carl] = [await logIn('anna'), await logIn('bert'), await logIn('carl')];
    const [seen, seenToo] = [await anna.open(one('carl')), await bert.open(one('carl'))];
    const promote = (current: string) => anna.send(seen, one('carl'), { role: 'administrator', which: 'all', current });
    const refused = await promote('not my password');
    expect(refused).toMatchObject({ status: 403, text: expect.stringMatching(/value="administrator" checked/) });
    expect((await carl.open('/operators')).status).toBe(403);
    expect(await promote(OWN)).toMatchObject({ status: 200, path: `${one('carl')}&done=saved` });
    expect((await carl.open('/operators')).status).toBe(200);
    const second = await bert.send(seenToo, one('carl'), {
      role: 'usher',
      which: 'some',
      cinemas: CINEMA,
      current: OWN,
    });
    expect(second).toMatchObject(showing(409, '其他管理员已修改此人'));
    await bert.send(second, one('carl'), { role: 'usher', which: 'some', cinemas: CINEMA, current: OWN });
    expect((await carl.open('/operators')).status).toBe(403);
    expect((await carl.open(`/claims?cinema=${OTHER_CINEMA}`)).status).toBe(403);
    expect(await site.command('operator', 'change', 'carl', '--role', 'auditor')).toMatchObject({ exitCode: 0 });
    expect(await changes()).toMatchObject([
      { name: 'operator change', actor: 'anna', before: { role: 'supervisor', cinemaCodes: 'all' } },
      { name: 'operator change', actor: 'bert', after: { role: 'usher', cinemaCodes: [CINEMA] } },
      { name: 'operator change', before: { role: 'usher' }, after: { role: 'auditor', cinemaCodes: [CINEMA] } },
    ]);
  });

  it('disable, enable, end sessions and reset, each after the administrator’s own password', async () => {
    const { site, logIn, changes } = await setUp('anna');
    await addOperator(site, 'carl', 'usher');
    const anna = await logIn('anna');
    const carl = await logIn('carl');
    const isIn = async () => (await carl.ask('/claims')).status === 200;
    const done = async (action: string, current = OWN) => {
      const path = act('carl', action);
      return anna.send(await anna.open(path), path, { current });
    };
    expect(await done('disable', 'not my password')).toMatchObject({ status: 403 });
    expect(await isIn()).toBe(true);
    await logIn('carl');
    const asked = (await anna.open(act('carl', 'disable'))).text;
    expect(asked).toContain('目前的 2 个登录立即结束');
    expect(asked).toMatch(/<input id="current"[^>]* autofocus=""/);
    expect(await done('end-sessions')).toMatchObject(showing(200, '登录已结束'));
    expect(await isIn()).toBe(false);
    expect((await anna.open(act('carl', 'disable'))).text).toContain('目前没有登录');
    expect(await done('disable')).toMatchObject(showing(200, '已停用'));
    expect((await logIn('carl')).page.status).toBe(403);
    expect(await done('enable')).toMatchObject({ status: 200 });
    expect((await logIn('carl')).page.path).toBe('/today');
    const issued = await done('reset-password');
    expect((await logIn('carl')).page.status).toBe(403);
    expect((await logIn('carl', passwordIn(issued))).page.path).toBe('/password');
    expect(await done('reset-second-factor')).toMatchObject({ status: 200 });
    expect((await changes()).map(({ name, actor, what }) => [name, actor, what.username])).toEqual(
      ['end-sessions', 'disable', 'enable', 'reset-password', 'reset-second-factor'].map((action) => [
        ...[`operator ${action}`, 'anna', 'carl'],
      ]),
    );
    expect((await anna.ask(act('carl', 'promote'))).status).toBe(400);
    expect((await anna.ask(act('dora', 'disable'))).status).toBe(404);
    expect((await anna.ask(one("' or 1=1"))).status).toBe(404);
  });

  it('end one session of somebody, and no other', async () => {
    const { site, logIn, changes } = await setUp('anna');
    await addOperator(site, 'carl', 'supervisor');
    const [anna, carl] = [await logIn('anna'), await logIn('carl')];
    const page = await anna.open(one('carl'));
    expect(page.text).toContain('当前登录数：1');
    const [, path = ''] = /href="([^"]*action=end-session&[^"]*)"/.exec(page.text) ?? [];
    const elsewhere = await logIn('carl');
    const asked = await anna.open(path.replaceAll('&amp;', '&'));
    expect(asked.text).toContain('结束 carl 的一个登录');
    const end = (current: string) => anna.send(asked, asked.path, { current });
    expect((await end('not mine')).status).toBe(403);
    expect(await end(OWN)).toMatchObject(showing(200, '该登录已结束'));
    expect([(await carl.ask('/claims')).status, (await elsewhere.ask('/claims')).status]).toEqual([303, 200]);
    const session = { address: '127.0.0.1', beganAt: expect.any(String) };
    const ended = { name: 'operator end-session', actor: 'anna', what: { username: 'carl', session } };
    expect(await changes()).toMatchObject([ended]);
    // Ended already.
    expect((await end(OWN)).status).toBe(200);
    expect(await changes()).toHaveLength(1);
  });

  it('leave the last administrator who is enabled', async () => {
    const { site, logIn, changes, failedChanges } = await setUp('anna');
    const anna = await logIn('anna');
    const path = act('anna', 'disable');
    expect(await anna.send(await anna.open(path), path, { current: OWN })).toMatchObject(
      showing(409, '最后一个可用的管理员'),
    );
    const demoted = await anna.send(await anna.open(one('anna')), one('anna'), {
      role: 'usher',
      which: 'all',
      current: OWN,
    });
    expect(demoted.status).toBe(409);
    const command = await site.command('operator', 'change', 'anna', '--role', 'usher');
    expect(command).toMatchObject(ending(1, 'last enabled administrator'));
    expect((await anna.open('/operators')).status).toBe(200);
    const what = { username: 'anna', reason: expect.stringContaining('last enabled') };
    expect(await failedChanges()).toMatchObject([
      { name: 'operator disable', actor: 'anna', what },
      { name: 'operator change', actor: 'anna', what },
      { name: 'operator change', actor: 'token test', what },
    ]);
    expect(await changes()).toEqual([]);
  });
});
