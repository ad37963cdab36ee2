import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { wallClockAt, writeReply } from '@ticket-check/protocol';
import { openConnection } from './load.ts';

export type Role = 'national-platform' | 'third-party-platform' | 'terminal-agent';

/** What the holder of an account is handed. */
export interface Bundle {
  Username: string;
  PrivateKey: string;
  CaCertificate: string;
}

/** A service as it ships, on SQLite in a directory of its own, spoken to by its commands and over its port. */
export type Service = ReturnType<typeof openService>;

const run = promisify(execFile);

/** What Node is started with in the images (Dockerfile). */
const FLAGS: Record<Role, readonly string[]> = {
  'national-platform': ['--min-semi-space-size=8'],
  'third-party-platform': ['--min-semi-space-size=8'],
  'terminal-agent': ['--max-semi-space-size=2', '--optimize-for-size'],
};

/** The import of a hundred thousand tickets included. */
const LONGEST_COMMAND_MS = 300_000;

/** The service on a port of 127.0.0.1, not started yet; `settings` are added to its environment. */
export function openService(
  role: Role,
  { directory, port, settings = {} }: { directory: string; port: number; settings?: Record<string, string> },
) {
  const main = fileURLToPath(new URL(`../../apps/${role}/src/main.ts`, import.meta.url));
  const caFile = join(directory, 'tls', 'ca.pem');
  const env = {
    ...process.env,
    HOST: '127.0.0.1',
    PORT: String(port),
    CONSOLE_PORT: '0',
    DATA_DIR: directory,
    LOG_LEVEL: 'error',
    ...settings,
  };
  let child: ChildProcess | undefined;

  /** Runs a command to its end and answers what it printed; rejects with what it said where it fails. */
  async function command(args: readonly string[], input = ''): Promise<string> {
    const running = run(process.execPath, [main, ...args], { env, timeout: LONGEST_COMMAND_MS });
    running.child.stdin?.on('error', () => {}); // a command that reads no input closes the pipe early
    running.child.stdin?.end(input);
    return (await running).stdout;
  }

  return {
    directory,
    caFile,
    command,
    /** Imports rows with the command `import`. */
    importRows: (kind: string, rows: readonly unknown[]) =>
      command(['import', kind, '-'], rows.map((row) => `${JSON.stringify(row)}\n`).join('')),
    async addAccount(username: string, cinema: string, ...more: string[]): Promise<Bundle> {
      return JSON.parse(await command(['account', 'add', username, '--cinemas', cinema, ...more, '--out', '-']));
    },
    async start(): Promise<void> {
      child = await listening([...FLAGS[role], main, 'serve'], { env, port, caFile });
    },
    async stop(): Promise<void> {
      if (child !== undefined) await ended(child);
    },
    /** Of the process that serves. */
    get pid(): number {
      if (child?.pid === undefined) throw new Error(`the ${role} was not started`);
      return child.pid;
    },
    /** Where it is asked, once it has made its certificate. */
    target: () => ({ host: '127.0.0.1', port, ca: readFileSync(caFile, 'utf8') }),
  };
}

const CONSTANT_MAIN = fileURLToPath(new URL('./constant-server.ts', import.meta.url));

/** Starts a bare server that answers every POST with this ReplyData, under the certificates of a service beside it. */
export async function startConstant(beside: Service, name: string, port: number, replyData: unknown) {
  const { directory, caFile } = beside;
  const replyFile = join(directory, `${name}.json`);
  writeFileSync(replyFile, writeReply(wallClockAt(Date.now()), replyData));
  const tlsFiles = ['server.pem', 'server-p256.pem'].map((file) => join(directory, 'tls', file));
  const child = await listening([CONSTANT_MAIN, String(port), replyFile, ...tlsFiles], { port, caFile });
  return { target: () => ({ ...beside.target(), port }), stop: () => ended(child) };
}

const ASK_AGAIN_MS = 50;
const LONGEST_START_MS = 60_000;
const LONGEST_END_MS = 15_000;

const running = new Set<ChildProcess>();
// Whatever ends this process early ends those that it started.
process.once('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));

/** Starts a server in a process of its own and resolves when it can be connected to over TLS that `caFile` vouches for. */
async function listening(
  args: readonly string[],
  { env = process.env, port, caFile }: { env?: NodeJS.ProcessEnv; port: number; caFile: string },
): Promise<ChildProcess> {
  const child = spawn(process.execPath, args, { env, stdio: ['ignore', 'ignore', 'inherit'] });
  running.add(child);
  child.once('exit', () => running.delete(child));
  for (const until = performance.now() + LONGEST_START_MS; performance.now() < until; ) {
    if (hasEnded(child)) throw new Error(`the server for port ${port} ended with ${child.exitCode}`);
    try {
      const probe = openConnection({ host: '127.0.0.1', port, ca: readFileSync(caFile, 'utf8') });
      await probe.opened;
      probe.close();
      return child;
    } catch {
      await new Promise((resolve) => setTimeout(resolve, ASK_AGAIN_MS));
    }
  }
  await ended(child);
  throw new Error(`nothing listens on port ${port}`);
}

/** Ends a process, with force if it has to be, and resolves when it is gone. */
function ended(child: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    if (hasEnded(child)) return resolve();
    const force = setTimeout(() => child.kill('SIGKILL'), LONGEST_END_MS);
    child.once('exit', () => {
      clearTimeout(force);
      resolve();
    });
    child.kill('SIGTERM');
  });
}

const hasEnded = ({ exitCode, signalCode }: ChildProcess): boolean => exitCode !== null || signalCode !== null;
