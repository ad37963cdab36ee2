import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { spawnAtTerminal } from './pseudo-terminal.ts';

/** Nothing of this process's settings; what is compiled once need not be again, and no balancer has to notice an end. */
const { PATH, NODE_COMPILE_CACHE } = process.env;
const SHARED_ENV = { PATH, NODE_COMPILE_CACHE, DRAIN_SECONDS: '0' };

export type Ended = { code: number | null; stdout: string; stderr: string };

/** Starts one of our programs as a process of its own. */
export function startProgram(main: string, args: readonly string[], env: Record<string, string>, input = '') {
  const child = spawn(process.execPath, [main, ...args], { env: { ...SHARED_ENV, ...env } });
  const output = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].setEncoding('utf8').on('data', (chunk: string) => {
      output[name] += chunk;
    });
  }
  // One that reads no input closes the pipe early.
  child.stdin.on('error', () => {});
  child.stdin.end(input);
  const ended = once(child, 'close').then(([code]): Ended => ({ code, ...output }));

  /** Resolves with the first group of a pattern once it is found in one of its outputs. */
  async function said(pattern: RegExp): Promise<string> {
    for (;;) {
      const found = pattern.exec(output.stdout) ?? pattern.exec(output.stderr);
      if (found !== null) return found[1] ?? '';
      const more = [once(child.stdout, 'data'), once(child.stderr, 'data')];
      const isOver = await Promise.race([...more, ended.then(() => true)]);
      if (isOver === true) throw new Error(`ended without saying ${pattern}: ${output.stderr}`);
    }
  }
  return { child, ended, said };
}

const FIXTURE = fileURLToPath(new URL('./fixture-main.ts', import.meta.url));

/** Starts the fixture program as a process of its own, whose outputs nobody reads yet. */
export function spawnFixture(args: readonly string[], env: Record<string, string> = {}) {
  return spawn(process.execPath, [FIXTURE, ...args], { env: { ...SHARED_ENV, ...env } });
}

/** Starts the fixture program at a terminal of its own, whose other side is the standard output. */
export function spawnFixtureAtTerminal(args: readonly string[], env: Record<string, string> = {}) {
  return spawnAtTerminal(process.execPath, [FIXTURE, ...args], { ...SHARED_ENV, ...env });
}

/** Starts the fixture program as a process of its own. */
export const startFixture = (args: readonly string[], env: Record<string, string> = {}) =>
  startProgram(FIXTURE, args, env);

export const runFixture = (args: readonly string[], env?: Record<string, string>): Promise<Ended> =>
  startFixture(args, env).ended;
