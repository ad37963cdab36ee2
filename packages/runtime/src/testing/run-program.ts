import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Command } from 'commander';
import { runCommand } from '../program.ts';
import type { Clock } from '../time.ts';
import { outputOf } from './output-of.ts';

type Env = Record<string, string>;

/** Nothing of this process's settings; what is compiled once need not be again, and no balancer has to notice an end. */
const { PATH, NODE_COMPILE_CACHE } = process.env;
export const SHARED_ENV = { PATH, NODE_COMPILE_CACHE, DRAIN_SECONDS: '0' };

export type Ended = { code: number | null; stdout: string; stderr: string };

/**
 * Starts one of our programs as a process of its own.
 *
 * @param input what it reads; null leaves its input open
 * @param detached in a session of its own, where there is no /dev/tty
 */
export function startProgram(
  main: string,
  args: readonly string[],
  env: Env,
  input: string | null = '',
  { detached = false } = {},
) {
  const child = spawn(process.execPath, [main, ...args], { env: { ...SHARED_ENV, ...env }, detached });
  const output = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].setEncoding('utf8').on('data', (chunk: string) => {
      output[name] += chunk;
    });
  }
  // One that reads no input closes the pipe early.
  child.stdin.on('error', () => {});
  if (input !== null) child.stdin.end(input);
  const ended = once(child, 'close').then(([code]): Ended => ({ code, ...output }));

  /** Resolves with the first group of a pattern once it is found in one of its outputs. */
  async function said(pattern: RegExp): Promise<string> {
    for (;;) {
      const found = pattern.exec(output.stdout) ?? pattern.exec(output.stderr);
      if (found !== null) return found[1] ?? '';
      const looked = new AbortController();
      const more = [child.stdout, child.stderr].map((stream) => once(stream, 'data', looked).catch(() => {}));
      const isOver = await Promise.race([...more, ended.then(() => true)]);
      looked.abort();
      if (isOver === true) throw new Error(`ended without saying ${pattern}: ${output.stderr}`);
    }
  }

  function kill(signal: NodeJS.Signals): Promise<Ended> {
    child.kill(signal);
    return ended;
  }
  return { child, output, ended, said, kill };
}

/**
 * Runs commands of a program: in this process, on connections of their own, or where one reads standard input, in a process of its
 * own. `serve` ends where it cannot start.
 */
export const commandsOf =
  (main: string, create: (env: Env, now: Clock) => Command) =>
  async (args: readonly string[], env: Env, input?: string, now: Clock = Date.now): Promise<Ended> => {
    if (input !== undefined) return startProgram(main, args, env, input).ended;
    const { result: code, ...output } = await outputOf(() =>
      runCommand(create(env, now), ['node', main, ...args], env),
    );
    return { code, ...output };
  };
