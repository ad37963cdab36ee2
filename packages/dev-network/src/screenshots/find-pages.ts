import type { Page } from 'playwright-core';
import { say } from '../story.ts';
import { settled } from './settled.ts';

/** Links that lead to no page, or out of the session. */
const NO_PAGE = /^\/(language|logout|login|kiosk)\b|\.(json|csv|xlsx)$|\/(export|checkpoint|proof)\b/;

/** A page of a console as it is shot: where it is, and the name that files of it have. */
export type ShotPage = { readonly path: string; readonly name: string };

/** Every page that links lead to from the first one, each kind once: of all the records, one is shown. */
export async function findPages(page: Page, origin: string): Promise<ShotPage[]> {
  const found = new Map<string, ShotPage>();
  const waiting = ['/'];
  /** Of what waits or was looked at. */
  const names = new Set<string>();
  for (let path = waiting.shift(); path !== undefined; path = waiting.shift()) {
    try {
      await page.goto(origin + path);
      await settled(page);
    } catch (error) {
      say(`  no page: ${origin}${path} (${String(error).split('\n')[0]})`);
      continue;
    }
    const there = new URL(page.url());
    const shown = there.pathname + there.search;
    const name = nameOf(there);
    if (found.has(name)) continue;
    names.add(name);
    found.set(name, { path: shown, name });
    const links = await page.$$eval('a[href]', (anchors) => anchors.map((one) => (one as unknown as Anchor).href));
    for (const link of links) {
      const to = new URL(link);
      if (to.origin !== origin || NO_PAGE.test(to.pathname) || names.has(nameOf(to))) continue;
      names.add(nameOf(to));
      waiting.push(to.pathname + to.search);
    }
  }
  return [...found.values()];
}

/** An `a` of the browser's document; this program knows no DOM. */
type Anchor = { href: string };

/** What tells one kind of page from another: its path without the ids in it, and what is to be done. */
function nameOf({ pathname, searchParams }: URL): string {
  const parts = pathname
    .split('/')
    .filter(Boolean)
    .map((part) => (/\d/.test(part) ? 'one' : part));
  return [...parts, searchParams.get('action') ?? ''].filter(Boolean).join('-') || 'first';
}
