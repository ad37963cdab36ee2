import { setImmediate as turn } from 'node:timers/promises';
import type { ProofResult } from '../proof-result.ts';
import { PROTOCOL_TARGETS } from './protocol-targets.ts';
import { chanceOf } from './random.ts';
import { fuzzServices } from './services.ts';

/** One in this many mutated inputs goes to the running services. */
const SERVICE_SHARE = 20;
const TURN_AFTER = 1_000;
/** Longer than anything that one input may cost, however busy the machine. */
const LONGEST_MS = 2_000;
const MAX_FAILURES = 20;

export interface FuzzOptions {
  seed: string;
  /** How many mutated inputs the protocol's functions get; a twentieth of it is sent to the running services besides. */
  size: number;
}

/**
 * Mutates ticket codes, keys, envelopes, records, replies and scan texts: nothing crashes, nothing that was changed is
 * taken for genuine, every answer is a documented one, memory stays flat. Readings T1 to T8, E2 to E5, E9, E12, R3.
 */
export async function run({ seed, size }: FuzzOptions): Promise<ProofResult> {
  const failures: string[] = [];
  const notes: string[] = [];
  let times = 0;
  for (const { name, share, once } of PROTOCOL_TARGETS) {
    const chance = chanceOf(`${seed} ${name}`);
    const count = Math.ceil((size * share) / 100);
    let slowest = 0;
    for (let made = 0; made < count; made++) {
      const from = performance.now();
      const fault = once(chance);
      slowest = Math.max(slowest, performance.now() - from);
      if (fault !== null) failures.push(`${name}: ${fault}`);
      if (made % TURN_AFTER === 0) await turn();
    }
    if (slowest > LONGEST_MS) failures.push(`${name}: one input took ${Math.round(slowest)} ms`);
    notes.push(`${count} ${name}, the slowest in ${Math.round(slowest)} ms`);
    times += count;
  }
  const services = await fuzzServices({ seed, requests: Math.ceil(size / SERVICE_SHARE) });
  notes.push(`${services.requests} requests to the three services`, ...services.notes);
  failures.push(...services.failures);
  return {
    name: 'fuzz',
    tried: 'mutated codes, keys, envelopes, records, replies and scans',
    times: times + services.requests,
    lost: 0,
    doubledUnflagged: 0,
    recoveryMs: null,
    failures: failures.slice(0, MAX_FAILURES).concat(failures.length > MAX_FAILURES ? [`… ${failures.length}`] : []),
    notes,
    seed,
  };
}
