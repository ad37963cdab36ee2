import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { onTestFinished } from 'vitest';

/** A serial port that a test is the scanner at: a pseudo-terminal, which `socat` makes. */
export type SerialLine = {
  /** What the agent opens; a link, as those under /dev/serial/by-id are. */
  readonly path: string;
  /** Sends what a scanner sends. */
  send(text: string): void;
  /** Unplugs it: whoever has it open is hung up on, and the path is gone. */
  unplug(): Promise<void>;
  /** Plugs it in again; it is another device at the same path then. */
  plugIn(): Promise<void>;
};

/** Plugs in a scanner at a serial port. */
export async function plugInScanner(): Promise<SerialLine> {
  const directory = await mkdtemp(join(tmpdir(), 'serial-'));
  const path = join(directory, 'scanner');
  let socat: ChildProcess | undefined;

  async function unplug(): Promise<void> {
    if (socat === undefined || socat.exitCode !== null || socat.signalCode !== null) return;
    const exited = once(socat, 'exit');
    socat.kill('SIGTERM');
    await exited;
  }
  async function plugIn(): Promise<void> {
    socat = spawn('socat', ['-d', '-d', `pty,raw,echo=0,link=${path}`, '-'], { stdio: ['pipe', 'ignore', 'pipe'] });
    const ready = Promise.withResolvers<void>();
    createInterface({ input: socat.stderr as NodeJS.ReadableStream }).on('line', (line) => {
      if (line.includes('starting data transfer')) ready.resolve();
    });
    socat.once('error', ready.reject);
    await ready.promise;
  }

  onTestFinished(async () => {
    await unplug();
    await rm(directory, { recursive: true, force: true });
  });
  await plugIn();
  return { path, unplug, plugIn, send: (text) => void socat?.stdin?.write(text) };
}
