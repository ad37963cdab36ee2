import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Ticket } from '@ticket-check/simulators/box-office';
import { ROLES } from '@ticket-check/simulators/dev-network';
import { ask, type Bundle, replyData, request, shanghaiTime, signedBody } from '../../testing/client.ts';
import { PATIENT } from '../../testing/site.ts';
import { plainTicket, ticketQuery } from '../../testing/tickets.ts';
import type { Kept } from '../oracle/evidence.ts';
import type { Reported } from '../oracle/stores.ts';
import { diskMbOf, MAX_MEMORY_MB, memoryMbOf } from '../processes.ts';
import { until } from '../report.ts';
import { inWorld, type Proof, shuffled, type World } from '../world.ts';
import { honestDoor } from './honest-peers.ts';
import { hostileCinema, hostileSource } from './hostile-cinema.ts';
import { hostileTerminal } from './hostile-terminal.ts';
import { type Attacker, HOSTILE, type Move, type Scene, setScene } from './scene.ts';
import { stranger, type Target } from './stranger.ts';

const STRANGERS = 3;
const SCANNERS = 3;
const PAUSE_MS = 250;
const GUESTS_A_MOVE = 6;
const REPORTED_A_MOVE = 3;
const PLAIN_DOOR = 'plain-door';
/** Of the disk, what the honest have done takes the least part; and for each move of an attacker so much more. */
const MAX_DISK_MB = 60;
const MAX_DISK_KB_A_MOVE = 100;
const LOOK_EVERY_MS = 250;
const WRONG_PRICE = '41.00';

/**
 * A terminal of the same cinema, another cinema, a data source and strangers do what they can while guests come to honest doors, for which
 * the promise holds, and memory, disk and the time of a scan stay within bounds. Readings E7, R3, X3. Beside other tests terminals wait
 * longer for the platform; with their own settings, as in the long form, a load by which they let people in without it is seen.
 */
export const neighbours: Proof = {
  tried: 'moves of four attackers under scans',
  unit: 'moves',
  size: 2_000,
  run: (run) => inWorld(run, { settings: run.isBusy ? PATIENT : {} }, attackWorld),
};

async function attackWorld(world: World): Promise<void> {
  const { site, demo, size, result, observed } = world;
  const scene = await setScene(world);
  const { cinemaCode } = demo.boxOffice.cinema;
  const issue = (name: string) => site.issue('third-party-platform', name, '--cinemas', cinemaCode);
  const doors = [await issue(PLAIN_DOOR), await issue('extended-door')] as const;
  const judgeCorrected = await correctTicket(scene, doors[0]);
  const targets = await targetsOf(world);
  const stopWatching = watchFootprint(world);
  const [made, reported]: [Made[], Reported[]] = [[], []];
  // All of them before anybody comes: selling is work for this machine, too.
  const tickets = await world.sell(size * GUESTS_A_MOVE);
  const reports = [await world.sell(size * REPORTED_A_MOVE), await world.sell(size * REPORTED_A_MOVE)];
  const crowd = { tickets, scanners: SCANNERS, pauseMs: PAUSE_MS, isDrained: () => arrived(scene) };
  await world.crowd(crowd, async ({ seen }) => {
    scene.seen = seen;
    // Nobody counts strangers.
    const strangers = Array.from({ length: STRANGERS }, () => stranger(scene, targets));
    const attackers = [hostileTerminal(scene), hostileCinema(scene, PLAIN_DOOR), hostileSource(scene), ...strangers];
    const reporting = doors.map((bundle, index) => honestDoor(scene, bundle, reports[index]!, index > 0));
    await attack(attackers, world, made).finally(() => Promise.all(reporting.map((door) => door.stop())));
    result.times = size;
    reported.push(...reporting.flatMap((door) => door.confirmed));
    result.failures.push(...reporting.flatMap((door) => door.failures));
  });
  await judgeCorrected();
  observed.reported = reported;
  observed.isForeign = ({ FilmTicketCode, Quarantined, Account }: Kept) =>
    scene.isForeign(FilmTicketCode) || (Quarantined && Account?.startsWith(HOSTILE) === true);
  const { entered } = await world.hold();
  result.failures.push(...entered.map((how) => `with both lines up, ${how}`));
  const forbidden = made.filter(({ isForbidden }) => isForbidden);
  result.failures.push(...new Set(forbidden.map(({ title, answer }) => `${title} was answered ${answer}`)));
  result.notes.push(stopWatching(), ...counted(made));
}

/** Resolves when nothing of the honest waits to be sent any more; what is parked is the attackers' own. */
async function arrived({ world, isForeign }: Scene): Promise<void> {
  const { site, result } = world;
  await world.drained({ above: false });
  await until('everything is sent on', async () => (await site.health('third-party-platform')).records.waiting === 0);
  const parked = await site.list<{ FilmTicketCode: string }>('third-party-platform', 'records', 'parked');
  for (const { FilmTicketCode } of parked.filter((record) => !isForeign(record.FilmTicketCode)))
    result.failures.push(`${FilmTicketCode} was parked`);
}

async function targetsOf({ site }: World): Promise<Record<string, Target>> {
  const targets: Record<string, Target> = {};
  for (const role of ROLES) {
    const ca = await site.readFile(role, 'tls/ca.pem');
    targets[role] = { url: site.urlOf(role), ca };
    targets[`${role}, console`] = { url: site.consoleUrlOf(role), ca };
  }
  return targets;
}

/** Measures memory and disk of all services. The function that it returns ends that, holds both to their bounds and says what was used. */
function watchFootprint({ site, terminals, size, result }: World): () => string {
  const watched = [
    ...ROLES.slice(0, 2).map((role) => ({ name: role as string, its: site, role })),
    ...[...terminals].map(([name, its]) => ({ name, its, role: ROLES[2] })),
  ].map((one) => ({ ...one, memory: 0 }));
  const timer = setInterval(() => {
    for (const one of watched) one.memory = Math.max(one.memory, memoryMbOf(one.its.processOf(one.role)));
  }, LOOK_EVERY_MS);
  return () => {
    clearInterval(timer);
    const bound = Math.round(MAX_DISK_MB + (size * MAX_DISK_KB_A_MOVE) / 1024);
    const words = watched.map(({ name, its, role, memory }) => {
      const disk = diskMbOf(join(its.directory, role));
      const said = `${name} ${Math.round(memory)} MB and ${Math.round(disk)} MB`;
      if (memory > MAX_MEMORY_MB || disk > bound)
        result.failures.push(`took more than ${MAX_MEMORY_MB} MB of memory or ${bound} MB of disk: ${said}`);
      return said;
    });
    return `memory and disk at most: ${words.join(', ')}`;
  };
}

/** The box office hands a ticket in at a wrong price, which others see and may send again, then at the right one. Returns a look at the price. */
async function correctTicket({ honestSource, captured, world }: Scene, reader: Bundle): Promise<() => Promise<void>> {
  const [ticket] = (await world.sell(1)) as [Ticket];
  async function imported(changes: Record<string, string>, Datetime: string): Promise<string> {
    const { CheckStatus: _, RefundStatus: __, RefundTime: ___, ...sold } = plainTicket(ticket, changes);
    const body = signedBody(honestSource, 'ImportTickets', { Tickets: [sold] }, { Datetime });
    const data = replyData(await request(honestSource, body));
    if (data.Imported === undefined) throw new Error(`ImportTickets was answered ${JSON.stringify(data)}`);
    return body;
  }
  // A few seconds apart, by the Datetime of the requests.
  const body = await imported({ Price: WRONG_PRICE }, shanghaiTime(-4));
  captured.push({ bundle: honestSource, api: 'ImportTickets', body, headers: {} });
  await imported({}, shanghaiTime());
  return async () => {
    const { Price } = await ask(reader, 'GetTicketInfo', ticketQuery(ticket));
    const right = ticket.price / 100;
    if (Number(Price) !== right)
      world.result.failures.push(`a ticket costs ${Price} after an older import was sent again, not ${right}`);
  };
}

type Made = { title: string; answer: string; isForbidden: boolean };

const LONGEST_REST_MS = 120;

/** Attackers act at the same time. All make the same number of moves, in random order, every one before any repeats. */
async function attack(attackers: readonly Attacker[], { size, chance }: World, made: Made[]): Promise<void> {
  const share = Math.ceil(size / attackers.length);
  const act = async ({ name, moves: own }: Attacker) => {
    let next: Move[] = [];
    for (let times = 0; times < share; times += 1) {
      if (next.length === 0) next = shuffled(own, chance);
      const move = next.pop()!;
      const answer = await move.make().catch((error: NodeJS.ErrnoException) => `no answer (${error.code ?? error})`);
      const { never, only } = move.limits;
      const isForbidden = answer === never || only?.test(answer) === false;
      made.push({ title: `${name}: ${move.name}`, answer, isForbidden });
      await delay(chance() * LONGEST_REST_MS);
    }
  };
  await Promise.all(attackers.map(act));
}

/** A line for each move: how often it was made, and what was answered. */
function counted(made: readonly Made[]): string[] {
  const lines = [...Map.groupBy(made, ({ title }) => title)].map(([title, all]) => {
    const answers = [...Map.groupBy(all, ({ answer }) => answer)];
    return `${title}: ${answers.map(([answer, { length }]) => `${length} × ${answer}`).join(', ')}`;
  });
  return lines.sort();
}
