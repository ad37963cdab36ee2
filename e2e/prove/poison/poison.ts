import { nothingYet, type ProofResult } from '../proof-result.ts';
import { seededChance } from '../seeded-chance.ts';
import { BATCH } from './batch.ts';
import { proveAtOurPlatform } from './our-platform.ts';
import { proveAtPlainPeer } from './plain-peer.ts';

export interface PoisonOptions {
  seed: string;
  /** How many batches with bad records each kind of platform gets. */
  size: number;
}

/**
 * Reports full batches through the third-party platform of which the platform above it does not take every record: one of
 * ours, which names those that it refuses, and a plain one, which only says no. All good records arrive, the bad ones are
 * parked and seen. Readings R3, R4.
 */
export async function run({ seed, size }: PoisonOptions): Promise<ProofResult> {
  const chance = seededChance(seed);
  const result = nothingYet({ name: 'poison', tried: `bad records in batches of ${BATCH}`, seed });
  await proveAtOurPlatform({ rounds: size, chance }, result);
  await proveAtPlainPeer({ rounds: size, chance }, result);
  return result;
}
