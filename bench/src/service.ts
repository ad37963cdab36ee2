import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { wallClockAt, writeReply } from '@ticket-check/protocol';
import { type Addresses, localSite, ROLES, type Role } from '@ticket-check/simulators/dev-network';

export type Bundle = { Username: string; PrivateKey: string; CaCertificate: string };

/** A service as it ships, on SQLite in a directory of its own, spoken to by its commands and over its port. */
export type Service = ReturnType<typeof openService>;

/** What Node is started with in the images (Dockerfile). */
const FLAGS: Record<Role, readonly string[]> = {
  'national-platform': ['--min-semi-space-size=8'],
  'third-party-platform': ['--min-semi-space-size=8'],
  'terminal-agent': ['--max-semi-space-size=2', '--optimize-for-size'],
};

const CONSOLE_PORT_DISTANCE = 50;

/** The service on a port of 127.0.0.1, with its data below `directory`, not started yet; `settings` are added to its environment. */
export type Place = { directory: string; port: number; settings?: Record<string, string> };

export function openService(role: Role, { directory, port, settings = {} }: Place) {
  const consolePort = port + CONSOLE_PORT_DISTANCE;
  const addresses = Object.fromEntries(ROLES.map((each) => [each, { host: '127.0.0.1', port, consolePort }]));
  const env = { [role]: { LOG_LEVEL: 'error', ...settings } };
  const site = localSite({ directory, addresses: addresses as Addresses, env, flags: FLAGS[role] });
  const dataDirectory = join(directory, role);
  const command = (args: readonly string[], input = '') => site.command(role, args, input);

  return {
    directory: dataDirectory,
    consolePort,
    command,
    importRows: (kind: string, rows: readonly unknown[]) =>
      command(['import', kind, '-'], rows.map((row) => `${JSON.stringify(row)}\n`).join('')),
    addAccount: async (username: string, cinema: string): Promise<Bundle> =>
      JSON.parse(await command(['account', 'add', username, '--cinemas', cinema, '--out', '-'])),
    setUpstream: (bundle: Bundle | undefined) => command(['upstream', 'set', '-'], JSON.stringify(bundle)),
    start: () => site.start(role),
    stop: () => site.stop(role),
    get pid(): number {
      const pid = site.processOf(role);
      if (pid === null) throw new Error(`the ${role} was not started`);
      return pid;
    },
    /** Where it is asked, once it has made its certificate. */
    target: () => ({ host: '127.0.0.1', port, ca: readFileSync(join(dataDirectory, 'tls', 'ca.pem'), 'utf8') }),
  };
}

const CONSTANT_MAIN = fileURLToPath(new URL('./constant-server.ts', import.meta.url));

/** Starts a bare server that answers every POST with this ReplyData, under the certificates of a service beside it. */
export async function startConstant(beside: Service, name: string, port: number, replyData: unknown) {
  const replyFile = join(beside.directory, `${name}.json`);
  writeFileSync(replyFile, writeReply(wallClockAt(Date.now()), replyData));
  const tlsFiles = ['server.pem', 'server-p256.pem'].map((file) => join(beside.directory, 'tls', file));
  const args = [CONSTANT_MAIN, String(port), replyFile, ...tlsFiles];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  const stop = () => void child.kill();
  process.once('exit', stop);
  const ended = once(child, 'exit').then(() => Promise.reject(new Error(`the server for port ${port} ended`)));
  ended.catch(() => {});
  await Promise.race([once(child.stdout, 'data'), ended]);
  return { target: () => ({ ...beside.target(), port }), stop };
}

// Whatever ends this process early ends those that it started.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));
