import { clock } from './clock/clock.ts';
import { cluster } from './cluster/cluster.ts';
import { dayOffline } from './day-offline/day-offline.ts';
import { failover } from './failover/failover.ts';
import { fuzz } from './fuzz/fuzz.ts';
import { hostile } from './hostile/hostile.ts';
import { keys } from './keys/keys.ts';
import { kill } from './kill/kill.ts';
import { line } from './line/line.ts';
import { neighbours } from './neighbours/neighbours.ts';
import { poison } from './poison/poison.ts';
import { powerCut } from './power-cut/power-cut.ts';
import { race, raceOffline } from './race/race.ts';
import type { ProofResult } from './report.ts';
import { restore } from './restore/restore.ts';
import { type Proof, seededChance } from './world.ts';

export const PROOFS = {
  kill,
  'power-cut': powerCut,
  race,
  'race-offline': raceOffline,
  line,
  'day-offline': dayOffline,
  poison,
  keys,
  clock,
  restore,
  failover,
  cluster,
  neighbours,
  hostile,
  fuzz,
} satisfies Record<string, Proof>;

export type ProofName = keyof typeof PROOFS;

/** Runs a proof; the same seed makes the same choices again, as far as the system's own timing allows. */
export async function prove(name: string, { tried, run }: Proof, of: { seed: string; size: number; isBusy: boolean }) {
  const none = { times: 0, lost: 0, doubledUnflagged: 0, recoveryMs: null, failures: [], notes: [], tookMs: 0 };
  const result: ProofResult = { name, tried, seed: of.seed, ...none };
  const from = performance.now();
  await run({ ...of, chance: seededChance(of.seed), result });
  result.tookMs = performance.now() - from;
  return result;
}
