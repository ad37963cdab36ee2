import { setImmediate as turn } from 'node:timers/promises';
import type { Proof } from '../proofs.ts';
import { PROTOCOL_TARGETS } from './protocol-targets.ts';
import { chanceOf } from './random.ts';
import { fuzzServices } from './services.ts';

/** One in this many mutated inputs goes to the running services. */
const SERVICE_SHARE = 20;
const TURN_AFTER = 1_000;
/** Longer than anything that one input may cost, however busy the machine. */
const LONGEST_MS = 2_000;
const MAX_FAILURES = 20;

/**
 * Mutates ticket codes, keys, envelopes, records, replies and scan texts: nothing crashes, nothing that was changed is taken for
 * genuine, every answer is a documented one, memory stays flat. `size` inputs go to functions of the protocol, and a twentieth of
 * that to the running services besides. Readings T1 to T8, E2 to E5, E9, E12, R3.
 */
export const fuzz: Proof = {
  tried: 'mutated codes, keys, envelopes, records, replies and scans',
  unit: 'inputs',
  size: 1_000_000,
  async run(run) {
    const { seed, size, result } = run;
    const { failures, notes } = result;
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
      result.times += count;
    }
    await fuzzServices(run, Math.ceil(size / SERVICE_SHARE));
    if (failures.length > MAX_FAILURES) failures.splice(MAX_FAILURES, Infinity, `and ${failures.length} in all`);
  },
};
