import { addSession, sell } from '@ticket-check/box-office';
import { addSeconds, wallClockAt } from '@ticket-check/protocol';
import type { Browser, Page } from 'playwright-core';
import type { Demo } from '../demo.ts';
import type { LocalSite } from '../processes.ts';
import type { Album } from './album.ts';
import { drawn, LONGEST_MS } from './settled.ts';

/** A screen that stands upright at a gate, one that lies, and the phone of an usher. */
const SIZES = [
  { width: 1080, height: 1920 },
  { width: 1280, height: 800 },
  { width: 390, height: 844 },
] as const;
/** What guests cannot mend: a gate that does not open, as nothing listens on the discard port, and tickets that are not known yet. */
const TROUBLES = { GATE_DRIVERS: 'gate-1=webhook:http://127.0.0.1:9/open', UNKNOWN_TICKET_POLICY: 'refuse' };

/**
 * Shoots the kiosk page of the terminal while it waits, with answers to scans, and with whatever can be out of order, into
 * `kiosk/<state>-<width>.png`. It speaks both languages at once. Afterwards all of it works again, whatever came of it.
 */
export async function shootKiosk(album: Album, browser: Browser, site: LocalSite, demo: Demo): Promise<void> {
  const now = wallClockAt(Date.now());
  const sellsAt = (startTime: typeof now) => {
    const { sessionCode } = addSession(demo.boxOffice, { startTime });
    return () => sell(demo.boxOffice, { now, sessionCode, ticketType: '网络售票' });
  };
  const sellOne = sellsAt(addSeconds(now, 1800));
  const sellCode = () => sellOne().ticketInfoCode;
  const [good, offline, stuck, friends] = [sellCode(), sellCode(), sellCode(), [sellCode(), sellCode(), sellCode()]];
  const early = sellsAt(addSeconds(now, 18_000))().ticketInfoCode;
  const electronic = sellOne();
  await demo.tell();
  await demo.makeETicket(electronic);
  // Sold a moment ago: nobody has told the platforms yet.
  const unknown = sellCode();
  const scans: [name: string, look: string, text: string][] = [
    ['admitted', 'yes', good],
    ['too-early', 'no', early],
    ['already-entered', 'no', good],
    ['not-a-ticket', 'again', '6901234567892'],
    ['e-ticket-wanted', 'again', electronic.ticketInfoCode],
    ['friends', 'yes', friends.join('\n')],
  ];
  const context = await browser.newContext({ ignoreHTTPSErrors: true, locale: 'zh-CN' });
  context.setDefaultTimeout(LONGEST_MS);
  try {
    const page = await context.newPage();
    const shoot = async (name: string) => {
      for (const size of SIZES) {
        await page.setViewportSize(size);
        await drawn(page);
        await album.shoot(page, `kiosk/${name}-${size.width}`, { whole: false });
      }
    };
    await page.goto(`${site.urlOf('terminal-agent')}/kiosk`);
    await stands(page, 'waiting');
    await shoot('waiting');
    await page.locator('#staff > summary').click();
    await shoot('waiting-staff');
    // On a phone the menu stands over its own button.
    await page.mouse.click(2, 2);
    for (const [name, look, text] of scans) {
      await scan(page, text, look);
      await shoot(name);
    }

    if (album.wants('kiosk/admitted-offline') || album.wants('kiosk/offline')) {
      await site.stop('third-party-platform');
      // The first scan notices it.
      await scan(page, offline, 'yes');
      await shoot('admitted-offline');
      await stands(page, 'offline');
      await shoot('offline');
      await site.start('third-party-platform');
      await stands(page, 'waiting');
    }

    await site.stop('terminal-agent');
    await stands(page, 'lost');
    await shoot('lost');
    await site.start('terminal-agent', TROUBLES);
    await stands(page, 'waiting');
    for (const [name, text] of Object.entries({ 'call-staff': unknown, 'gate-stuck': stuck })) {
      await scan(page, text, 'staff');
      await shoot(name);
    }
    await stands(page, 'out-of-order');
    await shoot('out-of-order');
    await site.command('terminal-agent', ['gate', 'clear', 'gate-1']);
  } finally {
    await context.close();
    if (site.processOf('third-party-platform') === null) await site.start('third-party-platform');
    await site.stop('terminal-agent');
    await site.start('terminal-agent');
  }
}

/** Waits until this is what stands there while nobody scans. */
const stands = (page: Page, state: string) => page.locator(`body[data-state="${state}"]`).waitFor();

/** Types as a scanner does that is a keyboard, and waits for the answer. */
async function scan(page: Page, text: string, look: string): Promise<void> {
  await page.keyboard.type(`${text}\n`);
  await page.locator('body[data-look="busy"]').waitFor({ state: 'detached' });
  await page.locator(`body[data-look="${look}"]`).waitFor();
}
