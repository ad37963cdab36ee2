import { barriersOf, chineseTexts, englishTexts, isWide, type Page, SIZES } from './looking.ts';

/** What a page is made of; the same with other values looks the same. */
const OUTLINE = `[...document.querySelectorAll('main *')].map((element) => element.tagName + '.' + element.className).join(' ')`;

/** Somebody who walks through pages of forms in a browser, and looks at each that comes. */
export type Walk = ReturnType<typeof createWalk>;

/**
 * Looks at each page where it comes for the first time: on a phone, and once for each path in the
 * dark, on a desktop and in English.
 *
 * @param found where what keeps people out is noted
 * @param seen what was looked at before
 * @param walked where the requests of the browser are noted that led to something somebody looked at: `POST /operators/add`
 */
export function createWalk(
  page: Page,
  origin: string,
  { found, walked, seen }: { found: string[]; walked: Set<string>; seen: Set<string> },
) {
  let asked: { route: string; leadsOn: boolean }[] = [];
  page.on('response', (response) => {
    const request = response.request();
    if (!request.isNavigationRequest()) return;
    const route = `${request.method()} ${new URL(response.url()).pathname}`;
    asked.push({ route, leadsOn: response.status() >= 300 && response.status() < 400 });
  });

  async function look(): Promise<void> {
    const last = asked.at(-1);
    for (const { route, leadsOn } of asked) if (leadsOn || route === last?.route) walked.add(route);
    asked = [];
    // Screens are looked at one by one elsewhere.
    if ((await page.locator('#console').count()) > 0) return;
    const what = `${last?.route ?? page.url()} “${await page.locator('h1').first().textContent()}”`;
    if (isKnown(`${what} ${await page.evaluate(OUTLINE)}`)) return;
    await note(`${what}, phone`, barriersOf(page, { size: 'phone' }));
    // What makes a page another one in the dark or on a desktop is what surrounds it.
    if (!isKnown(`${what}, desktop`)) {
      await page.emulateMedia({ colorScheme: 'dark' });
      await note(`${what}, dark`, barriersOf(page, { size: 'phone', coloursAlone: true }));
      await page.emulateMedia({ colorScheme: 'light' });
      await note(`${what}, desktop`, barriersOf(page, { size: 'desktop' }));
    }
    await note(`${what}: not in Chinese`, englishTexts(page));
  }

  function isKnown(what: string): boolean {
    if (seen.has(what)) return true;
    seen.add(what);
    return false;
  }

  async function note(what: string, faults: Promise<string[]>): Promise<void> {
    found.push(...(await faults).map((fault) => `${what}: ${fault}`));
  }

  /** The open page in English, on a phone. */
  async function lookInEnglish(): Promise<void> {
    const what = `${new URL(page.url()).pathname} in English`;
    if ((await page.locator('#console').count()) > 0 || isKnown(what)) return;
    await speak('en');
    if (await isWide(page)) found.push(`${what}: wider than the window`);
    await note(`${what}: in Chinese`, chineseTexts(page));
    await speak('zh');
    asked = [];
  }

  async function speak(language: 'zh' | 'en'): Promise<void> {
    await page.context().addCookies([{ name: '__Host-language', value: language, url: origin, secure: true }]);
    await page.reload();
  }

  /** Does something that leads to another page or reloads the same one. */
  async function load(act: () => Promise<unknown>): Promise<void> {
    await Promise.all([page.waitForEvent('load'), act()]);
  }

  const walk = {
    page,
    look,
    /** Opens an address. */
    async open(path: string): Promise<void> {
      await page.goto(origin + path);
      await look();
      await lookInEnglish();
    },
    /** Follows a link of the page. */
    async follow(name: string | RegExp): Promise<void> {
      await load(() => page.getByRole('main').getByRole('link', { name }).first().click());
      await look();
      await lookInEnglish();
    },
    async fill(fields: Readonly<Record<string, string>>): Promise<void> {
      for (const [label, value] of Object.entries(fields)) await page.getByLabel(label, { exact: true }).fill(value);
    },
    /** Sends a form by its button. */
    async press(name: string | RegExp): Promise<void> {
      await load(() => page.getByRole('main').getByRole('button', { name, disabled: false }).first().click());
      await look();
    },
    /** Fills in a form and sends it. */
    async send(button: string | RegExp, fields: Readonly<Record<string, string>> = {}): Promise<void> {
      await walk.fill(fields);
      await walk.press(button);
    },
    async logOut(): Promise<void> {
      // On a phone it is in the menu.
      await page.setViewportSize(SIZES.desktop);
      await load(() => page.locator('header').getByRole('button', { name: '退出' }).click());
      await look();
    },
    /** Opens what leads on to where others look. */
    async pass(path: string): Promise<void> {
      await page.goto(origin + path);
      for (const { route, leadsOn } of asked) if (leadsOn) walked.add(route);
      asked = [];
    },
  };
  return walk;
}
