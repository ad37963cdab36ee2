import { setTimeout as delay } from 'node:timers/promises';
import { doorsSeenBy, type Guest, type Guests, guestsAt } from '../guests.ts';
import { comeBack } from '../oracle/come-back.ts';
import { holdPromise } from '../oracle/promise.ts';
import { holds, nothingYet, type ProofResult } from '../proof-result.ts';
import { drained } from '../proof-site.ts';
import { seededChance } from '../seeded-chance.ts';
import { sellMany } from '../sell-many.ts';
import { openTwoTerminals, type TwoTerminals } from '../two-terminals.ts';
import { type KillTarget, killTarget } from './kill-targets.ts';
import { type Supervisor, supervisorAt } from './supervisor.ts';
import { inWords, NOTHING, type Overrides, sum, type Tally } from './tally.ts';
import { watchScans } from './watch-scans.ts';

const SCANNERS = 6;
const PAUSE_MS = 160;
const GUESTS_A_KILL = 16;
/** Returning guests are among the newest, whose record is still on its way. */
const NEWEST = 60;
const KILLS_A_ROUND = 60;
/** After this many the services start with empty stores, which bounds the disk space of a long run. */
const KILLS_A_STORE = 500;
/** From its beginning to the open gate a scan takes some 20 to 60 ms. */
const INTO_A_SCAN_MS = 60;
/** How often a terminal is killed while its supervisor lets a refused guest in, and the longest that this is waited for; mostly far less. */
const IN_AN_OVERRIDE = 0.6;
const INTO_AN_OVERRIDE_MS = 800;
/** How often it is killed right after the decision, before the supervisor has heard of it. */
const AFTER_AN_OVERRIDE = 0.5;
const LONGEST_IN_PEACE_MS = 1_000;
const LONGEST_INTO_A_START_MS = 400;
/** How services are killed; a round of a few kills meets all of these. */
const KINDS = [
  'one',
  'two at once',
  'all at once',
  'while it was starting itself',
  'while another was starting',
  'while it let a refused guest in',
] as const;
type Kinds = Map<(typeof KINDS)[number], number>;
/** With fewer kills chance leaves some kinds out. */
const ALL_KINDS_FROM = 30;

/**
 * Kills two terminals, the third-party and the national platform (SIGKILL) at random moments, singly and together, also
 * while others or they themselves are starting, under a stream of scans at four gates. Every ticket is presented at two
 * doors at least. Supervisors let refused guests in meanwhile. After it the promise holds. Readings C2, C3, C8, R10.
 *
 * @param options.size how many processes are killed
 */
export async function run({ seed, size }: { seed: string; size: number }): Promise<ProofResult> {
  const chance = seededChance(seed);
  const result = nothingYet({
    name: 'kill',
    tried: 'kill -9 of two terminals, third-party and national platform under scans',
    seed,
  });
  let tally = NOTHING;
  const kinds: Kinds = new Map(KINDS.map((kind) => [kind, 0]));
  while (result.times < size && holds(result)) {
    const until = Math.min(size, result.times + KILLS_A_STORE);
    tally = sum(tally, await proveOnStore({ until, chance, kinds, result }));
  }
  for (const [kind, times] of kinds)
    if (times === 0 && size >= ALL_KINDS_FROM) result.failures.push(`nothing was killed: ${kind}`);
  result.notes.push(`killed ${[...kinds].map(([kind, times]) => `${times} times ${kind}`).join(', ')}`);
  if (tally.repeats === 0) result.failures.push('no ticket that was read twice was answered once more');
  result.notes.push(...inWords(tally));
  return result;
}

type OnStore = Pick<Round, 'until' | 'chance' | 'kinds' | 'result'>;

async function proveOnStore({ until, chance, kinds, result }: OnStore): Promise<Tally> {
  const found = nothingYet(result);
  let place: TwoTerminals | undefined;
  let targets: KillTarget[] = [];
  try {
    place = await openTwoTerminals();
    const { site, demo, terminals } = place;
    targets = [
      killTarget('national platform', { site, role: 'national-platform', result }),
      killTarget('third-party platform', { site, role: 'third-party-platform', result }),
      ...[...terminals].map(([name, terminal]) => killTarget(name, { site: terminal, role: 'terminal-agent', result })),
    ];
    const supervisors = new Map<string, Supervisor>();
    for (const [name, terminal] of terminals) supervisors.set(name, await supervisorAt(name, terminal, chance));
    const guests: Guest[] = [];
    while (result.times < until)
      guests.push(...(await killRound({ place, targets, supervisors, until, chance, kinds, result, found })));
    const overrides = [...supervisors.values()].flatMap(({ decisions }) => decisions);
    const counted = await holdPromise(terminals, { guests, sold: demo.boxOffice.tickets, overrides }, found);
    return { ...counted, ...countOverrides(supervisors) };
  } catch (error) {
    // Above all a service that does not start again.
    const said = targets.map(({ name, lastWords }) => `${name}: ${lastWords()}`).join('\n');
    found.failures.push(`${error instanceof Error ? error.message : error}\n${said}`);
    return NOTHING;
  } finally {
    await Promise.allSettled(targets.map(({ up }) => up()));
    await place?.close();
    result.lost += found.lost;
    result.doubledUnflagged += found.doubledUnflagged;
    result.failures.push(...found.failures);
    result.notes.push(...found.notes);
  }
}

interface Round {
  place: TwoTerminals;
  targets: readonly KillTarget[];
  /** Of the terminals, by name. */
  supervisors: ReadonlyMap<string, Supervisor>;
  /** Of `result.times`. */
  until: number;
  chance: () => number;
  kinds: Kinds;
  result: ProofResult;
  found: ProofResult;
}

/** Some kills under scans, and finally all four at once, so that senders that back off start again. */
async function killRound({
  place,
  targets,
  supervisors,
  until,
  chance,
  kinds,
  result,
  found,
}: Round): Promise<readonly Guest[]> {
  const kills = Math.min(until - result.times, KILLS_A_ROUND);
  const last = result.times + kills - targets.length;
  const tickets = sellMany(place.demo.boxOffice, kills * GUESTS_A_KILL);
  await place.demo.tell();
  const { doors, nextScan } = watchScans(place.doors);
  const guests = guestsAt(doors, tickets, chance, { afterMs: 0, newest: NEWEST });
  const scans = guests.stream(SCANNERS, { pauseMs: PAUSE_MS });
  try {
    let chosen: readonly KillTarget[] = [];
    for (let times = 0; result.times < last; times += 1) {
      // The second time those that were killed first once more, the third time two.
      const isAgain = times === 1;
      if (!isAgain) chosen = choose(targets, chance, times === 2 ? 2 : undefined);
      chosen = chosen.slice(0, last - result.times);
      // Mostly in peace; sometimes the last ones, or the very same, are still starting.
      if (isAgain || chance() < 0.3) await delay(chance() * LONGEST_INTO_A_START_MS);
      else {
        await Promise.all(targets.map(({ up }) => up()));
        await delay(chance() * LONGEST_IN_PEACE_MS);
      }
      const deciding = chance() < IN_AN_OVERRIDE ? await beginOverrides(chosen, supervisors, guests) : [];
      if (deciding.length > 0 && chance() < AFTER_AN_OVERRIDE)
        await Promise.race(deciding.map(({ overridden }) => overridden()));
      else if (deciding.length > 0) await delay(chance() ** 2 * INTO_AN_OVERRIDE_MS);
      else {
        await nextScan(chosen[0]!.name);
        await delay(chance() * INTO_A_SCAN_MS);
      }
      countKinds(kinds, chosen, { targets, supervisors });
      for (const each of chosen) each.kill();
    }
    await Promise.all(targets.map(({ up }) => up()));
    await nextScan();
    countKinds(kinds, targets, { targets, supervisors });
    for (const each of targets) each.kill();
  } finally {
    await scans.stop();
  }
  await Promise.all(targets.map(({ up }) => up()));
  await Promise.all([...supervisors.values()].map(({ askAgain }) => askAgain()));
  await comeBack(guests, doors, found);
  await drained([...place.terminals.values()]);
  const atOneDoor = guests.seen.filter((guest) => doorsSeenBy(guest).size < 2).length;
  if (atOneDoor > 0) found.failures.push(`${atOneDoor} tickets were presented at one door only`);
  return guests.seen;
}

/** Has the supervisors of those that are to be killed let a guest in; answers those who are at it. */
async function beginOverrides(
  chosen: readonly KillTarget[],
  supervisors: ReadonlyMap<string, Supervisor>,
  { seen }: Guests,
): Promise<Supervisor[]> {
  const theirs = chosen.flatMap(({ name }) => supervisors.get(name) ?? []);
  const begun = await Promise.all(theirs.map(({ begin }) => begin(seen)));
  return theirs.filter((_, index) => begun[index]);
}

/** One, two, all or a given number of them, in random order. */
function choose(targets: readonly KillTarget[], chance: () => number, count?: number): KillTarget[] {
  const order = targets.map((each) => ({ each, place: chance() })).sort((a, b) => a.place - b.place);
  const kind = chance();
  const many = kind < 0.6 ? 1 : kind < 0.85 ? 2 : targets.length;
  return order.slice(0, count ?? many).map(({ each }) => each);
}

function countKinds(
  kinds: Kinds,
  chosen: readonly KillTarget[],
  { targets, supervisors }: Pick<Round, 'targets' | 'supervisors'>,
): void {
  const isMet: Record<(typeof KINDS)[number], boolean> = {
    one: chosen.length === 1,
    'two at once': chosen.length === 2,
    'all at once': chosen.length === targets.length,
    'while it was starting itself': chosen.some((each) => !each.isUp()),
    'while another was starting': targets.some((each) => !chosen.includes(each) && !each.isUp()),
    'while it let a refused guest in': chosen.some(({ name }) => supervisors.get(name)?.isAsking()),
  };
  for (const kind of KINDS) if (isMet[kind]) kinds.set(kind, (kinds.get(kind) ?? 0) + 1);
}

function countOverrides(supervisors: ReadonlyMap<string, Supervisor>): Overrides {
  const all = [...supervisors.values()];
  return {
    overrides: all.reduce((sum, { decisions }) => sum + decisions.length, 0),
    overridesCutOff: all.reduce((sum, { cutOff }) => sum + cutOff, 0),
    overridesDoneUnheard: all.reduce((sum, { doneUnheard }) => sum + doneUnheard, 0),
  };
}
