import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { parseWallClock } from '@ticket-check/protocol';
import { rotateUkey, type Ticket } from '@ticket-check/simulators/box-office';
import { type Demo, openDemo } from '@ticket-check/simulators/dev-network';
import { shanghaiTime } from '../../testing/client.ts';
import { sellTicket } from '../../testing/tickets.ts';
import { doorsOf, guestsAt } from '../guests.ts';
import { holdPromise } from '../oracle/promise.ts';
import { nothingYet, type ProofResult } from '../proof-result.ts';
import { drained, onProofSite, type ProofSite } from '../proof-site.ts';
import { seededChance } from '../seeded-chance.ts';
import { type Flooded, flood, forgedCodes } from './flood.ts';
import { persist } from './persist.ts';
import { proveUnusableKeys } from './unusable-keys.ts';

const FORGED_CODES = 1_000;
const FORGING_SCANNERS = 3;
const ASKERS = 2;
/** Also the least time between two Ukeys, which start at whole seconds. */
const SHORTEST_PAUSE_MS = 1_100;
const LONGEST_PAUSE_MS = 4_000;

export interface KeysOptions {
  seed: string;
  /** How many times the Ukey is rotated. */
  size: number;
  /** Settings of the third-party platform, beside its own defaults. */
  platform?: NodeJS.ProcessEnv;
}

/**
 * Rotates the Ukey of a cinema while scanners flood its terminal with well-formed codes under a stranger's key, and other
 * terminals flood the platform with questions for keys. The first ticket under each new key is admitted, never called
 * forged, and no forged code is let in. Then a plain platform sends lists that cannot be used. Readings K3, K4.
 */
export async function run({ seed, size, platform = {} }: KeysOptions): Promise<ProofResult> {
  const result = nothingYet({ name: 'keys', tried: 'Ukeys rotated under a flood of forged codes', seed });
  await Promise.all([proveNewUkeys({ seed, size, platform }, result), proveUnusableKeys(result)]);
  return result;
}

async function proveNewUkeys({ platform, ...options }: Required<KeysOptions>, result: ProofResult): Promise<void> {
  const settings = { 'third-party-platform': platform };
  await onProofSite(result, (site) => prove(site, options, result), settings);
}

async function prove(
  site: ProofSite,
  { seed, size }: Pick<KeysOptions, 'seed' | 'size'>,
  result: ProofResult,
): Promise<void> {
  const chance = seededChance(seed);
  await site.startAll();
  const demo = await openDemo(site, join(site.directory, 'demo'));
  const issueTo = (_: unknown, asker: number) => site.issue('third-party-platform', `asker-${asker + 1}`);
  const askers = await Promise.all(Array.from({ length: ASKERS }, issueTo));
  const [door] = await doorsOf(site, 'terminal', ['gate-1']);
  const guests = guestsAt([door!], [], chance);
  const admit = async (ticket: Ticket) => {
    const persisted = await persist(guests, ticket, door!);
    if (persisted.failure !== null) result.failures.push(persisted.failure);
    return persisted;
  };

  await admit(await sold(demo));
  const requestsBefore = await requestsAt(site);
  const from = performance.now();
  const attack = flood({
    doors: Array.from({ length: FORGING_SCANNERS }, () => door!),
    codes: forgedCodes(demo.boxOffice, FORGED_CODES),
    askers,
    cinemaCode: demo.boxOffice.cinema.cinemaCode,
  });
  const [tookMs, scans] = [[] as number[], [] as number[]];
  try {
    for (; result.times < size; result.times++) {
      await delay(SHORTEST_PAUSE_MS + chance() * (LONGEST_PAUSE_MS - SHORTEST_PAUSE_MS));
      const usual = await admit(await sold(demo));
      if (usual.scans > 1) result.failures.push(`a ticket under a known key took ${usual.scans} scans`);
      rotateUkey(demo.boxOffice, { startTime: parseWallClock(shanghaiTime()) });
      await demo.tell();
      // The key is there before the ticket, whose sale the national platform hears of later.
      const first = await admit(sellTicket(demo.boxOffice));
      tookMs.push(first.tookMs);
      scans.push(first.scans);
      await demo.tell();
    }
  } finally {
    await attack.stop();
  }
  const seconds = (performance.now() - from) / 1000;
  judge(attack.answers, result);
  result.recoveryMs = Math.round(Math.max(...tookMs));
  await drained([site]);
  await demo.close();
  const requests = (await requestsAt(site)) - requestsBefore;
  const records = await site.list('national-platform', 'records', 'list');
  const admissions = guests.seen.length;
  if (records.length !== admissions) {
    result.failures.push(`${records.length} records at the national platform of ${admissions} admissions`);
  }
  result.notes.push(
    `the first ticket under a new Ukey took ${seconded(median(tookMs))} and ${median(scans)} scans in the median, ${seconded(Math.max(...tookMs))} and ${Math.max(...scans)} scans at most`,
    `in ${Math.round(seconds)} s of flood the national platform had ${requests} requests`,
  );
  const observed = { guests: guests.seen, sold: demo.boxOffice.tickets };
  await holdPromise(new Map([['terminal', site]]), observed, result);
}

/** Sells a ticket that the national platform knows. */
async function sold(demo: Demo): Promise<Ticket> {
  const ticket = sellTicket(demo.boxOffice);
  await demo.tell();
  return ticket;
}

function judge({ verdicts, questions, slowestMs, unanswered }: Flooded, { failures, notes }: ProofResult): void {
  for (const verdict of verdicts.keys()) {
    if (verdict !== 'NOT_GENUINE' && verdict !== 'KEYS_PENDING') failures.push(`a forged code was answered ${verdict}`);
  }
  if (unanswered > 0) failures.push(`${unanswered} requests of the flood went unanswered`);
  const inWords = (answers: ReadonlyMap<string, number>) =>
    [...answers].map(([answer, times]) => `${times.toLocaleString('en')} ${answer}`).join(', ');
  notes.push(
    `forged codes: ${inWords(verdicts)}, the slowest in ${seconded(slowestMs)}; questions for keys beside them: ${inWords(questions)}`,
  );
}

/** How many requests the national platform has answered since its start. */
async function requestsAt(site: ProofSite): Promise<number> {
  const { text } = await site.get('national-platform', '/metrics');
  const counts = text.matchAll(/^http_request_duration_seconds_count\{[^}]*route="\/"[^}]*\} (\d+)$/gm);
  return [...counts].reduce((sum, [, count]) => sum + Number(count), 0);
}

const median = (figures: readonly number[]): number => figures.toSorted((a, b) => a - b)[figures.length >> 1] ?? 0;
const seconded = (ms: number): string => `${(ms / 1000).toFixed(1)} s`;
