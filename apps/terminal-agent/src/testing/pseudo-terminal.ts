import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { plugIn as plugInAt, type SerialDevice } from '@ticket-check/runtime/pseudo-terminal';
import { needsTag } from '@ticket-check/runtime/testing';
import { onTestFinished } from 'vitest';

/** Two serial ports with a cable between them. */
export type PseudoTerminal = {
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
