import { createBrowser, OWN } from '@ticket-check/admin/testing';
import { createOperators, createPasswords, type Operator, type Role } from '@ticket-check/operators';
import type { TerminalAgent } from '../app.ts';
import type { TerminalSite } from './test-terminal.ts';

/** Adds an operator whose password is `OWN`. */
export async function addOperator(
  username: string,
  role: Role,
  terminal: TerminalSite,
  cinemaCodes: Operator['cinemaCodes'] = 'all',
): Promise<void> {
  const operators = createOperators(await terminal.open(), Date.now);
  await operators.add({ username, role, cinemaCodes, passwordHash: 'none' });
  await operators.choosePassword(username, { before: 'none', passwordHash: await createPasswords().hash(OWN) });
}

/** Adds an operator to a terminal whose roles need no second factor, and returns a browser in which they are logged in. */
export async function logInAs(
  username: string,
  role: Role,
  { terminal, agent }: { terminal: TerminalSite; agent: TerminalAgent },
  cinemaCodes?: Operator['cinemaCodes'],
) {
  await addOperator(username, role, terminal, cinemaCodes);
  const browser = await createBrowser(agent, { directory: terminal.env.DATA_DIR! });
  await browser.logIn(username);
  return browser;
}
