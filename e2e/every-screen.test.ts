// @module-tag process
// @module-tag service

import { globSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { watchRoutes } from '@ticket-check/admin/testing/walk-console';
import { consolesBuilt } from '@ticket-check/console/build/testing';
import { openChromium } from '@ticket-check/third-party-platform/testing/chromium';
import { beginSession, OWN } from '@ticket-check/third-party-platform/testing/console-browser';
import { CINEMA } from '@ticket-check/third-party-platform/testing/test-cinema';
import { beforeAll, expect, test } from 'vitest';
import { CODE } from './testing/every-field.ts';
import { type Kind, notWalked, routesForPeople } from './testing/html-routes.ts';
import { chineseTexts, englishTexts } from './testing/languages.ts';
import { barriersOf, isWide, type Page, SIZES } from './testing/looking.ts';
import { sessionCookies } from './testing/session-cookies.ts';
import { aside, first, startNational, startTerminal, startThirdParty } from './testing/stocked-consoles.ts';

// Not of the time that a test may take.
beforeAll(consolesBuilt);

type Window = Awaited<ReturnType<typeof openChromium>>;

/** How a pass looks at a console: all that is shown by day in Chinese, the same by night in English, where only colours differ. */
type Pass = {
  readonly language: 'zh' | 'en';
  readonly shade: 'light' | 'dark';
  readonly sizes: readonly (keyof typeof SIZES)[];
  readonly coloursAlone: boolean;
  readonly shown: Set<string>;
};
type InBoth = Readonly<Record<Pass['language'], string>>;

const JUDGE_ALL: InBoth = { zh: '全部重新判断', en: 'Judge all again' };
const JUDGE: InBoth = { zh: '重新判断', en: 'Judge again' };
/** A ticket that was picked up on paper. */
const PICKED_UP = `/ticket?cinema=${first.cinemaCode}&ticket=${first.filmTicketCode}&start=${first.startTime}`;
/** What a console opens beside its screens, by the path where it does, with the words of the button. */
const DIALOGS: Readonly<Record<string, readonly InBoth[]>> = {
  '/accounts': [
    { zh: '用二维码注册终端', en: 'Enrol a terminal by QR code' },
    { zh: '新建售票服务账号', en: 'Add a selling service' },
    { zh: '撤回注册码', en: 'Withdraw the code' },
    { zh: '接替原账号', en: 'Replaces…' },
    { zh: '允许更换终端', en: 'Let another terminal use it' },
    { zh: '终端名称', en: 'Name' },
    { zh: '吊销', en: 'Revoke' },
  ],
  '/outbox': [{ zh: '立即重试', en: 'Send again now' }],
  '/outbox?kind=quarantined': [JUDGE_ALL, JUDGE],
  [`/records/${aside.recordId}`]: [JUDGE],
  '/records?state=QUARANTINED': [JUDGE_ALL],
  [PICKED_UP]: [{ zh: '撤销取票', en: 'Undo the pick-up' }],
  '/worklist': [{ zh: '记录结果', en: 'Note outcome' }],
};
/** The buttons whose dialogs end something for good, and so are red. */
const DESTROYING = ['撤回注册码', 'Withdraw the code', '允许更换终端', 'Let another terminal use it', '吊销', 'Revoke'];
const CANCEL: InBoth = { zh: '取消', en: 'Cancel' };
const MENU: InBoth = { zh: '菜单', en: 'Menu' };
const PROOF: InBoth = { zh: '下载证明', en: 'Download the proof' };
/** Lists of choices: where one is, and what opens. */
const PICKERS: Readonly<Record<string, readonly (readonly [field: string, opened: string])[]>> = {
  '/records': [['.ant-select', '.ant-select-dropdown']],
};
/** What opens over a screen, by the file that has it opened; each is opened here. */
const OVER_SCREENS = [
  'packages/console/src/change/change-dialog.tsx: Modal',
  'packages/console/src/list/filter-bar.tsx: Select',
  'packages/console/src/pages/audit-screen.tsx: Modal',
  'packages/console/src/shell/shell.tsx: Drawer',
];
/** What a screen shows only where it is asked for, by the test that starts the console. */
const ASKED: Readonly<Record<string, readonly string[]>> = {
  startThirdParty: ['/outbox?kind=quarantined', PICKED_UP],
  startNational: [`/completeness?cinema=${CINEMA}`],
};
/** Where a console asks what was looked at in another one. */
const ASKED_TOO: Readonly<Record<string, readonly string[]>> = {
  startThirdParty: [`/records/${aside.recordId}`],
  startNational: ['/records?state=QUARANTINED', `/records/${aside.recordId}`],
};
/** What dialogs are filled in with where they are to be carried out; another account's name each time. */
const FILLED: Readonly<Record<string, (place: number) => string>> = {
  账号: (place) => `made-${place}`,
  影院编码: () => CINEMA,
  原账号: () => 'door-2',
  您的登录密码: () => OWN,
};
/** Screens that more than one console has; they are looked at once. */
const SHARED = ['/records', `/records/${first.recordId}`, '/report', '/reconciliation', '/audit'];
/** Operations tell what was asked for by the names that commands have for it. */
const ENGLISH_DATA = ['/audit'];

type Menu = { Menu: { Path: string; IsScreen: boolean }[] };

/** A console that was built a moment ago is loaded whole, by two windows, on a busy machine. */
const FIRST_LOAD_MS = 90_000;

/** Looks at one screen after the other. */
function lookingAt(page: Page, { language, shade, sizes, coloursAlone }: Pass, found: string[]) {
  async function faults(what: string, size: keyof typeof SIZES) {
    const where = `${what}, ${shade}, ${size}`;
    found.push(...(await barriersOf(page, { size, coloursAlone })).map((fault) => `${where}: ${fault}`));
  }

  async function look(what: string) {
    for (const size of sizes) await faults(what, size);
  }

  /** Looks at the dialog that a button opens, and, by day, at what it says where its service cannot be reached; closes it. */
  async function lookInto(what: string, button: string): Promise<string | null> {
    await page.getByRole('button', { name: button, exact: true }).first().click();
    const dialog = page.getByRole('dialog');
    await dialog.waitFor();
    await faults(`${what}: ${button}`, 'phone');
    const isRed = (await dialog.locator('.ant-modal-footer .ant-btn-dangerous').count()) > 0;
    if (isRed !== DESTROYING.includes(button)) found.push(`${what}: ${button}: red ${isRed}`);
    const sent = shade === 'light' ? await sendInVain(what, button) : null;
    await dialog.getByRole('button', { name: CANCEL[language] }).click();
    await dialog.waitFor({ state: 'detached' });
    return sent;
  }

  let hasSentInVain = false;

  /** Sends what a dialog asks for where nothing arrives, so that nothing changes; answers where it went. */
  async function sendInVain(what: string, button: string): Promise<string> {
    const dialog = page.getByRole('dialog');
    let path = '';
    await page.route('**', (route) => {
      if (route.request().method() !== 'POST') return route.continue();
      path = new URL(route.request().url()).pathname;
      return route.abort();
    });
    for (const field of await dialog.getByRole('textbox').all()) await field.fill('x');
    await dialog.locator('.ant-modal-footer button').last().click();
    await dialog.getByRole('alert').waitFor();
    // Each dialog says it in the same words and colours.
    if (!hasSentInVain) await faults(`${what}: ${button}, in vain`, 'phone');
    hasSentInVain = true;
    await page.unroute('**');
    return path;
  }

  /** Types code into every field of a filter: none of it runs, or makes the page wider than the window. */
  async function typeCode(what: string) {
    const fields = await page.locator('#content form.filters .filter > input:not([type=date])').all();
    if (fields.length === 0) return;
    await page.setViewportSize(SIZES.desktop);
    for (const field of fields) await field.fill(CODE);
    await page.locator('#content form.filters button[type=submit]').click();
    await page.waitForURL(({ search }) => search.includes('drop'));
    await expect.poll(() => page.locator('.waiting').count()).toBe(0);
    for (const size of sizes) {
      await page.setViewportSize(SIZES[size]);
      if (await isWide(page)) found.push(`${what}: code: wider than the window, ${size}`);
    }
  }

  /** Looks at what is said where a proof cannot be had. */
  async function lookAtMissingProof(what: string) {
    await page.route('**/audit/proof?**', (route) => route.abort());
    await page.getByRole('link', { name: PROOF[language] }).first().click();
    await page.getByRole('dialog').waitFor();
    await faults(`${what}: no proof`, 'phone');
    await page.keyboard.press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
  }

  /** Looks at what a field of a filter opens; on a phone filters are folded. */
  async function lookAtPicker(what: string, [field, opened]: readonly [string, string]) {
    await page.setViewportSize(SIZES.desktop);
    await page.locator(`#content ${field}`).first().click();
    await page.locator(opened).waitFor();
    await faults(`${what}: ${field}`, 'desktop');
    await page.keyboard.press('Escape');
  }

  /** Checks the opened menu on a phone. */
  async function lookAtMenu(what: string) {
    await page.setViewportSize(SIZES.phone);
    await page.locator('header').getByLabel(MENU[language]).first().click();
    await page.getByRole('navigation', { name: MENU[language] }).waitFor();
    await faults(`${what}: menu`, 'phone');
    await page.keyboard.press('Escape');
  }

  return { look, lookInto, typeCode, lookAtMissingProof, lookAtPicker, lookAtMenu };
}

/** Goes through the console that the browser is logged in to, and looks at what nobody has looked at; answers what it has walked. */
async function lookThrough(
  browser: Window,
  { name, consoleUrl, pass, found }: { name: string; consoleUrl: string; pass: Pass; found: string[] },
): Promise<Set<string>> {
  const { language, shade, shown } = pass;
  const page = await browser.newPage();
  const { look, lookInto, typeCode, lookAtMissingProof, lookAtPicker, lookAtMenu } = lookingAt(page, pass, found);
  page.on('response', (response) => {
    // A screen asks for nothing that its service does not have; what was typed it may have to refuse.
    const isRefused = [400, 404].includes(response.status()) && response.url().includes('drop');
    if (response.status() >= 400 && !isRefused) found.push(`${name}: ${response.status()} ${response.url()}`);
  });
  page.on('dialog', (dialog) => {
    found.push(`${name}: code ran: ${dialog.message()}`);
    return dialog.dismiss();
  });
  const walked = new Set<string>();
  const otherLanguage = language === 'zh' ? englishTexts : chineseTexts;
  await page.emulateMedia({ colorScheme: shade, reducedMotion: 'reduce' });
  await page.goto(`${consoleUrl}/records`);
  await page.locator('#content h1').waitFor({ timeout: FIRST_LOAD_MS });
  const { Menu } = (await page.evaluate(`fetch('/console.json').then((answer) => answer.json())`)) as Menu;
  const screens = Menu.filter(({ IsScreen }) => IsScreen).map(({ Path }) => Path);
  for (const path of [...screens, `/records/${first.recordId}`, ...(ASKED[name] ?? [])]) {
    walked.add(`GET ${path.split('?')[0]}`);
    const what = SHARED.includes(path) ? path : `${name} ${path}`;
    if (shown.has(what)) continue;
    shown.add(what);
    // A new page would load all its files again: a browser caches none of a server whose CA it does not know.
    await page.evaluate(`history.pushState(null, '', ${JSON.stringify(path)})`);
    await page.locator('#content h1').waitFor();
    await expect.poll(() => page.locator('.waiting').count()).toBe(0);
    await look(what);
    if (!ENGLISH_DATA.includes(path)) {
      found.push(...(await otherLanguage(page)).map((text) => `${what}: not in ${language}: ${text}`));
    }
    for (const button of DIALOGS[path] ?? []) {
      const sent = await lookInto(what, button[language]);
      if (sent !== null) walked.add(`POST ${sent}`);
    }
    if (path === '/audit' && name === startThirdParty.name) await lookAtMissingProof(what);
    for (const picker of PICKERS[path] ?? []) await lookAtPicker(what, picker);
    if (shade === 'light' && !path.includes('?')) await typeCode(what);
  }
  await lookAtMenu(`${name} screens`);
  await page.close();
  return walked;
}

/** Carries out what each dialog asks for, in Chinese; answers where it went. Nobody looks any more: the stock changes. */
async function carryOut(
  window: Window,
  { name, consoleUrl }: { name: string; consoleUrl: string },
): Promise<Set<string>> {
  const page = await window.newPage();
  const done = new Set<string>();
  await page.goto(`${consoleUrl}/records`);
  await page.locator('#content h1').waitFor();
  const { Menu } = (await page.evaluate(`fetch('/console.json').then((answer) => answer.json())`)) as Menu;
  const paths = [...Menu.map(({ Path }) => Path), ...(ASKED[name] ?? []), ...(ASKED_TOO[name] ?? [])];
  let place = 0;
  for (const path of paths) {
    for (const { zh: button } of DIALOGS[path] ?? []) {
      place += 1;
      await page.evaluate(`history.pushState(null, '', ${JSON.stringify(path)})`);
      await page.getByRole('button', { name: button, exact: true }).first().click();
      const dialog = page.getByRole('dialog');
      await dialog.waitFor();
      for (const [label, value] of Object.entries(FILLED)) {
        const field = dialog.getByLabel(label, { exact: true });
        if ((await field.count()) > 0) await field.fill(value(place));
      }
      for (const field of await dialog.locator('textarea').all()) await field.fill('已核实');
      const [answer] = await Promise.all([
        page.waitForResponse((response) => response.request().method() === 'POST'),
        dialog.locator('.ant-modal-footer button').last().click(),
      ]);
      expect(answer.ok(), `${path}: ${button}: ${answer.status()} ${await answer.text()}`).toBe(true);
      done.add(`POST ${new URL(answer.url()).pathname}`);
      await dialog.waitFor({ state: 'detached' });
    }
  }
  await page.close();
  return done;
}

/** A window in which somebody is logged in and has chosen a language. */
async function windowOf(browser: Window, { language }: Pass, url: string, token: string): Promise<Window> {
  const window = await browser.browser()?.newContext({ ignoreHTTPSErrors: true, locale: 'zh-CN' });
  if (window === undefined) throw new Error('the browser has ended');
  const cookies = [...sessionCookies(token), { name: '__Host-language', value: language }];
  await window.addCookies(cookies.map((cookie) => ({ ...cookie, url, secure: true })));
  return window;
}

/** By day in Chinese, and by night in English; what consoles share is looked at once. */
const PASSES: readonly Pass[] = [
  { language: 'zh', shade: 'light', sizes: ['phone', 'desktop'], coloursAlone: false, shown: new Set() },
  { language: 'en', shade: 'dark', sizes: ['phone'], coloursAlone: true, shown: new Set() },
];

test.each([startThirdParty, startNational, startTerminal].map((start) => ({ name: start.name, start })))(
  '$name: no screen keeps people out by its colours, names or order, or speaks English to who reads Chinese, none goes unseen, and each change is made and refused',
  async ({ name, start }) => {
    const browser = await openChromium();
    const found: string[] = [];
    const declared = watchRoutes();
    let token = '';
    const consoleUrl = await start(async (store) => {
      token = await beginSession(store, 'anna');
    });
    const windows = await Promise.all(PASSES.map((pass) => windowOf(browser, pass, consoleUrl, token)));
    const [walked = new Set<string>()] = await Promise.all(
      PASSES.map((pass, n) => lookThrough(windows[n] ?? browser, { name, consoleUrl, found, pass })),
    );
    const window = windows[0] ?? browser;
    const done = await carryOut(window, { name, consoleUrl });
    const kinds: readonly (Kind | undefined)[] = ['screen', 'action'];
    const routes = [...(await routesForPeople(await window.newPage(), consoleUrl, declared))]
      .filter(([, kind]) => kinds.includes(kind))
      .map(([route]) => route);
    expect(found).toEqual([]);
    expect(notWalked(routes, new Set([...walked, ...done]))).toEqual([]);
    expect([...walked].filter((route) => route.startsWith('POST') && !done.has(route))).toEqual([]);
  },
  600_000,
);

test('whatever opens over a screen is among what is opened here', async () => {
  const root = join(import.meta.dirname, '..');
  const files = globSync(['packages/console/src/**/*.tsx', 'apps/*/console/**/*.tsx'], { cwd: root });
  const opening =
    /<(Modal|Drawer|Popconfirm|Popover|Dropdown|Tooltip|Select|DatePicker|TimePicker|AutoComplete|Cascader|TreeSelect|Mentions|ColorPicker|Tour|dialog)\b|\b(Modal|message|notification)\.\w+\(/g;
  const opened = await Promise.all(
    files.map(async (file) => {
      const source = await readFile(join(root, file), 'utf8');
      return [...source.matchAll(opening)].map(([, tag, object]) => `${file}: ${tag ?? object}`);
    }),
  );
  expect([...new Set(opened.flat())].toSorted()).toEqual(OVER_SCREENS);
});
