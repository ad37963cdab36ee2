import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { plugIn as plugInAt, type SerialDevice } from '@ticket-check/runtime/pseudo-terminal';
import { needsTag } from '@ticket-check/runtime/testing';
import { onTestFinished } from 'vitest';

/** A serial port whose scanner is the test: a pseudo-terminal. */
type SerialLine = {
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

/** Two serial ports with a cable between them. */
type PseudoTerminal = {
  /** What the agent opens. */
  readonly port: string;
  /** What a device that is played opens. */
  readonly device: string;
  /** Takes the cable away; both ports are gone when it resolves. */
  unplug(): Promise<void>;
  plugIn(): Promise<void>;
};

/** Makes a pair of pseudo-terminals. */
export async function openPseudoTerminal(): Promise<PseudoTerminal> {
  needsTag('process');
  const directory = await mkdtemp(join(tmpdir(), 'pseudo-terminal-'));
  const [port, device] = [join(directory, 'port'), join(directory, 'device')];
  let cable: readonly SerialDevice[] = [];

  async function plugIn(): Promise<void> {
    const [one, other] = await Promise.all([plugInAt(port), plugInAt(device)]);
    one.pipe(other).pipe(one);
    cable = [one, other];
  }
  async function unplug(): Promise<void> {
    await Promise.all(cable.map((end) => end.unplug()));
    cable = [];
  }

  onTestFinished(async () => {
    await unplug();
    await rm(directory, { recursive: true, force: true });
  });
  await plugIn();
  return { port, device, plugIn, unplug };
}
