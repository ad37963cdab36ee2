import { randomBytes } from 'node:crypto';
import { parseArgs } from 'node:util';
import { nothingRunsBeside } from './processes.ts';
import { PROOFS, type ProofName, prove } from './proofs.ts';
import { holds, type ProofResult, tableOf } from './report.ts';
import type { Proof } from './world.ts';

const ALL: [string, Proof][] = Object.entries(PROOFS);
const USAGE = `Usage: prove [proof…] [--seed <text>] [--size <n>]

Runs the long forms of the proofs, all or those that are named, one after the other, and prints one table.
--seed repeats a run, as far as the timing of the machine allows; --size is for one proof.

${ALL.map(([name, { size, unit }]) => `  ${name.padEnd(14)}${size.toLocaleString('en').padStart(9)} ${unit}`).join('\n')}
`;

const { names, seed, size } = read();
nothingRunsBeside();
const results: ProofResult[] = [];
for (const [name, proof] of ALL.filter(([each]) => names.length === 0 || names.includes(each))) {
  const times = size ?? proof.size;
  process.stderr.write(`${name}: ${times.toLocaleString('en')} ${proof.unit}, seed ${seed} …\n`);
  const result = await prove(name, proof, { seed, size: times, isBusy: false });
  results.push(result);
  process.stderr.write(`${name}: ${holds(result) ? 'holds' : 'FAILS'}\n`);
}
process.stdout.write(`\n${tableOf(results)}\n`);
process.exitCode = results.every(holds) ? 0 : 1;

function read(): { names: string[]; seed: string; size: number | undefined } {
  try {
    const { values, positionals } = parseArgs({
      allowPositionals: true,
      options: { seed: { type: 'string' }, size: { type: 'string' }, help: { type: 'boolean' } },
    });
    if (values.help) {
      process.stdout.write(USAGE);
      process.exit(0);
    }
    const unknown = positionals.find((name) => PROOFS[name as ProofName] === undefined);
    if (unknown !== undefined) throw new Error(`There is no proof named ${unknown}.`);
    const size = values.size === undefined ? undefined : Number(values.size);
    if (size !== undefined && !(Number.isSafeInteger(size) && size > 0)) throw new Error('--size is a whole number.');
    if (size !== undefined && positionals.length !== 1) throw new Error('--size is for one proof: name it.');
    return { names: positionals, seed: values.seed ?? randomBytes(4).toString('hex'), size };
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : error}\n\n${USAGE}`);
    process.exit(2);
  }
}
