// @module-tag process
// @module-tag service
import { buildConsoles } from '@ticket-check/console/build';
import { expect, test } from 'vitest';
import { faultsOf } from '../apps/third-party-platform/src/testing/axe-faults.ts';
import { openChromium } from '../apps/third-party-platform/src/testing/chromium.ts';
import { OWN } from '../apps/third-party-platform/src/testing/console-browser.ts';
import { englishTexts } from './testing/english-texts.ts';
import { again, first, startNational, startTerminal, startThirdParty } from './testing/stocked-consoles.ts';

type Page = Parameters<typeof faultsOf>[0];
type Window = Awaited<ReturnType<typeof openChromium>>;

const DESKTOP = { width: 1440, height: 900 };
const PHONE = { width: 390, height: 844 };
/** The same elements in dark differ in their colours alone. */
const COLOURS = ['color-contrast'];

const COLOURS_UNDER_WAY = `new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))
  .then(() => document.getAnimations().filter((one) => one instanceof CSSTransition).length)`;

/** What a console opens beside its screens, by the path where it does. */
const DIALOGS: Readonly<Record<string, readonly string[]>> = {
  '/accounts': ['用二维码注册终端', '新建售票服务账号', '接替原账号', '吊销'],
  '/outbox': ['立即重试'],
  '/worklist': ['记录结果'],
};
/** Lists of choices and calendars: where one is, and what opens. */
const PICKERS: Readonly<Record<string, readonly (readonly [field: string, opened: string])[]>> = {
  '/records': [
    ['.ant-select', '.ant-select-dropdown'],
    ['.ant-picker input', '.ant-picker-dropdown'],
  ],
};
/** Screens and pages that more than one console has; they are looked at once. */
const SHARED = [
  ...['/records', `/records/${first.recordId}`, '/report', '/reconciliation', '/audit'],
  ...['/account', '/operators', '/operators/add', '/tokens', '/tokens/add'],
];
/** Pages of forms, besides those in the menu. */
const FORMS = ['/account', '/operators/add', '/tokens/add'];
/** Operations tell what was asked for by the names that commands have for it. */
const ENGLISH_DATA = ['/audit'];

/** Pages that lists of one console lead to. */
const BEHIND: Readonly<Record<string, readonly string[]>> = {
  [startTerminal.name]: [`/entries/undo-unpassed?record=${again.recordId}`],
};

type Menu = { Menu: { Path: string; IsScreen: boolean }[] };

/** Looks at one page after the other: in a light one at both widths, in a dark one at its colours. */
function lookingAt(page: Page, shade: 'light' | 'dark', found: string[]) {
  async function faults(what: string, size: typeof DESKTOP) {
    await page.setViewportSize(size);
    // Colours change step by step.
    await expect.poll(() => page.evaluate(COLOURS_UNDER_WAY)).toBe(0);
    const where = `${what}, ${shade}, ${size.width}`;
    found.push(...(await faultsOf(page, shade === 'dark' ? COLOURS : null)).map((fault) => `${where}: ${fault}`));
    if (await page.evaluate('document.documentElement.scrollWidth > innerWidth')) found.push(`${where}: wide`);
  }

  async function look(what: string) {
    await faults(what, PHONE);
    if (shade === 'light') await faults(what, DESKTOP);
  }

  /** Looks at the dialog that a button opens, and closes it. */
  async function lookInto(what: string, button: string) {
    await page.getByRole('button', { name: button, exact: true }).first().click();
    await page.getByRole('dialog').waitFor();
    await look(`${what}: ${button}`);
    await page.getByRole('dialog').getByRole('button', { name: '取消' }).click();
    await page.getByRole('dialog').waitFor({ state: 'detached' });
  }

  /** Looks at what a field of a filter opens; on a phone filters are folded. */
  async function lookAtPicker(what: string, [field, opened]: readonly [string, string]) {
    await page.setViewportSize(DESKTOP);
    await page.locator(`#content ${field}`).first().click();
    await page.locator(opened).waitFor();
    await faults(`${what}: ${field}`, DESKTOP);
    await page.keyboard.press('Escape');
  }

  /** Looks at the menu as a phone has it, where it opens. */
  async function lookAtMenu(what: string) {
    await page.setViewportSize(PHONE);
    await page.locator('header').getByLabel('菜单').first().click();
    await page.getByRole('navigation').waitFor();
    await faults(`${what}: menu`, PHONE);
    await page.keyboard.press('Escape');
  }

  return { look, lookInto, lookAtPicker, lookAtMenu };
}

/** Goes through the console that the browser is logged in to, and looks at what nobody has looked at. */
async function lookThrough(
  browser: Window,
  { name, consoleUrl, shade, shown, found }: Looking & { name: string; consoleUrl: string },
) {
  const page = await browser.newPage();
  const { look, lookInto, lookAtPicker, lookAtMenu } = lookingAt(page, shade, found);
  page.on('response', (response) => {
    // A screen asks for nothing that its service does not have.
    if (response.status() >= 400) found.push(`${name}: ${response.status()} ${response.url()}`);
  });
  await page.emulateMedia({ colorScheme: shade, reducedMotion: 'reduce' });
  await page.goto(`${consoleUrl}/records`);
  await page.locator('#content h1').waitFor();
  const { Menu } = (await page.evaluate(`fetch('/console.json').then((answer) => answer.json())`)) as Menu;
  const screens = Menu.filter(({ IsScreen }) => IsScreen).map(({ Path }) => Path);
  for (const path of [...screens, `/records/${first.recordId}`]) {
    const what = SHARED.includes(path) ? path : `${name} ${path}`;
    if (shown.has(what)) continue;
    shown.add(what);
    // Opened anew, it would load all its files again: a browser keeps none of a server whose CA it does not know.
    await page.evaluate(`history.pushState(null, '', ${JSON.stringify(path)})`);
    await page.locator('#content h1').waitFor();
    await expect.poll(() => page.locator('.waiting').count()).toBe(0);
    await look(what);
    if (shade === 'light' && !ENGLISH_DATA.includes(path)) {
      found.push(...(await englishTexts(page)).map((text) => `${what}: not in Chinese: ${text}`));
    }
    for (const button of DIALOGS[path] ?? []) await lookInto(what, button);
    for (const picker of PICKERS[path] ?? []) await lookAtPicker(what, picker);
  }
  await lookAtMenu(`${name} screens`);
  // The way back to the kiosk page ends the login.
  const forms = Menu.filter(({ IsScreen, Path }) => !IsScreen && Path !== '/kiosk').map(({ Path }) => Path);
  for (const path of [...forms, ...FORMS, ...(BEHIND[name] ?? [])]) {
    const what = SHARED.includes(path) ? path : `${name} ${path}`;
    if (shown.has(what)) continue;
    shown.add(what);
    await page.goto(consoleUrl + path);
    await look(what);
    if (shade === 'light') {
      found.push(...(await englishTexts(page)).map((text) => `${what}: not in Chinese: ${text}`));
    }
  }
  await lookAtMenu(`${name} forms`);
  await page.close();
}

type Looking = { shade: 'light' | 'dark'; shown: Set<string>; found: string[] };

async function logIn(browser: Window, consoleUrl: string) {
  const page = await browser.newPage();
  await page.goto(`${consoleUrl}/login`);
  await page.getByLabel('用户名').fill('anna');
  await page.getByLabel('密码').fill(OWN);
  await page.getByRole('button', { name: '登录', exact: true }).click();
  await page.waitForURL(({ pathname }) => pathname !== '/login');
  await page.close();
}

test('no screen of any console keeps people out by its colours, names or order, or speaks English to who reads Chinese', async () => {
  await buildConsoles();
  const starts = [startThirdParty, startNational, startTerminal];
  const consoles = await Promise.all(starts.map(async (start) => ({ name: start.name, consoleUrl: await start() })));
  const browser = await openChromium();
  const found: string[] = [];
  const looking = (['light', 'dark'] as const).map((shade) => ({ shade, shown: new Set<string>(), found }));
  for (const one of consoles) {
    await browser.clearCookies();
    await logIn(browser, one.consoleUrl);
    await Promise.all(looking.map((at) => lookThrough(browser, { ...one, ...at })));
  }
  expect(found).toEqual([]);
  for (const { shown } of looking) expect(shown.size).toBeGreaterThan(18);
}, 180_000);
