import type { Page } from 'playwright-core';

/** Longer than a busy machine takes to open a page, or to show what is on it. */
export const LONGEST_MS = 90_000;

/** What surrounds a screen; the service's own pages have none. */
export const SCREEN = '.shell';
/** That each console has, with nothing on it that changes. */
const ANOTHER_SCREEN = '/settings';
/** What stands in a page where something is still to come. */
const TO_COME = '.waiting, .ant-skeleton, .ant-spin-spinning';
/** Of the browser: fonts are there, layouts and charts drawn, and what moves and ends has ended. */
const DRAWN = `(async () => {
  const frame = () => new Promise((drawn) => requestAnimationFrame(drawn));
  await document.fonts.ready;
  await frame();
  await frame();
  const ending = document.getAnimations().filter((one) => one.effect?.getComputedTiming().endTime !== Infinity);
  await Promise.race([
    Promise.allSettled(ending.map((one) => one.finished)),
    new Promise((waited) => setTimeout(waited, 3000)),
  ]);
  await frame();
  await frame();
})()`;

/** Resolves once a page shows what it has to show. Live pages never stop asking, so silence on the line says nothing. */
export async function settled(page: Page): Promise<void> {
  await page.locator('main h1, main form').first().waitFor();
  const toCome = page.locator(TO_COME);
  while ((await toCome.count()) > 0) await toCome.first().waitFor({ state: 'detached' });
  await drawn(page);
}

/** Resolves once the browser has drawn what the page has come to. */
export async function drawn(page: Page): Promise<void> {
  await page.evaluate(DRAWN);
}

/**
 * Opens a page and waits until it is settled.
 * @throws Error where the service answers anything but the page.
 */
export async function openPage(page: Page, url: string): Promise<void> {
  const answer = await page.goto(url);
  if (answer !== null && answer.status() >= 400) throw new Error(`it was answered with ${answer.status()}`);
  const asked = new URL(url).pathname;
  if (new URL(page.url()).pathname === '/login' && asked !== '/login') throw new Error('the login has ended');
  await settled(page);
}

/**
 * Opens a screen of the console that the page is at, without loading the console again: a browser keeps no file of a server whose CA
 * it does not know. Whatever was open over the screen is gone.
 */
export async function openScreen(page: Page, origin: string, path: string): Promise<void> {
  if ((await page.locator(SCREEN).count()) === 0) return openPage(page, origin + path);
  for (const one of [ANOTHER_SCREEN, path]) {
    await page.evaluate(`history.pushState(null, '', ${JSON.stringify(one)})`);
    await settled(page);
  }
}
