import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { ROLES } from '../addresses.ts';
import type { DemoOperators } from '../demo-operators.ts';
import type { Site } from '../site.ts';
import { say } from '../story.ts';
import { findPages, type ShotPage } from './find-pages.ts';
import { logIn } from './log-in.ts';
import { settled } from './settled.ts';

const LANGUAGES = ['zh', 'en'] as const;
const WIDTHS = [1440, 390] as const;
const SCHEMES = ['light', 'dark'] as const;

/**
 * Shoots every page of the three consoles, in both languages, at both widths, light and dark, into
 * `<directory>/<service>/<page>-<language>-<width>-<scheme>.png`. The administrator sees them all; of the others, what they see
 * first.
 */
export async function shootConsoles(
  browser: Browser,
  site: Site,
  { logins }: DemoOperators,
  directory: string,
): Promise<number> {
  let shot = 0;
  for (const role of ROLES) {
    const origin = site.consoleUrlOf(role);
    const into = join(directory, role);
    await mkdir(into, { recursive: true });
    for (const login of logins[role]) {
      const context = await browser.newContext({
        // The certificates are of the services' own CAs.
        ignoreHTTPSErrors: true,
        locale: 'zh-CN',
        reducedMotion: 'reduce',
        viewport: { width: WIDTHS[0], height: 900 },
      });
      try {
        const page = await context.newPage();
        const seesAll = login.username === 'administrator';
        if (seesAll) shot += await shootPages(page, origin, [{ path: '/login', name: 'login' }], into);
        await logIn(page, origin, login);
        const pages = seesAll ? await findPages(page, origin) : [{ path: '/', name: `first-of-${login.username}` }];
        shot += await shootPages(page, origin, pages, into);
        say(`  ${role.padEnd(22)}${login.username.padEnd(15)}${pages.map(({ name }) => name).join(' ')}`);
      } finally {
        await context.close();
      }
    }
  }
  return shot;
}

async function shootPages(page: Page, origin: string, pages: readonly ShotPage[], into: string): Promise<number> {
  let shot = 0;
  for (const language of LANGUAGES) {
    await page.goto(`${origin}/language?to=${language}&return=${encodeURIComponent(pages[0]?.path ?? '/')}`);
    for (const { path, name } of pages) {
      await page.setViewportSize({ width: WIDTHS[0], height: 900 });
      await page.goto(origin + path);
      for (const width of WIDTHS) {
        await page.setViewportSize({ width, height: 900 });
        for (const colorScheme of SCHEMES) {
          await page.emulateMedia({ colorScheme });
          await settled(page);
          const file = join(into, `${name}-${language}-${width}-${colorScheme}.png`);
          await page.screenshot({ path: file, fullPage: true, animations: 'disabled' });
          shot += 1;
        }
      }
    }
  }
  return shot;
}
