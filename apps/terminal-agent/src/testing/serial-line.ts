import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { plugIn as plugInAt, type SerialDevice } from '@ticket-check/runtime/pseudo-terminal';
import { needsTag } from '@ticket-check/runtime/testing';
import { onTestFinished } from 'vitest';

/** A serial port whose scanner is the test: a pseudo-terminal. */
export type SerialLine = {
  /** What the agent opens; a link, as those under /dev/serial/by-id are. */
  readonly path: string;
  /** Sends what a scanner sends. */
  send(text: string): void;
  /** Unplugs it: open handles are hung up, and the path is gone. */
  unplug(): Promise<void>;
  /** Plugs it in again; it is another device at the same path then. */
  plugIn(): Promise<void>;
};

/** Plugs in a scanner at a serial port. */
export async function plugInScanner(): Promise<SerialLine> {
  needsTag('process');
  const directory = await mkdtemp(join(tmpdir(), 'serial-'));
  const path = join(directory, 'scanner');
  let scanner: SerialDevice | null = null;

  async function plugIn(): Promise<void> {
    scanner = await plugInAt(path);
  }
  async function unplug(): Promise<void> {
    await scanner?.unplug();
    scanner = null;
  }

  onTestFinished(async () => {
    await unplug();
    await rm(directory, { recursive: true, force: true });
  });
  await plugIn();
  return { path, unplug, plugIn, send: (text) => void scanner?.write(text) };
}
