import { EventEmitter, once } from 'node:events';
import { write as writeFile } from 'node:fs';
import { rm, symlink } from 'node:fs/promises';
import { Duplex } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { type IPty, spawn } from '@lydell/node-pty';

/** Holds the port open in raw mode, as a wire is, and hangs up on everybody who has it open when it ends. */
const HOLD = 'stty raw -echo && tty && exec sleep infinity';

const writeTo = promisify(writeFile);
/** Until a wire that is full is tried again. */
const FULL_MS = 1;

/** What hangs at a serial port: reads and writes what goes over the wire. */
export type SerialDevice = Duplex & {
  /** Resolves when the port is gone; a process that has it open is hung up on. */
  unplug(): Promise<void>;
};

/** Makes a serial port at `path`, a link as those under /dev/serial/by-id are. It is a pseudo-terminal. */
export async function plugIn(path: string): Promise<SerialDevice> {
  const terminal = spawn('sh', ['-c', HOLD], { encoding: null });
  const ended = new Promise<void>((resolve) => void terminal.onExit(() => resolve()));
  let [isUnplugged, written] = [false, Promise.resolve()];
  const device = wireOf(terminal, (bytes) => {
    written = writeAll(terminal, bytes, () => isUnplugged);
    return written;
  });
  const [name] = await once(device, 'data');
  device.pause();
  await symlink(String(name).trim(), path);
  return Object.assign(device, {
    async unplug() {
      isUnplugged = true;
      // The number of its descriptor is another file's soon after.
      await written;
      terminal.kill('SIGKILL');
      await ended;
      await rm(path, { force: true });
    },
  });
}

/** Starts a program at a terminal of its own, whose other side is a stream. */
export function spawnAtTerminal(program: string, args: readonly string[], env: NodeJS.ProcessEnv) {
  const terminal = spawn(program, [...args], { encoding: null, env });
  const child = new EventEmitter<{ exit: [code: number | null] }>();
  terminal.onExit(({ exitCode }) => child.emit('exit', exitCode));
  const wire = wireOf(terminal, async (bytes) => terminal.write(String(bytes)));
  return Object.assign(child, { stdin: wire, stdout: wire, kill: (signal: string) => terminal.kill(signal) });
}

/** Its own `write` stops this whole process until somebody reads, who may be in this process. */
async function writeAll(terminal: IPty, bytes: Buffer, isUnplugged: () => boolean): Promise<void> {
  const { fd } = terminal as IPty & { readonly fd: number };
  for (let from = 0; from < bytes.length && !isUnplugged(); ) {
    try {
      from += (await writeTo(fd, bytes, from)).bytesWritten;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') throw error;
      await delay(FULL_MS);
    }
  }
}

/** Holds the terminal back while nobody reads. */
function wireOf(terminal: IPty, write: (bytes: Buffer) => Promise<void>): Duplex {
  const wire = new Duplex({
    read: () => terminal.resume(),
    write: (bytes, _, done) => void write(bytes).then(() => done(), done),
  });
  terminal.onData((bytes) => {
    if (!wire.push(bytes)) terminal.pause();
  });
  return wire;
}
