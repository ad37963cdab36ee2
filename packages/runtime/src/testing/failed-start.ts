import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { text } from 'node:stream/consumers';
import { onTestFinished } from 'vitest';

/** What a process said of a start that failed, and of the one after it. */
type FailedStart = {
  error: string | null;
  /** Files that it had left open; always empty if there is no /proc. */
  leftOpen: string[];
  /** The message of the error of the second start; null if it served and ended. */
  second: string | null;
};

const PROGRAM = `
  import { readdirSync, readlinkSync } from 'node:fs';
  const { module, name, faulty, sound } = JSON.parse(process.argv[1]);
  const start = (await import(module))[name];
  async function attempt(env) {
    try {
      await (await start({ env })).close();
      return null;
    } catch (error) {
      return error.message;
    }
  }
  function openFiles() {
    try {
      return readdirSync('/proc/self/fd').flatMap((fd) => {
        try {
          const file = readlinkSync('/proc/self/fd/' + fd);
          return /^\\/(?!dev|proc)/.test(file) ? [file] : [];
        } catch {
          return [];
        }
      });
    } catch {
      return [];
    }
  }
  const before = openFiles();
  const error = await attempt(faulty);
  const leftOpen = openFiles().filter((file) => !before.includes(file));
  const second = await attempt(sound);
  process.stdout.write(JSON.stringify({ error, leftOpen, second }));
`;

/**
 * Starts a service in a process of its own, first in an environment in which it cannot start, then in another, and closes
 * it. Resolves when the process has ended by itself, which it does not as long as a timer, a socket or a thread is left of
 * either start.
 *
 * @param module the URL of the module that exports the service's start under `name`
 */
export async function failToStart(options: {
  module: string;
  name: string;
  faulty: Record<string, string>;
  sound: Record<string, string>;
}): Promise<FailedStart> {
  const { PATH, NODE_COMPILE_CACHE } = process.env;
  const child = spawn(process.execPath, ['--input-type=module', '-e', PROGRAM, JSON.stringify(options)], {
    env: { PATH, NODE_COMPILE_CACHE },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  const [said] = await Promise.all([text(child.stdout), once(child, 'exit')]);
  return JSON.parse(said) as FailedStart;
}

/** A port of 127.0.0.1 that another program listens on until the test ends. */
export async function takenPort(): Promise<number> {
  const other = createServer().listen(0, '127.0.0.1');
  onTestFinished(() => void other.close());
  await once(other, 'listening');
  return (other.address() as AddressInfo).port;
}
