import { randomBytes } from 'node:crypto';
import { parseArgs } from 'node:util';
import { holds } from './proof-result.ts';
import { SCENARIOS } from './scenarios.ts';
import { nothingRunsBeside } from './stalls.ts';
import { type Proved, tableOf } from './table.ts';

const USAGE = `Usage: prove [proof…] [--seed <text>] [--size <n>]

Runs the long forms of the proofs, all or those that are named, one after the other, and prints one table.
--seed begins the same run again, as far as the timing of the machine allows; --size is for one proof.

${SCENARIOS.map(({ name, size, unit }) => `  ${name.padEnd(14)}${size.toLocaleString('en').padStart(9)} ${unit}`).join('\n')}
`;

const { names, seed, size } = read();
nothingRunsBeside();
const chosen = SCENARIOS.filter(({ name }) => names.length === 0 || names.includes(name));
const proved: Proved[] = [];
for (const scenario of chosen) {
  const times = size ?? scenario.size;
  process.stderr.write(`${scenario.name}: ${times.toLocaleString('en')} ${scenario.unit}, seed ${seed} …\n`);
  const from = performance.now();
  const result = await scenario.run({ seed, size: times });
  proved.push({ result, tookMs: performance.now() - from });
  process.stderr.write(`${scenario.name}: ${holds(result) ? 'holds' : 'FAILS'}\n`);
}
process.stdout.write(`\n${tableOf(proved)}\n`);
process.exitCode = proved.every(({ result }) => holds(result)) ? 0 : 1;

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
    const unknown = positionals.find((name) => !SCENARIOS.some((scenario) => scenario.name === name));
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
