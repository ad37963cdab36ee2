import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { type Joined, joinBySocat, ptyAt } from './socat.ts';

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

/** Makes a pair of pseudo-terminals with socat. */
export async function openPseudoTerminal(): Promise<PseudoTerminal> {
  const directory = await mkdtemp(join(tmpdir(), 'pseudo-terminal-'));
  const [port, device] = [join(directory, 'port'), join(directory, 'device')];
  let cable: Joined | null = null;

  async function plugIn(): Promise<void> {
    cable = await joinBySocat(ptyAt(port), ptyAt(device));
  }
  async function unplug(): Promise<void> {
    await cable?.unplug();
    cable = null;
  }

  onTestFinished(async () => {
    await unplug();
    await rm(directory, { recursive: true, force: true });
  });
  await plugIn();
  return { port, device, plugIn, unplug };
}
