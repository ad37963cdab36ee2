import type { Page } from 'playwright-core';
import type { Album } from './album.ts';
import { openPage, SCREEN } from './settled.ts';

/** Links that lead to no page, or out of the session. */
const NO_PAGE = /^\/(language|logout|login|kiosk)\b|\.(json|csv|xlsx)$|\/(export|checkpoint|proof)\b/;

/** A page of a console as it is shot: where it is, and the name that files of it have. */
export type ShotPage = { readonly path: string; readonly name: string; readonly isScreen: boolean };

/** Every page that links lead to from the first one, each kind once: of all the records, one is shown. */
export async function findPages(album: Album, page: Page, origin: string): Promise<ShotPage[]> {
  const found = new Map<string, ShotPage>();
  const waiting = ['/'];
  /** Of what waits or was looked at. */
  const names = new Set<string>();
  for (let path = waiting.shift(); path !== undefined; path = waiting.shift()) {
    const asked = origin + path;
    if (!(await album.attempt(asked, () => openPage(page, asked)))) continue;
    const there = new URL(page.url());
    const name = nameOf(there);
    if (found.has(name)) continue;
    names.add(name);
    const isScreen = (await page.locator(SCREEN).count()) > 0;
    found.set(name, { path: there.pathname + there.search, name, isScreen });
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

/** Of queries, what says which one of many is shown. */
const WHICH_ONE = ['id', 'name', 'record', 'scan', 'ticket', 'username'];
/** What tells nothing about what is shown. */
const BESIDES = ['action', 'after', 'return'];

/** What tells one kind of page from another: its path without the ids in it, what is to be done, and what is asked for. */
function nameOf({ pathname, searchParams }: URL): string {
  const parts = pathname
    .split('/')
    .filter(Boolean)
    .map((part) => (/\d/.test(part) ? 'one' : part));
  const isOne = WHICH_ONE.some((name) => searchParams.has(name));
  const asked = isOne ? [] : [...searchParams.keys()].filter((name) => !BESIDES.includes(name)).toSorted();
  const by = asked.length === 0 ? [] : ['by', ...asked];
  return [...parts, searchParams.get('action') ?? '', ...by].filter(Boolean).join('-') || 'first';
}
