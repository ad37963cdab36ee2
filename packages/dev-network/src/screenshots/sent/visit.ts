import type { Page } from 'playwright-core';
import type { Album } from '../album.ts';
import { type Language, setWidth, shootLooks, WIDTHS } from '../looks.ts';
import { settled } from '../settled.ts';

/** Somebody at a console, who sends its forms. */
export interface Visit {
  readonly page: Page;
  readonly language: Language;
  /** Opens a page of the console, whatever it is answered with. */
  open(path: string): Promise<void>;
  /** Fills in the page's form by the names of its fields, sends it and waits for what comes. A value of `true` ticks a box. */
  send(fields: Readonly<Record<string, string | true>>): Promise<void>;
  /** Shoots what is shown now, as a page of that name: from top to bottom, or, with a dialog over it, the window alone. */
  shoot(name: string, options?: { whole?: boolean }): Promise<void>;
}

/** Begins a visit at `origin`; its pictures go into `into`. */
export async function visitConsole(
  album: Album,
  page: Page,
  { origin, into, language }: { origin: string; into: string; language: Language },
): Promise<Visit> {
  const open = async (path: string) => {
    await setWidth(page, WIDTHS[0]);
    await page.goto(origin + path);
    await settled(page);
  };
  await open(`/language?to=${language}&return=%2Flogin`);
  return {
    page,
    language,
    open,
    send: (fields) =>
      saying(page, async () => {
        await setWidth(page, WIDTHS[0]);
        for (const [name, value] of Object.entries(fields)) {
          const field = page.locator(`main [name="${name}"]`);
          if (value === true) await field.check();
          else if ((await field.first().getAttribute('type')) === 'radio')
            await field.and(page.locator(`[value="${value}"]`)).check();
          else await field.fill(value);
        }
        const [last = ''] = Object.keys(fields).slice(-1);
        const button = page
          .locator('main form', { has: page.locator(`[name="${last}"]`) })
          .locator('button')
          .first();
        await Promise.all([page.waitForEvent('load'), button.click()]);
        await settled(page);
      }),
    shoot: (name, options) => shootLooks(album, page, { name: `${into}/${name}`, language, ...options }),
  };
}

/** Does `work`, and says at which page it was where it failed. */
async function saying(page: Page, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new Error(`at ${new URL(page.url()).pathname}: ${why}`, { cause: error });
  }
}

/** Where the first link of a page leads whose path begins so. */
export async function firstLink(page: Page, path: string): Promise<string> {
  const href = await page.locator(`main a[href^="${path}"]`).first().getAttribute('href');
  if (href === null) throw new Error(`no link leads to ${path}`);
  return href;
}
