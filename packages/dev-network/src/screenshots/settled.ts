import type { Page } from 'playwright-core';

/** Longer than charts and tables take to be drawn anew. */
const DRAWN_MS = 400;
const SHOWN_MS = 10_000;

/** Resolves once a page shows what it has to show. Live pages never stop asking, so silence on the line says nothing. */
export async function settled(page: Page): Promise<void> {
  await page.locator('main h1, main form').first().waitFor({ timeout: SHOWN_MS });
  await page.locator('.ant-spin-spinning, .ant-skeleton').first().waitFor({ state: 'hidden' });
  await page.waitForTimeout(DRAWN_MS);
}
