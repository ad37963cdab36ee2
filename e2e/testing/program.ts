import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { createNationalProgram } from '@ticket-check/national-platform/cli';
import { runCommand } from '@ticket-check/runtime';
import { outputOf } from '@ticket-check/runtime/testing';
import type { Role } from '@ticket-check/simulators/dev-network';
import '@ticket-check/storage/testing/keep-threads';
import { createTerminalProgram } from '@ticket-check/terminal-agent/cli';
import { createThirdPartyProgram } from '@ticket-check/third-party-platform/cli';

/** What a program that has ended leaves behind; `code` is null where it had to be killed. */
interface Ended {
  code: number | null;
  stdout: string;
  stderr: string;
}

const LONGEST_RUN_MS = 60_000;

function start(role: Role, args: readonly string[], env: NodeJS.ProcessEnv): ChildProcessWithoutNullStreams {
  const main = fileURLToPath(new URL(`../../apps/${role}/src/main.ts`, import.meta.url));
  const child = spawn(process.execPath, [main, ...args], { env: { ...process.env, ...env }, stdio: 'pipe' });
  child.stdin.on('error', () => {}); // a program that reads no input closes the pipe early
  return child;
}

/** Runs a command of a service to its end, whatever that is. */
export async function runProgram(
  role: Role,
  args: readonly string[],
  { env = {}, input = '' }: { env?: NodeJS.ProcessEnv; input?: string } = {},
): Promise<Ended> {
  const child = start(role, args, env);
  const overdue = setTimeout(() => child.kill('SIGKILL'), LONGEST_RUN_MS);
  child.stdin.end(input);
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')]);
  clearTimeout(overdue);
  return { code: child.exitCode, stdout, stderr };
}

/** A service with its standard input and output in our hands, as a scanner that types lines has them. */
interface PipedService {
  type(text: string): void;
  /** The next line that it prints. */
  nextLine(): Promise<string>;
  stop(): Promise<void>;
}

/** Starts `serve` with pipes; the caller stops it. */
export function startPiped(role: Role, env: NodeJS.ProcessEnv): PipedService {
  const child = start(role, ['serve'], env);
  child.stderr.resume();
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  return {
    type: (typed) => void child.stdin.write(typed),
    async nextLine() {
      const { value, done } = await lines.next();
      if (done) throw new Error(`${role} ended`);
      return value;
    },
    async stop() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const gone = once(child, 'exit');
      child.kill('SIGTERM');
      await gone;
    },
  };
}

const PROGRAMS = {
  'national-platform': createNationalProgram,
  'third-party-platform': createThirdPartyProgram,
  'terminal-agent': createTerminalProgram,
};

/** Longer than any command takes. One that serves where it should fail never ends: only its own test is to wait for it. */
const LIMIT_MS = 30_000;

let before: Promise<unknown> = Promise.resolve();

/**
 * Runs a command of a service to its end as its main file does, but in this process: one of its own (`runProgram`) spends most
 * of its time on starting. Standard input is this process's. Commands wait for each other, as one that works would keep another
 * waiting that holds the lock of a database.
 */
export function runHere(
  role: Role,
  args: readonly string[],
  { env = {} }: { env?: NodeJS.ProcessEnv } = {},
): Promise<Ended> {
  const settings = { ...process.env, ...env };
  const program = PROGRAMS[role](settings, Date.now);
  const turn = before;
  const ended = turn.then(() => outputOf(() => runCommand(program, ['node', role, ...args], settings)));
  before = turn.then(() => Promise.race([ended.catch(() => {}), delay(LIMIT_MS, undefined, { ref: false })]));
  return ended.then(({ result: code, ...output }) => ({ code, ...output }));
}
