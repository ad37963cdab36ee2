import type { Browser, BrowserContext, Page } from 'playwright-core';
import type { Album } from './album.ts';
import { LONGEST_MS, settled } from './settled.ts';

export const LANGUAGES = ['zh', 'en'] as const;
export type Language = (typeof LANGUAGES)[number];
/** Of a desk and of a phone. */
export const WIDTHS = [1440, 390] as const;
export type Width = (typeof WIDTHS)[number];
const SCHEMES = ['light', 'dark'] as const;
const HEIGHT = 900;

/** A browser of somebody who has been at no console yet. */
export async function newVisitor(browser: Browser): Promise<BrowserContext> {
  const context = await browser.newContext({
    // The certificates are of the services' own CAs.
    ignoreHTTPSErrors: true,
    locale: 'zh-CN',
    reducedMotion: 'reduce',
    viewport: { width: WIDTHS[0], height: HEIGHT },
  });
  context.setDefaultTimeout(LONGEST_MS);
  return context;
}

/** Has a console speak a language from now on. */
export async function speak(page: Page, origin: string, language: Language): Promise<void> {
  await page.goto(`${origin}/language?to=${language}&return=%2Faccount`);
}

export const setWidth = (page: Page, width: Width): Promise<void> => page.setViewportSize({ width, height: HEIGHT });

/** Shoots what a page shows, light and dark, into `<name>-<language>-<width>-<scheme>.png`, at both widths or at one. */
export async function shootLooks(
  album: Album,
  page: Page,
  { name, language, width, whole = true }: { name: string; language: Language; width?: Width; whole?: boolean },
): Promise<void> {
  for (const one of width === undefined ? WIDTHS : [width]) {
    await setWidth(page, one);
    for (const colorScheme of SCHEMES) {
      const file = `${name}-${language}-${one}-${colorScheme}`;
      if (!album.wants(file)) continue;
      await page.emulateMedia({ colorScheme });
      await settled(page);
      await album.shoot(page, file, { whole });
    }
  }
  await page.emulateMedia({ colorScheme: SCHEMES[0] });
}
