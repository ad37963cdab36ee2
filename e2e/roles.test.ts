// @module-tag process
// @module-tag service
import { buildConsoles } from '@ticket-check/console/build';
import { expect, test } from 'vitest';
import { createClaimStore } from '../apps/third-party-platform/src/claims/claim-store.ts';
import { claimFor } from '../apps/third-party-platform/src/claims/testing/claims.ts';
import { openChromium } from '../apps/third-party-platform/src/testing/chromium.ts';
import { addOperatorTo, beginSession } from '../apps/third-party-platform/src/testing/console-browser.ts';
import { ROLES, type Role } from '../packages/operators/src/index.ts';
import { sessionCookies } from './testing/session-cookies.ts';
import { elsewhere, startNational, startTerminal, startThirdParty } from './testing/stocked-consoles.ts';

type Window = Awaited<ReturnType<typeof openChromium>>;
type Menu = { readonly Menu: readonly { Path: string; Label: string }[] };
type Page = Awaited<ReturnType<Window['newPage']>>;

/** Who is offered something, by its words. */
type Offered = Readonly<Record<string, readonly Role[]>>;
type Console = {
  readonly name: string;
  readonly start: (tokens: Map<Role, string>) => Promise<string>;
  /** The entries of the menu. */
  readonly menu: Offered;
  /** What changes something: the words of a button or a link, by the entry of the menu that leads to it. */
  readonly changes: Readonly<Record<string, Offered>>;
};

const EVERYONE = ROLES;
const ADMINISTRATOR: readonly Role[] = ['administrator'];
const MANAGERS: readonly Role[] = ['administrator', 'supervisor'];
const STAFF: readonly Role[] = ['administrator', 'supervisor', 'usher'];
const AUDITORS: readonly Role[] = ['administrator', 'auditor'];
const BUT_USHERS: readonly Role[] = ['administrator', 'supervisor', 'auditor'];

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
  },
];

/** Adds somebody of each role, with a session. */
async function addPeople(store: Parameters<typeof beginSession>[0], tokens: Map<Role, string>): Promise<void> {
  for (const role of ROLES) {
    await addOperatorTo(store, role, role);
    tokens.set(role, await beginSession(store, role));
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

test.each(CONSOLES)(
  'at $name each role is offered its pages and changes and no others',
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
  },
  600_000,
);
