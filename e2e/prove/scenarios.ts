import { run as clock } from './clock/clock.ts';
import { run as dayOffline } from './day-offline/day-offline.ts';
import { run as failover } from './failover/failover.ts';
import { run as fuzz } from './fuzz/fuzz.ts';
import { run as hostile } from './hostile/hostile.ts';
import { run as keys } from './keys/keys.ts';
import { run as kill } from './kill/kill.ts';
import { run as line } from './line/line.ts';
import { run as neighbours } from './neighbours/neighbours.ts';
import { run as poison } from './poison/poison.ts';
import { run as powerCut } from './power-cut/power-cut.ts';
import type { ProofResult } from './proof-result.ts';
import { runOffline as raceOffline, runOnline as raceOnline } from './race/race.ts';
import { run as restore } from './restore/restore.ts';

/** One of the proofs. Tests run short forms of the same functions. */
export interface Scenario {
  name: string;
  /** What `size` counts. */
  unit: string;
  /** How many of them, where nobody says otherwise. */
  size: number;
  run(options: { seed: string; size: number }): Promise<ProofResult>;
}

export const SCENARIOS: readonly Scenario[] = [
  { name: 'kill', unit: 'kills', size: 1_000, run: kill },
  { name: 'power-cut', unit: 'cuts', size: 200, run: powerCut },
  { name: 'race', unit: 'tickets', size: 2_000, run: raceOnline },
  { name: 'race-offline', unit: 'tickets', size: 2_000, run: raceOffline },
  { name: 'line', unit: 'faults', size: 200, run: line },
  { name: 'day-offline', unit: 'records', size: 20_000, run: dayOffline },
  { name: 'poison', unit: 'rounds', size: 10, run: poison },
  { name: 'keys', unit: 'new Ukeys', size: 20, run: keys },
  { name: 'clock', unit: 'jumps', size: 50, run: clock },
  { name: 'restore', unit: 'restores', size: 20, run: restore },
  { name: 'failover', unit: 'rounds', size: 3, run: failover },
  { name: 'neighbours', unit: 'moves', size: 2_000, run: neighbours },
  { name: 'hostile', unit: 'seconds', size: 600, run: hostile },
  { name: 'fuzz', unit: 'inputs', size: 1_000_000, run: fuzz },
];
