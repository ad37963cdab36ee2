import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { plugIn as plugInAt, type SerialDevice } from '@ticket-check/runtime/pseudo-terminal';
import { needsTag } from '@ticket-check/runtime/testing';
import { onTestFinished } from 'vitest';

/** Pseudo-terminals at names in a directory of their own, plugged in; `connect` is given the devices each time. */
async function plugInAll(names: readonly string[], connect: (devices: readonly SerialDevice[]) => void) {
  needsTag('process');
  const directory = await mkdtemp(join(tmpdir(), 'serial-'));
  const paths = names.map((name) => join(directory, name));
  let devices: readonly SerialDevice[] = [];

  /** Plugs them in; they are other devices at the same paths then. */
  async function plugIn(): Promise<void> {
    devices = await Promise.all(paths.map((path) => plugInAt(path)));
    connect(devices);
  }
  /** Unplugs them: open handles are hung up, and the paths are gone. */
  async function unplug(): Promise<void> {
    await Promise.all(devices.map((device) => device.unplug()));
    devices = [];
  }

  onTestFinished(async () => {
    await unplug();
    await rm(directory, { recursive: true, force: true });
  });
  await plugIn();
  return { paths, plugIn, unplug };
}

/** Plugs in a scanner at a serial port: `path` is a link, as those under /dev/serial/by-id are; `send` sends what it reads. */
export async function plugInScanner() {
  let scanner: SerialDevice | undefined;
  const { paths, ...plug } = await plugInAll(['scanner'], ([device]) => {
    scanner = device;
  });
  return { path: paths[0] ?? '', ...plug, send: (text: string) => void scanner?.write(text) };
}

/** Two serial ports with a cable between them: the agent opens `port`, a device that is played opens `device`. */
export async function openPseudoTerminal() {
  const { paths, ...plug } = await plugInAll(['port', 'device'], ([one, other]) => {
    if (one !== undefined && other !== undefined) one.pipe(other).pipe(one);
  });
  const [port = '', device = ''] = paths;
  return { port, device, ...plug };
}
