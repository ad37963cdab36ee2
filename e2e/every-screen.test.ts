// @module-tag process
// @module-tag service

import { globSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { watchRoutes } from '@ticket-check/admin/testing/walk-console';
import { buildConsoles } from '@ticket-check/console/build';
import { wallClockAt } from '@ticket-check/protocol';
import { openChromium } from '@ticket-check/third-party-platform/testing/chromium';
import { addOperatorTo, beginSession, OWN } from '@ticket-check/third-party-platform/testing/console-browser';
import { CINEMA } from '@ticket-check/third-party-platform/testing/test-cinema';
import { beforeAll, expect, test } from 'vitest';
import * as looking from './testing/looking.ts';
import { barriersOf, chineseTexts, englishTexts, notWalked, type Page, routesForPeople } from './testing/looking.ts';
import { again, aside, first, startNational, startTerminal, startThirdParty } from './testing/stocked-consoles.ts';

// Not of the time that a test may take.
beforeAll(buildConsoles);

const PICKED_UP = `/ticket?cinema=${first.cinemaCode}&ticket=${first.filmTicketCode}&start=${first.startTime}`;
const ONE_OPERATOR = '/operators/one?username=uwe';
/** What a console opens beside its screens, by the path where it does, with the words of the button. */
const DIALOGS: Readonly<Record<string, readonly string[]>> = {
  '/operators': ['添加操作员'],
  '/tokens': ['添加令牌', '吊销'],
  [ONE_OPERATOR]: '更改角色与影院 结束一个登录 结束全部登录 重置密码 重置两步验证 停用操作员 启用操作员'.split(' '),
  '/accounts': [
    ...['用二维码注册终端', '新建售票服务账号', '撤回注册码', '接替原账号'],
    ...['允许更换终端', '终端名称', '错误信息的语言', '吊销'],
  ],
  'startNational /intake': ['新建数据来源账号'],
  'startNational /platforms': ['新建平台账号', '错误信息的语言', '吊销账号'],
  'startThirdParty /cinemas': ['添加影院', '影院名称', '提前更换密钥', '吊销密钥'],
  '/entries': [`撤销 ${first.filmTicketCode}`],
  '/gates': ['已处理 gate-1', '解除停用 gate-2', `撤销 ${again.filmTicketCode}`],
  '/outbox': ['立即重试'],
  '/outbox?kind=quarantined': ['全部重新判断'],
  '/records?state=QUARANTINED': ['全部重新判断'],
  [PICKED_UP]: ['撤销取票'],
  '/refusals': [`人工放行 ${again.filmTicketCode}`, '制作工牌', '作废工牌'],
  '/worklist': ['记录结果'],
  '/claims': ['归还'],
};
/** The buttons whose dialogs end something for good, and so are red. */
const DESTROYING =
  /^(归还|撤回注册码|接替原账号|允许更换终端|吊销|吊销密钥|吊销账号|停用操作员|结束一个登录|结束全部登录|重置密码|重置两步验证|撤销 \d+|撤销取票|人工放行 \d+|作废工牌)$/;
/** Changes of one's own account, which passkeys-in-browser.test.ts of the third-party platform makes. */
const OWN_ACCOUNT = /^POST \/account\//;
/** Changes that every console has, from one package; the third-party platform's are made. */
const EVERYWHERE = /^(GET|POST) \/(operator|token)s?\/|^GET \/audit\/verify$/;
/** Pages of forms that every console has; every-page.test.ts walks them. */
const FORMS = /^(GET|POST) \/((account|password|login|logout|language)(\/.*)?)?$/;
/** What opens without a change: where one presses, by the path. */
const OPENED: Readonly<Record<string, readonly string[]>> = {
  '/records': ['.choice .ant-select', '.pick .ant-select'],
  '/accounts': ['button:has-text("解释被拒的请求")'],
  '/platforms': ['button:has-text("解释被拒的请求")'],
};
/** What opens over a screen, by the file that has it opened; each is opened here. */
const OVER_SCREENS = [
  'packages/console/src/change/change-dialog.tsx: Modal',
  'packages/console/src/list/filter-bar.tsx: Select',
  'packages/console/src/list/picker.tsx: Select',
  'packages/console/src/pages/explain-refusal.tsx: Modal',
  'packages/console/src/shell/find.tsx: AutoComplete',
  'packages/console/src/shell/find.tsx: Modal',
  'packages/console/src/shell/help.tsx: Modal',
  'packages/console/src/shell/shell.tsx: Drawer',
];
/** What a screen shows only where it is asked for, by the test that starts the console. */
const ASKED: Readonly<Record<string, readonly string[]>> = {
  startThirdParty: [ONE_OPERATOR, `/records/${aside.recordId}`, '/outbox?kind=quarantined', PICKED_UP, '/audit/verify'],
  startTerminal: [`/lookup?ticket=${again.filmTicketCode}`],
  startNational: ['/records?state=QUARANTINED', `/records/${aside.recordId}`, `/completeness?cinema=${CINEMA}`],
};
/** What dialogs are filled in with; another account's name each time. */
const FILLED: Readonly<Record<string, (place: number) => string>> = {
  二维码旁的文本: () => `https://127.0.0.1:1/#enrol=${'a'.repeat(22)}&as=door-1`,
  账号: (place) => `made-${place}`,
  用户名: (place) => `made-${place}`,
  名称: (place) => `made-${place}`,
  最后有效日期: () => new Date(Date.now() + 86_400_000 * 30).toISOString().slice(0, 10),
  影院编码: () => CINEMA,
  影院名称或编码: () => CINEMA,
  原账号: () => 'door-2',
  您的登录密码: () => OWN,
  自此时起送达的: () => '2026-11-24T00:00:00',
  '六位数字 PIN': () => '428193',
};
/** What is chosen in dialogs, one after the other, and what is asked for then. */
const CHOSEN = [
  [/^检票员/, '仅以下影院'],
  ['仅以下影院', '影院名称或编码'],
] as const;
/** Screens that more than one console has; they are looked at once. */
const SHARED = [
  ...['/records', `/records/${first.recordId}`, '/report', '/reconciliation'],
  ...['/audit', '/operators', '/tokens', '/account'],
];
const looked = new Set<string>();
/** Operations tell what was asked for by the names that commands have for it. */
const ENGLISH_DATA = ['/audit', '/audit/verify'];

/** Opens a console at its records, and answers the paths of its screens. */
async function openConsole(page: Page, consoleUrl: string): Promise<string[]> {
  await page.goto(`${consoleUrl}/records`);
  await page.locator('#content h1').waitFor();
  const { Menu } = (await page.evaluate(`fetch('/console.json').then((answer) => answer.json())`)) as {
    Menu: { Path: string; IsScreen: boolean }[];
  };
  return Menu.filter(({ IsScreen }) => IsScreen).map(({ Path }) => Path);
}

/** The page behind it was looked at by itself. */
const DIALOG = '[role=dialog]';

/** Goes to a screen. A new page would load all its files again: a browser caches none of a server whose CA it does not know. */
async function show(page: Page, path: string): Promise<void> {
  await page.evaluate(`history.pushState(null, '', ${JSON.stringify(path)})`);
  await page.locator('#content h1').waitFor();
  // What is shown of the screen before is faded until its own answer has come.
  await expect.poll(() => page.locator('.waiting, #content [aria-busy=true]').count()).toBe(0);
}

/** Looks at one screen after the other and carries out what its dialogs ask for; answers the requests that this took. */
async function lookThrough(
  page: Page,
  { name, consoleUrl, found }: { name: string; consoleUrl: string; found: string[] },
): Promise<Set<string>> {
  const walked = new Set<string>();
  const { note, look, lookWide } = looking.lookingAt(page, found);

  let place = 0;
  /** Opens the dialog of a button, looks at it, fills it in and sends it. */
  async function carryOut(path: string, button: string): Promise<void> {
    const what = `${name} ${path}: ${button}`;
    await page.getByRole('button', { name: button, exact: true }).first().click();
    const dialog = page.getByRole('dialog');
    await dialog.waitFor();
    await look(what, DIALOG);
    const isRed = (await dialog.locator('.ant-modal-footer .ant-btn-dangerous').count()) > 0;
    if (isRed !== DESTROYING.test(button)) found.push(`${what}: red ${isRed}`);
    place += 1;
    for (const [choice, next] of CHOSEN) {
      const radio = dialog.getByRole('radio', { name: choice });
      if ((await radio.count()) === 0) continue;
      await radio.check();
      await dialog.getByLabel(next, { exact: true }).waitFor();
    }
    const boxes = dialog.getByRole('checkbox');
    if ((await boxes.count()) > 0) await boxes.first().check();
    for (const [label, value] of Object.entries(FILLED)) {
      const field = dialog.getByLabel(label, { exact: true });
      if ((await field.count()) === 0) continue;
      await field.fill(value(place));
      // Takes what is found, and closes the list.
      if ((await field.getAttribute('role')) === 'combobox') await field.press('Tab');
    }
    for (const field of await dialog.locator('textarea').all()) await field.fill('1');
    const [answer] = await Promise.all([
      page.waitForResponse((came) => came.request().method() === 'POST' && !came.url().endsWith('/preview')),
      dialog.locator('.ant-modal-footer button').last().click(),
    ]);
    expect(answer.ok(), `${what}: ${answer.status()} ${await answer.text()}`).toBe(true);
    walked.add(`POST ${new URL(answer.url()).pathname}`);
    await dialog.waitFor({ state: 'detached' });
  }

  // What a dialog would do is asked for as it opens.
  page.on('request', (request) => {
    const { pathname } = new URL(request.url());
    if (pathname.endsWith('/preview')) walked.add(`${request.method()} ${pathname}`);
  });
  const screens = await openConsole(page, consoleUrl);
  for (const path of [...screens, '/account', `/records/${first.recordId}`, ...(ASKED[name] ?? [])]) {
    walked.add(`GET ${path.split('?')[0]}`);
    const what = SHARED.includes(path) ? path : `${name} ${path}`;
    const isNew = !looked.has(what);
    looked.add(what);
    const dialogs = DIALOGS[path] ?? DIALOGS[`${name} ${path}`] ?? [];
    if (!isNew && (SHARED.includes(path) || dialogs.length === 0)) continue;
    await show(page, path);
    if (isNew) {
      await look(what);
      await lookWide(what);
      if (!ENGLISH_DATA.includes(path)) await note(`${what}: not in Chinese`, englishTexts(page));
      for (const field of OPENED[path] ?? []) {
        const opened = field.startsWith('button') ? DIALOG : '.ant-select-dropdown:not(.ant-select-dropdown-hidden)';
        // On a phone filters are folded.
        await page.locator(`#content ${field}`).first().click();
        await page.locator(opened).waitFor();
        await note(`${what}: ${field}`, barriersOf(page, { size: 'desktop' }));
        await page.keyboard.press('Escape');
        await page.locator(opened).waitFor({ state: 'hidden' });
      }
    }
    await page.setViewportSize(looking.SIZES.phone);
    for (const button of dialogs) await carryOut(path, button);
  }
  const [header, content, dialog] = [page.locator('header'), page.locator('#content'), page.getByRole('dialog')];
  await header.getByRole('button', { name: '查找' }).click();
  await dialog.getByRole('combobox').fill('312');
  await note(`${name} find`, barriersOf(page, { size: 'phone' }));
  await page.keyboard.press('Escape');
  await dialog.waitFor({ state: 'detached' });
  await content.getByRole('button', { name: /：帮助$/ }).click();
  await dialog.getByRole('heading').first().waitFor();
  await note(`${name} help`, barriersOf(page, { size: 'phone', within: DIALOG }));
  await page.keyboard.press('Escape');
  await dialog.waitFor({ state: 'detached' });
  await header.getByLabel('菜单').first().click();
  await page.getByRole('navigation', { name: '菜单' }).waitFor();
  await note(`${name} menu`, barriersOf(page, { size: 'phone' }));
  return walked;
}

test.each([startThirdParty, startNational, startTerminal].map((start) => ({ name: start.name, start })))(
  '$name: no screen keeps people out by its colours, names or order, or speaks another language, none goes unseen, and each change is made',
  async ({ name, start }) => {
    const window = await openChromium();
    const found: string[] = [];
    const declared = watchRoutes();
    let token = '';
    const consoleUrl = await start(async (store) => {
      token = await beginSession(store, 'anna');
      await addOperatorTo(store, 'uwe', 'usher');
      for (let other = 0; other < 3; other += 1) await beginSession(store, 'uwe');
      const totp = { username: 'uwe', secret: 'none', lastStep: 0, setUpAt: wallClockAt(Date.now()) };
      const people: Parameters<typeof addOperatorTo>[0] = store;
      await people.db.insertInto('operatorTotp').values(totp).execute();
    });
    const cookies = looking.sessionCookies(token);
    await window.addCookies(cookies.map((cookie) => ({ ...cookie, url: consoleUrl, secure: true })));
    const page = await window.newPage();
    await page.emulateMedia({ reducedMotion: 'reduce' });
    page.on('response', (response) => {
      // A screen asks for nothing that its service does not have.
      if (response.status() >= 400) found.push(`${name}: ${response.status()} ${response.url()}`);
    });
    const walked = await lookThrough(page, { name, consoleUrl, found });
    await window.addCookies([{ name: '__Host-language', value: 'en', url: consoleUrl, secure: true }]);
    for (const path of await openConsole(page, consoleUrl)) {
      await show(page, path);
      found.push(...(await chineseTexts(page)).map((text) => `${name} ${path}: in Chinese: ${text}`));
    }
    const routes = [...(await routesForPeople(await window.newPage(), consoleUrl, declared))];
    expect(found).toEqual([]);
    const [pages, others] = [true, false].map((isMeant) =>
      routes.flatMap(([route, kind]) => ((kind === 'page') === isMeant ? [route] : [])),
    ) as [string[], string[]];
    expect(pages.filter((route) => !FORMS.test(route))).toEqual(name === startTerminal.name ? ['GET /kiosk'] : []);
    const left = notWalked(others, walked).filter((route) => !OWN_ACCOUNT.test(route));
    expect(name === startThirdParty.name ? left : left.filter((route) => !EVERYWHERE.test(route))).toEqual([]);
  },
  600_000,
);

test('all that opens over a screen is among what is opened here', async () => {
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
