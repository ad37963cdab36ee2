import type { KioskPage } from '../src/kiosk/screen/told.ts';

/** An element of the page. @throws Error where the page has none: its HTML and its script belong together. */
export function element<T extends HTMLElement>(id: string, kind: new () => T): T {
  const found = document.getElementById(id);
  if (!(found instanceof kind)) throw new Error(`the page has no ${id}`);
  return found;
}

/** What the agent wrote into the page. */
export const page: KioskPage = JSON.parse(document.getElementById('page')?.textContent ?? '');
