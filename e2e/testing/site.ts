import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type LocalSite, localSite, ROLES, type Role } from '@ticket-check/simulators/dev-network';
import { afterAll } from 'vitest';
import { freeAddresses } from './addresses.ts';
import { type Bundle, type Reply, request } from './client.ts';
import { runHere } from './commands.ts';

/** Processes of our own services on free ports of 127.0.0.1, with nothing but what an operator has in hand. */
export interface TestSite extends LocalSite {
  /** Where the services keep their folders. */
  readonly directory: string;
  env(role: Role): NodeJS.ProcessEnv;
  startAll(): Promise<void>;
  /** Issues an account, for all cinemas unless `options` say otherwise, and answers its bundle. */
  issue(role: Role, username: string, ...options: string[]): Promise<Bundle>;
  /** The objects that a command prints, one a line. */
  list(role: Role, ...args: string[]): Promise<Record<string, unknown>[]>;
  /** Asks the console of a service. */
  get(role: Role, path: string): Promise<Reply>;
}

/** Nobody waits at the doors of tests: a busy machine is no platform that does not answer. The terminal's is the longer, as by default. */
const BUDGETS: Partial<Record<Role, NodeJS.ProcessEnv>> = {
  'terminal-agent': { UPSTREAM_BUDGET_MS: '10000' },
  'third-party-platform': { UPSTREAM_BUDGET_MS: '9000' },
};

/** A site for the tests of one file or describe block, stopped and removed at its end. */
export async function testSite(settings: Partial<Record<Role, NodeJS.ProcessEnv>> = {}): Promise<TestSite> {
  const directory = mkdtempSync(join(tmpdir(), 'ticket-check-e2e-'));
  const addresses = await freeAddresses();
  const env = (role: Role) => ({
    HOST: addresses.of[role].host,
    PORT: String(addresses.of[role].port),
    CONSOLE_PORT: String(addresses.of[role].consolePort),
    DATA_DIR: join(directory, role),
    ...BUDGETS[role],
    ...settings[role],
  });
  const processes = localSite({
    addresses,
    directory,
    env: Object.fromEntries(ROLES.map((role) => [role, env(role)])),
  });
  const site: LocalSite = {
    ...processes,
    // One that reads standard input has that of a process of its own.
    async command(role, args, input) {
      if (input !== undefined) return processes.command(role, args, input);
      const { code, stdout, stderr } = await runHere(role, args, { env: env(role) });
      if (code === 0) return stdout;
      throw new Error(`${role} ${args.join(' ')} ended with ${code}: ${stderr.trim()}`);
    },
  };
  afterAll(async () => {
    await site.stopAll();
    rmSync(directory, { recursive: true, force: true });
  });
  return {
    ...site,
    directory,
    env,
    async startAll() {
      for (const role of ROLES) await site.start(role);
    },
    async issue(role, username, ...options) {
      const cinemas = options.length > 0 ? options : ['--all-cinemas'];
      return JSON.parse(await site.command(role, ['account', 'add', username, ...cinemas, '--out', '-']));
    },
    async list(role, ...args) {
      const lines = (await site.command(role, args)).split('\n').filter(Boolean);
      return lines.map((line) => JSON.parse(line));
    },
    async get(role, path) {
      const Url = site.consoleUrlOf(role) + path;
      return request({ Url, CaCertificate: await site.readFile(role, 'tls/ca.pem') }, '', { method: 'GET' });
    },
  };
}
