import type { watchRoutes } from '@ticket-check/admin/testing/walk-console';
import { faultsOf } from '@ticket-check/third-party-platform/testing/chromium';

export type Page = Parameters<typeof faultsOf>[0];

const DESKTOP = { width: 1440, height: 900 };
const PHONE = { width: 390, height: 844 };
export const SIZES = { desktop: DESKTOP, phone: PHONE } as const;

/** The same elements in dark mode differ only in colours. */
const COLOURS = ['color-contrast'];

type Shown = {
  readonly size: keyof typeof SIZES;
  readonly coloursAlone?: boolean;
  /** Only in this part of the page, where what is around it was looked at before. */
  readonly within?: string | undefined;
};

/** What keeps people out of what a page shows now, at a size of the window; that it is wider than the window is among it. */
export async function barriersOf(page: Page, { size, coloursAlone = false, within }: Shown): Promise<string[]> {
  if (page.viewportSize()?.width !== SIZES[size].width) await page.setViewportSize(SIZES[size]);
  const faults = await faultsOf(page, { ...(coloursAlone && { rules: COLOURS }), within });
  return (await isWide(page)) ? [...faults, 'wider than the window'] : faults;
}

/** Whether a page has to be moved sideways to be read. */
function isWide(page: Page): Promise<boolean> {
  return page.evaluate<boolean>('document.documentElement.scrollWidth > innerWidth');
}

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

/** The English that a page shows or says to people who read it in Chinese. */
export async function englishTexts(page: Page): Promise<string[]> {
  const texts = (await page.evaluate(TEXTS)) as string[];
  return texts.filter((text) => ENGLISH.test(text.replace(NAMES, '')));
}

/** What films and screens of the tests are called, and the scheme's own values. */
const CHINESE_NAMES = /7号厅|示例影片|(网络|现场)售票/g;

/** The Chinese that a page shows or says to people who read it in English. */
export async function chineseTexts(page: Page): Promise<string[]> {
  const texts = (await page.evaluate(TEXTS)) as string[];
  return texts.filter((text) => /\p{Script=Han}/u.test(text.replace(CHINESE_NAMES, '')));
}

type Declared = ReturnType<typeof watchRoutes>[number];
/** What people come upon in a console, each as `GET /records/x`. */
type Kind = 'page' | 'screen' | 'action';

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

const SERVICES = ['national-platform', 'third-party-platform', 'terminal-agent'];

/** The cookies that a session has, at whichever console it is. */
export const sessionCookies = (token: string): { name: string; value: string }[] =>
  SERVICES.map((service) => ({ name: `__Host-session-${service}`, value: token }));
