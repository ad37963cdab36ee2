// @module-tag service

import { createBrowser, OWN, walkConsole, watchRoutes } from '@ticket-check/admin/testing';
import { createOperators, createPasswords, issuePassword } from '@ticket-check/operators';
import { expect, it, onTestFinished } from 'vitest';
import { makeTerminal } from './testing/test-terminal.ts';

it('lets the operators of a terminal in on its console', async () => {
  const terminal = await makeTerminal({ now: Date.now, settings: { SECOND_FACTOR_ROLES: 'administrator' } });
  const agent = await terminal.start();
  onTestFinished(() => agent.close());
  const store = await terminal.open();
  for (const [username, role] of [
    ['uwe', 'usher'],
    ['anna', 'administrator'],
  ] as const) {
    const { password, passwordHash } = (await issuePassword(createPasswords()))!;
    await createOperators(store, Date.now).add({ username, role, cinemaCodes: 'all', passwordHash });
    const browser = await createBrowser(agent, { directory: terminal.env.DATA_DIR! });
    const first = await browser.logIn(username, password);
    expect(first).toMatchObject({ path: '/password', text: expect.stringContaining('检票终端') });
    const entered = await browser.send(first, '/password', { chosen: OWN, repeated: OWN });
    expect(entered).toMatchObject({ status: 200, path: role === 'usher' ? '/state' : '/account/second-factor' });
    expect((await browser.ask('/operators')).status).toBe(role === 'usher' ? 403 : 303);
  }
});

it('answers every route of the terminal by role', async () => {
  const routes = watchRoutes();
  const terminal = await makeTerminal({ now: Date.now });
  const agent = await terminal.start();
  onTestFinished(() => agent.close());
  const { walked, faults } = await walkConsole(agent, {
    routes,
    store: await terminal.open(),
    directory: terminal.env.DATA_DIR!,
  });
  expect(faults).toEqual([]);
  expect(walked).toBeGreaterThan(20);
}, 180_000);
