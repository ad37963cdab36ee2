import { readFileSync } from 'node:fs';
import { APIS } from '@ticket-check/protocol';
import { ROLES, type Role } from '@ticket-check/simulators/dev-network';
import pMap from 'p-map';
import type { Site } from '../../testing/site.ts';
import { inWorld, type Run, type World } from '../world.ts';
import { chanceOf } from './random.ts';
import { lineTo, type ServiceTarget, scanTarget, signedApiTarget } from './service-targets.ts';

const CONCURRENCY = 6;
const TICKETS = 120;
/**
 * The heap that each service is given. Node's own limit is gigabytes, and until it nears a limit it rather grows than collects; with
 * this one, what is still reachable shows.
 */
const NODE_OPTIONS = '--max-old-space-size=80 --max-semi-space-size=4';
/**
 * How many ask at the same moment first, and how often. What a service starts only for a crowd, such as the threads that sign, is
 * there from then on and no growth afterwards.
 */
const CROWD = 100;
const CROWDS = 3;
/** Part of the requests after which memory is measured for the first time. */
const WARM_UP = 0.4;
/** How much a service's resident memory may grow while the rest is sent. */
const MAX_GROWTH_MB = 16;
/** How often the rest is sent while one grows more than that. A leak grows each time; a heap finds its size. */
const ROUNDS = 4;

const QUESTIONS = [
  APIS.getPublicKeys,
  APIS.getTicketInfo,
  APIS.getTicketInfos,
  APIS.reportOriginalCheckTickets,
  APIS.claimTicket,
  APIS.releaseClaim,
];
const IMPORTS = Object.values(APIS).filter((api) => api.startsWith('Import'));

/** Sends mutated requests to the three services and looks at every answer, at their logs and at their memory. */
export async function fuzzServices(run: Run, requests: number): Promise<void> {
  // Most of what is sent here is refused, and all of it comes from one address.
  const env = { NODE_OPTIONS, REFUSALS_PER_MINUTE: '100000000' };
  const settings = Object.fromEntries(ROLES.map((role) => [role, env]));
  await inWorld(run, { terminals: 1, settings }, async (world) => {
    const { site } = world;
    const tickets = await world.sell(TICKETS);
    const [national, thirdParty, terminal] = await Promise.all(ROLES.map((role) => lineTo(site, role)));
    const token = (await site.readFile('terminal-agent', 'scan.token')).trim();
    const accounts = [
      await site.issue('national-platform', 'careless-platform'),
      await site.issue('national-platform', 'careless-source', '--all-cinemas', '--data-source'),
      await site.issue('third-party-platform', 'careless-terminal'),
    ] as const;
    await send(world, requests, {
      'national platform': signedApiTarget(national!, accounts[0], QUESTIONS, tickets),
      'its intake': signedApiTarget(national!, accounts[1], IMPORTS, tickets),
      'third-party platform': signedApiTarget(thirdParty!, accounts[2], QUESTIONS, tickets),
      terminal: scanTarget(terminal!, token, tickets),
    });
  });
}

async function send(
  { site, seed, result }: World,
  requests: number,
  targets: Record<string, ServiceTarget>,
): Promise<void> {
  const { failures, notes } = result;
  const share = Math.ceil(requests / Object.keys(targets).length);
  const sendPart = async (part: string, count: number, concurrency = CONCURRENCY) => {
    const all = Object.entries(targets).map(async ([name, target]) => {
      const chance = chanceOf(`${seed} ${name} ${part}`);
      const one = async () => {
        const fault = await target(chance).catch((error: unknown) => `no answer: ${error}`);
        if (fault !== null) failures.push(`${name}: ${fault}`);
      };
      await pMap(Array.from({ length: count }), one, { concurrency });
    });
    await Promise.all(all);
    result.times += count * all.length;
  };

  const warmUp = Math.ceil(share * WARM_UP);
  for (let crowd = 1; crowd <= CROWDS; crowd++) await sendPart(`crowd ${crowd}`, CROWD, CROWD);
  await sendPart('warm-up', warmUp);
  notes.push('a heap of 80 MB each; resident memory before and after each round');
  let growing: Role[] = [...ROLES];
  let before = await memories(site);
  for (let round = 1; round <= ROUNDS && growing.length > 0; round++) {
    await sendPart(`round ${round}`, share - warmUp);
    const after = await memories(site);
    notes.push(`round ${round}: ${ROLES.map((role) => `${role} ${before[role]} to ${after[role]} MB`).join(', ')}`);
    growing = growing.filter((role) => after[role] - before[role] > MAX_GROWTH_MB);
    before = after;
  }
  for (const role of growing) failures.push(`${role} goes on growing, to ${before[role]} MB`);
  for (const role of ROLES) {
    const { status } = await site.get(role, '/health');
    if (status !== 200) failures.push(`${role} is not healthy afterwards: ${status}`);
    failures.push(...troubleIn(site, role).map((said) => `${role} logged: ${said}`));
  }
}

async function memories(site: Site): Promise<Record<Role, number>> {
  const measured = ROLES.map(async (role) => {
    const { text } = await site.get(role, '/metrics');
    const bytes = /^process_resident_memory_bytes (\S+)/m.exec(text)?.[1];
    if (bytes === undefined) throw new Error(`the ${role} does not show its resident memory`);
    return [role, Math.round(Number(bytes) / 2 ** 20)] as const;
  });
  return Object.fromEntries(await Promise.all(measured)) as Record<Role, number>;
}

/** Log lines of a service that nothing sent from outside should cause: errors, crashes, what Node itself warns of. */
const troubleIn = (site: Site, role: Role): string[] =>
  readFileSync(site.logFile(role), 'utf8')
    .split('\n')
    .filter(
      (said) => /"level":"(?:error|fatal)"|unhandled|Warning:/i.test(said) && !said.includes('"request refused"'),
    );
