import type { KioskPage } from '../src/kiosk/screen/told.ts';

/** Finds an element of the page. @throws Error if it is missing: HTML and script belong together. */
export function element<T extends HTMLElement>(id: string, kind: new () => T): T {
  const found = document.getElementById(id);
  if (!(found instanceof kind)) throw new Error(`the page has no ${id}`);
  return found;
}

/** The data that the agent wrote into the page. */
export const page: KioskPage = JSON.parse(document.getElementById('page')?.textContent ?? '');

/** Longer than the agent waits for its upstream. */
const LONGEST_MS = 15_000;

/** Posts to the agent with the key of this page; null without an answer. */
export function post(path: string, body: object): Promise<Response | null> {
  return fetch(path, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-kiosk-key': page.key },
    body: JSON.stringify(body),
    signal: AbortSignal.timeout(LONGEST_MS),
  }).catch(() => null);
}
