import { spawnSync } from 'node:child_process';

/** Runs a program of the machine, such as openssl, to its end and answers what it printed. */
export function run(program: string, args: readonly string[], input: string | Buffer = ''): Buffer {
  const { status, stdout, stderr, error } = spawnSync(program, args, { input, maxBuffer: 16 * 1024 * 1024 });
  if (error !== undefined || status !== 0) throw new Error(`${program} ${args.join(' ')}: ${error ?? stderr}`);
  return stdout;
}
