import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
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

/** Makes a pair of pseudo-terminals with socat. */
export async function openPseudoTerminal(): Promise<PseudoTerminal> {
  needsTag('process');
  const directory = await mkdtemp(join(tmpdir(), 'pseudo-terminal-'));
  const [port, device] = [join(directory, 'port'), join(directory, 'device')];
  let socat: { unplug(): Promise<void> } | null = null;

  async function plugIn(): Promise<void> {
    const end = (link: string) => `pty,raw,echo=0,link=${link}`;
    const child = spawn('socat', ['-d', '-d', end(port), end(device)], { stdio: ['ignore', 'ignore', 'pipe'] });
    const closed = once(child, 'close');
    const plugged = Promise.withResolvers<void>();
    let said = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      said += text;
      if (said.includes('starting data transfer loop')) plugged.resolve();
    });
    closed.then(
      () => plugged.reject(new Error(`socat ended: ${said}`)),
      (error) => plugged.reject(error),
    );
    await plugged.promise;
    socat = {
      async unplug() {
        socat = null;
        child.kill();
        await closed;
      },
    };
  }

  await plugIn();
  onTestFinished(async () => {
    await socat?.unplug();
    await rm(directory, { recursive: true, force: true });
  });
  return { port, device, plugIn, unplug: async () => socat?.unplug() };
}
