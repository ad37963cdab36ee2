import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import type { Role } from '@ticket-check/simulators/dev-network';

/** What a program that has ended leaves behind; `code` is null where it had to be killed. */
export interface Ended {
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
export interface PipedService {
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
