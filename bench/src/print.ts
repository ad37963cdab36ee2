import { cpus } from 'node:os';

export function say(line = ''): void {
  process.stdout.write(`${line}\n`);
}

/** The machine and the Node version, as they stand above each table. */
export function machine(): string {
  const { model } = cpus()[0] ?? { model: 'unknown' };
  return `${cpus().length} × ${model}, Node ${process.version}`;
}
