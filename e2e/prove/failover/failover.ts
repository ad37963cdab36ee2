import { setTimeout as delay } from 'node:timers/promises';
import type { Role } from '@ticket-check/simulators/dev-network';
import { type ReplacedServer, startReplacedServer } from '@ticket-check/storage/testing/replaced-server';
import type { Site } from '../../testing/site.ts';
import { admissionsOf, type Guests } from '../guests.ts';
import { holds, recovered, until } from '../report.ts';
import { areAtNational, inWorld, type Proof, type Run, type World } from '../world.ts';

const PLATFORMS: readonly Role[] = ['national-platform', 'third-party-platform'];
const SCANNERS = 4;
const PAUSE_MS = 300;
const GUESTS_A_ROUND = 400;
/** How many admissions are acknowledged that the next server lacks. */
const LACKED = 30;

/** How a server comes to be replaced by one that lacks what was acknowledged. */
interface Replacement {
  name: string;
  prepare?(server: ReplacedServer): Promise<void>;
  /** From here on the other server lacks what is acknowledged. */
  part(server: ReplacedServer): Promise<void>;
  replace(server: ReplacedServer, site: Site): Promise<void>;
}

const REPLACEMENTS: readonly Replacement[] = [
  {
    name: 'a standby that was cut off while commits went on without it is promoted',
    prepare: (server) => server.startStandby(),
    part: (server) => server.goOnWithoutStandby(),
    replace: (server) => server.failOver(),
  },
  {
    name: 'a base backup takes the place of the database without renew-generation',
    part: (server) => server.takeBaseBackup(),
    async replace(server, site) {
      await Promise.all(PLATFORMS.map((role) => site.stop(role, 'SIGKILL')));
      await server.restoreBaseBackup();
      await site.startAll(PLATFORMS);
    },
  },
];

/** Replaces the PostgreSQL server, under scans, by one that lacks what was acknowledged: nobody enters twice, confirmed. Reading X4. */
export const failover: Proof = {
  tried: 'PostgreSQL of both platforms replaced by a server that lacks what was acknowledged',
  unit: 'rounds',
  size: 3,
  async run(run) {
    // Nothing is confirmed soon after a replacement, so each has services of its own.
    for (const replacement of Array(run.size).fill(REPLACEMENTS).flat() as Replacement[])
      if (holds(run.result)) await proveOne(run, replacement);
  },
};

async function proveOne(run: Run, replacement: Replacement): Promise<void> {
  const server = await startReplacedServer();
  try {
    const settings = {
      'national-platform': { DATABASE_URL: await server.makeDatabase('national') },
      'third-party-platform': { DATABASE_URL: await server.makeDatabase('third_party') },
    };
    await inWorld(run, { settings }, async (world) => {
      await replaceUnderScans(world, server, replacement);
      await world.hold();
    });
  } finally {
    await server.stop();
  }
}

async function replaceUnderScans(world: World, server: ReplacedServer, replacement: Replacement): Promise<void> {
  const { site, result } = world;
  const tickets = await world.sell(GUESTS_A_ROUND);
  await replacement.prepare?.(server);
  await world.crowd({ tickets, scanners: SCANNERS, pauseMs: PAUSE_MS }, async (guests) => {
    await delay(1000);
    await replacement.part(server);
    const before = new Set(confirmed(guests));
    const since = () => confirmed(guests).filter((recordId) => !before.has(recordId)).length;
    await until('admissions are acknowledged', () => since() >= LACKED);
    const [all, acknowledged] = [confirmed(guests), since()];
    const from = performance.now();
    await replacement.replace(server, site);
    // The box office tells what it sold again, as it hears of the new generation with the next sale.
    await until('the national platform takes a sale', () => world.sell(1).catch(() => null));
    const awaited = `all came back after ${replacement.name}`;
    await until(awaited, () => areAtNational(site, all)).catch((error) => result.failures.push(error.message));
    recovered(result, performance.now() - from);
    result.times += 1;
    result.notes.push(`${replacement.name}: ${acknowledged} admissions acknowledged meanwhile`);
  });
}

const confirmed = ({ seen }: Guests): string[] =>
  seen.flatMap(admissionsOf).flatMap(({ verdict }) => (verdict.Confirmed === true ? [verdict.RecordId!] : []));
