import { setTimeout as delay } from 'node:timers/promises';
import type { Role } from '@ticket-check/simulators/dev-network';
import { admissionsOf } from '../guests.ts';
import { holds, recovered, until } from '../report.ts';
import { areAtNational, inWorld, type Proof, type World } from '../world.ts';
import { type Backups, backupsOf, forgottenEntries, restoredTwice } from './known-cases.ts';

const SCANNERS = 4;
const PAUSE_MS = 100;
const GUESTS_A_RESTORE = 120;
const LONGEST_BETWEEN_MS = 2_500;
const RESTORED: readonly (readonly Role[])[] = [
  ['third-party-platform'],
  ['third-party-platform', 'national-platform'],
  ['national-platform'],
];

/**
 * Puts the platforms back to older backups, singly and both, by kill -9 under scans: nothing admitted is missing at the national platform,
 * nobody entered twice with two confirmed answers, and every other double is flagged. Reading X4.
 */
export const restore: Proof = {
  tried: 'third-party and national platform restored from older backups by kill -9 under scans',
  unit: 'restores',
  size: 20,
  run: (run) =>
    inWorld(run, {}, async (world) => {
      const backups = await backupsOf(world);
      await forgottenEntries(world, backups);
      await restoredTwice(world, backups);
      for (let restored = 0; restored < run.size && holds(run.result); restored += 1)
        await restoreUnderScans(world, backups, RESTORED[restored % RESTORED.length]!);
      await world.hold();
    }),
};

async function restoreUnderScans(world: World, backups: Backups, roles: readonly Role[]): Promise<void> {
  const { site, chance, result } = world;
  const sold = await world.sell(GUESTS_A_RESTORE / 2);
  await backups.take(roles);
  // What was sold since is forgotten too.
  const soldSince = await world.sell(GUESTS_A_RESTORE / 2);
  const tickets = sold.flatMap((ticket, index) => [ticket, soldSince[index]!]);
  await world.crowd({ tickets, scanners: SCANNERS, pauseMs: PAUSE_MS }, async ({ seen }) => {
    await delay(500 + chance() * LONGEST_BETWEEN_MS);
    // An older backup of a third-party platform is of a generation that the national one knows to be over: see its own case.
    await backups.restore(roles, roles.includes('third-party-platform') ? 0 : Math.floor(chance() * 2));
    const admitted = seen.flatMap((guest) => admissionsOf(guest).map(({ verdict }) => verdict.RecordId!));
    const from = performance.now();
    await site.startAll(roles);
    // The seller learns with the next sale that the platform's data begin a new generation, and sends everything again.
    await world.sell(1);
    const awaited = `everything that was admitted before ${roles.join(' and ')} came back`;
    await until(awaited, () => areAtNational(site, admitted)).catch((error) => result.failures.push(error.message));
    recovered(result, performance.now() - from);
    result.times += 1;
  });
}
