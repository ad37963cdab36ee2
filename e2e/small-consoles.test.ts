// @module-tag process
// @module-tag service
import { readFile } from 'node:fs/promises';
import { buildConsoles } from '@ticket-check/console/build';
import { businessDate } from '@ticket-check/protocol';
import { expect, test } from 'vitest';
import { openChromium } from '../apps/third-party-platform/src/testing/chromium.ts';
import { OWN } from '../apps/third-party-platform/src/testing/console-browser.ts';
import { first, startNational, startTerminal } from './testing/stocked-consoles.ts';

test('an administrator of the national platform and one of a terminal look at the day, and take it as a file', async () => {
  await buildConsoles();
  const [national, terminal] = await Promise.all([startNational(), startTerminal()]);
  const browser = await openChromium();
  const page = await browser.newPage();
  await page.setViewportSize({ width: 1440, height: 900 });
  const row = (text: string) => page.getByRole('row').filter({ hasText: text });
  const day = businessDate(first.checkTime);

  async function exportedLines(consoleUrl: string) {
    await browser.clearCookies();
    await page.goto(`${consoleUrl}/report?businessDate=${day}`);
    await page.getByLabel('用户名').fill('anna');
    await page.getByLabel('密码').fill(OWN);
    await page.getByRole('button', { name: '登录', exact: true }).click();
    await row(first.cinemaCode).first().waitFor();
    const download = page.waitForEvent('download');
    await page.getByRole('button', { name: '导出 CSV' }).click();
    const file = await download;
    expect(file.suggestedFilename()).toContain(day);
    return (await readFile(await file.path(), 'utf8')).split('\r\n');
  }

  const nationalLines = await exportedLines(national);
  expect(nationalLines.some((line) => line.includes(first.cinemaCode))).toBe(true);
  await page.goto(`${national}/platforms`);
  await row('platform-1').first().waitFor();

  const lines = await exportedLines(terminal);
  expect(lines.some((line) => line.includes(first.cinemaCode))).toBe(true);
  await page.goto(`${terminal}/settings`);
  expect(await row('OFFLINE_POLICY').textContent()).toContain('admit、refuse 之一');

  // On a phone a row is a card, without a line for what does not apply to it: a refusal knows no offline admission.
  await page.setViewportSize({ width: 390, height: 844 });
  await page.goto(`${terminal}/state`);
  const empty = page.locator('.list td:empty');
  expect(await empty.count()).toBeGreaterThan(0);
  expect(await empty.filter({ visible: true }).count()).toBe(0);
});
