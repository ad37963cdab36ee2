import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { runCommand as runInProcess } from '@ticket-check/runtime';
import { outputOf } from '@ticket-check/runtime/testing';
import { onTestFinished } from 'vitest';
import { createTerminalProgram } from '../cli.ts';

const MAIN = fileURLToPath(new URL('../main.ts', import.meta.url));
/** Passes none of this process’s settings except its compile cache. */
const { PATH, NODE_COMPILE_CACHE } = process.env;
const SHARED = { PATH, NODE_COMPILE_CACHE };

export type Ended = { code: number | null; stdout: string; stderr: string };

/** Starts the program as a process of its own, which ends with the test. */
function start(args: readonly string[], env: Record<string, string>) {
  const child = spawn(process.execPath, [MAIN, ...args], { env: { ...SHARED, ...env } });
  const closed = once(child, 'close').then(([code, signal]) => ({ code: code as number | null, signal }));
  onTestFinished(async () => {
    child.kill('SIGKILL');
    await closed;
  });
  return { child, closed };
}

/**
 * Runs one command of the terminal agent: in this process, on a connection of its own, or where it reads standard input, in a
 * process of its own. `serve` ends where it cannot start.
 */
export async function runCommand(args: readonly string[], env: Record<string, string>, input = ''): Promise<Ended> {
  if (input !== '') {
    const { child, closed } = start(args, env);
    child.stdin.end(input);
    const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr)]);
    return { code: (await closed).code, stdout, stderr };
  }
  const program = createTerminalProgram(env, Date.now);
  const { result: code, ...output } = await outputOf(() => runInProcess(program, ['node', MAIN, ...args], env));
  return { code, ...output };
}

/** Runs one command in a process of its own that waits for something; resolves once it has said so. */
export async function startCommand(args: readonly string[], env: Record<string, string>, waiting: RegExp) {
  const { child, closed } = start(args, env);
  const said = text(child.stdout);
  const ready = Promise.withResolvers<void>();
  createInterface({ input: child.stderr }).on('line', (line) => {
    if (waiting.test(line)) ready.resolve();
  });
  closed.then(async () => ready.reject(new Error(`the command ended: ${await said}`)));
  await ready.promise;
  return { ended: closed.then(async ({ code }) => ({ code, stdout: await said })) };
}

/** Runs `serve` as a process of its own; resolves once it listens. */
export async function startServing(env: Record<string, string>, args: readonly string[] = []) {
  const { child, closed } = start(['serve', ...args], env);
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const said: string[] = [];
  const listening = Promise.withResolvers<string>();
  let consoleUrl = '';
  createInterface({ input: child.stderr }).on('line', (line) => {
    said.push(line);
    consoleUrl = /console.* is at (https:\S+)\.$/.exec(line)?.[1] ?? consoleUrl;
    const url = /listens on (https:\S+)\.$/.exec(line)?.[1];
    if (url !== undefined) listening.resolve(url);
  });
  closed.then(() => listening.reject(new Error(`the agent ended before it listened: ${said.join('\n')}`)));
  return {
    url: await listening.promise,
    consoleUrl,
    /** What it has written to standard error so far. */
    said,
    closed,
    /** Types a text as a scanner does, and reads its verdict. */
    async scan(text: string): Promise<Record<string, unknown>> {
      child.stdin.write(text);
      return JSON.parse((await lines.next()).value as string);
    },
    /** Types a text as a scanner does. */
    type(text: string): void {
      child.stdin.write(text);
    },
    /** Ends standard input, as a scanner that is unplugged does. */
    endInput(): void {
      child.stdin.end();
    },
    /** Ends the reading of verdicts, as a display that is closed does. */
    leaveVerdicts(): void {
      child.stdout.destroy();
    },
    async kill(signal: NodeJS.Signals) {
      child.kill(signal);
      return closed;
    },
  };
}
