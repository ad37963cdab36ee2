import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { APIS } from '@ticket-check/protocol';
import { openDemo, ROLES, type Role } from '@ticket-check/simulators/dev-network';
import pMap from 'p-map';
import { openProofSite, type ProofSite } from '../proof-site.ts';
import { sellMany } from '../sell-many.ts';
import { type Line, lineTo } from './http.ts';
import { chanceOf } from './random.ts';
import { type ServiceTarget, scanTarget, signedApiTarget } from './service-targets.ts';

const CONCURRENCY = 6;
const TICKETS = 120;
/**
 * The heap that each service is given. node's own limit is gigabytes, and until it nears a limit it rather grows than
 * collects; with this one, what is still reachable shows.
 */
const NODE_OPTIONS = '--max-old-space-size=80 --max-semi-space-size=4';
/**
 * How many ask at the same moment first, and how often. What a service starts only for a crowd, such as the threads
 * that sign, is there from then on and no growth afterwards.
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

export interface ServicesFuzzed {
  requests: number;
  failures: string[];
  notes: string[];
}

/** Sends mutated requests to the three services and looks at every answer, at their logs and at their memory. */
export async function fuzzServices(options: { seed: string; requests: number }): Promise<ServicesFuzzed> {
  const site = await openProofSite();
  const lines = new Map<Role, Line>();
  try {
    for (const role of ROLES) {
      site.env[role].NODE_OPTIONS = NODE_OPTIONS;
      // Most of what is sent here is refused, and all of it comes from one address.
      site.env[role].REFUSALS_PER_MINUTE = '100000000';
    }
    await site.startAll();
    const demo = await openDemo(site, join(site.directory, 'demo'));
    const tickets = sellMany(demo.boxOffice, TICKETS);
    await demo.tell();
    await demo.close();
    for (const role of ROLES) lines.set(role, lineTo(site.urlOf(role), await site.readFile(role, 'tls/ca.pem')));
    const line = (role: Role): Line => lines.get(role) ?? raise(`no line to the ${role}`);
    const source = ['account', 'add', 'careless-source', '--all-cinemas', '--data-source', '--out', '-'];
    const targets: Record<string, ServiceTarget> = {
      'national platform': signedApiTarget(
        line('national-platform'),
        await site.issue('national-platform', 'careless-platform'),
        QUESTIONS,
        tickets,
      ),
      'its intake': signedApiTarget(
        line('national-platform'),
        JSON.parse(await site.command('national-platform', source)),
        IMPORTS,
        tickets,
      ),
      'third-party platform': signedApiTarget(
        line('third-party-platform'),
        await site.issue('third-party-platform', 'careless-terminal'),
        QUESTIONS,
        tickets,
      ),
      terminal: scanTarget(
        line('terminal-agent'),
        (await site.readFile('terminal-agent', 'scan.token')).trim(),
        tickets,
      ),
    };
    return await fuzzAll(site, targets, options);
  } finally {
    for (const one of lines.values()) one.close();
    await site.close();
  }
}

function raise(message: string): never {
  throw new Error(message);
}

async function fuzzAll(
  site: ProofSite,
  targets: Record<string, ServiceTarget>,
  { seed, requests }: { seed: string; requests: number },
): Promise<ServicesFuzzed> {
  const failures: string[] = [];
  const notes: string[] = [`a heap of 80 MB each; resident memory before and after each round`];
  const share = Math.ceil(requests / Object.keys(targets).length);
  const send = async (part: string, count: number, concurrency = CONCURRENCY) => {
    const all = Object.entries(targets).map(async ([name, target]) => {
      const chance = chanceOf(`${seed} ${name} ${part}`);
      const one = async () => {
        const fault = await target(chance).catch((error: unknown) => `no answer: ${error}`);
        if (fault !== null) failures.push(`${name}: ${fault}`);
      };
      await pMap(Array.from({ length: count }), one, { concurrency });
    });
    await Promise.all(all);
  };

  const warmUp = Math.ceil(share * WARM_UP);
  for (let crowd = 1; crowd <= CROWDS; crowd++) await send(`crowd ${crowd}`, CROWD, CROWD);
  await send('warm-up', warmUp);
  const rest = share - warmUp;
  let sent = warmUp + CROWD * CROWDS;
  let growing: Role[] = [...ROLES];
  let before = await memories(site);
  for (let round = 1; round <= ROUNDS && growing.length > 0; round++) {
    await send(`round ${round}`, rest);
    sent += rest;
    const after = await memories(site);
    notes.push(`round ${round}: ${ROLES.map((role) => `${role} ${before[role]} to ${after[role]} MB`).join(', ')}`);
    growing = growing.filter((role) => after[role] - before[role] > MAX_GROWTH_MB);
    before = after;
  }
  for (const role of growing) failures.push(`${role} goes on growing, to ${before[role]} MB`);
  for (const role of ROLES) {
    const { status } = await site.get(role, '/health');
    if (status !== 200) failures.push(`${role} is not healthy afterwards: ${status}`);
    failures.push(...(await wordsOfTrouble(site, role)).map((said) => `${role} logged: ${said}`));
  }
  return { requests: sent * Object.keys(targets).length, failures, notes };
}

async function memories(site: ProofSite): Promise<Record<Role, number>> {
  const measured = ROLES.map(async (role) => {
    const { text } = await site.get(role, '/metrics');
    const bytes = /^process_resident_memory_bytes (\S+)/m.exec(text)?.[1];
    if (bytes === undefined) throw new Error(`the ${role} does not show its resident memory`);
    return [role, Math.round(Number(bytes) / 2 ** 20)] as const;
  });
  return Object.fromEntries(await Promise.all(measured)) as Record<Role, number>;
}

/** Log lines of a service that nothing sent from outside should cause: errors, crashes, what node itself warns of. */
async function wordsOfTrouble(site: ProofSite, role: Role): Promise<string[]> {
  const lines = readFileSync(site.logFile(role), 'utf8').split('\n').filter(Boolean);
  return lines.filter(
    (said) => /"level":"(?:error|fatal)"|unhandled|Warning:/i.test(said) && !/"msg":"request refused"/.test(said),
  );
}
