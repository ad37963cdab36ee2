import { launchBrowser } from '@ticket-check/browser';
import { needsTag } from '@ticket-check/runtime/testing';
import type { BrowserContext } from 'playwright-core';
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
