// Takes the pictures of README and handbooks, in both languages, of a demo network that it starts for them and removes afterwards.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildConsoles } from '@ticket-check/console/build';
import { APIS, addDays, businessDate, claimTicketQueryJson, parseRecordId, wallClockAt } from '@ticket-check/protocol';
import { connectByBundle, refund, seededRandom, sell } from '@ticket-check/simulators/box-office';
import { launchBrowser } from '@ticket-check/simulators/browser';
import * as network from '@ticket-check/simulators/dev-network';
import { freeAddresses } from './testing/site.ts';

const LANGUAGES = ['zh', 'en'] as const;
type Language = (typeof LANGUAGES)[number];

/** A picture of a console: which page, what is done there first, how much of it is shown, and the window's width, 1440 by default. */
type Picture = {
  path: string;
  prepare?: (language: Language) => Promise<void>;
  height: number;
  width?: 390 | 1920;
  isDark?: boolean;
};

const PASSWORD = 'pictures-of-a-quiet-cinema';

const PICTURES: Readonly<Record<network.Role, Readonly<Record<string, Picture>>>> = {
  'national-platform': {
    intake: { path: '/intake', height: 500 },
    'national-today': { path: '/today', height: 1175 },
    'national-report': { path: `/report?by=session-total&businessDate=${yesterday()}`, height: 1180, width: 1920 },
  },
  'third-party-platform': {
    today: { path: '/today', height: 1080 },
    'today-on-a-phone': { path: '/today', height: 1500, width: 390, isDark: true },
    terminals: { path: '/fleet', height: 800, width: 1920, isDark: true },
    claims: { path: '/claims', height: 600 },
    worklist: { path: '/worklist', height: 640 },
    reconciliation: { path: '/reconciliation', prepare: reconcile, height: 640 },
    records: { path: '/records', height: 1000, width: 1920 },
    record: { path: '/records', prepare: () => follow('/records/'), height: 640 },
    'second-factor': { path: '/account', prepare: setUpApp, height: 1000 },
    operator: { path: '/operators', prepare: addOperator, height: 420 },
    enrolment: { path: '/accounts', prepare: enrolTerminal, height: 720 },
    keys: { path: '/cinemas', height: 560 },
    audit: { path: '/audit', height: 640, isDark: true },
    report: { path: `/report?by=type&businessDate=${yesterday()}`, height: 700 },
  },
  'terminal-agent': {
    terminal: { path: '/state', height: 480 },
    override: { path: '/refusals', prepare: () => press(/^(人工放行|Let in) /), height: 820 },
  },
};

await buildConsoles();
const directory = await mkdtemp(join(tmpdir(), 'pictures-'));
const site = network.localSite({
  addresses: await freeAddresses(),
  directory,
  // An unknown ticket then calls staff.
  env: { 'terminal-agent': { UNKNOWN_TICKET_POLICY: 'refuse' } },
});
const browser = await launchBrowser();
const page = await browser.newPage({ ignoreHTTPSErrors: true, locale: 'zh-CN', reducedMotion: 'reduce' });
page.setDefaultTimeout(90_000);
const canvas = await browser.newPage();
try {
  for (const role of network.ROLES) await site.start(role);
  // The same cinema and films each time, so that pictures differ from the last ones only by their day.
  const demo = await network.openDemo(site, directory, seededRandom('pictures'));
  await network.walk(site, demo, () => {});
  await network.playBusyDays(site, demo, directory);
  await takeGuestPages(demo);
  await claim(demo);
  await takeConsoles();
} finally {
  await browser.close();
  await site.stopAll();
  await rm(directory, { recursive: true, force: true });
}

/** What guests see: their e-tickets, and the screen at the gate. Both speak both languages at once. */
async function takeGuestPages(demo: network.Demo): Promise<void> {
  const tickets = { sold: sellOne(demo), entered: sellOne(demo), refunded: sellOne(demo) };
  const [good, used] = [sellOne(demo).ticketInfoCode, sellOne(demo).ticketInfoCode];
  await demo.tell();
  const scan = await network.connectScanner(site);
  const [phone, gate]: [Buffer[], Buffer[]] = [[], []];
  await page.setViewportSize({ width: 390, height: 844 });
  for (const [state, ticket] of Object.entries(tickets)) {
    const { url, readCode } = await demo.makeETicket(ticket);
    if (state === 'entered') await scan(await readCode());
    if (state === 'refunded') refund(demo.boxOffice, ticket.filmTicketCode, wallClockAt(Date.now()));
    await demo.tell();
    await page.goto(url);
    await page.locator(`#e-ticket.${state}`).waitFor();
    phone.push(await page.screenshot({ animations: 'disabled' }));
  }
  await scan(used);
  const unknown = sellOne(demo).ticketInfoCode;
  await page.setViewportSize({ width: 1280, height: 800 });
  await page.goto(`${site.urlOf('terminal-agent')}/kiosk`);
  await page.locator('body[data-state=waiting]').waitFor();
  const texts = { yes: good, no: used, staff: unknown, again: '6901234567892' };
  for (const [look, text] of Object.entries(texts)) {
    await page.keyboard.type(`${text}\n`);
    await page.locator(`body[data-look=${look}]`).waitFor();
    gate.push(await page.screenshot({ animations: 'disabled' }));
  }
  for (const language of LANGUAGES) {
    await save('e-ticket', language, phone, 300);
    await save('kiosk', language, gate.slice(0, 2), 480);
    await save('answers', language, gate, 320);
  }
}

async function takeConsoles(): Promise<void> {
  const { passwords } = await network.openDemoOperators(site, directory);
  await page.setViewportSize({ width: 1440, height: 900 });
  for (const role of network.ROLES) {
    const origin = site.consoleUrlOf(role);
    await page.goto(`${origin}/login`);
    await send({ username: 'administrator', password: passwords[role].administrator ?? '' });
    await send({ chosen: PASSWORD, repeated: PASSWORD });
    for (const language of LANGUAGES) {
      await page.goto(`${origin}/language?to=${language}&return=%2Faccount`);
      for (const [name, picture] of Object.entries(PICTURES[role])) {
        const { width = 1440, isDark = false, height } = picture;
        await page.setViewportSize({ width, height: 900 });
        await page.emulateMedia({ colorScheme: isDark ? 'dark' : 'light' });
        await page.goto(origin + picture.path);
        await picture.prepare?.(language);
        await settled();
        const clip = { x: 0, y: 0, width, height };
        const shot = await page.screenshot({ clip, fullPage: true, animations: 'disabled' });
        await save(name, language, [shot], Math.min(width, 1080));
      }
    }
  }
}

function yesterday(): string {
  return addDays(businessDate(wallClockAt(Date.now())), -1);
}

async function follow(path: string): Promise<void> {
  const href = await page.locator(`main a[href^="${path}"]`).first().getAttribute('href');
  await page.goto(new URL(href ?? path, page.url()).href);
}

async function reconcile(): Promise<void> {
  await page.locator('#content button.ant-btn-primary:not([type=submit])').click();
  await page.locator('#content [role=status] :is(.good, .warn)').waitFor();
}

function addOperator(language: Language): Promise<void> {
  const name = language === 'zh' ? 'zhang-wei' : 'wang-fang';
  return fillIn({ '[type=radio][value=supervisor]': true, '[type=radio][value=all]': true, '#Username': name });
}

function enrolTerminal(language: Language): Promise<void> {
  return fillIn({ '#Username': `door-${language}`, '.ant-radio-wrapper >> nth=0': true });
}

/** Opens the first dialog of a screen, fills it in, and sends it with the password. */
async function fillIn(fields: Readonly<Record<string, string | true>>): Promise<void> {
  const dialog = page.locator('.ant-modal');
  await page.locator('#content button.ant-btn-primary').first().click();
  const all: typeof fields = { ...fields, 'input[type=password]': PASSWORD };
  for (const [field, value] of Object.entries(all))
    await (value === true ? dialog.locator(field).click() : dialog.locator(field).fill(value));
  await page.locator('.ant-modal-footer button').last().click();
  await dialog.waitFor({ state: 'hidden' });
}

function press(name: string | RegExp): Promise<void> {
  return page.getByRole('button', { name }).first().click();
}

async function setUpApp(language: Language): Promise<void> {
  await press(language === 'zh' ? '设置手机验证器' : 'Set up an authenticator app');
  await page.locator('.ant-modal svg[role=img]').waitFor();
}

async function claim(demo: network.Demo): Promise<void> {
  const [ticket, checkTime] = [sellOne(demo), wallClockAt(Date.now())];
  await demo.tell();
  const recordId = parseRecordId('019a0000-0000-7000-9a00-000000000000');
  const query = claimTicketQueryJson({ ...ticket, recordId, checkTime, gate: 'gate-1' });
  const platform = connectByBundle(await demo.addAccount('third-party-platform', 'door-4'), Date.now);
  const { kind } = await platform.call(APIS.claimTicket, query, { read: String, timeoutMs: 30_000, idempotent: true });
  if (kind !== 'delivered') throw new Error(`ClaimTicket was ${kind}`);
  await platform.close();
}

/** Sells a ticket for the last session of the busy days, which begins in half an hour. */
function sellOne({ boxOffice }: network.Demo) {
  const sessionCode = boxOffice.sessions.at(-1)?.sessionCode ?? '';
  return sell(boxOffice, { now: wallClockAt(Date.now()), sessionCode, ticketType: '网络售票' });
}

async function send(fields: Readonly<Record<string, string>>): Promise<void> {
  const [first] = Object.keys(fields);
  for (const [name, text] of Object.entries(fields)) await page.locator(`main [name=${name}]`).fill(text);
  const form = page.locator('main form', { has: page.locator(`[name=${first}]`) });
  await Promise.all([page.waitForEvent('load'), form.locator('button').first().click()]);
}

async function settled(): Promise<void> {
  await page.locator('main h1, main form').first().waitFor();
  const waiting = page.locator('.waiting, .ant-skeleton, .ant-spin-spinning');
  while ((await waiting.count()) > 0) await waiting.first().waitFor({ state: 'detached' });
}

/** Writes shots beside each other as one WebP, each drawn so wide, in the best quality that a clone has room for. */
async function save(name: string, language: Language, shots: readonly Buffer[], width: number): Promise<void> {
  const path = join(import.meta.dirname, '../docs', language === 'zh' ? 'zh' : '', `pictures/${name}.webp`);
  const images = shots.map((shot) => `<img width="${width}" src="data:image/png;base64,${shot.toString('base64')}">`);
  await canvas.setContent(`<div style="display:inline-flex;gap:12px;align-items:start">${images.join('')}`);
  const options = { path, type: 'webp', omitBackground: true } as const;
  for (let quality = 85; quality > 30; quality -= 10) {
    if ((await canvas.locator('div').screenshot({ ...options, quality })).length < 60_000) break;
  }
}
