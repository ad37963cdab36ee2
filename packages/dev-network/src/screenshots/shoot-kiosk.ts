import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { addSession, sell } from '@ticket-check/box-office';
import { addSeconds, wallClockAt } from '@ticket-check/protocol';
import type { Browser } from 'playwright-core';
import type { Demo } from '../demo.ts';
import type { Site } from '../site.ts';

/** A screen that stands upright at a gate, one that lies, and the phone of an usher. */
const SIZES = [
  { width: 1080, height: 1920 },
  { width: 1280, height: 800 },
  { width: 390, height: 844 },
] as const;
/** Colours and fonts are there by then. */
const DRAWN_MS = 300;

/** Shoots the kiosk page of the terminal while it waits and with answers to scans, into `<directory>/kiosk/<answer>-<width>.png`. */
export async function shootKiosk(browser: Browser, site: Site, demo: Demo, directory: string): Promise<number> {
  const now = wallClockAt(Date.now());
  const ticketAt = (startTime: typeof now) => {
    const { sessionCode } = addSession(demo.boxOffice, { startTime });
    return sell(demo.boxOffice, { now, sessionCode, ticketType: '网络售票' });
  };
  const soon = addSeconds(now, 1800);
  const good = ticketAt(soon).ticketInfoCode;
  const early = ticketAt(addSeconds(now, 18_000)).ticketInfoCode;
  const electronic = ticketAt(soon);
  const friends = [ticketAt(soon), ticketAt(soon), ticketAt(soon)].map(({ ticketInfoCode }) => ticketInfoCode);
  await demo.tell();
  await demo.makeETicket(electronic);
  const scans: [name: string, look: string, text: string][] = [
    ['admitted', 'yes', good],
    ['too-early', 'no', early],
    ['already-entered', 'no', good],
    ['not-a-ticket', 'again', '6901234567892'],
    ['e-ticket-wanted', 'again', electronic.ticketInfoCode],
    ['friends', 'yes', friends.join('\n')],
  ];
  const into = join(directory, 'kiosk');
  await mkdir(into, { recursive: true });
  const context = await browser.newContext({ ignoreHTTPSErrors: true, locale: 'zh-CN' });
  try {
    const page = await context.newPage();
    const shoot = async (name: string) => {
      for (const size of SIZES) {
        await page.setViewportSize(size);
        await page.waitForTimeout(DRAWN_MS);
        await page.screenshot({ path: join(into, `${name}-${size.width}.png`) });
      }
    };
    await page.goto(`${site.urlOf('terminal-agent')}/kiosk`);
    await page.locator('body[data-state="waiting"]').waitFor();
    await shoot('waiting');
    for (const [name, look, text] of scans) {
      await page.keyboard.type(`${text}\n`);
      await page.locator('body[data-look="busy"]').waitFor({ state: 'detached' });
      await page.locator(`body[data-look="${look}"]`).waitFor();
      await shoot(name);
    }
    return (scans.length + 1) * SIZES.length;
  } finally {
    await context.close();
  }
}
