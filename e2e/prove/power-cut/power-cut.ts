import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { openDemo, ROLES, type Role } from '@ticket-check/simulators/dev-network';
import { killRunner } from '../commands/run-command.ts';
import { doorsOf, type Guest, guestsAt } from '../guests.ts';
import { comeBack } from '../oracle/come-back.ts';
import { holdPromise } from '../oracle/promise.ts';
import type { Reported } from '../oracle/stores.ts';
import { nothingYet, type ProofResult, recovered } from '../proof-result.ts';
import { drained, onProofSite, type ProofSite } from '../proof-site.ts';
import { seededChance } from '../seeded-chance.ts';
import { sellMany } from '../sell-many.ts';
import { reportStream } from './reporter.ts';
import { restoreStore } from './restore-store.ts';
import { buildShim, type Commits, shimEnvironment } from './shim.ts';

const SCANNERS = 4;
const GUESTS_A_CUT = 40;
const REPORTS_A_CUT = 12;
const LONGEST_BETWEEN_CUTS_MS = 1_200;
const CUTS_A_ROUND = 50;
/** How much of what was not synced a disk has written all the same. */
const SURVIVES = [0, 0, 0.1, 0.5, 0.9];

export interface PowerCutOptions {
  seed: string;
  /** How many cuts, beside the one right after the first start. */
  size: number;
  /** `unsynced` cuts the power of stores whose commits are not synced: then the proof must fail. */
  commits?: Commits;
}

/**
 * Cuts the power of the terminal, the third-party platform and the national platform, singly and together, while
 * guests are scanned and peers report. After it every answered admission and every confirmed report is at the national
 * platform once, and no guest was admitted twice. Readings S2, C8.
 */
export async function run({ seed, size, commits = 'synced' }: PowerCutOptions): Promise<ProofResult> {
  const chance = seededChance(seed);
  const result = nothingYet({
    name: commits === 'synced' ? 'power cut' : 'power cut, commits unsynced',
    tried: 'power cuts of terminal, third-party and national platform under scans and reports',
    seed,
  });
  await onProofSite(result, async (site) => {
    const library = buildShim(site.directory);
    const disks = Object.fromEntries(ROLES.map((role) => [role, join(site.directory, `disk-${role}`)]));
    const preload = (role: Role, commitsOf: Commits) =>
      Object.assign(
        site.env[role],
        shimEnvironment(library, { store: join(site.directory, role), disk: disks[role]!, commits: commitsOf }),
      );
    for (const role of ROLES) {
      mkdirSync(disks[role]!);
      preload(role, 'synced');
    }
    let sectors = 0;
    const cut = async (roles: readonly Role[], survives: number, beforeStart = () => {}) => {
      result.times += 1;
      await Promise.all(roles.map((role) => site.stop(role, 'SIGKILL')));
      // What ran their commands has files of the store open, too.
      await Promise.all(roles.map((role) => killRunner(site.environmentOf(role))));
      for (const role of roles) {
        const store = join(site.directory, role);
        sectors += restoreStore({ store, disk: disks[role]!, survives, chance }).sectors;
      }
      beforeStart();
      const from = performance.now();
      // Power comes back to all at once.
      await Promise.all(roles.map((role) => site.start(role)));
      recovered(result, performance.now() - from);
    };
    const afterSetUp = () => {
      for (const role of ROLES) preload(role, commits);
    };
    await prove({ site, size, chance, cut, result, afterSetUp });
    result.notes.push(`${sectors} sectors that were not synced were taken back`);
  });
  return result;
}

interface Proving {
  site: ProofSite;
  size: number;
  chance: () => number;
  cut(roles: readonly Role[], survives: number, beforeStart?: () => void): Promise<void>;
  result: ProofResult;
  afterSetUp(): void;
}

async function prove({ site, size, chance, cut, result, afterSetUp }: Proving): Promise<void> {
  await site.startAll();
  const demo = await openDemo(site, join(site.directory, 'demo'));
  const reporters = await Promise.all([
    site.issue('third-party-platform', 'other-door'),
    site.issue('national-platform', 'other-platform'),
  ]);
  // What was set up a moment ago was handed out: accounts, certificates, the token for the terminal's scanners.
  const token = await site.readFile('terminal-agent', 'scan.token');
  await cut(ROLES, 0, afterSetUp);
  if ((await site.readFile('terminal-agent', 'scan.token')) !== token)
    result.failures.push('the scan token is another');

  const doors = await doorsOf(site, 'terminal', ['gate-1']);
  const [scanned, reported] = [[] as Guest[], [] as Reported[]];
  for (let cuts = 0; cuts < size; ) {
    const inRound = Math.min(CUTS_A_ROUND, size - cuts);
    const tickets = sellMany(demo.boxOffice, inRound * (GUESTS_A_CUT + 2 * REPORTS_A_CUT));
    await demo.tell();
    const forReports = reporters.map(() => tickets.splice(0, inRound * REPORTS_A_CUT));
    const guests = guestsAt(doors, tickets, chance);
    const scans = guests.stream(SCANNERS);
    const reports = reporters.map((bundle, index) => reportStream(bundle, forReports[index]!, chance));
    for (let last = cuts + inRound; cuts < last; cuts++) {
      await delay(50 + chance() * LONGEST_BETWEEN_CUTS_MS);
      const which = Math.floor(chance() * (ROLES.length + 1));
      const one = ROLES[which];
      await cut(one === undefined ? ROLES : [one], SURVIVES[Math.floor(chance() * SURVIVES.length)]!);
    }
    await Promise.all([scans.stop(), ...reports.map((stream) => stream.stop())]);
    // Senders that back off after failures start again.
    await cut(ROLES, 0);
    await comeBack(guests, doors, result);
    await drained([site]);
    scanned.push(...guests.seen);
    reported.push(...reports.flatMap((stream) => stream.reported));
  }
  await demo.close();
  const sold = demo.boxOffice.tickets;
  await holdPromise(new Map([['terminal', site]]), { guests: scanned, sold, reported }, result);
}
