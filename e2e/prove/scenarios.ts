import { run as fuzz } from './fuzz/fuzz.ts';
import { run as powerCut } from './power-cut/power-cut.ts';
import type { ProofResult } from './proof-result.ts';

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
  { name: 'power-cut', unit: 'cuts', size: 200, run: powerCut },
  { name: 'fuzz', unit: 'inputs', size: 1_000_000, run: fuzz },
];
