import type { watchRoutes } from '@ticket-check/admin/testing/walk-console';
import { ROLES } from '@ticket-check/simulators/dev-network';
import { faultsOf } from '@ticket-check/third-party-platform/testing/chromium';

export type Page = Parameters<typeof faultsOf>[0];

export const SIZES = { desktop: { width: 1440, height: 900 }, phone: { width: 390, height: 844 } } as const;

/** The same elements in dark mode differ only in colours. */
const COLOURS = ['color-contrast'];

/** `within`: only in this part of the page, where what is around it was looked at before. */
type Shown = { size: keyof typeof SIZES; coloursAlone?: boolean; within?: string | undefined };

/** Somebody who looks at what a page shows, and notes in `found` what keeps people out of it. */
export function lookingAt(page: Page, found: string[]) {
  const note = async (what: string, faults: Promise<string[]>): Promise<void> =>
    void found.push(...(await faults).map((fault) => `${what}: ${fault}`));
  return {
    note,
    /** On a phone, light and dark. */
    async look(what: string, within?: string): Promise<void> {
      await page.emulateMedia({ colorScheme: 'dark' });
      await note(`${what}, dark`, barriersOf(page, { size: 'phone', coloursAlone: true, within }));
      await page.emulateMedia({ colorScheme: 'light' });
      await note(`${what}, phone`, barriersOf(page, { size: 'phone', within }));
    },
    lookWide: (what: string) => note(`${what}, desktop`, barriersOf(page, { size: 'desktop' })),
  };
}

/** What keeps people out of what a page shows now, at a size of the window; that it is wider than the window is among it. */
export async function barriersOf(page: Page, { size, coloursAlone = false, within }: Shown): Promise<string[]> {
  if (page.viewportSize()?.width !== SIZES[size].width) await page.setViewportSize(SIZES[size]);
  const faults = await faultsOf(page, { ...(coloursAlone && { rules: COLOURS }), within });
  return (await page.evaluate<boolean>(IS_WIDE)) ? [...faults, 'wider than the window'] : faults;
}

/** Whether a page has to be moved sideways to be read. */
const IS_WIDE = 'document.documentElement.scrollWidth > innerWidth';

/** What is called the same in every language: forms of files, elements of the scheme, what the tests themselves name. */
const NAMES =
  /\b(CSV|Ed25519|SM2|XLSX|RecordId|Ukey|IP|YYYY-MM-DD|COM3|anna|susi|uwe|nora|eve|localhost|daily-report|door-\d|key-\d|terminal-\d|platform-\d|gate-\d)\b|[!-~]{40,}/g;
/** English where Chinese is read: words with nothing Chinese about them, or a few in a row. Names of commands are no more than two. */
const ENGLISH = /^[^\p{Script=Han}]*[A-Za-z]{2}[^\p{Script=Han}]*$|[A-Za-z]{2,}( [A-Za-z]{2,}){2,}/u;

/** Visible texts, and what is said of elements without text. Code and what others said (`q`) are as they are. */
const TEXTS = `(() => {
  const isTold = (element) => element.checkVisibility() && !element.closest('code, q, script, style, [aria-hidden=true], :not(html)[lang]');
  const texts = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    if (isTold(node.parentElement)) texts.push(node.data.trim());
  }
  for (const name of ['placeholder', 'title', 'aria-label']) {
    for (const element of document.querySelectorAll('[' + name + ']')) if (isTold(element)) texts.push(element.getAttribute(name));
  }
  return [...new Set(texts)];
})()`;

/** What films and screens of the tests are called, and the scheme's own values. */
const CHINESE_NAMES = /7号厅|示例影片|(网络|现场)售票/g;

const textsOf = async (page: Page, foreign: RegExp, names: RegExp): Promise<string[]> =>
  ((await page.evaluate(TEXTS)) as string[]).filter((text) => foreign.test(text.replace(names, '')));

/** The English that a page shows or says to people who read it in Chinese. */
export const englishTexts = (page: Page): Promise<string[]> => textsOf(page, ENGLISH, NAMES);

/** The Chinese that a page shows or says to people who read it in English. */
export const chineseTexts = (page: Page): Promise<string[]> => textsOf(page, /\p{Script=Han}/u, CHINESE_NAMES);

type Declared = ReturnType<typeof watchRoutes>[number];
/** What people come upon in a console, each as `GET /records/x`. */
type Kind = 'page' | 'screen' | 'action';

/** Which of a console's routes people come upon, asked as an operator's browser does; a POST without a token against forgery changes nothing. */
export async function routesForPeople(page: Page, consoleUrl: string, declared: readonly Declared[]) {
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
export function notWalked(routes: readonly string[], walked: ReadonlySet<string>): string[] {
  const all = [...walked];
  return routes.filter((route) => {
    const pattern = new RegExp(`^${route.replaceAll(/[.?*+]/g, '\\$&').replaceAll(/\/x(?=\/|$)/g, '/[^/]+')}$`);
    return !all.some((one) => pattern.test(one));
  });
}

/** The cookies that a session has, at whichever console it is. */
export const sessionCookies = (token: string): { name: string; value: string }[] =>
  ROLES.map((role) => ({ name: `__Host-session-${role}`, value: token }));
