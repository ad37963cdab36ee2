import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { needsTag } from '@ticket-check/runtime/testing';

/** A pseudo-terminal in raw mode, as a serial port at `path` is. */
export const ptyAt = (path: string) => `pty,raw,echo=0,link=${path}`;

/** Two ends that socat has joined, with its standard input for an end that is `-`. */
export type Joined = { readonly stdin: ChildProcess['stdin']; unplug(): Promise<void> };

/** Joins two addresses of socat; resolves once what goes in at one comes out at the other. Ended by whoever started it. */
export async function joinBySocat(one: string, other: string): Promise<Joined> {
  needsTag('process');
  const child = spawn('socat', ['-d', '-d', one, other], { stdio: ['pipe', 'ignore', 'pipe'] });
  const closed = once(child, 'close');
  const joined = Promise.withResolvers<void>();
  const said: string[] = [];
  createInterface({ input: child.stderr }).on('line', (line) => {
    said.push(line);
    if (line.includes('starting data transfer loop')) joined.resolve();
  });
  closed.then(
    () => joined.reject(new Error(`socat ended: ${said.join('\n')}`)),
    (error) => joined.reject(error),
  );
  await joined.promise;
  return {
    stdin: child.stdin,
    async unplug() {
      child.kill();
      await closed;
    },
  };
}
