import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { type Clock, runCommand as runInProcess } from '@ticket-check/runtime';
import { outputOf } from '@ticket-check/runtime/testing';
import { createNationalProgram } from '../cli.ts';

const MAIN = fileURLToPath(new URL('../main.ts', import.meta.url));
/** Nothing of this process’s settings; what is compiled once need not be again. */
const { PATH, NODE_COMPILE_CACHE } = process.env;
const SHARED = { PATH, NODE_COMPILE_CACHE };

export type Ended = { code: number | null; stdout: string; stderr: string };

/** Runs a command of the national platform as a process of its own. */
export function startCommand(args: readonly string[], env: Record<string, string>, input?: string) {
  const child = spawn(process.execPath, [MAIN, ...args], { env: { ...SHARED, ...env } });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    stdout += chunk;
  });
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
    stderr += chunk;
  });
  child.stdin.on('error', () => {});
  child.stdin.end(input ?? '');
  const ended = once(child, 'close').then(([code]): Ended => ({ code, stdout, stderr }));

  /** Resolves with what a pattern finds on standard error. */
  async function said(pattern: RegExp): Promise<string> {
    for (;;) {
      const found = pattern.exec(stderr)?.[1];
      if (found !== undefined) return found;
      const isOver = await Promise.race([once(child.stderr, 'data'), ended.then(() => true)]);
      if (isOver === true) throw new Error(`ended without saying ${pattern}: ${stderr}`);
    }
  }
  return { child, ended, said };
}

/**
 * Runs a command of the national platform: in this process, on a connection of its own, or where it reads standard input, in a
 * process of its own. `serve` ends where it cannot start.
 */
export async function runCommand(
  args: readonly string[],
  env: Record<string, string>,
  input?: string,
  now: Clock = Date.now,
): Promise<Ended> {
  if (input !== undefined) return startCommand(args, env, input).ended;
  const program = createNationalProgram(env, now);
  const { result: code, ...output } = await outputOf(() => runInProcess(program, ['node', MAIN, ...args], env));
  return { code, ...output };
}
