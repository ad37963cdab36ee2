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
 * Reports full batches through the third-party platform in which some records are trouble for the platform above it: for
 * one of ours, whose RecordIds another sender has occupied, and for a plain one, which says no to them and not to which. At
 * ours all arrive; at the plain one all good records arrive, and the bad ones are parked and seen. Readings R3, R4, X3.
 */
export async function run({ seed, size }: PoisonOptions): Promise<ProofResult> {
  const result = nothingYet({ name: 'poison', tried: `bad records in batches of ${BATCH}`, seed });
  await Promise.all([
    proveAtOurPlatform({ rounds: size, chance: seededChance(`${seed}, ours`) }, result),
    proveAtPlainPeer({ rounds: size, chance: seededChance(`${seed}, plain`) }, result),
  ]);
  return result;
}
