import { setTimeout as delay } from 'node:timers/promises';
import type { Role } from '@ticket-check/simulators/dev-network';
import { admissionsOf, type Guest, guestsAt } from '../guests.ts';
import { comeBack } from '../oracle/come-back.ts';
import { holdPromise } from '../oracle/promise.ts';
import { holds, nothingYet, type ProofResult, recovered } from '../proof-result.ts';
import { areAtNational, drained } from '../proof-site.ts';
import { seededChance } from '../seeded-chance.ts';
import { sellMany } from '../sell-many.ts';
import { onTwoTerminals, type TwoTerminals } from '../two-terminals.ts';
import { until } from '../until.ts';
import { type Backups, backupsOf } from './backups.ts';
import { forgottenEntries } from './forgotten-entries.ts';
import { restoreTwice } from './restored-twice.ts';

const SCANNERS = 4;
const PAUSE_MS = 100;
const GUESTS_A_RESTORE = 120;
const LONGEST_BETWEEN_MS = 2_500;
/** Returning guests are among the newest, whose entry may be forgotten. */
const NEWEST = 60;
/** What is restored, in turn. */
const RESTORED: readonly (readonly Role[])[] = [
  ['third-party-platform'],
  ['third-party-platform', 'national-platform'],
  ['national-platform'],
];

/**
 * Puts the third-party and the national platform back to older backups, singly and both at once, by kill -9 under scans
 * at two terminals. After it nothing that was admitted is missing at the national platform, nobody entered twice with
 * two confirmed answers, and every other double is flagged. Reading X4.
 *
 * @param options.size how many times something is restored, beside the cases of entries that a platform forgot
 */
export async function run({ seed, size }: { seed: string; size: number }): Promise<ProofResult> {
  const chance = seededChance(seed);
  const result = nothingYet({
    name: 'restore',
    tried: 'third-party and national platform restored from older backups by kill -9 under scans',
    seed,
  });
  await onTwoTerminals(result, async (place) => {
    const backups = await backupsOf(place);
    const guests: Guest[] = [...(await forgottenEntries({ place, backups, result }))];
    guests.push(...(await restoreTwice({ place, backups, result })));
    for (let restore = 0; restore < size && holds(result); restore += 1) {
      const roles = RESTORED[restore % RESTORED.length]!;
      guests.push(...(await restoreRound({ place, backups, roles, chance, result })));
    }
    await holdPromise(place.terminals, { guests, sold: place.demo.boxOffice.tickets }, result);
  });
  return result;
}

interface Round {
  place: TwoTerminals;
  backups: Backups;
  roles: readonly Role[];
  chance: () => number;
  result: ProofResult;
}

/** A backup, then guests, and in the midst of them it is restored. */
async function restoreRound({ place, backups, roles, chance, result }: Round): Promise<readonly Guest[]> {
  const { site, other, demo, doors } = place;
  const sold = sellMany(demo.boxOffice, GUESTS_A_RESTORE / 2);
  await demo.tell();
  await backups.take(roles);
  // What was sold since is forgotten too.
  const soldSince = sellMany(demo.boxOffice, GUESTS_A_RESTORE / 2);
  await demo.tell();
  const tickets = sold.flatMap((ticket, index) => [ticket, soldSince[index]!]);

  const guests = guestsAt(doors, tickets, chance, { newest: NEWEST });
  const scans = guests.stream(SCANNERS, { pauseMs: PAUSE_MS });
  try {
    await delay(500 + chance() * LONGEST_BETWEEN_MS);
    // An older backup of a third-party platform is of a generation that the national one knows to be over: see its own case.
    const before = roles.includes('third-party-platform') ? 0 : Math.floor(chance() * 2);
    await backups.restore(roles, before);
    const admitted = guests.seen.flatMap((guest) => admissionsOf(guest).map(({ verdict }) => verdict.RecordId!));
    const from = performance.now();
    await site.startAll(roles);
    // The seller learns with the next sale that the platform's data begin a new generation, and sends everything again.
    sellMany(demo.boxOffice, 1);
    await demo.tell();
    const awaited = `everything that was admitted before ${roles.join(' and ')} came back`;
    await until(awaited, () => areAtNational(site, admitted)).catch((error) => result.failures.push(error.message));
    recovered(result, performance.now() - from);
    result.times += 1;
  } finally {
    await scans.stop();
  }
  await comeBack(guests, doors, result);
  await drained([site, other]);
  return guests.seen;
}
