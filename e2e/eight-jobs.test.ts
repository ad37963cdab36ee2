// @module-tag process
// @module-tag service
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { buildConsoles } from '@ticket-check/console/build';
import { addDays, businessDate, wallClockAt } from '@ticket-check/protocol';
import { seededRandom } from '@ticket-check/simulators/box-office';
import * as network from '@ticket-check/simulators/dev-network';
import { readSymbols } from '@ticket-check/simulators/symbols';
import { openChromium } from '@ticket-check/third-party-platform/testing/chromium';
import { OWN } from '@ticket-check/third-party-platform/testing/console-browser';
import { readSheet } from 'read-excel-file/node';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Page, SIZES } from './testing/looking.ts';
import { testSite } from './testing/test-site.ts';
import { sellTicket } from './testing/tickets.ts';

// Each test is somebody's work, from what brings them to the console to what they came for. Whether each screen can be read and
// each dialog used by everybody is every-screen.test.ts's.

/** The most clicks and filled-in fields that each job takes. */
const MOST = {
  'anybody: log in for the first time': [2, 4],
  'door: a good ticket, a used one, an unknown one': [0, 3],
  'supervisor: find who was refused, see why, let them in': [3, 2],
  'supervisor: settle a double': [3, 1],
  'usher, phone: what is it with this ticket': [3, 1],
  'finance: a month, each session, as XLSX': [5, 1],
  'finance: reconcile a day, open one of its records': [6, 0],
  'auditor: who changed what': [3, 0],
  'auditor: verify a proof in the browser': [3, 1],
  'administrator: an operator of one cinema': [5, 3],
  'administrator: the next key of e-tickets': [3, 1],
  'IT: a terminal, from its QR code to the first guest': [4, 2],
  'regulator: where too little arrived, as a file': [2, 0],
  'regulator: sold beside entered, as a file': [4, 0],
} as const satisfies Record<string, readonly [clicks: number, fields: number]>;

const took: string[] = [];
const site = await testSite({ 'terminal-agent': { UNKNOWN_TICKET_POLICY: 'refuse' } });
const newTerminal = await testSite();
let demo: network.Demo;
let passwords: Awaited<ReturnType<typeof network.openDemoOperators>>['passwords'];
const yesterday = addDays(businessDate(wallClockAt(Date.now())), -1);

beforeAll(async () => {
  await buildConsoles();
  site.env['third-party-platform'].PUBLIC_URL = site.urlOf('third-party-platform');
  await site.startAll();
  const directory = join(site.directory, 'demo');
  demo = await network.openDemo(site, directory, seededRandom('jobs'));
  await network.playBusyDays(site, demo, directory);
  ({ passwords } = await network.openDemoOperators(site, directory));
});
afterAll(() => {
  process.stdout.write(`\nclicks  fields  seconds  job\n${took.join('\n')}\n`);
});

type Place = ReturnType<Page['locator']>;

/** Somebody at a page, whose clicks and filled-in fields are counted. */
function somebodyAt(page: Page) {
  page.setDefaultTimeout(90_000);
  let [clicks, fields] = [0, 0];
  const all = page.locator('body');
  const person = {
    page,
    async click(target: Place): Promise<void> {
      clicks += 1;
      await target.first().click();
    },
    press: (name: string | RegExp, within = all) => person.click(within.getByRole('button', { name })),
    follow: (name: string | RegExp, within = all) => person.click(within.getByRole('link', { name })),
    check: (name: string | RegExp) => person.click(page.getByRole('radio', { name })),
    async fill(label: string, text: string): Promise<void> {
      fields += 1;
      await page.getByLabel(label, { exact: true }).last().fill(text);
    },
    async choose(field: string, choice: string): Promise<void> {
      const item = page.locator('.ant-form-item', { has: page.getByText(field, { exact: true }) });
      const choices = page.locator('.ant-select-dropdown:not(.ant-select-dropdown-hidden)');
      await person.click(item.locator('.ant-select'));
      await person.click(choices.getByTitle(choice, { exact: true }));
    },
    /** What a scanner or a keyboard types, with Enter. */
    async type(text: string): Promise<void> {
      fields += 1;
      // Key after key, however busy the machine is: what comes late is another scan.
      await Promise.all([...text, 'Enter'].map((key) => page.keyboard.press(key)));
    },
    sees: (text: string | RegExp) => page.getByText(text).first().waitFor(),
    row: (text: string) => page.getByRole('row').filter({ hasText: text }),
    async takes(act: () => Promise<void>): Promise<{ name: string; path: string }> {
      const coming = page.waitForEvent('download');
      await act();
      const file = await coming;
      return { name: file.suggestedFilename(), path: await file.path() };
    },
    async does(job: keyof typeof MOST, work: () => Promise<unknown>): Promise<void> {
      const [before, began] = [[clicks, fields] as const, performance.now()];
      await work();
      const made = [clicks - before[0], fields - before[1]] as const;
      const seconds = ((performance.now() - began) / 1000).toFixed(1);
      took.push([`${made[0]}`.padStart(6), `${made[1]}`.padStart(6), seconds.padStart(7), job].join('  '));
      expect(made[0], job).toBeLessThanOrEqual(MOST[job][0]);
      expect(made[1], job).toBeLessThanOrEqual(MOST[job][1]);
    },
  };
  return person;
}

/** Somebody whose one-time password was handed to them. */
async function comes(role: network.Role, username: string, size: keyof typeof SIZES = 'desktop') {
  const page = await (await openChromium()).newPage();
  await page.setViewportSize(SIZES[size]);
  const person = somebodyAt(page);
  await page.goto(site.consoleUrlOf(role));
  await person.does('anybody: log in for the first time', async () => {
    await person.fill('用户名', username);
    await person.fill('密码', passwords[role][username] ?? '');
    await person.press('登录');
    await person.fill('新密码', OWN);
    await person.fill('再次输入新密码', OWN);
    await person.press('保存新密码');
    await page.locator('#content h1').waitFor();
  });
  return person;
}

async function sell() {
  const ticket = sellTicket(demo.boxOffice);
  await demo.tell();
  return ticket;
}

async function kiosk(url: string, state: string, window?: ReturnType<Page['context']>) {
  const page = await (window ?? (await openChromium())).newPage();
  await page.setViewportSize(SIZES.desktop);
  const guest = somebodyAt(page);
  await page.goto(`${url}/kiosk`);
  await page.locator(state).waitFor();
  return { ...guest, shows: (look: string) => page.locator(`body[data-look=${look}]`).waitFor() };
}

test('door staff see one answer to each ticket, without a touch', async () => {
  const [good, unknown] = [await sell(), sellTicket(demo.boxOffice)];
  const door = await kiosk(site.urlOf('terminal-agent'), 'body[data-state=waiting]');
  await door.does('door: a good ticket, a used one, an unknown one', async () => {
    await door.type(good.ticketInfoCode);
    await door.shows('yes');
    await door.type(good.ticketInfoCode);
    await door.shows('no');
    await door.type(unknown.ticketInfoCode);
    await door.shows('staff');
  });
});

test('a supervisor lets in whom the door refused, and settles a double', async () => {
  const ticket = await sell();
  const scan = await network.connectScanner(site);
  expect(await scan(ticket.ticketInfoCode)).toMatchObject({ Verdict: 'ADMIT' });
  expect(await scan(ticket.ticketInfoCode)).toMatchObject({ Verdict: 'ALREADY_ENTERED' });
  const susi = await comes('terminal-agent', 'supervisor');
  await susi.does('supervisor: find who was refused, see why, let them in', async () => {
    await susi.follow('最近拒绝');
    await susi.row(ticket.filmTicketCode).getByText('此票已入场').first().waitFor();
    await susi.press(`人工放行 ${ticket.filmTicketCode}`);
    await susi.fill('原因', '与朋友换了票');
    await susi.fill('您的登录密码', OWN);
    await susi.press('放行这位观众');
    await susi.sees('已放行：检票记录已保存');
  });
  // The platform has found by now that the ticket came in twice.
  const anna = await comes('third-party-platform', 'supervisor');
  await anna.does('supervisor: settle a double', async () => {
    await anna.follow(/^待核实/);
    await anna.press('记录结果', anna.row(ticket.filmTicketCode));
    await anna.fill('处理结果', '一家人用了同一张票');
    await anna.press('记录结果', anna.page.getByRole('dialog'));
    await anna.row(ticket.filmTicketCode).waitFor({ state: 'detached' });
  });
});

test('an usher looks on a phone at what is known of a ticket', async () => {
  const ticket = await sell();
  const uwe = await comes('terminal-agent', 'usher', 'phone');
  await uwe.does('usher, phone: what is it with this ticket', async () => {
    await uwe.press('菜单');
    await uwe.follow('查票');
    await uwe.fill('二维码、电影票编码或记录编号', ticket.ticketInfoCode);
    await uwe.press('查询');
    await uwe.sees('现在扫码会得到');
  });
  expect(await uwe.page.evaluate('document.documentElement.scrollWidth')).toBe(SIZES.phone.width);
});

test('finance takes a month with each session and its money, reconciles a day and follows a record', async () => {
  const fin = await comes('third-party-platform', 'auditor');
  await fin.does('finance: a month, each session, as XLSX', async () => {
    await fin.follow('检票日报');
    const isThisMonth = businessDate(wallClockAt(Date.now())).startsWith(yesterday.slice(0, 7));
    await fin.press(isThisMonth ? '本月' : '上月');
    await fin.fill('影院', demo.boxOffice.cinema.cinemaCode);
    await fin.page.keyboard.press('Enter');
    await fin.choose('按', '场次');
    await fin.sees('票价合计');
    const { name, path } = await fin.takes(() => fin.press('导出 XLSX'));
    expect(name).toMatch(/^report-.*\.xlsx$/);
    const [heads = [], ...rows] = await readSheet(await readFile(path));
    const kind = heads.indexOf('类别');
    const sessions = rows.filter((row) => row[kind] === '明细' && row[heads.indexOf('营业日')] !== null);
    expect(sessions.length).toBeGreaterThanOrEqual(18);
    const [price, total] = [heads.indexOf('票价合计'), rows.at(-1)];
    expect(sessions.reduce((sum, row) => sum + Number(row[price]), 0)).toBeCloseTo(Number(total?.[price]));
    expect(await readSheet(await readFile(path), '说明')).toContainEqual(expect.arrayContaining(['票价合计']));
  });
  await fin.does('finance: reconcile a day, open one of its records', async () => {
    await fin.follow('对账');
    await fin.press('昨天');
    await fin.press('开始对账');
    await fin.sees('对账完成：两边一致');
    await fin.follow('检票记录');
    await fin.press('昨天');
    await fin.click(fin.page.locator('tbody a'));
    for (const title of ['全程', '影票', '场次', '检票', '报送'])
      await fin.page.getByRole('heading', { name: title, exact: true }).waitFor();
  });
});

test('an auditor sees who changed what, and verifies it without the service', async () => {
  const nora = await comes('terminal-agent', 'auditor');
  await nora.does('auditor: who changed what', async () => {
    await nora.follow('操作记录');
    await nora.choose('操作人', 'root');
    await nora.sees('添加操作员');
  });
  await nora.does('auditor: verify a proof in the browser', async () => {
    const entry = nora.row('添加操作员');
    const proof = await nora.takes(() => nora.press('下载证明', entry.first()));
    const line = await nora.takes(() => nora.follow('下载条目', entry.first()));
    await nora.follow('验证证明');
    const contentOf = async (path: string) => ({ mimeType: '', buffer: await readFile(path) });
    const files = [proof, line].map(async ({ name, path }) => ({ name, ...(await contentOf(path)) }));
    await nora.page.locator('input[type=file]').setInputFiles(await Promise.all(files));
    await nora.fill('或粘贴密钥（单独粘贴，不含其他内容）', await site.command('terminal-agent', ['audit', 'key']));
    await nora.sees('的条目与签名时一致');
  });
});

test('an administrator adds an operator of one cinema, a key of e-tickets and a terminal, which lets the first guest in', async () => {
  const ada = await comes('third-party-platform', 'administrator');
  const dialog = ada.page.getByRole('dialog');
  const send = async () => {
    await ada.fill('您的登录密码', OWN);
    await ada.click(dialog.locator('.ant-modal-footer button').last());
    await dialog.waitFor({ state: 'detached' });
  };
  await ada.does('administrator: an operator of one cinema', async () => {
    await ada.follow('操作员');
    await ada.press('添加操作员');
    await ada.fill('用户名', 'li.wei');
    await ada.check(/^值班经理/);
    await ada.check('仅以下影院');
    await ada.fill('影院名称或编码', demo.boxOffice.cinema.cinemaCode);
    await ada.page.keyboard.press('Tab');
    await send();
    expect((await ada.page.locator('.secret code').textContent())?.length).toBeGreaterThan(10);
  });
  await ada.does('administrator: the next key of e-tickets', async () => {
    await ada.follow('影院与公钥');
    await ada.press('提前更换密钥');
    await send();
    await ada.sees('待启用');
  });

  const ticket = await sell();
  await newTerminal.start('terminal-agent');
  const door = await kiosk(newTerminal.urlOf('terminal-agent'), '#enrolment', ada.page.context());
  await ada.does('IT: a terminal, from its QR code to the first guest', async () => {
    await ada.follow('接入账号');
    await ada.press('用二维码注册终端');
    await ada.fill('账号', 'door-9');
    await ada.click(dialog.locator('.ant-radio-wrapper'));
    await send();
    const symbol = ada.page.getByRole('img', { name: '注册二维码' });
    await symbol.waitFor();
    const [read] = await readSymbols(await symbol.screenshot());
    expect(read?.text).toContain('enrol=');
    await door.page.bringToFront();
    await door.type(read?.text ?? '');
    await door.press(/^确认接入/);
    await door.page.locator('body[data-state=waiting]').waitFor();
    await door.type(ticket.ticketInfoCode);
    await door.shows('yes');
  });
});

test('a regulator sees where too little arrived and what was sold beside what was entered, and takes both as files', async () => {
  const reg = await comes('national-platform', 'administrator');
  await reg.sees('售出未退');
  await reg.does('regulator: where too little arrived, as a file', async () => {
    await reg.follow('全部影院和文件');
    const { path } = await reg.takes(() => reg.press('导出 XLSX'));
    expect((await readSheet(await readFile(path))).length).toBeGreaterThan(1);
  });
  await reg.page.goBack();
  await reg.does('regulator: sold beside entered, as a file', async () => {
    await reg.follow('日报和文件');
    await reg.choose('按', '售票方式');
    await reg.sees('售出票价');
    const { path } = await reg.takes(() => reg.press('导出 XLSX'));
    const [heads = [], ...rows] = await readSheet(await readFile(path));
    const total = rows.at(-1) ?? [];
    expect(Number(total[heads.indexOf('售出未退')])).toBeGreaterThan(Number(total[heads.indexOf('有效入场')]) / 2);
    expect(Number(total[heads.indexOf('售出票价')])).toBeGreaterThan(0);
  });
});
