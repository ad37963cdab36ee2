import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Role } from '@ticket-check/simulators/dev-network';
import { freeAddresses, openSite, type Site } from '../../testing/site.ts';
import { type Answer, admissionsOf, type Guests } from '../guests.ts';
import { type Target, targetOf } from '../kill/kill.ts';
import { recovered, until } from '../report.ts';
import { anyOf, inFull, inWorld, type Proof, type Run, type World } from '../world.ts';
import { type Cluster, DATABASE_MACHINES, type DatabaseMachine, startCluster } from './parts.ts';

const PLATFORMS = ['national-platform', 'third-party-platform'] as const;
const SCANNERS = 4;
const PAUSE_MS = 250;
const GUESTS_A_FAULT = 250;
const AT_BOTH = 3;
/** A machine takes a while until it is back. */
const BOOT_MS = 5_000;
const WHOLE_LIMIT_MS = 120_000;
/** How long a scan waits for its claim. */
const CLAIM_BUDGET_MS = 1_500;
/** How long questions may wait for another primary, in milliseconds. */
const MOST_PAUSED_MS = { busy: 4_000, alone: 1_500 };
/** What waits longer is refused, and terminals no longer ask for a while. */
const UNNOTICED_MS = 1_000;

interface Scene extends World {
  cluster: Cluster;
  processes: readonly (Target & { role: Role; site: Site })[];
}

interface Fault {
  name: string;
  /** After how many seconds scans are answered in full again, as the table of bench/README has it. */
  outageS: number;
  /** Whether a primary and two standbys have to be there before. */
  needsWhole?: true;
  /** Resolves when what was done is over, what it broke may still be away. */
  strike(scene: Scene): Promise<Pause | undefined>;
}

type Pause = { from: number; until: number };

type Strike = Fault['strike'];
const kills =
  (role: Role, isLeader = false): Strike =>
  (scene) =>
    killProcess(scene, role, isLeader);
const killsPart =
  (name: string): Strike =>
  async ({ cluster }) =>
    void cluster.part(name).kill();

/** Each part once; its supervisor starts it again, as systemd does. What is quick comes while a machine with a database is still on its way back. */
const FAULTS: readonly Fault[] = [
  { name: 'death of a standby', outageS: 6, needsWhole: true, strike: killStandby },
  { name: 'kill -9 of a third-party process', outageS: 6, strike: kills('third-party-platform') },
  { name: 'kill -9 of the leader of the jobs', outageS: 5, strike: kills('third-party-platform', true) },
  { name: 'kill -9 of a national process', outageS: 4, strike: kills('national-platform') },
  { name: 'kill -9 of etcd', outageS: 1, strike: killsPart('etcd') },
  { name: 'death of the primary', outageS: 29, needsWhole: true, strike: killPrimary },
  { name: 'kill -9 of haproxy', outageS: 3, strike: killsPart('haproxy') },
  { name: 'kill -9 of pgbouncer', outageS: 2, strike: killsPart('pgbouncer') },
  { name: 'kill -9 of PostgreSQL', outageS: 10, needsWhole: true, strike: killPostgres },
  { name: 'planned switch-over', outageS: 2, needsWhole: true, strike: switchOver },
  { name: 'kill -9 of a switch-over', outageS: 3, needsWhole: true, strike: killSwitchOver },
];

/** Within this, also on a busy machine, everything is back that comes back by itself. */
const boundMs = ({ outageS }: Fault): number => 15_000 + 3_000 * outageS;

/** Kills each part of deploy/cluster under scans, and moves the primary as planned: nothing is lost, and all comes back. Readings C2, C3, R7, X4. */
export const cluster: Proof = {
  tried: 'every part of deploy/cluster killed, and a planned switch-over, under scans',
  unit: 'faults',
  size: 5 * FAULTS.length,
  async run(run) {
    const started = await startCluster();
    try {
      await inCluster(run, started, attack);
    } catch (error) {
      run.result.failures.push(`${error}\n${started.lastWords()}`);
    } finally {
      await started.stop();
    }
  },
};

async function inCluster(run: Run, cluster: Cluster, act: (scene: Scene) => Promise<void>): Promise<void> {
  await wholeness(cluster);
  for (const name of ['third_party', 'national']) {
    const password = `${name.replace('_', '-')}-password`;
    await cluster.sql('postgres', `create role ${name} login password '${password}'`);
    await cluster.sql('postgres', `create database ${name} owner ${name}`);
  }
  const others = [await freeAddresses(), await freeAddresses()];
  const settings = Object.fromEntries(PLATFORMS.map((role) => [role, cluster.settings(role)]));
  const prepare = async (site: Site) => {
    const at = (role: Role) => [site.addresses, ...others].map((addresses) => addresses[role]);
    await cluster.startDoors({ thirdParty: at('third-party-platform'), national: at('national-platform').slice(0, 2) });
    // Whoever asks a platform, also the box office, comes through haproxy.
    const { urlOf } = site;
    site.urlOf = (role) => (role === 'terminal-agent' ? urlOf(role) : cluster.urlOf(role));
  };
  await inWorld(run, { settings, prepare }, async (world) => {
    const { site, result } = world;
    const sites = others.map((addresses, index) =>
      openSite({ settings, addresses, directory: join(site.directory, `app-${index + 2}`) }),
    );
    const [second, third] = (await Promise.all(sites)) as [Site, Site];
    const places: [Role, Site][] = [
      ...[site, second, third].map((its): [Role, Site] => ['third-party-platform', its]),
      ...[site, second].map((its): [Role, Site] => ['national-platform', its]),
    ];
    try {
      for (const [role, its] of places) if (its !== site) await startAsUnit(its, role);
      const processes = places.map(([role, its], index) => {
        const target = targetOf(`${role} ${index}`, its, role, result);
        return { ...target, role, site: its };
      });
      await act({ ...world, cluster, processes });
    } finally {
      await Promise.all([second.stopAll(), third.stopAll()]);
    }
  });
}

/** Starts a service as its unit does: again where the database was too busy to answer the start. */
async function startAsUnit(site: Site, role: Role, again = 2): Promise<void> {
  await site.start(role).catch((error) => {
    if (again === 0) throw error;
    return startAsUnit(site, role, again - 1);
  });
}

const wholeness = (cluster: Cluster) =>
  until(() => `a primary and two standbys\n${cluster.lastWords()}`, cluster.isWhole, { withinMs: WHOLE_LIMIT_MS });

async function attack(scene: Scene): Promise<void> {
  const { size, result, cluster, processes } = scene;
  const tickets = await scene.sell(GUESTS_A_FAULT);
  await scene.crowd({ tickets, scanners: SCANNERS, pauseMs: PAUSE_MS }, async (guests) => {
    await inFull(guests, scene);
    for (let round = 0; round < size; round += 1) {
      const fault = FAULTS[round % FAULTS.length]!;
      const { name, strike, needsWhole } = fault;
      if (needsWhole) await wholeness(cluster);
      tickets.push(...(await scene.sell(GUESTS_A_FAULT)));
      const forBoth = tickets.splice(-AT_BOTH);
      const from = Date.now();
      const struck = strike(scene).then((pause) => ({ pause, struckMs: Date.now() - from }));
      const [{ struckMs, pause }] = await Promise.all([struck, ...scene.presentAtEach(guests, forBoth)]);
      await Promise.all(processes.map((each) => each.up()));
      await inFull(guests, scene);
      const fullMs = Date.now() - from;
      recovered(result, fullMs - struckMs);
      if (fullMs > boundMs(fault))
        result.failures.push(`${name}: scans answered in full only after ${inSeconds(fullMs)} s`);
      if (pause) result.failures.push(...costs(guests, from, pause, scene.isBusy).map((cost) => `${name}: ${cost}`));
      result.times = round + 1;
      result.notes.push(`${name}: ${outage(guests, from)}; scans answered in full after ${inSeconds(fullMs)} s`);
    }
    await wholeness(cluster);
  });
  await scene.hold();
}

async function killProcess({ cluster, processes, chance }: Scene, role: Role, isLeader: boolean): Promise<undefined> {
  // As `/jobs.json` names it: machine, process and a number.
  const owner = await cluster.sql('third_party', `select owner from job where name = 'jobs'`);
  const leads = ({ site }: Scene['processes'][number]) => owner.split(/\D+/).includes(`${site.processOf(role)}`);
  const chosen = processes.filter((each) => each.role === role && leads(each) === isLeader);
  anyOf(chosen, chance).kill();
}

async function killStandby({ cluster }: Scene): Promise<undefined> {
  const leader = await cluster.leader();
  const standby = DATABASE_MACHINES.find((machine) => machine !== leader)!;
  cluster.killMachine(standby, delay(BOOT_MS));
  await delay(BOOT_MS);
}

/** Its machine is back once another leads, as one that is replaced: what it has besides goes. */
async function killPrimary({ cluster }: Scene): Promise<undefined> {
  const before = (await cluster.leader()) as DatabaseMachine;
  const replaced = anotherLeads(cluster, before);
  cluster.killMachine(before, replaced);
  await replaced;
}

const anotherLeads = (cluster: Cluster, before: DatabaseMachine) =>
  until('another server leads', async () => ![undefined, before].includes(await cluster.leader()));

/** Only the postmaster: its children answer until they notice, and Patroni starts it again where it was. */
async function killPostgres({ cluster }: Scene): Promise<undefined> {
  const started = () => cluster.sql('postgres', 'select pg_postmaster_start_time()').catch(() => '');
  const before = await started();
  cluster.killPostgres((await cluster.leader()) as DatabaseMachine);
  await until('PostgreSQL runs again', async () => !['', before].includes(await started()));
}

async function switchOver({ cluster, isBusy, result }: Scene): Promise<Pause> {
  const from = (await cluster.leader()) as DatabaseMachine;
  const began = Date.now();
  const said = await cluster.switchOver(from);
  result.notes.push(`the switch-over took ${inSeconds(Date.now() - began)} s: ${said.replace('\n', ', ')}`);
  await anotherLeads(cluster, from);
  const pausedMs = Number(/paused for (\d+) ms/.exec(said)?.[1]);
  if (!(pausedMs <= MOST_PAUSED_MS[isBusy ? 'busy' : 'alone'])) result.failures.push(`questions waited: ${said}`);
  const pausedAt = cluster.pausedAt(from);
  return { from: pausedAt, until: pausedAt + pausedMs };
}

/** Of what paused and would resume; Patroni goes on, and resumes where it promotes. */
async function killSwitchOver({ cluster }: Scene): Promise<undefined> {
  const from = (await cluster.leader()) as DatabaseMachine;
  await cluster.killSwitchOver(from);
  await anotherLeads(cluster, from);
}

/**
 * What a pause cost guests: admissions not confirmed, scans without an answer, new guests refused. Where other tests run beside, not after a
 * pause that is noticed, nor what half of a claim's budget does not hold: the share of the pause, and the wait for a processor.
 */
function costs({ seen }: Guests, since: number, pause: Pause, isBusy: boolean): string[] {
  const isOurs = ({ askedAt, waitedMs }: Answer) => {
    const heldMs = Math.max(0, pause.until - Math.max(pause.from, askedAt));
    const isNoticed = pause.until - pause.from > UNNOTICED_MS || heldMs + waitedMs > CLAIM_BUDGET_MS / 2;
    return !(isBusy && isNoticed);
  };
  return seen.flatMap((guest) => {
    const admissions = admissionsOf(guest);
    const unanswered = guest.unanswered.filter(({ askedAt }) => askedAt >= since);
    const unconfirmed = admissions.filter(
      (answer) => answer.answeredAt >= since && answer.verdict.Confirmed !== true && isOurs(answer),
    );
    const [first] = guest.answers;
    const isRefused = first !== undefined && first.askedAt >= since && admissions.length === 0 && isOurs(first);
    return [
      ...unanswered.map(() => 'a scan without an answer'),
      ...unconfirmed.map(({ askedAt }) => `a scan of ${inSeconds(askedAt - since)} s was not confirmed`),
      ...(isRefused ? [`a new guest was refused: ${first.verdict.Verdict}`] : []),
    ];
  });
}

function outage({ seen }: Guests, since: number): string {
  const answers = seen.flatMap(admissionsOf).filter(({ answeredAt }) => answeredAt >= since);
  const unconfirmed = answers.flatMap(({ verdict, answeredAt }) => (verdict.Confirmed ? [] : [answeredAt - since]));
  const times = `${unconfirmed.length} of ${answers.length} admissions not confirmed`;
  if (unconfirmed.length === 0) return times;
  return `${times}, from ${inSeconds(Math.min(...unconfirmed))} to ${inSeconds(Math.max(...unconfirmed))} s`;
}

const inSeconds = (milliseconds: number): string => (milliseconds / 1000).toFixed(1);
