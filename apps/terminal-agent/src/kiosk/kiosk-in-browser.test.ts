// @module-tag process
// @module-tag service
import { launchBrowser } from '@ticket-check/browser';
import { createOperators, createPasswords } from '@ticket-check/operators/login';
import { addSeconds, epochOf, parseCinemaCode, parseWallClock, type Verdict } from '@ticket-check/protocol';
import { createLogger } from '@ticket-check/runtime';
import { freePort } from '@ticket-check/runtime/testing';
import { OWN } from '@ticket-check/web-kit/testing';
import axe from 'axe-core';
import type { Browser, Page } from 'playwright-core';
import { create as createQr } from 'qrcode';
import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest';
import { ENABLED } from '../devices/device.ts';
import { createNoDriver } from '../gate/drivers/no-driver.ts';
import { SCANNER_FAULTS } from '../scanner/reading/scanner-faults.ts';
import type { Scanner, ScannerEvents } from '../scanner/scanner.ts';
import { makeUkey, OTHER_SCREEN, SCREEN, sellTicket, throughCapsLock } from '../testing/test-cinema.ts';
import { startPlatform } from '../testing/test-platform.ts';
import { makeTerminal } from '../testing/test-terminal.ts';
import { GUEST_WORDS, LOOK_WORDS, type Look } from './screen/guest-words.ts';

const now = parseWallClock('2026-11-24T19:50:00');
const clock = () => epochOf(now);
const film = parseWallClock('2026-11-24T20:00:00');
const ukey = makeUkey(parseWallClock('2024-03-01T00:00:00'));

let browser: Browser;
beforeAll(async () => {
  browser = await launchBrowser();
});
afterAll(() => browser.close());

/** A terminal with two gates: one that staff hold, and one that a relay opens. A scanner of its own reads at the second. */
async function startTerminal() {
  const platform = await startPlatform({ now: clock, kind: 'claiming', keys: [ukey.key] });
  const terminal = await makeTerminal({
    now: clock,
    settings: {
      GATES: `东门=${SCREEN};west=${SCREEN},${OTHER_SCREEN};north=${OTHER_SCREEN}`,
      CONSOLE_PORT: `${await freePort()}`,
      SECOND_FACTOR_ROLES: 'administrator',
      UNKNOWN_TICKET_POLICY: 'refuse',
      UPSTREAM_BUDGET_MS: '300',
    },
  });
  await terminal.setUpstream(platform.bundle);
  let events: ScannerEvents | undefined;
  const scanner: Scanner = {
    name: 'hand-held',
    driver: 'test',
    gate: 'west',
    start(given) {
      events = given;
    },
    stop() {},
    health: () => ENABLED,
  };
  const gate = { isStuck: false };
  const start = () =>
    terminal.start({
      scanners: [scanner],
      driverOf: (name) => ({
        ...createNoDriver(name, createLogger('test', 'silent')),
        ...(name === 'west' && {
          driver: 'lcus',
          async open() {
            if (gate.isStuck) throw new Error('the relay does not answer');
          },
        }),
      }),
    });
  const sell = (startTime = film, isSold = true) => {
    const ticket = sellTicket(ukey, startTime);
    if (isSold) platform.sell(ticket.info);
    return ticket;
  };
  return { platform, terminal, start, agent: await start(), gate, sell, read: (text: string) => events!.data(text) };
}

/** Writes down which notes are played. */
const NOTES = `
  window.notes = [];
  const start = OscillatorNode.prototype.start;
  OscillatorNode.prototype.start = function (...when) {
    window.notes.push(this.frequency.value);
    return start.apply(this, when);
  };`;

const FIRST_NOTE: Readonly<Record<Look, number>> = { yes: 784, no: 165, staff: 660, again: 523 };

async function openKiosk(url: string, gate: string, viewport = { width: 1280, height: 800 }) {
  const context = await browser.newContext({ ignoreHTTPSErrors: true, locale: 'zh-CN', viewport });
  onTestFinished(() => context.close());
  await context.addInitScript(NOTES);
  const page = await context.newPage();
  const complaints: string[] = [];
  page.on('console', (message) => {
    // The browser's own remark that it plays nothing before a touch, which is what the page says too.
    if (!message.text().startsWith('The AudioContext was not allowed to start')) complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(error.message));
  await page.goto(`${url}/kiosk?gate=${encodeURIComponent(gate)}`);
  await page.locator('body[data-state="waiting"]').waitFor();
  return { page, context, complaints };
}

/** Types as a scanner does that is a keyboard: key after key, whoever else keeps the machine busy. */
const type = (page: Page, ...codes: string[]) =>
  Promise.all(codes.flatMap((code) => [...code, 'Enter']).map((key) => page.keyboard.press(key)));

/** What axe finds, with a contrast of 7:1 in place of 4.5:1. */
async function faultsOf(page: Page): Promise<string[]> {
  if (!(await page.evaluate(`'axe' in window`))) await page.evaluate(axe.source);
  const rules = { rules: { 'color-contrast-enhanced': { enabled: true }, 'color-contrast': { enabled: false } } };
  const run = `axe.run(${JSON.stringify(rules)}).then(({ violations }) => violations.map(({ id, nodes }) => id + ': ' + nodes.map(({ html }) => html).join(' | ')))`;
  const faults = (await page.evaluate(run)) as string[];
  const isWide = await page.evaluate('document.documentElement.scrollWidth > innerWidth');
  return isWide ? [...faults, 'wider than the screen'] : faults;
}

it('shows what became of a scan that is typed, with its word, sign and sound, and reads the next over it', async () => {
  const { platform, agent, sell } = await startTerminal();
  const { page, complaints } = await openKiosk(agent.url, '东门');
  // Whatever has the focus, the keys are the scanner's, Enter too.
  await page.locator('#camera-switch').focus();
  const used = sell();
  const refunded = sellTicket(ukey, film);
  platform.sell(refunded.info, { refundStatus: 'Yes' });
  const cases: [code: string, verdict: Verdict, look: Look, reason: string][] = [
    [used.code, 'ADMIT', 'yes', ''],
    [sell().code, 'ADMIT', 'yes', ''],
    [used.code, 'ALREADY_ENTERED', 'no', '这张票已于 19:50 在 东门 入场'],
    [refunded.code, 'REFUNDED', 'no', '这张票已退票'],
    [sell(addSeconds(film, 3 * 3600)).code, 'TOO_EARLY', 'no', '还没到入场时间，22:00 起可入场'],
    [sell(addSeconds(film, -5 * 3600)).code, 'EXPIRED', 'no', '本场入场时间已过'],
    [sell(film, false).code, 'NOT_SOLD', 'staff', '暂时查不到这张票'],
    [sellTicket(ukey, film, parseCinemaCode('99999999')).code, 'WRONG_CINEMA', 'no', '这张票是其他影院的'],
    ['https://pay.example/0123456789', 'UNREADABLE', 'again', SCANNER_FAULTS['web-link'].zh],
    [sell().code.slice(0, 90), 'UNREADABLE', 'again', GUEST_WORDS.UNREADABLE.zh],
    // What is typed with Caps Lock on reads well where the keyboard says so; here it came from elsewhere.
    [throughCapsLock(sell().code), 'UNREADABLE', 'again', GUEST_WORDS.UNREADABLE.zh],
  ];
  const found: string[] = [];
  const elements: number[] = [];
  for (const [code, verdict, look, reason] of cases) {
    await page.evaluate('window.notes.length = 0');
    await type(page, code);
    await page.locator(`body[data-look="${look}"]`).waitFor();
    await expect.poll(() => page.locator('#reason-zh').textContent(), { message: verdict }).toContain(reason);
    expect(await page.locator('#word-zh').textContent(), verdict).toBe(LOOK_WORDS[look].zh);
    expect(await page.locator('#word-en').textContent(), verdict).toBe(LOOK_WORDS[look].en);
    expect(await page.locator('.sign:visible').getAttribute('class')).toBe(`sign sign-${look}`);
    expect(await page.evaluate('window.notes[0]'), verdict).toBe(FIRST_NOTE[look]);
    const isKnown = !['UNREADABLE', 'WRONG_CINEMA'].includes(verdict);
    expect((await page.locator('#facts').textContent())?.includes('11-24'), verdict).toBe(isKnown);
    elements.push((await page.evaluate(`document.querySelectorAll('body *').length`)) as number);
    if (!found.some((one) => one.startsWith(look)))
      found.push(...(await faultsOf(page)).map((one) => `${look}: ${one}`));
  }
  expect(await page.locator('#facts').textContent()).toBe('');
  expect(await page.locator('#group-zh').textContent()).toBe(`连续扫描 ${cases.length} 张，已入场 2 人`);
  expect(await page.locator('#answers li').count()).toBe(6);
  expect(await page.locator('#camera-switch').getAttribute('aria-pressed')).toBe('false');
  // From the sixth answer on nothing more is kept.
  expect(Math.max(...elements.slice(6))).toBeLessThanOrEqual(elements[5]!);
  expect(found).toEqual([]);
  expect(complaints).toEqual([]);
});

it('shows what other scanners read, the line, and a gate that is out of order until staff clear it', async () => {
  const { platform, terminal, start, agent, gate, sell, read } = await startTerminal();
  const { page, context, complaints } = await openKiosk(agent.url, 'west');
  const { page: other } = await openKiosk(agent.url, '东门');
  const ofTerminal = page.locator('#facts-of-terminal');
  await ofTerminal.getByText('扫码枪正常').waitFor();
  expect(await page.locator('#clock').textContent()).toMatch(/^19:50:/);
  expect(await page.locator('#clock-doubt').isVisible()).toBe(false);
  expect(await page.locator('#sound').isVisible()).toBe(true);
  await page.locator('#sound').click();
  await page.locator('#sound').waitFor({ state: 'hidden' });

  await read(sell().code);
  await page.locator('body[data-state="gate-open"][data-look="yes"]').waitFor();
  expect(await page.locator('#facts').textContent()).toContain('8 排 9 座');
  expect(await page.evaluate('window.notes[0]')).toBe(FIRST_NOTE.yes);
  expect(await other.locator('body').getAttribute('data-state')).toBe('waiting');

  // The gate is stuck: the guest is let in by staff, and the next one sees it before anything is scanned.
  gate.isStuck = true;
  await read(sell().code);
  await page.getByText('票有效，但闸机没有打开').waitFor();
  await page.reload();
  await page.locator('body[data-state="out-of-order"][data-look="staff"]').waitFor();
  expect(await page.locator('#word-zh').textContent()).toBe('闸机故障');
  expect(await faultsOf(page)).toEqual([]);
  await type(page, sell().code);
  await page.getByText('票有效，但闸机没有打开').waitFor();

  // Staff log in on the console, clear the gate, look up a ticket, and are logged out by going back.
  const store = await terminal.open();
  const passwordHash = (await createPasswords().hash(OWN))!;
  const operators = createOperators(store, clock);
  await operators.add({ username: 'susi', role: 'supervisor', cinemaCodes: 'all', passwordHash: 'none' });
  await operators.choosePassword('susi', { before: 'none', passwordHash });
  gate.isStuck = false;
  await page.getByText('工作人员', { exact: false }).last().click();
  await page.getByRole('link', { name: '解除闸机停用' }).click();
  await page.getByLabel('用户名').fill('susi');
  await page.getByLabel('密码').fill(OWN);
  await page.getByRole('button', { name: '登录', exact: true }).click();
  await page.getByRole('button', { name: '解除停用 west' }).click();
  await page.getByText('west 已解除停用').waitFor();
  const guest = sell();
  await read(guest.code);
  await page.getByRole('link', { name: '查票' }).click();
  expect(await page.locator('table').count()).toBe(0);
  await page.getByLabel('电影票编码').fill(guest.info.filmTicketCode);
  await page.getByRole('button', { name: '查询' }).click();
  await page.getByRole('row').filter({ hasText: '请入场' }).waitFor();
  await page.getByRole('link', { name: '返回检票页面' }).click();
  await page.locator('body[data-state="waiting"]').waitFor();
  expect(new URL(page.url()).port).toBe(terminal.env.PORT);
  expect((await context.cookies()).map(({ name }) => name)).not.toContain('__Host-session');
  expect(await store.db.selectFrom('operatorSession').selectAll().execute()).toEqual([]);

  // What the sensor of a gate saw.
  const at = '2026-11-24T19:50:00';
  await store.db.insertInto('unadmittedPassage').values({ gate: 'west', since: at, last: at, count: 1 }).execute();
  await store.db.insertInto('unpassedAdmission').values({ recordId: 'missed', gate: 'west', noticedAt: at }).execute();
  await ofTerminal.getByText('有人未经放行通过').waitFor();
  await ofTerminal.getByText('放行后 1 人未通过').waitFor();

  await platform.stop();
  await read(sell(film, false).code);
  await page.locator('body[data-state="gate-open"]').waitFor();
  await ofTerminal.getByText('网络中断 自 11-24 19:50').waitFor();
  await ofTerminal.getByText('待报送 1 条').waitFor();
  await page.reload();
  await page.locator('body[data-state="offline"]').waitFor();
  expect(await page.locator('#reason-zh').textContent()).toBe('网络中断，仍可正常检票');
  expect(await faultsOf(page)).toEqual([]);
  expect(complaints).toEqual([]);

  await agent.close();
  await page.locator('body[data-state="lost"]').waitFor();
  await page.getByText('与检票程序失去联系').waitFor();
  expect(await faultsOf(page)).toEqual([]);
  await type(page, sell().code);
  await page.locator('body[data-state="call-staff"]').getByText('检票没有完成').waitFor();
  // It finds the agent again by itself.
  await start();
  await ofTerminal.getByText('扫码枪正常').waitFor();
});

it('reads what an input method takes, says so where that is lost, and gives friends with one phone an answer each', async () => {
  const { agent, sell, platform } = await startTerminal();
  const { page } = await openKiosk(agent.url, '东门', { width: 390, height: 844 });
  const press = (text: string, change: object) =>
    page.evaluate(
      `for (const character of ${JSON.stringify(text)}) {
        const code = character === '\\n' ? 'Enter' : /[a-z]/i.test(character) ? 'Key' + character.toUpperCase()
          : { '+': 'Equal', '/': 'Slash', '=': 'Equal' }[character] ?? 'Digit' + character;
        dispatchEvent(new KeyboardEvent('keydown', { code, key: 'Process', isComposing: true, cancelable: true,
          shiftKey: /[A-Z+]/.test(character), ...${JSON.stringify(change)} }));
      }`,
    );
  await press(`${sell().code}\n`, {});
  await page.locator('body[data-state="admitted"]').waitFor();
  await press(`${sell().code}`, { code: '' });
  await press('\n', {});
  await page.getByText('输入法已打开').waitFor();
  expect(await faultsOf(page)).toEqual([]);

  const friends = [sell(), sell(), sell()];
  await type(page, ...friends.map(({ code }) => code));
  await expect.poll(() => page.locator('#group-en').textContent()).toBe('4 of 5 admitted');
  expect(platform.records.length).toBeLessThanOrEqual(4);
  const marks = await page.locator('#answers li').allTextContents();
  expect(marks.map((mark) => mark[0]).join('')).toBe('✓?✓✓✓');
  // What nobody could scan is bounded, and the next code works.
  await press('7'.repeat(100_000), {});
  await press('\n', {});
  await page.locator('body[data-look="again"]').waitFor();
  await type(page, sell().code);
  await page.locator('body[data-state="admitted"]').waitFor();
});

it('reads a ticket before the camera once, with what the agent serves, and nothing else may be loaded', async () => {
  const { agent, sell } = await startTerminal();
  const { page, context, complaints } = await openKiosk(agent.url, '东门');
  const asked: string[] = [];
  page.on('request', (request) => asked.push(request.url()));
  const { modules } = createQr(sell().code, { errorCorrectionLevel: 'M' });
  // A camera that sees the code, in place of one that a test machine does not have.
  await page.evaluate(`(() => {
    const dark = ${JSON.stringify([...modules.data])};
    const picture = Object.assign(document.createElement('canvas'), { width: 640, height: 480 });
    const context = picture.getContext('2d');
    setInterval(() => {
      context.fillStyle = 'white';
      context.fillRect(0, 0, 640, 480);
      context.fillStyle = 'black';
      dark.forEach((isDark, index) => {
        const [x, y] = [index % ${modules.size}, Math.floor(index / ${modules.size})];
        if (isDark) context.fillRect(150 + x * 4, 60 + y * 4, 4, 4);
      });
    }, 50);
    navigator.mediaDevices.getUserMedia = async () => picture.captureStream(20);
  })()`);
  expect(asked).toEqual([]);
  await page.getByRole('button', { name: '摄像头扫码' }).click();
  await page.locator('body[data-state="admitted"]').waitFor();
  expect(await faultsOf(page)).toEqual([]);
  expect(asked.filter((url) => url.endsWith('.wasm')).length).toBe(1);
  expect(asked.every((url) => url.startsWith(agent.url))).toBe(true);
  expect(await page.locator('#answers li').count()).toBe(1);
  await page.getByRole('button', { name: '摄像头扫码' }).click();
  await page.locator('#camera').waitFor({ state: 'hidden' });
  expect(complaints).toEqual([]);
  await expect(page.evaluate(`import('https://example.invalid/x.js')`)).rejects.toThrow();
  expect(complaints.join()).toContain('Content Security Policy');
  expect((await context.cookies()).map(({ name }) => name)).toEqual(['__Host-kiosk-gate']);
});
