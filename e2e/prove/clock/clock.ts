import { readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { epochOf, wallClockAt } from '@ticket-check/protocol';
import { shanghaiTime } from '../../testing/client.ts';
import { plainScene } from '../../testing/plain-scene.ts';
import type { Site } from '../../testing/site.ts';
import { admissionsOf, type Door, doorsOf, type Guests, guestsAt } from '../guests.ts';
import { type Scan, scansAt } from '../oracle/evidence.ts';
import { differences } from '../oracle/stores.ts';
import { until } from '../report.ts';
import { drained, inWorld, keysArrived, onSite, type Proof, type Run, type World } from '../world.ts';
import { type FakeClock, fakeClock, PRECISION_MS } from './fake-clock.ts';

/** The terminal whose clock is set; the other's is right. */
const SET = 'terminal 1';
const FARTHEST_SECONDS = 10 * 60;
const LONGEST_BETWEEN_MS = 2_500;
/** How often the clock is left unchanged, long enough to be measured. */
const IN_PEACE = 0.15;
const LONGEST_IN_PEACE_MS = 15_000;
const GUESTS_A_JUMP = 50;
const JUMPS_A_ROUND = 50;
const SCANNERS = 3;
const MAX_CORRECTED_MS = 5 * 60_000 + PRECISION_MS;
/** What every run begins with: how far ahead the clock is until the terminal has measured that, in seconds, and some time beyond. */
const MEASURED = [180, -240, 1200];
const MEASURED_FOR_MS = 1_500;
/** How often the platform is killed while the clock is wrong, the terminal is started with it, and a jump is to the right time. */
const OFFLINE = 0.25;
const AT_A_START = 0.25;
const RIGHT = 0.3;

/** Wrong clocks: of a terminal, at its start and in service, on and off line; of plain platforms in another time zone, or standing still. Reading C7. */
export const clock: Proof = {
  tried: 'clocks of a terminal set wrong and right, at its start and in service, and of plain platforms',
  unit: 'jumps',
  size: 50,
  run: async (run) => void (await Promise.all([jumps(run), underPlainPlatform(run)])),
};

/** A time in which the terminal knew how far ahead its clock was, in seconds; by epoch milliseconds. */
type Window = { from: number; until: number; ahead: number };

const isWithin = ({ from, until }: Window, askedAt: number, endedAt: number): boolean =>
  askedAt >= from && endedAt <= until;

const isCorrected = ({ ahead }: Window): boolean => Math.abs(ahead) * 1000 <= MAX_CORRECTED_MS;

async function jumps(run: Run): Promise<void> {
  const { size, chance } = run;
  let fake: FakeClock | undefined;
  const prepare = ({ directory, env }: Site) => {
    fake = fakeClock(directory);
    Object.assign(env['terminal-agent'], fake.env);
    // The terminal's first start makes its certificate, and that at a wrong time too.
    fake.set(chance() < 0.5 ? -FARTHEST_SECONDS : FARTHEST_SECONDS);
  };
  await inWorld(run, { prepare }, async (world) => {
    const { observed } = world;
    const windows: Window[] = [];
    observed.wrongClocks = [SET];
    observed.clockOff = ({ terminal }: Door, from, until) => {
      if (terminal !== SET) return { least: 0, most: 0 };
      const known = windows.find((window) => isWithin(window, from, until));
      if (known === undefined) return fake!.offBetween(from, until);
      const off = isCorrected(known) ? 0 : known.ahead * 1000;
      return { least: off - PRECISION_MS, most: off + PRECISION_MS };
    };
    for (let done = 0; done < size; done += JUMPS_A_ROUND)
      await jump(world, fake!, Math.min(JUMPS_A_ROUND, size - done), done === 0 ? windows : null);
    delete world.site.env['terminal-agent'].LD_PRELOAD;
    await world.hold();
    await judgeTimes(world, windows);
  });
}

/** @param windows where the measured jumps are noted, if there are to be any */
async function jump(world: World, fake: FakeClock, times: number, windows: Window[] | null): Promise<void> {
  const { site, chance, result, doors } = world;
  const beforeTheyComeBack = async (guests: Guests) => {
    fake.set(0);
    await until('the clock is trusted again', async () => {
      const { upstream } = await site.health('terminal-agent');
      if (upstream.clockTrusted) return upstream.line === 'up';
      // A guest who is turned away makes the terminal ask for the time.
      await guests.present(guests.seen[0]!, doors[0]!);
      return false;
    });
  };
  async function set(ahead: number, isAtAStart: boolean): Promise<void> {
    if (isAtAStart) await site.stop('terminal-agent');
    fake.set(ahead);
    if (isAtAStart) await site.start('terminal-agent');
    result.times += 1;
  }
  const tickets = await world.sell((times + MEASURED.length) * GUESTS_A_JUMP);
  const crowd = { tickets, scanners: SCANNERS, newest: Infinity, beforeTheyComeBack };
  await world.crowd(crowd, async () => {
    for (const ahead of windows === null ? [] : MEASURED) {
      await set(ahead, ahead < 0);
      await until(`the terminal knows that its clock is ${ahead} s ahead`, async () => {
        const { clockOffsetMs } = (await site.health('terminal-agent')).upstream;
        return clockOffsetMs !== null && Math.abs(clockOffsetMs + ahead * 1000) <= PRECISION_MS;
      });
      const from = Date.now();
      await delay(MEASURED_FOR_MS);
      windows?.push({ from, until: Date.now(), ahead });
    }
    for (let done = 0; done < times; done += 1) {
      const isOffline = chance() < OFFLINE;
      if (isOffline) await site.stop('third-party-platform', 'SIGKILL');
      const ahead = chance() < RIGHT ? 0 : Math.round((2 * chance() - 1) * FARTHEST_SECONDS);
      await set(ahead, chance() < AT_A_START);
      await delay(chance() * (chance() < IN_PEACE ? LONGEST_IN_PEACE_MS : LONGEST_BETWEEN_MS));
      if (isOffline) await site.start('third-party-platform');
    }
  });
}

type KeptScan = Scan & { ClockTrusted: boolean };

const alarmsOf = (site: Site): number =>
  readFileSync(site.logFile('terminal-agent'), 'utf8').split('more than 5 minutes apart').length - 1;

/** Expects an alarm, and of what was admitted while the terminal knew its clock that it says whether that was to be trusted. */
async function judgeTimes({ site, observed, result }: World, windows: readonly Window[]): Promise<void> {
  const scans = [...(await scansAt(new Map([[SET, site]]))).values()].flat() as KeptScan[];
  const kept = new Map(scans.map((scan) => [scan.RecordId, scan]));
  let [judged, wrong, unmarked] = [0, 0, 0];
  for (const { door, verdict, askedAt, answeredAt } of observed.guests.flatMap(admissionsOf)) {
    const scan = door.terminal === SET ? kept.get(verdict.RecordId!) : undefined;
    if (scan === undefined) continue;
    const window = windows.find((one) => isWithin(one, askedAt, answeredAt));
    if (window !== undefined) judged += 1;
    if (window !== undefined && scan.ClockTrusted !== isCorrected(window))
      result.failures.push(`with a clock ${window.ahead} s ahead a scan says ClockTrusted ${scan.ClockTrusted}`);
    if (Math.abs(epochOf(scan.ScannedAt) - answeredAt) <= MAX_CORRECTED_MS) continue;
    wrong += 1;
    if (scan.ClockTrusted) unmarked += 1;
  }
  if (judged === 0) result.failures.push('nobody was admitted while the terminal knew how far its clock was off');
  if (alarmsOf(site) === 0) result.failures.push('no alarm was raised');
  const turnedAway = scans.filter(({ Verdict }) => Verdict === 'CLOCK_UNTRUSTED').length;
  result.notes.push(
    `${turnedAway} scans of the stream were turned away for the clock, ${wrong} admissions were more than 5 minutes off, ${unmarked} of them before the terminal could know`,
  );
}

/** A terminal that is right, under a plain platform that is not: guests go in, at the right time, and staff get a warning. */
async function underPlainPlatform(run: Run): Promise<void> {
  const { result } = run;
  const { plain, sold, setUpstream } = await plainScene();
  const stopped = shanghaiTime(-100);
  const wrong = [
    { when: 'a clock that has stopped', datetime: () => stopped, trusted: true },
    { when: 'an answer in UTC', datetime: () => shanghaiTime(-8 * 3600), trusted: false },
    { when: 'an answer that is a constant', datetime: () => '2026-01-01T00:00:00', trusted: false },
  ];
  await onSite(run, { 'terminal-agent': { COMPLETION_SECONDS: '1' } }, async (site) => {
    await site.start('terminal-agent');
    await setUpstream(site, 'terminal-agent');
    await keysArrived(site);
    const [door] = await doorsOf(site, 'terminal', ['gate-1']);
    const guests = guestsAt([door!], [], () => 0);
    /** Lets one guest after the other in until the terminal says that it trusts its clock, or does not. */
    const untilTrusted = (when: string, trusted: boolean) =>
      until(
        `under ${when}: clockTrusted ${trusted}`,
        async () => {
          const verdict = await guests.present(guests.newGuest(sold()), door!);
          if (verdict?.Verdict !== 'ADMIT' || verdict.Confirmed)
            result.failures.push(`under ${when}: a guest was answered ${verdict?.Verdict}, ${verdict?.Confirmed}`);
          return (await site.health('terminal-agent')).upstream.clockTrusted === trusted;
        },
        { everyMs: 500 },
      );
    for (const { when, datetime, trusted } of wrong) {
      const before = alarmsOf(site);
      plain.datetime = datetime;
      result.times += 1;
      await untilTrusted(when, trusted);
      if (alarmsOf(site) > before === trusted) result.failures.push(`under ${when}: an alarm was raised or missing`);
      plain.datetime = () => shanghaiTime();
      await untilTrusted('a clock that is right again', true);
    }
    await drained([site], { above: false });
    for (const { ticket, answers } of guests.seen) {
      const found = plain.kept.filter(({ FilmTicketCode }) => FilmTicketCode === ticket.filmTicketCode);
      if (found.length === 0) result.lost += 1;
      if (found.length > 1) result.doubledUnflagged += 1;
      const [from, to] = [answers[0]!.askedAt - PRECISION_MS, answers[0]!.answeredAt + PRECISION_MS];
      for (const record of found) {
        const time = String(record.CheckTime);
        const faults = differences(record, ticket);
        if (time < wallClockAt(from) || time > wallClockAt(to)) faults.push(`checked in at ${time}`);
        result.failures.push(...faults.map((one) => `${ticket.filmTicketCode} at the plain platform: ${one}`));
      }
    }
  });
  await plain.close();
}
