import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Ticket } from '@ticket-check/simulators/box-office';
import { ROLES, type Role } from '@ticket-check/simulators/dev-network';
import { ask, type Bundle, shanghaiTime } from '../../testing/client.ts';
import type { Site } from '../../testing/site.ts';
import { checkRecord, reportQuery } from '../../testing/tickets.ts';
import { oneByOne } from '../one-by-one.ts';
import type { Reported } from '../oracle/stores.ts';
import { recovered } from '../report.ts';
import { anyOf, inWorld, type Proof, type World } from '../world.ts';
import { type Commits, compileDisk, diskEnvironment, restoreStore } from './disk.ts';

const SCANNERS = 4;
const GUESTS_A_CUT = 40;
const REPORTS_A_CUT = 12;
const MAX_RECORDS_A_REPORT = 4;
const BETWEEN_REPORTS_MS = 20;
const AFTER_A_FAULT_MS = 50;
const LONGEST_BETWEEN_CUTS_MS = 1_200;
const CUTS_A_ROUND = 50;
/** How much of what was not synced a disk has written all the same. */
const SURVIVES = [0, 0, 0.1, 0.5, 0.9];

/**
 * Cuts the power of the three services, singly and together, while guests are scanned and peers report: every answered admission and every
 * confirmed report arrives once, and nobody was admitted twice. Where commits are `unsynced` the proof must fail. Readings S2, C8.
 */
export const powerCuts = (commits: Commits): Proof => ({
  tried: 'power cuts of terminal, third-party and national platform under scans and reports',
  unit: 'cuts',
  size: 200,
  async run(run) {
    let library = '';
    const diskOf = ({ directory }: Site, role: Role) => ({
      store: join(directory, role),
      disk: join(directory, `disk-${role}`),
    });
    const setDisks = (site: Site, how: Commits) => {
      for (const role of ROLES)
        Object.assign(site.env[role], diskEnvironment(library, { ...diskOf(site, role), commits: how }));
    };
    const prepare = (site: Site) => {
      library = compileDisk(site.directory);
      for (const role of ROLES) mkdirSync(diskOf(site, role).disk);
      setDisks(site, 'synced');
    };
    await inWorld(run, { terminals: 1, prepare }, async (world) => {
      const { site, result, chance } = world;
      let sectors = 0;
      const cut: Cut = async (roles, survives, beforeStart) => {
        result.times += 1;
        await Promise.all(roles.map((role) => site.stop(role, 'SIGKILL')));
        for (const role of roles) sectors += restoreStore({ ...diskOf(site, role), survives, chance });
        beforeStart?.();
        const from = performance.now();
        // Power comes back to all at once.
        await site.startAll(roles);
        recovered(result, performance.now() - from);
      };
      await cutUnderScans(world, cut, () => setDisks(site, commits));
      result.notes.push(`${sectors} sectors that were not synced were taken back`);
    });
  },
});

export const powerCut = powerCuts('synced');

type Cut = (roles: readonly Role[], survives: number, beforeStart?: () => void) => Promise<void>;

async function cutUnderScans(world: World, cut: Cut, afterSetUp: () => void): Promise<void> {
  const { site, size, chance, result, observed } = world;
  const reporters = [
    await site.issue('third-party-platform', 'other-door'),
    await site.issue('national-platform', 'other-platform'),
  ];
  // What was set up a moment ago was handed out: accounts, certificates, the token for the terminal's scanners.
  const token = await site.readFile('terminal-agent', 'scan.token');
  await cut(ROLES, 0, afterSetUp);
  if ((await site.readFile('terminal-agent', 'scan.token')) !== token)
    result.failures.push('the scan token is another');

  const reported: Reported[] = [];
  observed.reported = reported;
  for (let cuts = 0; cuts < size; ) {
    const inRound = Math.min(CUTS_A_ROUND, size - cuts);
    const tickets = await world.sell(inRound * (GUESTS_A_CUT + 2 * REPORTS_A_CUT));
    const streams = reporters.map((bundle) =>
      reportStream(bundle, tickets.splice(0, inRound * REPORTS_A_CUT), chance, reported),
    );
    const beforeTheyComeBack = async () => {
      await Promise.all(streams.map((stream) => stream.stop()));
      // Senders that back off after failures start again.
      await cut(ROLES, 0);
    };
    await world.crowd({ tickets, scanners: SCANNERS, newest: Infinity, beforeTheyComeBack }, async () => {
      for (const last = cuts + inRound; cuts < last; cuts++) {
        await delay(50 + chance() * LONGEST_BETWEEN_CUTS_MS);
        const one = ROLES[Math.floor(chance() * (ROLES.length + 1))];
        await cut(one === undefined ? ROLES : [one], anyOf(SURVIVES, chance));
      }
    });
  }
  // What is read from here on changes nothing that a cut could take back.
  for (const role of ROLES) delete site.env[role].LD_PRELOAD;
  await world.hold();
}

/** A plain peer that reports records of other doors, each once; what was answered `true` is what a platform has promised. */
function reportStream(bundle: Bundle, tickets: readonly Ticket[], chance: () => number, reported: Reported[]) {
  async function report(batch: readonly Ticket[]): Promise<void> {
    const checkTime = shanghaiTime();
    const records = batch.map((ticket) => checkRecord(ticket, { CheckTime: checkTime }));
    let confirmed = false;
    try {
      const query = reportQuery(batch[0]!.cinemaCode, ...records);
      confirmed = (await ask(bundle, 'ReportOriginalCheckTickets', query)).ReportResult === true;
    } catch {
      await delay(AFTER_A_FAULT_MS);
    }
    reported.push(...batch.map(({ filmTicketCode }) => ({ filmTicketCode, checkTime, confirmed })));
  }

  function* batches() {
    for (let from = 0; from < tickets.length; ) {
      const count = 1 + Math.floor(chance() * MAX_RECORDS_A_REPORT);
      yield tickets.slice(from, from + count);
      from += count;
    }
  }
  return oneByOne(batches(), async (batch) => {
    await report(batch);
    await delay(BETWEEN_REPORTS_MS);
  });
}
