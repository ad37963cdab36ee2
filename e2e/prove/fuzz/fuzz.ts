import { readFileSync } from 'node:fs';
import { APIS } from '@ticket-check/protocol';
import { ROLES, type Role } from '@ticket-check/simulators/dev-network';
import pMap from 'p-map';
import type { Site } from '../../testing/site.ts';
import { inWorld, type Proof, type World } from '../world.ts';
import { chanceOf } from './mutate.ts';
import { lineTo, scanTarget, signedApiTarget, type Target } from './targets.ts';

const CONCURRENCY = 6;
const TICKETS = 120;
/** The heap of each service: Node's own limit is gigabytes, far below which it rather grows than collects; with this one, what is reachable shows. */
const NODE_OPTIONS = '--max-old-space-size=80 --max-semi-space-size=4';
/** How many ask at once first, and how often: what a service starts only for a crowd is there from then on, and no growth afterwards. */
const CROWD = 100;
const CROWDS = 3;
/** Part of the requests after which memory is measured for the first time. */
const WARM_UP = 0.4;
/** How much a service's resident memory may grow while the rest is sent. */
const MAX_GROWTH_MB = 16;
/** How often the rest is sent while one grows more than that. A leak grows each time; a heap finds its size. */
const ROUNDS = 4;
/** Longer than anything that one input may cost, however busy the machine. */
const LONGEST_MS = 10_000;
const MAX_FAILURES = 20;

const QUESTIONS = [
  ...[APIS.getPublicKeys, APIS.getTicketInfo, APIS.getTicketInfos],
  ...[APIS.reportOriginalCheckTickets, APIS.claimTicket, APIS.releaseClaim],
];
const IMPORTS = Object.values(APIS).filter((api) => api.startsWith('Import'));

/** Sends mutated envelopes, queries, records and codes to the three services; single functions' are tested in protocol. Readings T1 to T8, E2 to E5, E9, R3. */
export const fuzz: Proof = {
  tried: 'mutated envelopes, queries, records and scans',
  unit: 'inputs',
  size: 200_000,
  async run(run) {
    const { failures } = run.result;
    // Most of what is sent here is refused, and all of it comes from one address.
    const env = { NODE_OPTIONS, REFUSALS_PER_MINUTE: '100000000' };
    const settings = Object.fromEntries(ROLES.map((role) => [role, env]));
    await inWorld(run, { terminals: 1, settings }, async (world) => {
      const { site, demo } = world;
      const tickets = await world.sell(TICKETS);
      const [national, thirdParty, terminal] = await Promise.all(ROLES.map((role) => lineTo(site, role)));
      const token = (await site.readFile('terminal-agent', 'scan.token')).trim();
      const platform = await site.issue('national-platform', 'careless-platform');
      const source = await site.issue('national-platform', 'careless-source', '--all-cinemas', '--data-source');
      const below = await site.issue('third-party-platform', 'careless-terminal');
      await sendAll(world, {
        'national platform': signedApiTarget(national!, platform, QUESTIONS, tickets),
        'its intake': signedApiTarget(national!, source, IMPORTS, tickets),
        'third-party platform': signedApiTarget(thirdParty!, below, QUESTIONS, tickets),
        terminal: scanTarget(terminal!, token, demo.boxOffice.ukeys[0]!, tickets),
      });
    });
    if (failures.length > MAX_FAILURES) failures.splice(MAX_FAILURES, Infinity, `and ${failures.length} in all`);
  },
};

async function sendAll({ site, seed, size, result }: World, targets: Record<string, Target>): Promise<void> {
  const { failures, notes } = result;
  let slowest = 0;
  async function send(part: string, count: number, concurrency = CONCURRENCY): Promise<void> {
    const all = Object.entries(targets).map(async ([name, target]) => {
      const chance = chanceOf(`${seed} ${name} ${part}`);
      const one = async () => {
        const from = performance.now();
        const fault = await target(chance).catch((error: unknown) => `no answer: ${error}`);
        slowest = Math.max(slowest, performance.now() - from);
        if (fault !== null) failures.push(`${name}: ${fault}`);
      };
      await pMap(Array.from({ length: count }), one, { concurrency });
    });
    await Promise.all(all);
    result.times += count * all.length;
  }

  const share = Math.ceil(size / Object.keys(targets).length);
  const warmUp = Math.ceil(share * WARM_UP);
  for (let crowd = 1; crowd <= CROWDS; crowd++) await send(`crowd ${crowd}`, CROWD, CROWD);
  await send('warm-up', warmUp);
  let growing: Role[] = [...ROLES];
  let before = await memories(site);
  for (let round = 1; round <= ROUNDS && growing.length > 0; round++) {
    await send(`round ${round}`, share - warmUp);
    const after = await memories(site);
    const grown = ROLES.map((role) => `${role} ${before[role]} to ${after[role]} MB`).join(', ');
    notes.push(`resident memory in round ${round}, with a heap of 80 MB each: ${grown}`);
    growing = growing.filter((role) => after[role] - before[role] > MAX_GROWTH_MB);
    before = after;
  }
  for (const role of growing) failures.push(`${role} goes on growing, to ${before[role]} MB`);
  notes.push(`the slowest input took ${Math.round(slowest)} ms`);
  if (slowest > LONGEST_MS) failures.push(`one input took ${Math.round(slowest)} ms`);
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
function troubleIn(site: Site, role: Role): string[] {
  const isTrouble = (said: string) => /"level":"(?:error|fatal)"|unhandled|Warning:/i.test(said);
  const lines = readFileSync(site.logFile(role), 'utf8').split('\n');
  return lines.filter((said) => isTrouble(said) && !said.includes('"request refused"'));
}
