// @module-tag process
// @module-tag service
import { buildConsoles } from '@ticket-check/console/build';
import { businessDate } from '@ticket-check/protocol';
import { expect, test } from 'vitest';
import { createClaimStore } from '../apps/third-party-platform/src/claims/claim-store.ts';
import { claimFor } from '../apps/third-party-platform/src/claims/testing/claims.ts';
import { openChromium } from '../apps/third-party-platform/src/testing/chromium.ts';
import { addOperatorTo, beginSession } from '../apps/third-party-platform/src/testing/console-browser.ts';
import { OTHER_CINEMA } from '../apps/third-party-platform/src/testing/test-cinema.ts';
import { ROLES, type Role, runOperation } from '../packages/operators/src/index.ts';
import { sessionCookies } from './testing/session-cookies.ts';
import { aside, elsewhere, first, startNational, startTerminal, startThirdParty } from './testing/stocked-consoles.ts';

type Window = Awaited<ReturnType<typeof openChromium>>;
type Menu = { readonly Menu: readonly { Path: string; Label: string }[] };
type Page = Awaited<ReturnType<Window['newPage']>>;

/** Who is offered something, by its words. */
type Offered = Readonly<Record<string, readonly Role[]>>;
/** A list, with each filter that it offers: what to fill in or choose, and how many rows are left of it. */
type List = {
  readonly path: string;
  readonly filters: Readonly<Record<string, readonly [value: string, left: number]>>;
};
type Console = {
  readonly name: string;
  readonly start: (tokens: Map<Role, string>) => Promise<string>;
  /** The entries of the menu. */
  readonly menu: Offered;
  /** What changes something: the words of a button or a link, by the entry of the menu that leads to it. */
  readonly changes: Readonly<Record<string, Offered>>;
  readonly lists: readonly List[];
};

const EVERYONE = ROLES;
const ADMINISTRATOR: readonly Role[] = ['administrator'];
const MANAGERS: readonly Role[] = ['administrator', 'supervisor'];
const STAFF: readonly Role[] = ['administrator', 'supervisor', 'usher'];
const AUDITORS: readonly Role[] = ['administrator', 'auditor'];
const BUT_USHERS: readonly Role[] = ['administrator', 'supervisor', 'auditor'];

const day = businessDate(first.checkTime);
const recordsBy = (those: List['filters'], state = '报送状态'): List => ({
  path: `/records?businessDate=${day}`,
  filters: {
    营业日: ['2026-01-01', 0],
    [state]: ['隔离', 1],
    '二维码、票号或记录编号': [aside.filmTicketCode, 1],
    影院编码: [OTHER_CINEMA, 1],
    ...those,
    影厅编码: [elsewhere.screenCode, 1],
    场次编码: [elsewhere.sessionCode, 1],
    影片编码: [elsewhere.filmCode, 1],
  },
});
const AUDIT: List = {
  path: '/audit',
  filters: { 自: ['2099-01-01', 0], 至: ['2020-01-01', 0], 操作人: ['supervisor', 1], 操作: ['gate clear', 1] },
};
/** Filters that are chosen from a list; the others are typed. */
const CHOSEN = new Set(['报送状态', '隔离', '状态', '类型', '情况']);

const CONSOLES: readonly Console[] = [
  {
    name: 'a third-party platform',
    start: (tokens) =>
      startThirdParty(async (store) => {
        await addPeople(store, tokens);
        await createClaimStore(store, Date.now).claim(claimFor());
        const { cinemaCode, filmTicketCode, startTime, checkTime: foundAt } = elsewhere;
        const late = { kind: 'LATE_REFUND', foundAt, refundedAt: foundAt, notedAt: null } as const;
        await store.db
          .insertInto('finding')
          .values({ cinemaCode, filmTicketCode, startTime, ...late })
          .execute();
      }),
    menu: {
      ...{ 今日: EVERYONE, 检票记录: EVERYONE, 检票日报: EVERYONE, 对账: EVERYONE, 待核实: EVERYONE },
      ...{ 未送达记录: EVERYONE, 未归还的占票: EVERYONE, 影票查询: EVERYONE },
      ...{ 终端: BUT_USHERS, 影院与公钥: BUT_USHERS, 配置: AUDITORS, 操作记录: AUDITORS },
      ...{ 接入账号: ADMINISTRATOR, 操作员: ADMINISTRATOR, 接口令牌: ADMINISTRATOR },
    },
    changes: {
      待核实: { 记录结果: MANAGERS },
      未送达记录: { 立即重试: MANAGERS },
      未归还的占票: { '归还……': MANAGERS },
    },
    lists: [
      recordsBy({ 终端: ['terminal-2', 1], 检票口: ['gate-9', 1] }),
      { path: '/worklist', filters: { 状态: ['已记录结果', 0], 类型: ['入场后退票', 1], 影院编码: [OTHER_CINEMA, 1] } },
      { path: '/fleet', filters: { 账号或影院编码: ['door-2', 1], 状态: ['需立即处理', 1] } },
      { path: '/outbox', filters: { 类型: ['隔离', 1], 影院编码: [OTHER_CINEMA, 1] } },
      AUDIT,
    ],
  },
  {
    name: 'a terminal',
    start: (tokens) => startTerminal((store) => addPeople(store, tokens)),
    menu: {
      ...{ 本机状态: EVERYONE, 闸机: EVERYONE, 待核实: EVERYONE, 检票记录: EVERYONE, 检票日报: EVERYONE },
      ...{ 对账: EVERYONE, 查票: EVERYONE, 返回检票页面: EVERYONE, 最近入场: MANAGERS, 最近拒绝: MANAGERS },
      ...{
        配置: AUDITORS,
        操作记录: AUDITORS,
        接入平台: ADMINISTRATOR,
        操作员: ADMINISTRATOR,
        接口令牌: ADMINISTRATOR,
      },
    },
    changes: {
      待核实: { '观众并未进场的，可撤销入场': MANAGERS },
      闸机: { 解除停用: STAFF, 已处理: STAFF, 撤销: STAFF },
    },
    lists: [recordsBy({ 检票口: ['gate-9', 1] }), { path: '/findings', filters: { 情况: ['入场前已退票', 0] } }, AUDIT],
  },
  {
    name: 'the national platform',
    start: (tokens) => startNational((store) => addPeople(store, tokens)),
    menu: {
      ...{ 检票记录: EVERYONE, 检票日报: EVERYONE, 影票: EVERYONE, 送达率: EVERYONE },
      ...{ 检票平台: BUT_USHERS, 影院与公钥: BUT_USHERS, 数据导入: BUT_USHERS, 配置: AUDITORS, 操作记录: AUDITORS },
      ...{ 操作员: ADMINISTRATOR, 接口令牌: ADMINISTRATOR },
    },
    changes: {},
    lists: [
      recordsBy({ 检票平台: ['terminal-2', 1], 检票口: ['gate-9', 1] }, '隔离'),
      {
        path: `/completeness?businessDate=${day}`,
        filters: { 营业日: ['2026-01-01', 0], 影院编码: [OTHER_CINEMA, 1], 检票平台: ['terminal-2', 1] },
      },
      AUDIT,
    ],
  },
];

/** Adds somebody of each role, with a session, and two entries to the audit. */
async function addPeople(
  store: Parameters<typeof addOperatorTo>[0] & Parameters<typeof runOperation>[0],
  tokens: Map<Role, string>,
): Promise<void> {
  for (const role of ROLES) {
    await addOperatorTo(store, role, role);
    tokens.set(role, await beginSession(store, role));
  }
  for (const [name, actor] of [
    ['claims release', 'supervisor'],
    ['gate clear', 'usher'],
  ] as const) {
    await runOperation(store, { name, actor, from: null, what: {}, now: Date.now }, async () => {});
  }
}

/** A window of its own, in which somebody is logged in. */
async function windowOf(window: Window, consoleUrl: string, token = ''): Promise<Page> {
  const context = await window
    .browser()
    ?.newContext({ ignoreHTTPSErrors: true, locale: 'zh-CN', viewport: { width: 1440, height: 900 } });
  if (context === undefined) throw new Error('the browser has ended');
  await context.addCookies(sessionCookies(token).map((cookie) => ({ ...cookie, url: consoleUrl, secure: true })));
  return context.newPage();
}

const rowsOf = (page: Page) => page.locator('#content tbody tr:has(td):not([aria-hidden])');

async function settled(page: Page): Promise<void> {
  await page.locator('main h1').waitFor();
  await expect.poll(() => page.locator('main .waiting').count()).toBe(0);
}

/** Opens the pages with changes that are in somebody's menu; returns what was there and should not be. */
async function walk(page: Page, role: Role, consoleUrl: string, { menu, changes }: Console): Promise<string[]> {
  const faults: string[] = [];
  page.on('response', (response) => {
    if (response.status() >= 400) faults.push(`${response.status()} ${new URL(response.url()).pathname}`);
  });
  await page.goto(`${consoleUrl}/records`);
  await settled(page);
  const labels = await page.getByRole('navigation').getByRole('link').allTextContents();
  const expected = Object.keys(menu).filter((label) => menu[label]?.includes(role));
  expect(labels.map((text) => text.trim()).toSorted(), role).toEqual(expected.toSorted());
  const { Menu } = (await page.evaluate(`fetch('/console.json').then((answer) => answer.json())`)) as Menu;
  for (const { Label: label, Path } of Menu.filter(({ Label }) => Label in changes)) {
    await page.goto(consoleUrl + Path);
    await settled(page);
    for (const [words, who] of Object.entries(changes[label] ?? {})) {
      const offered = page.getByRole('main').locator('button, a').filter({ hasText: words });
      // What is to be there comes with the rows; what is not is looked for once they are there.
      if (who.includes(role)) await offered.first().waitFor();
      else if ((await offered.count()) > 0) faults.push(`${label}: ${words} is there`);
    }
  }
  page.removeAllListeners('response');
  return faults;
}

/** Opens a screen as a link of the console does. */
async function show(page: Page, path: string): Promise<void> {
  await page.evaluate(`history.pushState(null, '', ${JSON.stringify(path)})`);
  await settled(page);
}

async function narrow(page: Page, label: string, value: string): Promise<void> {
  const field = page.locator('#content .filter').filter({ has: page.getByText(label, { exact: true }) });
  if (CHOSEN.has(label)) {
    await field.locator('.ant-select').click();
    await page.locator('.ant-select-dropdown:visible').getByTitle(value, { exact: true }).click();
    return;
  }
  await field.locator('input').fill(value);
  await field.locator('input').press('Enter');
}

/** The rows of a list, without what another second changes. */
const shownBy = async (page: Page) =>
  (await rowsOf(page).allInnerTexts()).map((text) => text.replaceAll(/\d+ ?(秒|分钟)/g, ''));

test.each(CONSOLES)(
  'at $name each role is offered its pages and changes and no others, and every filter of a list narrows it for everybody who gets its address',
  async (console) => {
    await buildConsoles();
    const tokens = new Map<Role, string>();
    const consoleUrl = await console.start(tokens);
    const browser = await openChromium();
    for (const role of ROLES) {
      const page = await windowOf(browser, consoleUrl, tokens.get(role));
      expect(await walk(page, role, consoleUrl, console), role).toEqual([]);
      await page.context().close();
    }

    const [page, colleague] = [
      await windowOf(browser, consoleUrl, tokens.get('administrator')),
      await windowOf(browser, consoleUrl, tokens.get('administrator')),
    ];
    await Promise.all([page, colleague].map((one) => one.goto(`${consoleUrl}/report?businessDate=${day}`)));
    for (const { path, filters } of console.lists) {
      await show(page, path);
      await expect.poll(() => rowsOf(page).count(), { message: path }).toBeGreaterThan(0);
      const whole = await rowsOf(page).count();
      expect(await page.locator('#content form.filters label').allTextContents(), path).toEqual(Object.keys(filters));
      for (const [label, [value, left]] of Object.entries(filters)) {
        const message = `${path} ${label}`;
        expect(left, message).toBeLessThan(whole);
        await narrow(page, label, value);
        await expect.poll(() => rowsOf(page).count(), { message }).toBe(left);
        await settled(page);
        await show(colleague, page.url().slice(consoleUrl.length));
        await expect.poll(() => shownBy(colleague), { message }).toEqual(await shownBy(page));
        await show(page, path);
        await expect.poll(() => rowsOf(page).count(), { message }).toBe(whole);
      }
    }
  },
  600_000,
);

test('on a phone a row is a card, without a line for what does not apply to it', async () => {
  const tokens = new Map<Role, string>();
  const consoleUrl = await startTerminal((store) => addPeople(store, tokens));
  const page = await windowOf(await openChromium(), consoleUrl, tokens.get('administrator'));
  await page.setViewportSize({ width: 390, height: 844 });
  await page.goto(`${consoleUrl}/state`);
  const empty = page.locator('.list td:empty');
  expect(await empty.count()).toBeGreaterThan(0);
  expect(await empty.filter({ visible: true }).count()).toBe(0);
}, 120_000);
