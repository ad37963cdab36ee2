// @module-tag service
import { createBrowser, OWN } from '@ticket-check/admin/testing';
import { createOperators, createPasswords, issuePassword } from '@ticket-check/operators';
import { addSeconds, wallClockAt } from '@ticket-check/protocol';
import { expect, it, onTestFinished } from 'vitest';
import { makeUkey, sellTicket, startPlatform } from '../../testing/test-cinema.ts';
import { makeTerminal } from '../../testing/test-terminal.ts';

it('lets a supervisor undo an entry with a reason and the password, once, and an usher not', async () => {
  const film = addSeconds(wallClockAt(Date.now()), 600);
  const ukey = makeUkey(addSeconds(film, -86_400));
  const platform = await startPlatform({ now: Date.now, kind: 'claiming', keys: [ukey.key] });
  const terminal = await makeTerminal({ now: Date.now, settings: { SECOND_FACTOR_ROLES: 'administrator' } });
  await terminal.setUpstream(platform.bundle);
  const agent = await terminal.start();
  onTestFinished(() => agent.close());
  const ticket = sellTicket(ukey, film);
  platform.sell(ticket.info, { filmName: '<b>影片</b>' });
  const admitted = await agent.scan(ticket.code);
  expect(admitted.Verdict).toBe('ADMIT');

  const store = await terminal.open();
  const logIn = async (username: string, role: 'usher' | 'supervisor') => {
    const { password, passwordHash } = (await issuePassword(createPasswords()))!;
    await createOperators(store, Date.now).add({ username, role, cinemaCodes: 'all', passwordHash });
    const browser = await createBrowser(agent, { directory: terminal.env.DATA_DIR! });
    await browser.send(await browser.logIn(username, password), '/password', { chosen: OWN, repeated: OWN });
    return browser;
  };
  const usher = await logIn('uwe', 'usher');
  expect((await usher.ask('/entries')).status).toBe(403);

  const supervisor = await logIn('susi', 'supervisor');
  const list = await supervisor.open('/entries');
  expect(list).toMatchObject({ status: 200, text: expect.stringContaining(ticket.info.filmTicketCode) });
  expect(list.text).not.toContain('<b>');
  const path = `/entries/undo?record=${admitted.RecordId}`;
  expect((await usher.ask(path)).status).toBe(403);
  const confirmation = await supervisor.open(path);
  expect(await supervisor.send(confirmation, path, { reason: ' ', current: OWN })).toMatchObject({ status: 400 });
  const refused = await supervisor.send(confirmation, path, { reason: '闸机未转动', current: 'wrong' });
  expect(refused).toMatchObject({ status: 403, text: expect.stringContaining('闸机未转动') });
  expect(await supervisor.send(refused, path, { reason: '闸机未转动' })).toMatchObject({ status: 403 });
  const undone = await supervisor.send(refused, path, { reason: '闸机未转动', current: OWN });
  expect(undone).toMatchObject({ status: 200, text: expect.stringContaining('已撤销') });
  expect(await supervisor.send(confirmation, path, { reason: '闸机未转动' })).toMatchObject({ status: 410 });
  const operations = store.db.selectFrom('operation').selectAll().where('name', '=', 'entries undo');
  expect((await operations.execute()).map(({ actor, what }) => [actor, JSON.parse(what)])).toEqual([
    ['susi', { reason: '闸机未转动', recordId: admitted.RecordId }],
  ]);
  const [{ before } = { before: null }] = await operations.execute();
  expect(JSON.parse(before ?? '')).toMatchObject({ RecordId: admitted.RecordId, Gate: 'gate-1' });
  // Readers of the audit must not get the ticket.
  expect(before).not.toContain(ticket.code);
  await platform.until(() => platform.reversals.length > 0);
  expect(platform.reversals).toMatchObject([{ reverses: admitted.RecordId }]);
});
