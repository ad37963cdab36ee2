import { existsSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { createNationalProgram } from '@ticket-check/national-platform/cli';
import { commandsOf, freePort } from '@ticket-check/runtime/testing';
import { type Addresses, localSite, ROLES, type Role } from '@ticket-check/simulators/dev-network';
import '@ticket-check/storage/testing/keep-threads';
import { createTerminalProgram } from '@ticket-check/terminal-agent/cli';
import { createThirdPartyProgram } from '@ticket-check/third-party-platform/cli';
import { vi } from 'vitest';
import { type Bundle, type Reply, request } from './client.ts';

export type Settings = Partial<Record<Role, NodeJS.ProcessEnv>>;
/** What tests read of `/health`. */
interface Health {
  status: string;
  records: { waiting: number; parked: number };
  upstream: { line: string; clockTrusted: boolean; clockOffsetMs: number | null; faults?: readonly { kind: string }[] };
  /** At a terminal each of its cinemas, elsewhere their number. */
  keys: { cinemas: number | readonly { keys: number }[] };
}

/** Settings with which a platform that is only slow changes no decision of a terminal. The terminal's is the longer, as by default. */
export const PATIENT = {
  'terminal-agent': { UPSTREAM_BUDGET_MS: '10000' },
  'third-party-platform': { UPSTREAM_BUDGET_MS: '9000' },
} satisfies Settings;

/** Processes of our own services on free ports of 127.0.0.1, with nothing but what an operator has in hand. */
export type Site = Awaited<ReturnType<typeof openSite>>;

const LAST_LINES = 3;

/** A site, by default in a new directory; nothing runs yet. */
export async function openSite(options: { settings?: Settings; directory?: string; addresses?: Addresses } = {}) {
  const { settings = {}, addresses = await freeAddresses() } = options;
  const directory = options.directory ?? realpathSync(mkdtempSync(join(tmpdir(), 'ticket-check-e2e-')));
  const env = Object.fromEntries(ROLES.map((role) => [role, { ...settings[role] }])) as Record<Role, NodeJS.ProcessEnv>;
  for (const role of ROLES) mkdirSync(join(directory, role), { recursive: true, mode: 0o700 });
  let inputs = 0;
  const local = localSite({ addresses, directory, env });
  const site = {
    ...local,
    /** Where the services keep their folders; free of symbolic links. */
    directory,
    addresses,
    /** What is added to the environment of a role's next process; may be changed. */
    env,
    async command(role: Role, args: readonly string[], input?: string): Promise<string> {
      const env = site.environmentOf(role);
      // A library is preloaded when a process starts.
      if (env.LD_PRELOAD !== undefined) return local.command(role, args, input);
      inputs += 1;
      const file = join(directory, `${role}-input-${inputs}`);
      if (input !== undefined) writeFileSync(file, input, { mode: 0o600 });
      const given = input === undefined ? args : args.map((argument) => (argument === '-' ? file : argument));
      const { code, stdout, stderr } = await runHere(role, given, env);
      rmSync(file, { force: true });
      if (code === 0) return stdout;
      throw new Error(`${role} ${args.join(' ')} ended with ${code}: ${stderr.trim()}`);
    },
    /** Starts the named services at once, all by default: none needs another one to begin. */
    async startAll(roles: readonly Role[] = ROLES): Promise<void> {
      await Promise.all(roles.map((role) => site.start(role)));
    },
    /** Issues an account, for all cinemas unless `more` says otherwise, and returns its bundle. */
    async issue(role: Role, username: string, ...more: string[]): Promise<Bundle> {
      const cinemas = more.length > 0 ? more : ['--all-cinemas'];
      return JSON.parse(await site.command(role, ['account', 'add', username, ...cinemas, '--out', '-']));
    },
    /** Puts a service below the platform that issued a bundle. */
    async setUpstream(role: Role, bundle: object): Promise<void> {
      await site.command(role, ['upstream', 'set', '-'], JSON.stringify(bundle));
    },
    /** The objects that a command prints, one a line. */
    async list<T = Record<string, unknown>>(role: Role, ...args: string[]): Promise<T[]> {
      const lines = (await site.command(role, args)).split('\n').filter(Boolean);
      return lines.map((line) => JSON.parse(line));
    },
    /** Asks the console of a service. */
    async get(role: Role, path: string): Promise<Reply> {
      const Url = site.consoleUrlOf(role) + path;
      return request({ Url, CaCertificate: await site.readFile(role, 'tls/ca.pem') }, '', { method: 'GET' });
    },
    health: async (role: Role): Promise<Health> => JSON.parse((await site.get(role, '/health')).text),
    /** The last lines of a service's log, for the report of a failure. */
    lastWords(role: Role): string {
      const log = site.logFile(role);
      return existsSync(log) ? readFileSync(log, 'utf8').trimEnd().split('\n').slice(-LAST_LINES).join('\n') : '';
    },
    /** Ends the processes and removes what they kept. */
    async close(): Promise<void> {
      await site.stopAll();
      rmSync(directory, { recursive: true, force: true });
    },
  };
  return site;
}

/** Free ports for each service and its console on 127.0.0.1. */
export async function freeAddresses(): Promise<Addresses> {
  const at = async () => ({ host: '127.0.0.1', port: await freePort(), consolePort: await freePort() });
  return { 'national-platform': await at(), 'third-party-platform': await at(), 'terminal-agent': await at() };
}

/** Looks again and again until `look` no longer throws, and answers what it answered; gives up with what it threw last. */
export const eventually = <T>(look: () => T | Promise<T>): Promise<T> =>
  vi.waitFor(look, { timeout: 90_000, interval: 100 });

const RUN = {
  'national-platform': commandsOf('national-platform', createNationalProgram),
  'third-party-platform': commandsOf('third-party-platform', createThirdPartyProgram),
  'terminal-agent': commandsOf('terminal-agent', createTerminalProgram),
};

/** Longer than any command takes. One that serves where it should fail never ends: only its own test is to wait for it. */
const LIMIT_MS = 90_000;

let before: Promise<unknown> = Promise.resolve();

/**
 * Runs a command of a service to its end as its main file does, but in this process, as starting one takes longest; one after the other, as
 * one that works would keep another waiting for the lock of a database.
 */
function runHere(role: Role, args: readonly string[], env: NodeJS.ProcessEnv) {
  const turn = before;
  const ended = turn.then(() => RUN[role](args, env as Record<string, string>));
  before = turn.then(() => Promise.race([ended.catch(() => {}), delay(LIMIT_MS, undefined, { ref: false })]));
  return ended;
}
