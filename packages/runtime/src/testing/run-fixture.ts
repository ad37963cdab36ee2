import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { spawnAtTerminal } from './pseudo-terminal.ts';

const FIXTURE = fileURLToPath(new URL('./fixture-main.ts', import.meta.url));
/** Nothing of this process’s settings; what is compiled once need not be again. */
const { PATH, NODE_COMPILE_CACHE } = process.env;
const SHARED = { PATH, NODE_COMPILE_CACHE };

export type Ended = { code: number | null; stdout: string; stderr: string };

/** Starts the fixture program as a process of its own, whose outputs nobody reads yet. */
export function spawnFixture(args: readonly string[], env: Record<string, string> = {}) {
  return spawn(process.execPath, [FIXTURE, ...args], { env: { ...SHARED, ...env } });
}

/** Starts the fixture program at a terminal of its own, whose other side is the standard output. */
export function spawnFixtureAtTerminal(args: readonly string[], env: Record<string, string> = {}) {
  return spawnAtTerminal(process.execPath, [FIXTURE, ...args], { ...SHARED, ...env });
}

/** Starts the fixture program as a process of its own. */
export function startFixture(args: readonly string[], env: Record<string, string> = {}) {
  const child = spawnFixture(args, env);
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    stdout += chunk;
  });
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
    stderr += chunk;
  });
  const ended = once(child, 'close').then(([code]): Ended => ({ code, stdout, stderr }));
  /** Resolves when one of its outputs holds a text. */
  async function said(text: string): Promise<void> {
    while (!`${stdout}\0${stderr}`.includes(text)) {
      const more = [once(child.stdout, 'data'), once(child.stderr, 'data')];
      const isOver = await Promise.race([...more, ended.then(() => true)]);
      if (isOver === true) throw new Error(`ended without saying ${text}: ${stderr}`);
    }
  }
  return { child, ended, said, stdout: () => stdout };
}

export function runFixture(args: readonly string[], env: Record<string, string> = {}): Promise<Ended> {
  return startFixture(args, env).ended;
}
