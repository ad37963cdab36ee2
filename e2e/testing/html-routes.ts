import type { watchRoutes } from '@ticket-check/admin/testing/walk-console';
import type { Page } from './looking.ts';

type Declared = ReturnType<typeof watchRoutes>[number];
/** What people come upon in a console, each as `GET /records/x`. */
export type Kind = 'page' | 'screen' | 'action';

/**
 * Finds out which of a console's declared routes people come upon: its pages of forms, its screens, and what screens change. Each
 * is requested as an operator in a browser; a POST without a token against forged requests, so that it changes nothing.
 */
export async function routesForPeople(
  page: Page,
  consoleUrl: string,
  declared: readonly Declared[],
): Promise<Map<string, Kind>> {
  const found = new Map<string, Kind>();
  for (const { method, path, access } of declared) {
    const ask = (sent: object) => page.request.fetch(consoleUrl + path, { method, maxRedirects: 0, ...sent });
    let answer = await ask(method === 'POST' ? { data: {} } : {});
    // Pages take only forms.
    if (answer.status() === 415) answer = await ask({ form: { none: '' } });
    // Of another listener.
    if (access === null && answer.status() === 404) continue;
    // All that needs a login would look like a page.
    if (access !== null && answer.headers().location?.startsWith('/login')) throw new Error('nobody is logged in');
    const kind = kindOf(method, answer.status(), answer.headers());
    if (kind !== null) found.set(`${method} ${path}`, kind);
  }
  return found;
}

function kindOf(method: string, status: number, headers: Readonly<Record<string, string>>): Kind | null {
  const { 'content-type': type = '', 'content-security-policy': policy = '' } = headers;
  if (status === 303) return 'page';
  // Screens make their styles, under a nonce; where the console was not built, a page says so in their place.
  if (status === 503) return 'screen';
  if (type.startsWith('text/html')) return policy.includes("'nonce-") ? 'screen' : 'page';
  return method === 'POST' && type.startsWith('application/json') ? 'action' : null;
}

/** The routes among these that nobody has walked, by the requests of a browser: `GET /records/019a…` walks `GET /records/x`. */
export function notWalked(routes: Iterable<string>, walked: ReadonlySet<string>): string[] {
  const all = [...walked];
  return [...routes].filter((route) => {
    const pattern = new RegExp(`^${route.replaceAll(/[.?*+]/g, '\\$&').replaceAll(/\/x(?=\/|$)/g, '/[^/]+')}$`);
    return !all.some((one) => pattern.test(one));
  });
}
