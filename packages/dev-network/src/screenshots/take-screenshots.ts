import { openDemo } from '../demo.ts';
import { openDemoOperators } from '../demo-operators.ts';
import type { LocalSite } from '../processes.ts';
import { type Album, openAlbum } from './album.ts';
import { LANGUAGES } from './looks.ts';
import { makeClaims } from './make-claims.ts';
import { shootConsoles } from './shoot.ts';
import { shootETicket } from './shoot-e-ticket.ts';
import { shootKiosk } from './shoot-kiosk.ts';
import { shootPassages } from './shoot-passages.ts';

/**
 * Shoots the kiosk page, e-tickets and every page of the consoles of a site, whose demo is in `directory`, into `out`: all
 * of it, or what has the names that are wanted. What cannot be shot is noted in the album, and the rest is shot all the same.
 */
export async function takeScreenshots(
  site: LocalSite,
  directory: string,
  { out, wanted = 'all' }: { out: string; wanted?: readonly string[] | 'all' },
): Promise<Album> {
  // Only here: the other commands run where this browser does not.
  const { launchBrowser } = await import('@ticket-check/browser');
  const browser = await launchBrowser();
  const album = openAlbum(browser, out, wanted);
  try {
    const demo = await openDemo(site, directory);
    try {
      await album.attempt('the kiosk page', () => shootKiosk(album, browser, site, demo));
      await album.attempt('the page of an e-ticket', () => shootETicket(album, browser, site, demo));
      await album.attempt('open claims', () => makeClaims(demo, LANGUAGES.length + 1));
    } finally {
      await demo.close();
    }
    await shootConsoles(album, browser, site, await openDemoOperators(site, directory));
    await album.attempt('who went through', () => shootPassages(album, browser, site, directory));
  } finally {
    await browser.close();
  }
  return album;
}
