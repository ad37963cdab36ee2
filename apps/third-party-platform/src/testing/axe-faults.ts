import axe from 'axe-core';
import type { Page } from 'playwright-core';
import { expect } from 'vitest';

/** What changes now and comes to an end: colours, and dialogs that fade. */
const UNDER_WAY = `new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))
  .then(() => document.getAnimations().filter(({ playState, effect }) => playState === 'running' && effect.getComputedTiming().endTime !== Infinity).length)`;

type Fault = { readonly id: string; readonly impact: string; readonly nodes: { readonly html: string }[] };

/**
 * What axe finds in a page that keeps people out, once nothing moves there: serious and critical faults of what is shown, of all
 * kinds or by some rules.
 * @param checks settings that replace those of axe's checks
 */
export async function faultsOf(
  page: Page,
  rules: readonly string[] | null = null,
  checks: Readonly<Record<string, { readonly options: object }>> = {},
): Promise<string[]> {
  await expect.poll(() => page.evaluate(UNDER_WAY)).toBe(0);
  if (!(await page.evaluate(`'axe' in window`))) await page.evaluate(axe.source);
  // What axe would load beforehand, style sheets and films, is for rules of no serious impact or that are off.
  const options = {
    resultTypes: ['violations'],
    preload: false,
    checks,
    // Of WCAG 2.2, which axe asks for on demand.
    ...(rules === null ? { rules: { 'target-size': { enabled: true } } } : { runOnly: rules }),
  };
  const run = `axe.run(${JSON.stringify(options)}).then(({ violations }) => violations)`;
  const violations = (await page.evaluate(run)) as Fault[];
  return violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' | ')}`);
}
