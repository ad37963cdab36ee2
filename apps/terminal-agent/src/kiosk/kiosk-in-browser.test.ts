// @module-tag service
import { CONTRAST_OF_ALL_TEXT, OWN } from '@ticket-check/admin/testing';
import { buildConsoles } from '@ticket-check/console/build';
import { createOperators, createPasswords } from '@ticket-check/operators';
import { epochOf } from '@ticket-check/protocol';
import { freePort } from '@ticket-check/runtime/testing';
import { launchBrowser } from '@ticket-check/simulators/browser';
import { withTables } from '@ticket-check/storage';
import axe from 'axe-core';
import type { Browser, Page } from 'playwright-core';
import { create as createQr } from 'qrcode';
import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest';
import { createBadges, makeBadgeCode } from '../badges/badges.ts';
import { raiseAlarm } from '../gate/gate-alarms.ts';
import { film, makeCinema, now, ukey } from '../testing/evening.ts';
import { addOperator } from '../testing/log-in.ts';
import { playScanner } from '../testing/played-scanner.ts';
import { OTHER_SCREEN, SCREEN, sellTicket } from '../testing/test-cinema.ts';
import { gatesWith } from '../testing/test-gates.ts';
import type { Look } from './screen/guest-words.ts';

let browser: Browser;
beforeAll(async () => {
  await buildConsoles();
  browser = await launchBrowser();
});
afterAll(() => browser.close());

/** A terminal with two gates: one that staff hold, and one that a relay opens. A scanner of its own reads at the second. */
async function startTerminal(settings: Readonly<Record<string, string>> = {}) {
  const time = { now: epochOf(now) };
  const { platform, terminal } = await makeCinema({
    now: () => time.now,
    kind: 'e-tickets',
    settings: {
      GATES: `东门=${SCREEN};west=${SCREEN},${OTHER_SCREEN};north=${OTHER_SCREEN}`,
      CONSOLE_PORT: `${await freePort()}`,
      SECOND_FACTOR_ROLES: 'administrator',
      UNKNOWN_TICKET_POLICY: 'refuse',
      UPSTREAM_BUDGET_MS: '1000',
      ...settings,
    },
  });
  const scanner = playScanner('west');
  const gate = { isStuck: false };
  const driverOf = gatesWith({
    west: {
      driver: 'lcus',
      async open() {
        if (gate.isStuck) throw new Error('the relay does not answer');
      },
    },
  });
  const start = () => terminal.start({ scanners: [scanner.scanner], driverOf });
  const sell = (startTime = film, isSold = true) => {
    const ticket = sellTicket(ukey, startTime);
    if (isSold) platform.sell(ticket.info);
    return ticket;
  };
  const agent = await start();
  // A scan that comes before may only be told to come again.
  await terminal.keysStored();
  return { platform, terminal, time, start, agent, gate, scanner, sell };
}

/** Writes down which notes are played. */
const NOTES = `
  window.notes = [];
  const start = OscillatorNode.prototype.start;
  OscillatorNode.prototype.start = function (...when) {
    window.notes.push(this.frequency.value);
    window.note?.();
    return start.apply(this, when);
  };`;

/** Has the page write down all that it shows: on a busy machine it is at rest again before a test looks. */
const RECORDS = `
  window.shown = [];
  window.note = () => {
    const texts = (...ids) => ids.map((id) => document.getElementById(id).textContent);
    const signs = [...document.querySelectorAll('.sign')].filter((sign) => sign.checkVisibility());
    const shown = JSON.stringify({
      look: document.body.dataset.look,
      signs: signs.map((sign) => sign.getAttribute('class')),
      word: texts('word-zh', 'word-en'),
      reason: texts('reason-zh', 'reason-en'),
      isSessionShown: texts('facts')[0].includes('11-24'),
      note: window.notes[0],
    });
    if (shown !== window.shown.at(-1)) window.shown.push(shown);
  };
  new MutationObserver(window.note).observe(document.body, { subtree: true, childList: true, characterData: true, attributes: true });`;

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

/** Types like a keyboard-wedge scanner: key after key, however busy the machine is. */
const type = (page: Page, ...codes: string[]) =>
  Promise.all(
    codes.flatMap((code) => [...code, 'Enter']).map((key) => page.keyboard.press(key === '\t' ? 'Tab' : key)),
  );

/** The same keys, told to the page at once; `change` is what the system makes of them. */
const press = (page: Page, text: string, change: object = {}) =>
  page.evaluate(
    `for (const character of ${JSON.stringify(text)}) {
      const code = character === '\\n' ? 'Enter' : /[a-z]/i.test(character) ? 'Key' + character.toUpperCase()
        : /\\d/.test(character) ? 'Digit' + character : { '+': 'Equal', '/': 'Slash', '=': 'Equal' }[character] ?? '';
      dispatchEvent(new KeyboardEvent('keydown', { code, key: character === '\\n' ? 'Enter' : character, cancelable: true,
        shiftKey: /[A-Z+]/.test(character), ...${JSON.stringify(change)} }));
    }`,
  );

/** An input method has the keys. */
const TAKEN = { key: 'Process', isComposing: true };

/** What axe finds, on a system with light colours and on one with dark ones. */
async function faultsOf(page: Page): Promise<string[]> {
  if (!(await page.evaluate(`'axe' in window`))) await page.evaluate(axe.source);
  const run = (options: object) =>
    page.evaluate<string[]>(
      `axe.run(${JSON.stringify({ ...options, checks: CONTRAST_OF_ALL_TEXT })}).then(({ violations }) => violations.map(({ id, nodes }) => id + ': ' + nodes.map(({ html }) => html).join(' | ')))`,
    );
  const faults = await run({});
  await page.emulateMedia({ colorScheme: 'dark' });
  const inDark = await run({ runOnly: ['color-contrast'] });
  await page.emulateMedia({ colorScheme: null });
  const isWide = await page.evaluate('document.documentElement.scrollWidth > innerWidth');
  return [...faults, ...inDark.map((fault) => `dark: ${fault}`), ...(isWide ? ['wider than the screen'] : [])];
}

/** What each look says in its largest letters. */
const WORDS: Readonly<Record<Look, readonly [zh: string, en: string]>> = {
  yes: ['请入场', 'Please enter'],
  no: ['不能入场', 'No entry'],
  staff: ['请找工作人员', 'Please call staff'],
  again: ['请再扫一次', 'Please scan again'],
};

it('shows each kind of answer to a typed scan with its sign, word, reason and sound, and reads the next over it', async () => {
  const { platform, agent, sell, time } = await startTerminal({ OFFLINE_POLICY: 'refuse' });
  const { page, complaints } = await openKiosk(agent.url, '东门');
  await page.evaluate(RECORDS);
  // Whatever has the focus, the keys are the scanner's, Enter too.
  await page.locator('#camera-switch').focus();
  let isTyped = false;

  async function show(code: string, look: Look, [zh, en]: readonly [zh: string, en: string]): Promise<void> {
    await page.evaluate('window.notes.length = window.shown.length = 0');
    // The first as a keyboard types it, which also lets the page be heard.
    if (isTyped) await press(page, `${code}\n`);
    else await type(page, code);
    isTyped = true;
    const told = {
      ...{ look, signs: [`sign sign-${look}`], word: WORDS[look], reason: [zh, en], note: FIRST_NOTE[look] },
      isSessionShown: true,
    };
    const shown = async () => (await page.evaluate<string[]>('window.shown')).map((text) => JSON.parse(text));
    await expect.poll(shown, { message: en }).toContainEqual(told);
    expect(await faultsOf(page)).toEqual([]);
  }

  const used = sell();
  await show(used.code, 'yes', ['', '']);
  await show(used.code, 'no', ['这张票已于 19:50 在 东门 入场', 'This ticket was used at 19:50, gate 东门']);
  await show(sell(film, false).code, 'staff', ['暂时查不到这张票', 'We cannot find this ticket yet']);
  const electronic = sell();
  platform.eTickets.create({ ...electronic.info, ticketInfoCode: electronic.code });
  await show(electronic.code, 'again', [
    '这张票有电子影票，请打开电子影票扫码',
    'This ticket has an e-ticket. Open it and scan its code',
  ]);

  await platform.stop();
  // Set back behind the last admission.
  time.now -= 600_000;
  await show(sell().code, 'staff', ['这台设备暂时无法检票', 'This gate cannot check tickets right now']);
  await page.locator('#clock-doubt').waitFor();
  time.now += 600_000;
  await page.locator('#clock-doubt').waitFor({ state: 'hidden' });
  expect(await page.locator('#camera-switch').getAttribute('aria-pressed')).toBe('false');
  expect(complaints).toEqual([]);
});

it('shows what other scanners read, the line, and a gate that is out of order until staff clear it', async () => {
  const { platform, terminal, start, agent, gate, scanner, sell } = await startTerminal();
  const { page, context, complaints } = await openKiosk(agent.url, 'west');
  const { page: other } = await openKiosk(agent.url, '东门');
  const ofTerminal = page.locator('#facts-of-terminal');
  await ofTerminal.getByText('扫码枪正常').waitFor();
  expect(await page.locator('#clock').textContent()).toMatch(/^19:50:/);
  expect(await page.locator('#clock-doubt').isVisible()).toBe(false);
  await page.locator('#sound').waitFor();
  await page.locator('#sound').click();
  await page.locator('#sound').waitFor({ state: 'hidden' });

  await page.evaluate(`
    window.states = [];
    new MutationObserver(() => window.states.push(document.body.dataset.state)).observe(document.body, { attributes: true });`);
  const twice = sell().code;
  scanner.send(twice.slice(0, 64));
  await Promise.all([scanner.read(twice.slice(64)), scanner.read(twice)]);
  await page.locator('body[data-state="gate-open"][data-look="yes"]').waitFor();
  expect(await page.evaluate('window.states')).toEqual(expect.arrayContaining(['reading', 'checking', 'gate-open']));
  expect(await page.locator('#facts').textContent()).toContain('8 排 9 座');
  expect(await page.evaluate('window.notes[0]')).toBe(FIRST_NOTE.yes);
  expect(await other.locator('body').getAttribute('data-state')).toBe('waiting');

  scanner.unplug();
  await ofTerminal.locator('[data-bad]').getByText('扫码枪故障：hand-held').waitFor();
  scanner.isIn = true;
  await ofTerminal.getByText('扫码枪正常').waitFor();

  // The gate is stuck: the guest is let in by staff, and the next one sees it before anything is scanned.
  gate.isStuck = true;
  await scanner.read(sell().code);
  await page.getByText('票有效，但闸机没有打开').waitFor();
  // What the scanner read twice is one guest.
  expect(await page.locator('#group-en').textContent()).toBe('1 of 2 admitted');
  await page.reload();
  await page.locator('body[data-state="out-of-order"][data-look="staff"]').waitFor();
  expect(await page.locator('#word-zh').textContent()).toBe('闸机故障');
  expect(await faultsOf(page)).toEqual([]);
  await type(page, sell().code);
  await page.getByText('票有效，但闸机没有打开').waitFor();

  // Staff log in on the console, clear the gate, and are logged out by going back.
  await addOperator('susi', 'supervisor', terminal);
  gate.isStuck = false;
  await page.getByText('工作人员', { exact: false }).last().click();
  await page.getByRole('link', { name: '解除闸机停用' }).click();
  await page.getByLabel('用户名').fill('susi');
  await page.getByLabel('密码').fill(OWN);
  await page.getByRole('button', { name: '登录', exact: true }).click();
  await page.getByRole('button', { name: '解除停用 west' }).click();
  await page.getByRole('dialog').getByRole('button', { name: '解除停用' }).click();
  await page.getByText('west 已解除停用').waitFor();
  await page.getByRole('link', { name: '扫码检票' }).click();
  await page.locator('body[data-state="waiting"]').waitFor();
  expect(new URL(page.url()).port).toBe(terminal.env.PORT);
  expect((await context.cookies()).map(({ name }) => name)).not.toContain('__Host-session-terminal-agent');
  const store = await terminal.open();
  expect(await store.db.selectFrom('operatorSession').selectAll().execute()).toEqual([]);

  // What the sensor of a gate saw.
  const at = '2026-11-24T19:50:00';
  await raiseAlarm(store.db, { kind: 'passed', gate: 'west', at: now });
  await store.db.insertInto('unpassedAdmission').values({ recordId: 'missed', gate: 'west', noticedAt: at }).execute();
  await ofTerminal.getByText('有人未经放行通过').waitFor();
  await ofTerminal.getByText('放行后 1 人未通过').waitFor();

  await platform.stop();
  await scanner.read(sell(film, false).code);
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
  await press(page, `${sell().code}\n`, TAKEN);
  await page.locator('body[data-state="admitted"]').waitFor();
  await press(page, sell().code, { ...TAKEN, code: '' });
  await press(page, '\n', TAKEN);
  await page.getByText('输入法已打开').waitFor();
  expect(await faultsOf(page)).toEqual([]);

  const friends = [sell(), sell(), sell()];
  await type(page, ...friends.map(({ code }) => code));
  await expect.poll(() => page.locator('#group-en').textContent()).toBe('4 of 5 admitted');
  expect(platform.records.length).toBeLessThanOrEqual(4);
  const marks = await page.locator('#answers li').allTextContents();
  expect(marks.map((mark) => mark[0]).join('')).toBe('✓?✓✓✓');
  // What nobody could scan is bounded, and the next code works.
  await press(page, `${'7'.repeat(100_000)}\n`, TAKEN);
  await page.locator('body[data-look="again"]').waitFor();
  await type(page, sell().code);
  await page.locator('body[data-state="admitted"]').waitFor();

  // The staff menu of a phone stands over its button: a touch beside it closes it.
  await page.locator('#staff summary').click();
  await page.locator('#staff-links').waitFor();
  await page.locator('#word-zh').click();
  await page.locator('#staff-links').waitFor({ state: 'hidden' });

  // A code of Tab and Enter leads nowhere, and a click that no pointer made does not either.
  const address = page.url();
  for (let times = 0; times < 12; times += 1) await type(page, '\t');
  for (const place of ['summary', 'a', '#staff-links a']) {
    await page.evaluate(`document.querySelector('footer ${place}').click()`);
    expect(await page.locator('#staff-links').isVisible()).toBe(false);
  }
  await page.locator('body[data-state]').waitFor();
  expect(page.url()).toBe(address);
});

it('only looks at the next ticket where staff ask for it: nothing is claimed, kept or opened, and it is admitted afterwards', async () => {
  const { agent, sell, scanner, platform, terminal } = await startTerminal();
  const { page, complaints } = await openKiosk(agent.url, 'west', { width: 390, height: 844 });
  const ticket = sell();
  await page.locator('#staff summary').click();
  await page.getByRole('button', { name: '仅查看' }).click();
  await page.getByText('请扫要查看的票').waitFor();
  expect(await faultsOf(page)).toEqual([]);
  expect(await scanner.read(ticket.code)).toMatchObject({
    Verdict: 'UNREADABLE',
    MessageZh: expect.stringContaining('仅查看'),
  });
  await page.locator('body[data-look="stopped"]').getByText('可以入场，尚未检票').waitFor();
  expect(await page.locator('#facts').textContent()).toContain('8 排 9 座');
  // A scanner held over it reads it once more.
  expect(await scanner.read(ticket.code)).toMatchObject({ Verdict: 'UNREADABLE', Repeated: true });
  expect(platform.asked).not.toContain('ClaimTicket');
  const { db } = await terminal.open();
  expect(await db.selectFrom('scan').selectAll().execute()).toEqual([]);

  expect(await agent.scan(ticket.code, 'west')).toMatchObject({ Verdict: 'ADMIT' });
  await page.locator('body[data-state="gate-open"]').waitFor();
  const guest = sell();
  await scanner.read(guest.code);
  await page.locator('#staff summary').click();
  await page.getByRole('button', { name: '仅查看' }).click();
  await page.getByText('请扫要查看的票').waitFor();
  // A guest's code that is still before the scanner does not use up the look.
  expect(await scanner.read(guest.code)).toMatchObject({ Repeated: true });
  await scanner.read(sell(film, false).code);
  await page.locator('body[data-look="stopped"]').getByText('暂时查不到这张票').waitFor();
  expect(complaints).toEqual([]);
});

it('lets a supervisor admit the guest who was just refused by badge, PIN and reason, with one row in the audit, and nobody without them', async () => {
  const { agent, sell, scanner, terminal, platform } = await startTerminal();
  await addOperator('susi', 'supervisor', terminal);
  const store = await terminal.open();
  const code = makeBadgeCode();
  const badges = createBadges(withTables(store), () => epochOf(now));
  await badges.make('susi', { code, pinHash: await createPasswords().hash('428193') });
  const { page, complaints } = await openKiosk(agent.url, 'west', { width: 390, height: 844 });
  const pad = page.locator('#badge');
  const typePin = async (pin: string) => {
    for (const digit of pin) await pad.getByRole('button', { name: digit, exact: true }).click();
  };

  await agent.scan(code, 'west');
  await page.getByText('请先扫被拒绝的票').waitFor();
  expect(await pad.isVisible()).toBe(false);
  const unsold = sell(film, false);
  expect(await scanner.read(unsold.code)).toMatchObject({ Verdict: 'NOT_SOLD' });
  // Read twice, as a scanner that is held over it does; a keyboard may have Caps Lock on.
  for (const text of [code, code]) {
    expect(await scanner.read(`${text.toUpperCase()}`)).toMatchObject({
      Verdict: 'UNREADABLE',
      Message: expect.any(String),
    });
  }
  await pad.waitFor();
  expect(await faultsOf(page)).toEqual([]);
  await typePin('111111');
  await pad.getByRole('button', { name: '观众出来后返回' }).click();
  await page.getByText('密码错误').waitFor();
  await typePin('428193');
  await pad.getByRole('button', { name: '已核实，应当入场' }).click();
  await page.locator('body[data-state="gate-open"][data-look="yes"]').waitFor();
  expect(await pad.isVisible()).toBe(false);

  const rows = await store.db.selectFrom('operation').select(['actor', 'failed', 'what']).execute();
  const what = { reason: 'CHECKED_AT_GATE', recordId: expect.any(String) };
  expect(rows.map((row) => ({ ...row, what: JSON.parse(row.what) }))).toEqual([
    { actor: 'susi', failed: 1, what: { ...what, reason: 'wrong PIN' } },
    { actor: 'susi', failed: 0, what },
  ]);
  await platform.received(1);
  // What was read of the badge is kept nowhere.
  expect(await store.db.selectFrom('scan').select('verdict').execute()).toEqual([
    { verdict: 'NOT_SOLD' },
    { verdict: 'ADMIT' },
  ]);

  await scanner.read(sell(film, false).code);
  await createOperators(withTables(store), Date.now).disable('susi');
  await agent.scan(code, 'west');
  await page.getByText('工牌无效或已停用').waitFor();
  expect(await pad.isVisible()).toBe(false);
  expect(complaints).toEqual([]);
});

/** A camera that sees a code, in place of one that a test machine does not have; and how often it is looked at. */
const CAMERA = `(() => {
  window.symbol = { size: 0, dark: [] };
  window.looks = 0;
  const { getImageData } = OffscreenCanvasRenderingContext2D.prototype;
  OffscreenCanvasRenderingContext2D.prototype.getImageData = function (...what) {
    window.looks += 1;
    return getImageData.apply(this, what);
  };
  const picture = Object.assign(document.createElement('canvas'), { width: 640, height: 480 });
  const context = picture.getContext('2d');
  setInterval(() => {
    context.fillStyle = 'white';
    context.fillRect(0, 0, 640, 480);
    context.fillStyle = 'black';
    window.symbol.dark.forEach((isDark, index) => {
      const [x, y] = [index % window.symbol.size, Math.floor(index / window.symbol.size)];
      if (isDark) context.fillRect(150 + x * 4, 60 + y * 4, 4, 4);
    });
  }, 50);
  navigator.mediaDevices.getUserMedia = async () => picture.captureStream(20);
})()`;

/** What a phone has besides: a light, a motor, a lock of its screen, and a browser that reads codes itself. */
const PHONE = `
  window.did = [];
  MediaStreamTrack.prototype.getCapabilities = () => ({ torch: true });
  MediaStreamTrack.prototype.applyConstraints = async ({ advanced }) => void window.did.push(advanced[0]);
  navigator.vibrate = (pattern) => window.did.push(pattern);
  Object.defineProperty(navigator, 'wakeLock', { value: { request: async (what) => window.did.push(what) } });
  window.BarcodeDetector = class {
    static getSupportedFormats = async () => ['qr_code'];
    detect = async () => (window.held ? [{ rawValue: window.held }] : []);
  };`;

it('reads a ticket before the camera once, even if its e-ticket is renewed there, using only files of the agent', async () => {
  const { platform, agent, sell } = await startTerminal();
  const { page, context, complaints } = await openKiosk(agent.url, '东门');
  const asked: string[] = [];
  page.on('request', (request) => asked.push(request.url()));
  const scans = () => asked.filter((url) => url.endsWith('/scan')).length;
  await page.evaluate(CAMERA);
  const hold = (text: string) => {
    const { data, size } = createQr(text, { errorCorrectionLevel: 'M' }).modules;
    return page.evaluate(
      `window.symbol = ${JSON.stringify({ size, dark: [...data] })}; window.looks`,
    ) as Promise<number>;
  };
  const { code, info } = sell();
  platform.eTickets.create({ ...info, ticketInfoCode: code });
  const qrAt = (seconds: number) => platform.eTickets.qr(code, { time: epochOf(now) / 1000 - seconds });
  await hold(qrAt(60));
  expect(asked).toEqual([]);
  await page.getByRole('button', { name: '摄像头扫码' }).click();
  await page.locator('body[data-state="admitted"]').waitFor();
  expect(await faultsOf(page)).toEqual([]);
  expect(asked.filter((url) => url.endsWith('.wasm')).length).toBe(1);
  expect(asked.every((url) => url.startsWith(agent.url))).toBe(true);

  const before = await hold(qrAt(30));
  await expect.poll(() => page.evaluate('window.looks')).toBeGreaterThan(before + 2);
  await hold('134567890123456789');
  await page.locator('body[data-look="again"]').waitFor();
  expect(scans()).toBe(2);
  expect(await page.locator('#answers li').count()).toBe(2);
  await page.getByRole('button', { name: '摄像头扫码' }).click();
  await page.locator('#camera').waitFor({ state: 'hidden' });
  expect(complaints).toEqual([]);
  await expect(page.evaluate(`import('https://example.invalid/x.js')`)).rejects.toThrow();
  expect(complaints.join()).toContain('Content Security Policy');
  expect((await context.cookies()).map(({ name }) => name)).toEqual(['__Host-kiosk-gate']);
});

it('is a scanner on the phone of an usher who logged in, with the verdict over the picture, and of nobody else', async () => {
  const { agent, terminal, sell, platform } = await startTerminal({ PASS_OUTS: 'on' });
  await addOperator('uwe', 'usher', terminal);
  const context = await browser.newContext({
    ...{ ignoreHTTPSErrors: true, locale: 'zh-CN', viewport: { width: 390, height: 844 } },
    // The terminal takes it for another machine.
    extraHTTPHeaders: { 'x-forwarded-for': '192.0.2.7' },
  });
  onTestFinished(() => context.close());
  await context.addInitScript(CAMERA + PHONE);
  const page = await context.newPage();
  await page.goto(`${agent.url}/kiosk`);
  await page.getByLabel('用户名').fill('uwe');
  await page.getByLabel('密码').fill(OWN);
  await page.getByRole('button', { name: '登录', exact: true }).click();
  await page.getByRole('link', { name: '东门' }).click();
  await page.locator('body[data-camera][data-state="waiting"]').getByText('请将二维码对准摄像头').waitFor();
  expect(await faultsOf(page)).toEqual([]);

  const hold = (text: string) => page.evaluate(`window.held = '${text}'`);
  const { code } = sell();
  await hold(code);
  await page.locator('body[data-state="admitted"][data-look="yes"]').waitFor();
  expect(await faultsOf(page)).toEqual([]);
  const [picture, answer] = await Promise.all(['#picture', 'main'].map((part) => page.locator(part).boundingBox()));
  expect(picture).toMatchObject({ x: 0, width: 390 });
  expect(answer!.y).toBeGreaterThan(picture!.y);
  expect(answer!.y + answer!.height).toBeLessThanOrEqual(picture!.y + picture!.height + 1);
  await page.getByRole('button', { name: '手电筒' }).click();
  await page.locator('#torch[aria-pressed="true"]').waitFor();
  expect(await page.evaluate('window.did')).toEqual(['screen', [80], { torch: true }]);
  await platform.received(1);

  // Another phone's guest at the same gate.
  expect(await agent.scan(code, '东门')).toMatchObject({ Verdict: 'ALREADY_ENTERED' });
  await page.locator('#staff summary').click();
  await page.getByRole('button', { name: '仅查看' }).click();
  await page.getByText('请扫要查看的票').waitFor();
  expect(await agent.scan(sell().code, '东门')).toMatchObject({ Verdict: 'ADMIT' });
  await hold(sell().code);
  await page.locator('body[data-look="stopped"]').getByText('可以入场，尚未检票').waitFor();
  expect(await page.locator('#answers li').count()).toBe(1);

  // A guest of that phone steps out: two touches, one row in the audit.
  await hold(code);
  await page.locator('body[data-look="no"]').waitFor();
  await page.getByRole('button', { name: '离场凭证' }).click();
  await page.getByRole('button', { name: '观众正在离场' }).click();
  await page.getByText('请观众拍下这个二维码').waitFor();
  await page.locator('#pass-out path[d^="M"]').waitFor();
  expect(await faultsOf(page)).toEqual([]);
  await page.getByRole('button', { name: '关闭' }).click();
  const { db } = await terminal.open();
  const given = await db
    .selectFrom('operation')
    .select(['actor', 'what'])
    .where('name', '=', 'entries step-out')
    .execute();
  expect(given).toEqual([{ actor: 'uwe', what: expect.stringContaining('recordId') }]);

  // Nothing is scanned once the login has ended.
  await db.deleteFrom('operatorSession').execute();
  await hold(sell().code);
  await page.getByLabel('用户名').waitFor();
  expect(await db.selectFrom('scan').select('recordId').where('gate', '=', '东门').execute()).toHaveLength(4);
  const shown = await context.request.get(`${agent.url}/kiosk?gate=west`);
  expect(shown.url()).toContain('/login');
});

it('does not grow: after 1,500 scans the page holds what it held after 500', async () => {
  const { agent, scanner } = await startTerminal();
  const { page, context } = await openKiosk(agent.url, 'west');
  // Sounds are created for each answer too.
  await page.locator('#sound').click();
  let scans = 0;

  /** In bursts: a page that lags far behind would have to reconnect. */
  async function scanUntil(count: number): Promise<void> {
    while (scans < count) {
      for (const end = scans + 250; scans < end; scans += 1) await scanner.read(`no ticket ${scans}`);
      const told = `0 of ${scans} admitted`;
      await expect.poll(() => page.locator('#group-en').textContent(), { interval: 20 }).toBe(told);
    }
  }

  const chromium = await context.newCDPSession(page);
  await chromium.send('Performance.enable');
  async function held() {
    await chromium.send('HeapProfiler.collectGarbage');
    const { metrics } = await chromium.send('Performance.getMetrics');
    const [nodes = 0, listeners = 0, bytes = 0] = ['Nodes', 'JSEventListeners', 'JSHeapUsedSize'].map(
      (wanted) => metrics.find(({ name }) => name === wanted)?.value,
    );
    return { nodes, listeners, bytes };
  }

  await scanUntil(500);
  const early = await held();
  await scanUntil(1500);
  // Those of the last sounds go when these have ended.
  const listeners = async () => (await held()).listeners;
  await expect.poll(listeners).toBeLessThanOrEqual(early.listeners);
  const late = await held();
  // Of 1,000 scans nothing is left, not a node and not 100 bytes each.
  expect(late.nodes - early.nodes).toBeLessThan(50);
  expect(late.bytes - early.bytes).toBeLessThan(1000 * 100);
});
