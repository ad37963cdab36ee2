import { needsTag } from '@ticket-check/runtime/testing';
import { launchBrowser } from '@ticket-check/simulators/browser';
import type { BrowserContext, Page } from 'playwright-core';
import { onTestFinished } from 'vitest';

/** Opens a window of Chromium, as wide as a phone, and closes it when the test ends. */
export async function openChromium(): Promise<BrowserContext> {
  needsTag('process');
  const browser = await launchBrowser();
  onTestFinished(() => browser.close());
  // The certificate is of the platform's own CA.
  return await browser.newContext({
    ignoreHTTPSErrors: true,
    locale: 'zh-CN',
    viewport: { width: 390, height: 844 },
  });
}

/** Chromium says so where a test fills in a field before the page has given the focus to one. */
const FILLED_IN_EARLY = 'Autofocus processing was blocked';

/** What the console of a page says from now on, and the errors of its scripts: a page that is in order says nothing. */
export function complaintsOf(page: Page, { but = [] }: { but?: readonly string[] } = {}): readonly string[] {
  const complaints: string[] = [];
  const remarks = [FILLED_IN_EARLY, ...but];
  page.on('console', (message) => {
    const text = message.text();
    if (!remarks.some((remark) => text.startsWith(remark))) complaints.push(text);
  });
  page.on('pageerror', (error) => complaints.push(error.message));
  return complaints;
}
