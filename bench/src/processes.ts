import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { openConnection } from './load.ts';

const ASK_AGAIN_MS = 50;
const LONGEST_START_MS = 60_000;
const LONGEST_END_MS = 15_000;

const running = new Set<ChildProcess>();
// Whatever ends this process early ends those that it started.
process.once('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));

/** Starts a server in a process of its own and resolves when it can be connected to over TLS that `caFile` vouches for. */
export async function listening(
  args: readonly string[],
  { env = process.env, port, caFile }: { env?: NodeJS.ProcessEnv; port: number; caFile: string },
): Promise<ChildProcess> {
  const child = spawn(process.execPath, args, { env, stdio: ['ignore', 'ignore', 'inherit'] });
  running.add(child);
  child.once('exit', () => running.delete(child));
  for (const until = performance.now() + LONGEST_START_MS; performance.now() < until; ) {
    if (hasEnded(child)) throw new Error(`the server for port ${port} ended with ${child.exitCode}`);
    try {
      const probe = openConnection({ host: '127.0.0.1', port, ca: readFileSync(caFile, 'utf8') });
      await probe.opened;
      probe.close();
      return child;
    } catch {
      await new Promise((resolve) => setTimeout(resolve, ASK_AGAIN_MS));
    }
  }
  await ended(child);
  throw new Error(`nothing listens on port ${port}`);
}

/** Ends a process, with force if it has to be, and resolves when it is gone. */
export function ended(child: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    if (hasEnded(child)) return resolve();
    const force = setTimeout(() => child.kill('SIGKILL'), LONGEST_END_MS);
    child.once('exit', () => {
      clearTimeout(force);
      resolve();
    });
    child.kill('SIGTERM');
  });
}

const hasEnded = ({ exitCode, signalCode }: ChildProcess): boolean => exitCode !== null || signalCode !== null;
