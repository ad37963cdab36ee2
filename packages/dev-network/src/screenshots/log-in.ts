import type { Browser, Page } from 'playwright-core';
import type { DemoLogin } from '../demo-operators.ts';
import type { Album } from './album.ts';
import { type Language, newVisitor } from './looks.ts';
import { type Visit, visitConsole } from './sent/visit.ts';

/** Who sees every page; of the others, what they see first is shot. */
export const SEES_ALL = 'administrator';

/** What every operator of the screenshots' demo chooses; its data are deleted with it. */
export const OWN_PASSWORD = 'pictures-of-a-quiet-cinema';

/** Logs in with the one-time password and changes it to one of the operator's own. */
export async function logIn(page: Page, origin: string, { username, oneTimePassword }: DemoLogin): Promise<void> {
  if (oneTimePassword === null) throw new Error(`${username} has a password of their own already.`);
  const submit = () => page.locator('main form button').first().click();
  await page.goto(`${origin}/login`);
  await page.fill('[name=username]', username);
  await page.fill('[name=password]', oneTimePassword);
  await submit();
  await page.waitForURL(/\/password/);
  await page.fill('[name=chosen]', OWN_PASSWORD);
  await page.fill('[name=repeated]', OWN_PASSWORD);
  await submit();
  await page.waitForURL((url) => !url.pathname.startsWith('/password'));
}

/** Begins a visit of the administrator, who has chosen a password by now, in a window of their own. */
export async function visitAsAdministrator(
  album: Album,
  browser: Browser,
  where: { origin: string; into: string; language: Language },
): Promise<{ readonly at: Visit; close(): Promise<void> }> {
  const context = await newVisitor(browser);
  const at = await visitConsole(album, await context.newPage(), where);
  await at.open('/login');
  await at.send({ username: SEES_ALL, password: OWN_PASSWORD });
  return { at, close: () => context.close() };
}
