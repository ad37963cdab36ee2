import { join } from 'node:path';
import { seededRandom, type Ticket } from '@ticket-check/simulators/box-office';
import { type Demo, openDemo, ROLES, type Role } from '@ticket-check/simulators/dev-network';
import { freeAddresses, openSite, type Settings, type Site } from '../testing/site.ts';
import { sellTickets } from '../testing/tickets.ts';
import type { Answer, Door, Guest, Guests, Returning } from './guests.ts';
import { comeBack, doorsOf, guestsAt } from './guests.ts';
import { RECHECK_SECONDS } from './oracle/doubles.ts';
import { holdPromise, type Observed } from './oracle/promise.ts';
import { type ProofResult, until } from './report.ts';

const GATES = ['gate-1', 'gate-2'];
/** Until a terminal has its keys, and until nothing waits to be sent. */
const LONGEST_MS = 90_000;

export interface Run {
  seed: string;
  size: number;
  /** Whether other tests run on this machine. */
  isBusy: boolean;
  chance: () => number;
  result: ProofResult;
}

/** A fault, or several of one kind, with what it does to a world: `run` counts in `result` what it did and what broke a promise. */
export interface Proof {
  tried: string;
  unit: string;
  /** Of the long form, unless `--size` says otherwise. */
  size: number;
  run(run: Run): Promise<void>;
}

/** Gives a site to a part of a proof and closes it. What stops that part, above all a service that does not start, is a failure. */
export async function onSite(
  { result }: Pick<Run, 'result'>,
  settings: Settings,
  act: (site: Site, others: Site[]) => Promise<void>,
): Promise<void> {
  const site = await openSite({ settings: withRechecks(settings) });
  const others: Site[] = [];
  try {
    await act(site, others);
  } catch (error) {
    const words = [site, ...others].flatMap((one) => ROLES.map((role) => `${role}: ${one.lastWords(role)}`));
    result.failures.push([`${error}`, ...words.filter((line) => !line.endsWith(': '))].join('\n'));
  } finally {
    await Promise.all(others.map((other) => other.stopAll()));
    await site.close();
  }
}

const withRechecks = (settings: Settings): Settings => ({
  ...settings,
  'terminal-agent': { RECHECK_SECONDS, ...settings['terminal-agent'] },
});

/** A site whose processes share the addresses of another one, except for a role of its own. */
export async function siteBeside(site: Site, role: Role, name: string, settings: Settings): Promise<Site> {
  const addresses = { ...site.addresses, [role]: (await freeAddresses())[role] };
  return openSite({ settings, addresses, directory: join(site.directory, name) });
}

interface WorldOptions {
  /** Two by default, with two gates each; one has one gate. */
  terminals?: 1 | 2;
  settings?: Settings;
  /** Called before the services start: what it puts into the first site's environment holds from their start on. */
  prepare?(site: Site): void | Promise<void>;
}

/** Opens a world, in which every terminal has its account and its keys, gives it to a proof, and closes it. */
export async function inWorld(run: Run, options: WorldOptions, act: (world: World) => Promise<void>): Promise<void> {
  const isOne = options.terminals === 1;
  const gates = isOne ? GATES.slice(0, 1) : GATES;
  const own = { GATES: gates.join(';'), ...options.settings?.['terminal-agent'] };
  const settings: Settings = { ...options.settings, 'terminal-agent': own };
  await onSite(run, settings, async (site, others) => {
    if (!isOne)
      others.push(await siteBeside(site, 'terminal-agent', 'other', withRechecks({ ...site.env, ...settings })));
    await options.prepare?.(site);
    await Promise.all([site.startAll(), ...others.map((other) => other.start('terminal-agent'))]);
    const demo = await openDemo(site, join(site.directory, 'demo'));
    for (const other of others) {
      const bundle = await site.issue('third-party-platform', 'terminal-2');
      await other.setUpstream('terminal-agent', { ...bundle, CinemaCodes: [demo.boxOffice.cinema.cinemaCode] });
    }
    const terminals = new Map([site, ...others].map((one, index) => [`terminal ${index + 1}`, one]));
    await Promise.all([...terminals.values()].map(keysArrived));
    const doors = await Promise.all([...terminals].map(([name, one]) => doorsOf(one, name, gates, site)));
    await act(makeWorld(run, { site, terminals, demo, doors: doors.flat() }));
  });
}

/** What every proof attacks: our two platforms as processes, terminals below them, a cinema that sells tickets, and guests. */
export type World = ReturnType<typeof makeWorld>;

interface Parts {
  site: Site;
  /** Each terminal by the name that its doors carry; only its own role runs at others than the first. */
  terminals: ReadonlyMap<string, Site>;
  demo: Demo;
  doors: readonly Door[];
}

interface Crowd extends Returning {
  tickets: readonly Ticket[];
  scanners: number;
  pauseMs?: number;
  beforeTheyComeBack?: (guests: Guests) => Promise<void>;
  /** Resolves when all records have arrived, where `drained` would wait for those of others. */
  isDrained?: () => Promise<void>;
}

function makeWorld(run: Run, { site, terminals, demo, doors }: Parts) {
  /** What was seen so far, and is held against every store. */
  const observed: Observed & { guests: Guest[] } = {
    guests: [],
    get sold() {
      return demo.boxOffice.tickets;
    },
  };
  const whenDrained = (more?: { above?: boolean }) => drained([...terminals.values()], more);
  return {
    ...run,
    ...{ site, terminals, demo, doors, observed },
    async sell(count: number): Promise<Ticket[]> {
      const tickets = sellTickets(demo.boxOffice, count);
      await demo.tell();
      return tickets;
    },
    /** A stream of guests with these tickets while something is done; afterwards they come again and all records arrive. */
    async crowd(
      { tickets, scanners, pauseMs = 0, beforeTheyComeBack, isDrained = whenDrained, ...returning }: Crowd,
      meanwhile: (guests: Guests) => Promise<void>,
    ): Promise<Guests> {
      const guests = guestsAt(doors, tickets, run.chance, returning);
      const stream = guests.stream(scanners, pauseMs);
      await meanwhile(guests).finally(() => stream.stop());
      await beforeTheyComeBack?.(guests);
      await comeBack(guests, doors, run.result);
      await isDrained();
      observed.guests.push(...guests.seen);
      return guests;
    },
    presentAtEach: (guests: Guests, tickets: readonly Ticket[]) =>
      tickets.flatMap((ticket) => {
        const guest = guests.newGuest(ticket);
        const first = [...terminals.keys()].map((name) => doors.find(({ terminal }) => terminal === name)!);
        return first.map((door) => guests.present(guest, door));
      }),
    drained: whenDrained,
    /** Holds the promise against everything that was observed. Nothing waits to be sent, and everything runs. */
    hold: () => holdPromise(terminals, observed, run.result),
  };
}

export async function keysArrived(terminal: Site): Promise<void> {
  const hasKeys = async () => {
    const { cinemas } = (await terminal.health('terminal-agent')).keys;
    return typeof cinemas === 'object' && cinemas.some(({ keys }) => keys > 0);
  };
  const missed = () => `keys at a terminal: ${terminal.lastWords('terminal-agent')}`;
  await until(missed, hasKeys, { withinMs: LONGEST_MS });
}

/** Resolves when nothing waits to be sent any more at these terminals and, if it is ours, at the platform above the first. */
export async function drained(terminals: readonly Site[], { above = true } = {}): Promise<void> {
  const at = terminals.map((site) => [site, 'terminal-agent'] as const);
  const platform = above ? [[terminals[0]!, 'third-party-platform'] as const] : [];
  let left = '';
  const areDrained = async () => {
    for (const [site, role] of [...at, ...platform]) {
      const { waiting, parked } = (await site.health(role)).records;
      left = `${waiting} records still wait at the ${role}, ${parked} parked`;
      if (waiting + parked > 0) return false;
    }
    return true;
  };
  await until(() => left, areDrained, { withinMs: LONGEST_MS });
}

/** Resolves once every terminal has answered a later scan in full, knowing of no refund and that nobody else was let in; returns the milliseconds. */
export async function inFull({ scans }: Guests, { terminals }: Pick<World, 'terminals'>): Promise<number> {
  const since = Date.now();
  const missing = new Set(terminals.keys());
  const look = ({ door, askedAt, verdict }: Answer) => {
    const { Verdict, Confirmed, RefundStateKnown, Repeated } = verdict;
    const isFull = Verdict === 'ADMIT' && !Repeated && Confirmed === true && RefundStateKnown === true;
    if (askedAt >= since && isFull) missing.delete(door.terminal);
  };
  scans.on('answered', look);
  const areFull = until('every terminal answers scans in full', () => missing.size === 0, { everyMs: 10 });
  await areFull.finally(() => scans.off('answered', look));
  return Date.now() - since;
}

export async function areAtNational(site: Site, recordIds: readonly string[]): Promise<boolean> {
  const records = await site.list<{ RecordId: string }>('national-platform', 'records', 'list');
  const there = new Set(records.map(({ RecordId }) => RecordId));
  return recordIds.every((recordId) => there.has(recordId));
}

/** Gives a role that is stopped another port: from its next start on it listens there. */
export async function move({ addresses }: Site, role: keyof Settings): Promise<void> {
  addresses[role] = (await freeAddresses())[role];
}

/** Numbers from 0 up to, not including, 1; the same seed gives the same ones again. */
export function seededChance(seed: string): () => number {
  const random = seededRandom(seed);
  return () => random(2 ** 32) / 2 ** 32;
}

export const anyOf = <T>(all: readonly T[], chance: () => number): T => all[Math.floor(chance() * all.length)]!;

export function shuffled<T>(all: readonly T[], chance: () => number): T[] {
  const places = new Map(all.map((one) => [one, chance()]));
  return all.toSorted((one, other) => places.get(one)! - places.get(other)!);
}
