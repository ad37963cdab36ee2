import { type ChildProcess, execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { ended, listening } from './processes.ts';

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
  'terminal-agent': ['--max-semi-space-size=4'],
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
