import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { epochOf, parseWallClock } from '@ticket-check/protocol';
import { openDemo } from '@ticket-check/simulators/dev-network';
import { admissionsOf, doorsOf, type Guest, guestsAt } from '../guests.ts';
import { comeBack } from '../oracle/come-back.ts';
import { holdPromise } from '../oracle/promise.ts';
import type { ProofResult } from '../proof-result.ts';
import { drained, onProofSite, type ProofSite, provisionTerminal } from '../proof-site.ts';
import { sellMany } from '../sell-many.ts';
import { until } from '../until.ts';
import { fakeClock, PRECISION_MS } from './fake-clock.ts';
import { keptScans } from './scene.ts';

const FARTHEST_SECONDS = 10 * 60;
const LONGEST_BETWEEN_MS = 2_500;
/** How often the clock is left unchanged, long enough to be measured. */
const IN_PEACE = 0.15;
const LONGEST_IN_PEACE_MS = 15_000;
const GUESTS_A_JUMP = 50;
const JUMPS_A_ROUND = 50;
const SCANNERS = 3;
const MAX_CORRECTED_MS = 5 * 60_000 + PRECISION_MS;
/** How often the platform is killed while the clock is wrong, and how often a jump is back to the right time. */
const OFFLINE = 0.25;
const RIGHT = 0.3;

/** Sets the clock of one of two terminals at random moments under a stream of guests, on and off line. */
export async function jumps(options: { size: number; chance: () => number; result: ProofResult }): Promise<void> {
  const { size, chance, result } = options;
  await onProofSite(result, async (site) => {
    const clock = fakeClock(site.directory);
    Object.assign(site.env['terminal-agent'], clock.env);
    const other = await site.withOtherTerminal();
    await Promise.all([site.startAll(), other.start('terminal-agent')]);
    const demo = await openDemo(site, join(site.directory, 'demo'));
    await provisionTerminal(other, 'right');
    const doors = [...(await doorsOf(site, 'set', ['gate-1'])), ...(await doorsOf(other, 'right', ['gate-1']))];

    const scanned: Guest[] = [];
    for (let done = 0; done < size; ) {
      const inRound = Math.min(JUMPS_A_ROUND, size - done);
      const tickets = sellMany(demo.boxOffice, inRound * GUESTS_A_JUMP);
      await demo.tell();
      const guests = guestsAt(doors, tickets, chance);
      const stream = guests.stream(SCANNERS);
      for (const last = done + inRound; done < last; done += 1) {
        const offline = chance() < OFFLINE;
        if (offline) await site.stop('third-party-platform', 'SIGKILL');
        clock.set(chance() < RIGHT ? 0 : Math.round((2 * chance() - 1) * FARTHEST_SECONDS));
        result.times += 1;
        await delay(chance() * (chance() < IN_PEACE ? LONGEST_IN_PEACE_MS : LONGEST_BETWEEN_MS));
        if (offline) await site.start('third-party-platform');
      }
      await stream.stop();
      clock.set(0);
      await until('the clock is trusted again', async () => {
        const { upstream } = JSON.parse((await site.get('terminal-agent', '/health')).text);
        if (upstream.clockTrusted) return upstream.line === 'up';
        // A guest who is turned away makes the terminal ask for the time.
        await guests.present(guests.seen[0]!, doors[0]!);
        return false;
      });
      await comeBack(guests, doors, result);
      await drained([site, other]);
      scanned.push(...guests.seen);
    }
    await demo.close();
    const clockOff = ({ terminal }: { terminal: string }, from: number, to: number) =>
      terminal === 'set' ? clock.offBetween(from, to) : { least: 0, most: 0 };
    const terminals = new Map([
      ['set', site],
      ['right', other],
    ]);
    const observed = { guests: scanned, sold: demo.boxOffice.tickets, clockOff, wrongClocks: ['set'] };
    await holdPromise(terminals, observed, result);
    await tellTimes(site, scanned, result);
  });
}

/** Counts the recorded times that were far from the right one. */
async function tellTimes(site: ProofSite, guests: readonly Guest[], result: ProofResult): Promise<void> {
  const scans = await keptScans(site);
  const admitted = scans.filter(({ Verdict }) => Verdict === 'ADMIT');
  const answeredAt = new Map(
    guests.flatMap((guest) => admissionsOf(guest).map((one) => [one.verdict.RecordId, one.answeredAt] as const)),
  );
  const wrong = admitted.filter(({ RecordId, ScannedAt }) => {
    const right = answeredAt.get(RecordId);
    return right !== undefined && Math.abs(epochOf(parseWallClock(ScannedAt)) - right) > MAX_CORRECTED_MS;
  });
  const unmarked = wrong.filter(({ ClockTrusted }) => ClockTrusted).length;
  const turnedAway = scans.filter(({ Verdict }) => Verdict === 'CLOCK_UNTRUSTED').length;
  result.notes.push(
    `${turnedAway} scans of the stream were turned away for the clock, ${wrong.length} admissions were more than 5 minutes off, ${unmarked} of them before the terminal could know`,
  );
}
