import { addSession, sell } from '@ticket-check/box-office';
import { addSeconds, wallClockAt } from '@ticket-check/protocol';
import type { Browser } from 'playwright-core';
import { openDemo } from '../demo.ts';
import type { LocalSite } from '../processes.ts';
import { connectScanner } from '../scanner.ts';
import type { Album } from './album.ts';
import { visitAsAdministrator } from './log-in.ts';
import { LANGUAGES } from './looks.ts';
import { playGate } from './played-gate.ts';

const NAMES = ['gates-passed', 'state-passed'];

/**
 * Shoots a terminal's pages after somebody went through a gate whom nobody let in, and a guest who was let in did not, into
 * `terminal-agent/gates-passed` and `state-passed`. Afterwards its gates are as before.
 */
export async function shootPassages(album: Album, browser: Browser, site: LocalSite, directory: string): Promise<void> {
  if (!NAMES.some((name) => album.wants(`terminal-agent/${name}`))) return;
  const demo = await openDemo(site, directory);
  const gate = await playGate(directory);
  try {
    const now = wallClockAt(Date.now());
    const { sessionCode } = addSession(demo.boxOffice, { startTime: addSeconds(now, 1800) });
    const ticket = sell(demo.boxOffice, { now, sessionCode, ticketType: '网络售票' });
    await demo.tell();
    await site.stop('terminal-agent');
    await site.start('terminal-agent', { GATE_DRIVERS: `gate-1=${gate.driver}` });
    await gate.pass();
    const { Verdict } = await (await connectScanner(site))(ticket.ticketInfoCode);
    if (Verdict !== 'ADMIT') throw new Error(`a ticket of the demo was answered with ${Verdict}`);
    for (const language of LANGUAGES) {
      const origin = site.consoleUrlOf('terminal-agent');
      const visit = await visitAsAdministrator(album, browser, { origin, into: 'terminal-agent', language });
      try {
        await visit.at.open('/gates');
        // They come by themselves.
        await visit.at.page.locator('main [role=alert]').waitFor();
        await visit.at.page.locator('#missed').waitFor();
        await visit.at.shoot('gates-passed');
        await visit.at.open('/state');
        await visit.at.shoot('state-passed');
        if (language !== LANGUAGES.at(-1)) continue;
        await visit.at.open('/gates');
        await visit.at.page.locator('main [role=alert] button').click();
      } finally {
        await visit.close();
      }
    }
  } finally {
    await site.stop('terminal-agent');
    await gate.close();
    await site.start('terminal-agent');
    await demo.close();
  }
}
