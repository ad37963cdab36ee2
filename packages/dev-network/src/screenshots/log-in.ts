import type { Page } from 'playwright-core';
import type { DemoLogin } from '../demo-operators.ts';

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
