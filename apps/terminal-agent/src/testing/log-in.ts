import { createBrowser, OWN } from '@ticket-check/admin/testing';
import { createOperators, createPasswords, issuePassword, type Role } from '@ticket-check/operators';
import type { TerminalAgent } from '../app.ts';
import type { TerminalSite } from './test-terminal.ts';

/** Adds an operator to a terminal whose roles need no second factor, and returns a browser in which they are logged in. */
export async function logInAs(username: string, role: Role, at: { terminal: TerminalSite; agent: TerminalAgent }) {
  const { terminal, agent } = at;
  const { password, passwordHash } = (await issuePassword(createPasswords()))!;
  const store = await terminal.open();
  await createOperators(store, Date.now).add({ username, role, cinemaCodes: 'all', passwordHash });
  const browser = await createBrowser(agent, { directory: terminal.env.DATA_DIR! });
  await browser.send(await browser.logIn(username, password), '/password', { chosen: OWN, repeated: OWN });
  return browser;
}
