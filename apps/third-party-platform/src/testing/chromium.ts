import type { RunningService } from '@ticket-check/runtime';
import { needsTag } from '@ticket-check/runtime/testing';
import { launchBrowser } from '@ticket-check/simulators/browser';
import axe from 'axe-core';
import type { BrowserContext, CDPSession, Page } from 'playwright-core';
import { expect, onTestFinished } from 'vitest';
import { OWN } from './console-browser.ts';

const PATIENT_MS = 90_000;

/** Opens a window of Chromium, as wide as a phone, and closes it when the test ends. */
export async function openChromium(): Promise<BrowserContext> {
  needsTag('process');
  const browser = await launchBrowser();
  onTestFinished(() => browser.close());
  // The certificate is of the platform's own CA.
  const window = await browser.newContext({
    ignoreHTTPSErrors: true,
    locale: 'zh-CN',
    viewport: { width: 390, height: 844 },
  });
  // A console that was built a moment ago is loaded whole, on a machine that may be busy.
  window.setDefaultTimeout(PATIENT_MS);
  return window;
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

/** Opens a screen in a window of its own, and logs somebody in on the way there. */
export async function openScreen(service: RunningService, path: string, username: string): Promise<Page> {
  const page = await (await openChromium()).newPage();
  await page.goto(service.consoleUrl + path);
  await page.getByLabel('用户名').fill(username);
  await page.getByLabel('密码').fill(OWN);
  await page.getByRole('button', { name: '登录', exact: true }).click();
  return page;
}

/** A security key that is plugged into the browser and touched at once whenever it is asked. */
export async function plugInKey(page: Page): Promise<{ cdp: CDPSession; authenticatorId: string }> {
  const cdp = await page.context().newCDPSession(page);
  await cdp.send('WebAuthn.enable');
  const { authenticatorId } = await cdp.send('WebAuthn.addVirtualAuthenticator', {
    options: { protocol: 'ctap2', transport: 'usb', hasResidentKey: true, automaticPresenceSimulation: true },
  });
  return { cdp, authenticatorId };
}

/** What changes now and comes to an end: colours, and dialogs that fade. */
const UNDER_WAY = `new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))
  .then(() => document.getAnimations().filter(({ playState, effect }) => playState === 'running' && effect.getComputedTiming().endTime !== Infinity).length)`;

type Fault = { readonly id: string; readonly impact: string; readonly nodes: { readonly html: string }[] };

type Looking = {
  /** Only these; all otherwise. */
  readonly rules?: readonly string[];
  /** Settings that replace those of axe's checks. */
  readonly checks?: Readonly<Record<string, { readonly options: object }>>;
  /** Only in this part of the page, by its selector. */
  readonly within?: string | undefined;
};

/** What axe finds in a page that keeps people out, once nothing moves there: serious and critical faults of what is shown. */
export async function faultsOf(page: Page, { rules, checks = {}, within }: Looking = {}): Promise<string[]> {
  await expect.poll(() => page.evaluate(UNDER_WAY)).toBe(0);
  if (!(await page.evaluate(`'axe' in window`))) await page.evaluate(axe.source);
  // What axe would load beforehand, style sheets and films, is for rules of no serious impact or that are off.
  const options = {
    resultTypes: ['violations'],
    preload: false,
    checks,
    // Of WCAG 2.2, which axe asks for on demand.
    ...(rules === undefined ? { rules: { 'target-size': { enabled: true } } } : { runOnly: rules }),
  };
  const part = within === undefined ? 'document' : JSON.stringify(within);
  const run = `axe.run(${part}, ${JSON.stringify(options)}).then(({ violations }) => violations)`;
  const violations = (await page.evaluate(run)) as Fault[];
  return violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' | ')}`);
}
