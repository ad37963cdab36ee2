import type { ChildProcess } from 'node:child_process';
import { openLoad } from './load.ts';

/** Resolves when the server of a process can be connected to. */
export async function listening(child: ChildProcess, port: number, ca: string): Promise<ChildProcess> {
  for (let attempt = 0; attempt < 200; attempt++) {
    if (child.exitCode !== null) throw new Error(`the server for port ${port} ended with ${child.exitCode}`);
    try {
      const probe = await openLoad({ host: '127.0.0.1', port, ca, connections: 1 });
      probe.close();
      return child;
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
  throw new Error(`nothing listens on port ${port}`);
}

/** Ends a process and resolves when it is gone. */
export function ended(child: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    if (child.exitCode !== null) return resolve();
    child.once('exit', () => resolve());
    child.kill('SIGTERM');
  });
}
