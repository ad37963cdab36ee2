// @module-tag process
// @module-tag service
import { createRecordStore } from '@ticket-check/check-records';
import { buildConsoles } from '@ticket-check/console/build';
import { addSeconds, parseRecordId, reportTerminalStateQueryJson, wallClockAt } from '@ticket-check/protocol';
import { expect, onTestFinished, test } from 'vitest';
import { startTestPlatform } from '../apps/national-platform/src/testing/test-platform.ts';
import { makeTerminal } from '../apps/terminal-agent/src/testing/test-terminal.ts';
import { followingEntries } from '../apps/third-party-platform/src/check-records/kept-entries.ts';
import { faultsOf } from '../apps/third-party-platform/src/testing/axe-faults.ts';
import { openChromium } from '../apps/third-party-platform/src/testing/chromium.ts';
import { addOperatorTo, OWN, withStore } from '../apps/third-party-platform/src/testing/console-browser.ts';
import { CINEMA, checkTicket, makeUkey, sellTicket } from '../apps/third-party-platform/src/testing/test-cinema.ts';
import { ask, createSite, createTerminal } from '../apps/third-party-platform/src/testing/test-platform.ts';

/** What the width can change: colours are looked at where all columns are shown. */
const BY_WIDTH = ['scrollable-region-focusable', 'button-name', 'link-name', 'label', 'list', 'aria-hidden-focus'];
// The same elements in dark differ in their colours alone.
const LOOKS = [
  { name: 'dark', size: { width: 1440, height: 900 }, colorScheme: 'dark', rules: ['color-contrast'] },
  { name: 'phone', size: { width: 390, height: 844 }, colorScheme: 'light', rules: BY_WIDTH },
  { name: 'desktop', size: { width: 1440, height: 900 }, colorScheme: 'light', rules: null },
] as const;
const DESKTOP = LOOKS.slice(2);

const COLOURS_UNDER_WAY = `new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))
  .then(() => document.getAnimations().filter((one) => one instanceof CSSTransition).length)`;

const ukey = makeUkey();
/** Entered twice; the second entry was refused above. */
const first = checkTicket(sellTicket(ukey));
const again = {
  ...first,
  recordId: parseRecordId('019a0000-0000-7000-9500-000000000001'),
  checkTime: addSeconds(first.checkTime, 30),
};
const aside = checkTicket(sellTicket(ukey));

const STATE = {
  version: '0.1.0',
  uptimeSeconds: 10,
  gates: [{ name: 'gate-1', driver: 'lcus', enabled: true, error: 'no such port' }],
  scanners: [],
  waiting: 0,
  parked: 0,
  oldestUnsentSeconds: null,
  keysAgeSeconds: 60,
  clockOffsetMs: 0,
  clockTrusted: true,
  storesSetAside: 0,
  line: 'up',
  ending: false,
} as const;

type RecordTables = Parameters<typeof createRecordStore>[0];

async function keepRecords(store: RecordTables, options?: Parameters<typeof createRecordStore>[1]) {
  const records = createRecordStore(store, options);
  const kept = { account: 'terminal-1', gate: 'gate-1', differences: [] };
  const received = (record: typeof first, quarantine: 'TOO_MANY_ENTRIES' | null) => ({
    ...record,
    ...kept,
    quarantine,
    receivedAt: record.checkTime,
  });
  await records.keep([received(first, null), received(again, null), received(aside, 'TOO_MANY_ENTRIES')], {
    forward: true,
  });
  return records;
}

async function startThirdParty() {
  const site = await createSite('');
  const service = await site.start();
  const terminal = createTerminal(await site.issue('door-1', CINEMA, service.url));
  await ask(terminal, 'ReportTerminalState', reportTerminalStateQueryJson(STATE));
  await withStore(site, async (store) => {
    const records = await keepRecords(store, { inSameTransaction: followingEntries(store) });
    const now = wallClockAt(Date.now());
    const record = { ...again, account: 'terminal-1', gate: '', quarantine: null, differences: [], receivedAt: now };
    const refused = { record, revision: 0, errorCode: 'INVALID_PRICE', errorMessage: 'the price is wrong' };
    await records.outbox.park([refused], now, addSeconds(now, 3600));
    await addOperatorTo(store, 'anna', 'administrator');
  });
  return service.consoleUrl;
}

async function startNational() {
  const platform = await startTestPlatform();
  onTestFinished(() => platform.close());
  platform.now.value = Date.now();
  await platform.issue('platform-1');
  await keepRecords(platform.store);
  await addOperatorTo(platform.store, 'anna', 'administrator');
  return platform.consoleUrl;
}

async function startTerminal() {
  const terminal = await makeTerminal({ now: Date.now });
  const agent = await terminal.start();
  const store = await terminal.open();
  await keepRecords(store);
  await addOperatorTo(store, 'anna', 'administrator');
  return agent.consoleUrl;
}

test('no screen of any console keeps people out by its colours, names or order', async () => {
  await buildConsoles();
  const page = await (await openChromium()).newPage();
  const found: string[] = [];
  const shown: string[] = [];

  async function lookAt(what: string, looks: readonly (typeof LOOKS)[number][] = LOOKS) {
    for (const { name, size, colorScheme, rules } of looks) {
      await page.setViewportSize(size);
      await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
      await expect.poll(() => page.evaluate('document.documentElement.style.colorScheme')).toBe(colorScheme);
      // Colours change step by step.
      await expect.poll(() => page.evaluate(COLOURS_UNDER_WAY)).toBe(0);
      found.push(...(await faultsOf(page, rules)).map((fault) => `${what}, ${name}: ${fault}`));
      if (await page.evaluate('document.documentElement.scrollWidth > innerWidth'))
        found.push(`${what}, ${name}: wide`);
    }
  }

  async function openScreen(url: string) {
    await page.goto(url);
    await page.locator('#content h1').waitFor();
    await expect.poll(() => page.locator('.waiting').count()).toBe(0);
  }

  /** Looks at the dialog that a button opens, and closes it. */
  async function lookInto(what: string, button: string) {
    await page.getByRole('button', { name: button, exact: true }).first().click();
    await page.getByRole('dialog').waitFor();
    await lookAt(`${what}: ${button}`, DESKTOP);
    await page.getByRole('dialog').getByRole('button', { name: '取消' }).click();
    await page.getByRole('dialog').waitFor({ state: 'detached' });
  }

  for (const start of [startThirdParty, startNational, startTerminal]) {
    const consoleUrl = await start();
    await page.context().clearCookies();
    await page.goto(`${consoleUrl}/records`);
    await page.getByLabel('用户名').fill('anna');
    await page.getByLabel('密码').fill(OWN);
    await page.getByRole('button', { name: '登录', exact: true }).click();
    await page.locator('#content h1').waitFor();
    const begun = await page.evaluate(`fetch('/console.json').then((answer) => answer.json())`);
    const { Menu } = begun as { Menu: { Path: string; IsScreen: boolean }[] };
    const paths = Menu.filter(({ IsScreen }) => IsScreen).map(({ Path }) => Path);
    for (const path of [...paths, `/records/${first.recordId}`]) {
      await openScreen(consoleUrl + path);
      // Screens that all three have look alike.
      await lookAt(`${start.name} ${path}`, shown.includes(path) ? DESKTOP : LOOKS);
      shown.push(path);
      const dialogs: Record<string, string[]> = {
        '/accounts': ['用二维码注册终端', '吊销'],
        '/outbox': ['立即重试'],
        '/worklist': ['记录结果'],
      };
      if (start === startThirdParty) for (const button of dialogs[path] ?? []) await lookInto(path, button);
      if (start === startThirdParty && path === '/records') {
        await page.locator('#content .ant-select').first().click();
        await page.locator('.ant-select-dropdown').waitFor();
        await lookAt(`${path}: choices`, DESKTOP);
      }
    }
  }
  expect(shown.length).toBeGreaterThan(24);
  expect(found).toEqual([]);
}, 180_000);
