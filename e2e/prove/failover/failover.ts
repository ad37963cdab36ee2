import { setTimeout as delay } from 'node:timers/promises';
import type { Role } from '@ticket-check/simulators/dev-network';
import { type ReplacedServer, startReplacedServer } from '../../../packages/storage/src/testing/replaced-server.ts';
import { admissionsOf, type Guest, type Guests, guestsAt } from '../guests.ts';
import { comeBack } from '../oracle/come-back.ts';
import { holdPromise } from '../oracle/promise.ts';
import { holds, nothingYet, type ProofResult, recovered } from '../proof-result.ts';
import { areAtNational, drained, type ProofSite } from '../proof-site.ts';
import { seededChance } from '../seeded-chance.ts';
import { sellMany } from '../sell-many.ts';
import { onTwoTerminals, type TwoTerminals } from '../two-terminals.ts';
import { until } from '../until.ts';

const PLATFORMS: readonly Role[] = ['national-platform', 'third-party-platform'];
const SCANNERS = 4;
const PAUSE_MS = 300;
const GUESTS_A_ROUND = 400;
/** How many admissions are acknowledged that the next server lacks. */
const LACKED = 30;
/** Returning guests are among the newest, whose entry may be missing. */
const NEWEST = 60;

/** How a server comes to be replaced by one that lacks what was acknowledged. */
type Replacement = {
  name: string;
  prepare(server: ReplacedServer): Promise<void>;
  /** From here on the other server lacks what is acknowledged. */
  part(server: ReplacedServer): Promise<void>;
  replace(server: ReplacedServer, site: ProofSite): Promise<void>;
};

const REPLACEMENTS: readonly Replacement[] = [
  {
    name: 'a standby that was cut off while commits went on without it is promoted',
    prepare: (server) => server.startStandby(),
    part: (server) => server.goOnWithoutStandby(),
    replace: (server) => server.failOver(),
  },
  {
    name: 'a base backup takes the place of the database without renew-generation',
    async prepare() {},
    part: (server) => server.takeBaseBackup(),
    async replace(server, site) {
      await Promise.all(PLATFORMS.map((role) => site.stop(role, 'SIGKILL')));
      await server.restoreBaseBackup();
      await site.startAll(PLATFORMS);
    },
  },
];

/**
 * Replaces the PostgreSQL server of both platforms, under scans at two terminals, by one that lacks admissions which were
 * acknowledged. Everything comes back, and nobody enters twice with two confirmed answers. Reading X4.
 *
 * @param options.size how many times each kind of replacement is made
 */
export async function run({ seed, size }: { seed: string; size: number }): Promise<ProofResult> {
  const chance = seededChance(seed);
  const result = nothingYet({
    name: 'failover',
    tried: 'PostgreSQL of both platforms replaced by a server that lacks what was acknowledged',
    seed,
  });
  for (let round = 0; round < size; round += 1) {
    // Nothing is confirmed soon after a replacement, so each has services of its own.
    for (const replacement of REPLACEMENTS) if (holds(result)) await proveOne(replacement, chance, result);
  }
  return result;
}

async function proveOne(replacement: Replacement, chance: () => number, result: ProofResult): Promise<void> {
  const server = await startReplacedServer();
  try {
    const [national, thirdParty] = [await server.makeDatabase('national'), await server.makeDatabase('third_party')];
    const prove = async (place: TwoTerminals) => {
      const guests = await replaceUnderScans({ place, server, replacement, chance, result });
      await holdPromise(place.terminals, { guests, sold: place.demo.boxOffice.tickets }, result);
    };
    await onTwoTerminals(result, prove, {
      'national-platform': { DATABASE_URL: national },
      'third-party-platform': { DATABASE_URL: thirdParty },
    });
  } catch (error) {
    result.failures.push(String(error));
  } finally {
    await server.stop();
  }
}

async function replaceUnderScans({
  place: { site, other, demo, doors },
  server,
  replacement,
  chance,
  result,
}: {
  place: TwoTerminals;
  server: ReplacedServer;
  replacement: Replacement;
  chance: () => number;
  result: ProofResult;
}): Promise<readonly Guest[]> {
  const tickets = sellMany(demo.boxOffice, GUESTS_A_ROUND);
  await demo.tell();
  await replacement.prepare(server);
  const guests = guestsAt(doors, tickets, chance, { newest: NEWEST });
  const scans = guests.stream(SCANNERS, { pauseMs: PAUSE_MS });
  try {
    await delay(1000);
    await replacement.part(server);
    const before = new Set(admitted(guests));
    const acknowledged = await until('admissions are acknowledged', () => {
      const since = admitted(guests).filter((recordId) => !before.has(recordId)).length;
      return since >= LACKED && since;
    });
    const all = admitted(guests);
    const from = performance.now();
    await replacement.replace(server, site);
    // The box office tells what it sold again, as it hears of the new generation with the next sale.
    sellMany(demo.boxOffice, 1);
    await until('the national platform takes a sale', () =>
      demo.tell().then(
        () => true,
        () => false,
      ),
    );
    await until(`all came back after ${replacement.name}`, () => areAtNational(site, all)).catch((error) =>
      result.failures.push(error.message),
    );
    recovered(result, performance.now() - from);
    result.times += 1;
    result.notes.push(`${replacement.name}: ${acknowledged} admissions acknowledged meanwhile`);
  } finally {
    await scans.stop();
  }
  await comeBack(guests, doors, result);
  await drained([site, other]);
  return guests.seen;
}

/** The RecordIds of the confirmed admissions so far. */
const admitted = ({ seen }: Guests): string[] =>
  seen.flatMap((guest) =>
    admissionsOf(guest).flatMap(({ verdict }) => (verdict.Confirmed === true ? [verdict.RecordId!] : [])),
  );
