import { createBrowser } from '@ticket-check/admin/testing';
import type { Operator, Role } from '@ticket-check/operators';
import { addOperatorTo } from '@ticket-check/operators/testing';
import type { TerminalAgent } from '../app.ts';
import type { TerminalSite } from './test-terminal.ts';

/** Adds an operator whose password is `OWN`. */
export async function addOperator(
  username: string,
  role: Role,
  terminal: TerminalSite,
  cinemaCodes: Operator['cinemaCodes'] = 'all',
): Promise<void> {
  await addOperatorTo(await terminal.open(), username, role, { cinemaCodes });
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
