import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, openSync, readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Addresses, assertFree, consoleUrlOf, ROLES, type Role, urlOf } from './addresses.ts';
import { runToEnd } from './child.ts';
import { waitUntilHealthy } from './health.ts';
import type { Site } from './site.ts';

export interface LocalSite extends Site {
  /** Starts the service as a process of its own, with more in its environment if need be, and resolves when it answers. */
  start(role: Role, more?: NodeJS.ProcessEnv): Promise<void>;
  /** Ends the service, by default gently (SIGTERM), and resolves when it is gone. */
  stop(role: Role, signal?: NodeJS.Signals): Promise<void>;
  stopAll(): Promise<void>;
  /** The id of the service's process; null if it does not run. */
  processOf(role: Role): number | null;
  logFile(role: Role): string;
  /** The environment of the service's next process, and of its commands. */
  environmentOf(role: Role): NodeJS.ProcessEnv;
}

/** The services as operating-system processes of this machine, each with a folder of its own under `directory`. */
export function localSite(options: {
  addresses: Addresses;
  directory: string;
  env?: Partial<Record<Role, NodeJS.ProcessEnv>>;
}): LocalSite {
  const running = new Map<Role, ChildProcess>();
  const main = (role: Role) => fileURLToPath(new URL(`../../../../apps/${role}/src/main.ts`, import.meta.url));
  const dataDir = (role: Role) => join(options.directory, role);
  const logFile = (role: Role) => join(dataDir(role), 'service.log');
  const env = (role: Role): NodeJS.ProcessEnv => ({
    ...process.env,
    HOST: options.addresses.of[role].host,
    PORT: String(options.addresses.of[role].port),
    CONSOLE_HOST: options.addresses.of[role].host,
    CONSOLE_PORT: String(options.addresses.of[role].consolePort),
    DATA_DIR: dataDir(role),
    ...options.env?.[role],
  });

  const site: LocalSite = {
    urlOf: (role) => urlOf(options.addresses.of[role]),
    consoleUrlOf: (role) => consoleUrlOf(options.addresses.of[role]),
    command: (role, args, input) =>
      runToEnd(process.execPath, [main(role), ...args], { env: env(role), ...(input === undefined ? {} : { input }) }),
    readFile: (role, path) => readFile(join(dataDir(role), path), 'utf8'),
    processOf: (role) => running.get(role)?.pid ?? null,
    logFile,
    environmentOf: env,
    async start(role, more = {}) {
      mkdirSync(dataDir(role), { recursive: true, mode: 0o700 });
      await assertFree(options.addresses.of[role]);
      const log = openSync(logFile(role), 'a', 0o600);
      const child = spawn(process.execPath, [main(role), 'serve'], {
        env: { ...env(role), ...more },
        stdio: ['ignore', log, log],
      });
      running.set(role, child);
      const ended = new Promise<never>((_, reject) => {
        child.once('exit', (code, signal) =>
          reject(
            new Error(`${role} ended at start (${signal ?? code}): ${lastLine(logFile(role))}; see ${logFile(role)}`),
          ),
        );
      });
      ended.catch(() => {}); // later exits are stop's business
      await Promise.race([waitUntilHealthy(site, role), ended]);
      // another program on the same port may have answered in its place
      if (child.exitCode !== null || child.signalCode !== null) await ended;
    },
    async stop(role, signal = 'SIGTERM') {
      const child = running.get(role);
      running.delete(role);
      if (!child || child.exitCode !== null || child.signalCode !== null) return;
      const gone = new Promise<void>((resolve) => child.once('exit', () => resolve()));
      child.kill(signal);
      await gone;
    },
    async stopAll() {
      for (const role of [...ROLES].reverse()) await site.stop(role);
    },
  };
  return site;
}

const lastLine = (file: string): string => readFileSync(file, 'utf8').trimEnd().split('\n').at(-1) ?? '';
