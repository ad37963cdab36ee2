import { on } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import type { Role } from '@ticket-check/simulators/dev-network';
import pMap from 'p-map';
import type { Site } from '../../testing/site.ts';
import { type Answer, COME_BACK_TOGETHER, type Door, doorsSeenBy, type Guest, type Guests } from '../guests.ts';
import { holds, type ProofResult, recovered } from '../report.ts';
import { inWorld, type Proof, shuffled, type World } from '../world.ts';
import { type Supervisor, supervisorAt } from './supervisor.ts';

const SCANNERS = 6;
const PAUSE_MS = 160;
const GUESTS_A_KILL = 16;
const KILLS_A_ROUND = 60;
/** After this many the services start with empty stores, which bounds the disk space of a long run. */
const KILLS_A_WORLD = 500;
/** From its beginning to the open gate a scan takes some 20 to 60 ms. */
const INTO_A_SCAN_MS = 60;
/** How often a terminal is killed while its supervisor lets a refused guest in, and the longest that this is waited for; mostly far less. */
const IN_AN_OVERRIDE = 0.6;
const INTO_AN_OVERRIDE_MS = 800;
/** How often it is killed right after the decision, before the supervisor has heard of it. */
const AFTER_AN_OVERRIDE = 0.5;
const LONGEST_IN_PEACE_MS = 1_000;
const LONGEST_INTO_A_START_MS = 400;
const PASS_OUTS = { 'terminal-agent': { PASS_OUTS: 'on' } };
/** How often a guest who was let in steps out again. */
const STEPS_OUT = 0.15;

type Killing = { chosen: readonly Target[]; targets: readonly Target[]; supervisors: ReadonlyMap<string, Supervisor> };

/** How services are killed; a round of a few kills meets all of these. */
const KINDS = {
  one: ({ chosen }) => chosen.length === 1,
  'two at once': ({ chosen }) => chosen.length === 2,
  'all at once': ({ chosen, targets }) => chosen.length === targets.length,
  'while it was starting itself': ({ chosen }) => chosen.some((each) => !each.isUp()),
  'while another was starting': ({ chosen, targets }) => targets.some((each) => !chosen.includes(each) && !each.isUp()),
  'while it let a refused guest in': ({ chosen, supervisors }) =>
    chosen.some(({ name }) => supervisors.get(name)?.isAsking()),
} satisfies Record<string, (killing: Killing) => boolean | undefined>;
/** With fewer kills chance leaves some kinds out; it may with more, on a busy machine: then as many are added. */
const ALL_KINDS_FROM = 30;

/**
 * Kills two terminals and both platforms (SIGKILL) at random moments, singly and together, also while they start, under a stream of scans;
 * supervisors let refused guests in, and guests step out and show their pass-out at both gates at once. Readings C2, C3, C8, R10, R11.
 */
export const kill: Proof = {
  tried: 'kill -9 of two terminals, third-party and national platform under scans',
  unit: 'kills',
  size: 1_000,
  async run(run) {
    const { size, result } = run;
    const kinds = new Map(Object.keys(KINDS).map((kind) => [kind, 0]));
    const missed = () => [...kinds].flatMap(([kind, times]) => (times === 0 && size >= ALL_KINDS_FROM ? [kind] : []));
    for (const most of [size, 2 * size]) {
      while (result.times < most && holds(result) && (most === size || missed().length > 0)) {
        const until = Math.min(most, result.times + KILLS_A_WORLD);
        await inWorld(run, { settings: PASS_OUTS }, (world) => killIn(world, until, kinds));
      }
    }
    for (const kind of missed()) result.failures.push(`nothing was killed: ${kind}`);
    result.notes.push(`killed ${[...kinds].map(([kind, times]) => `${times} times ${kind}`).join(', ')}`);
  },
};

/** @param until of `result.times` */
async function killIn(world: World, until: number, kinds: Map<string, number>): Promise<void> {
  const { site, terminals, chance, result, observed } = world;
  const targets = [
    targetOf('national platform', site, 'national-platform', result),
    targetOf('third-party platform', site, 'third-party-platform', result),
    ...[...terminals].map(([name, terminal]) => targetOf(name, terminal, 'terminal-agent', result)),
  ];
  const up = () => Promise.all(targets.map((target) => target.up()));
  const supervisors = new Map<string, Supervisor>();
  for (const [name, terminal] of terminals) supervisors.set(name, await supervisorAt(name, terminal, chance));

  function killAll(chosen: readonly Target[]): void {
    for (const [kind, isMet] of Object.entries(KINDS))
      if (isMet({ chosen, targets, supervisors })) kinds.set(kind, kinds.get(kind)! + 1);
    for (const each of chosen) each.kill();
  }

  const outside: { guest: Guest; doors: readonly Door[]; code: string; times: number }[] = [];
  const stepping: Promise<unknown>[] = [];

  async function stepOut(guests: Guests, guest: Guest, { door, verdict }: Answer): Promise<void> {
    const code = await supervisors.get(door.terminal)!.stepOut(verdict.RecordId!);
    if (code === null) return;
    const out = { guest, doors: world.doors.filter(({ terminal }) => terminal === door.terminal), code, times: 1 };
    outside.push(out);
    await guests.showPassOut(guest, out.doors, out);
  }

  const isOverridden = (code: string) =>
    [...supervisors.values()].some(({ decisions }) => decisions.some(({ filmTicketCode }) => filmTicketCode === code));

  function letSomeOut(guests: Guests): void {
    guests.scans.on('answered', (answer, guest) => {
      const { Verdict, Repeated } = answer.verdict;
      if (Verdict !== 'ADMIT' || Repeated || chance() >= STEPS_OUT) return;
      if (guest.hasLeft || isOverridden(guest.ticket.filmTicketCode)) return;
      guest.hasLeft = true;
      const failed = (error: Error) => void result.failures.push(`a guest could not step out: ${error.stack}`);
      stepping.push(stepOut(guests, guest, answer).catch(failed));
    });
  }

  /** Some kills under scans, and finally all four at once, so that senders that back off start again. */
  async function round(guests: Guests, last: number): Promise<void> {
    let chosen: readonly Target[] = [];
    for (let times = 0; result.times < last; times += 1) {
      // The second time those that were killed first once more, the third time two.
      const isAgain = times === 1;
      if (!isAgain) chosen = choose(targets, chance, times === 2 ? 2 : undefined);
      chosen = chosen.slice(0, last - result.times);
      // Mostly in peace; sometimes the last ones, or the very same, are still starting.
      if (isAgain || chance() < 0.3) await delay(chance() * LONGEST_INTO_A_START_MS);
      else {
        await up();
        await delay(chance() * LONGEST_IN_PEACE_MS);
      }
      const theirs = chance() < IN_AN_OVERRIDE ? chosen.flatMap(({ name }) => supervisors.get(name) ?? []) : [];
      const deciding: Supervisor[] = [];
      for (const each of theirs) if (await each.begin(guests.seen)) deciding.push(each);
      if (deciding.length > 0 && chance() < AFTER_AN_OVERRIDE)
        await Promise.race(deciding.map(({ overridden }) => overridden()));
      else if (deciding.length > 0) await delay(chance() ** 2 * INTO_AN_OVERRIDE_MS);
      else {
        await nextScan(guests, supervisors.has(chosen[0]!.name) ? chosen[0]!.name : undefined);
        await delay(chance() * INTO_A_SCAN_MS);
      }
      killAll(chosen);
    }
    await up();
    await nextScan(guests);
    killAll(targets);
  }

  try {
    while (result.times < until) {
      const kills = Math.min(until - result.times, KILLS_A_ROUND);
      const tickets = await world.sell(kills * GUESTS_A_KILL);
      const ofAll = { tickets, scanners: SCANNERS, pauseMs: PAUSE_MS, afterMs: 0 };
      const last = result.times + kills - targets.length;
      const { seen } = await world.crowd({ ...ofAll, beforeTheyComeBack }, (guests) => {
        letSomeOut(guests);
        return round(guests, last);
      });
      const atOneDoor = seen.filter((guest) => doorsSeenBy(guest).size < 2).length;
      if (atOneDoor > 0) result.failures.push(`${atOneDoor} tickets were presented at one door only`);
    }
  } finally {
    await Promise.allSettled(targets.map((target) => target.up()));
  }
  async function beforeTheyComeBack(guests: Guests): Promise<void> {
    await up();
    await Promise.all([...supervisors.values()].map(({ askAgain }) => askAgain()));
    await Promise.all(stepping);
    const comeBack = ({ guest, doors, ...out }: (typeof outside)[number]) =>
      guests.showPassOut(guest, doors, { ...out, times: out.times + 1 });
    await pMap(outside.splice(0), comeBack, { concurrency: COME_BACK_TOGETHER });
  }
  const all = [...supervisors.values()];
  observed.overrides = all.flatMap(({ decisions }) => decisions);
  const counted = await world.hold();
  if (counted.returns === 0 && until >= ALL_KINDS_FROM) result.failures.push('no guest came back with a pass-out');
  if (counted.repeats === 0) result.failures.push('no ticket that was read twice was answered once more');
  const sum = (of: 'cutOff' | 'doneUnheard') => all.reduce((total, { counts }) => total + counts[of], 0);
  result.notes.push(
    `at least ${counted.decidedLater} scans were cut off before their decision and ${counted.openedLater} between it and the mark that the gate opened, and continued; ${counted.openedAgain} times that opened a gate again for the same admission`,
    `${observed.overrides.length} refusals were overridden: the question was cut off ${sum('cutOff')} times, and ${sum('doneUnheard')} times it was done all the same`,
    `${counted.returns} guests came back with a pass-out`,
  );
}

/** Resolves when the next scan is sent, at a terminal if one is named. */
async function nextScan({ scans }: Guests, terminal?: string): Promise<void> {
  for await (const [door] of on(scans, 'asked')) if (terminal === undefined || door.terminal === terminal) return;
}

function choose(targets: readonly Target[], chance: () => number, count?: number): Target[] {
  const kind = chance();
  const many = kind < 0.6 ? 1 : kind < 0.85 ? 2 : targets.length;
  return shuffled(targets, chance).slice(0, count ?? many);
}

export type Target = ReturnType<typeof targetOf>;

export function targetOf(name: string, site: Site, role: Role, result: ProofResult) {
  let up = Promise.resolve();
  let isUp = true;

  async function replace(before: Promise<void>): Promise<void> {
    await site.stop(role, 'SIGKILL');
    await before.catch((error: unknown) => {
      if (!String(error).includes('SIGKILL')) throw error;
    });
    // A process that was about to begin when its predecessor's successor was to be killed.
    await site.stop(role, 'SIGKILL');
    const from = performance.now();
    await site.start(role);
    recovered(result, performance.now() - from);
  }

  return {
    name,
    /** Kills its process, also one that is starting, and starts another; that is not waited for. */
    kill(): void {
      result.times += 1;
      isUp = false;
      const replaced = replace(up).then(() => {
        isUp = up === replaced;
      });
      // A rejection is reported by `up`, or by the next one.
      replaced.catch(() => {});
      up = replaced;
    },
    /** Whether the process that was started last has answered. */
    isUp: () => isUp,
    /** Resolves when the process that was started last answers; rejects when one ended by itself. */
    up: () => up,
  };
}
