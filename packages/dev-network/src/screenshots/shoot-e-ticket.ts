import { addSession, refund, sell } from '@ticket-check/box-office';
import { addSeconds, wallClockAt } from '@ticket-check/protocol';
import type { Browser, Page } from 'playwright-core';
import type { Demo } from '../demo.ts';
import { connectScanner } from '../scanner.ts';
import type { Site } from '../site.ts';
import type { Album } from './album.ts';
import { LONGEST_MS } from './settled.ts';

/** The phones of guests. */
const WIDTHS = [390, 320] as const;
/** After so long without a word a page says that it has lost contact. */
const SILENT_MS = 60_000;

/** Shoots the page of an e-ticket in each of its states, into `e-ticket/<state>-<width>.png`. It speaks both languages at once. */
export async function shootETicket(album: Album, browser: Browser, site: Site, demo: Demo): Promise<void> {
  const now = wallClockAt(Date.now());
  const { sessionCode } = addSession(demo.boxOffice, { startTime: addSeconds(now, 1800) });
  const sellOne = () => sell(demo.boxOffice, { now, sessionCode, ticketType: '网络售票' });
  const [sold, entered, printed, returned] = [sellOne(), sellOne(), sellOne(), sellOne()];
  await demo.tell();
  const [ofSold, ofEntered, ofPrinted, ofReturned] = await Promise.all([
    demo.makeETicket(sold),
    demo.makeETicket(entered),
    demo.makeETicket(printed),
    demo.makeETicket(returned),
  ]);
  refund(demo.boxOffice, returned.filmTicketCode, now);
  await demo.tell();
  await ofPrinted.recordPickUp();
  const scan = await connectScanner(site);
  await scan(await ofEntered.readCode());

  const context = await browser.newContext({ ignoreHTTPSErrors: true, locale: 'zh-CN', reducedMotion: 'reduce' });
  context.setDefaultTimeout(LONGEST_MS);
  async function shoot(page: Page, state: string): Promise<void> {
    for (const width of WIDTHS) {
      await page.setViewportSize({ width, height: 844 });
      await album.shoot(page, `e-ticket/${state}-${width}`);
    }
  }
  try {
    const states = { sold: ofSold, entered: ofEntered, 'picked-up': ofPrinted, refunded: ofReturned };
    for (const [state, { url }] of Object.entries(states)) {
      const page = await context.newPage();
      await page.goto(url);
      await page.locator(`#e-ticket.${state}`).waitFor();
      await shoot(page, state);
      await page.close();
    }
    const page = await context.newPage();
    await page.clock.install();
    // What it would be told by, which an open connection goes on with where the browser is set offline.
    await page.route(/\/(?:events|now)$/, (route) => route.abort());
    await page.goto(ofSold.url);
    await page.clock.runFor(SILENT_MS);
    await shoot(page, 'without-network');
  } finally {
    await context.close();
  }
}
