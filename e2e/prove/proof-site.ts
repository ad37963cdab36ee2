import { existsSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type LocalSite, localSite, ROLES, type Role } from '@ticket-check/simulators/dev-network';
import { freeAddresses } from '../testing/addresses.ts';
import { type Bundle, type Reply, request } from '../testing/client.ts';
import { killRunner, runCommand } from './commands/run-command.ts';
import type { ProofResult } from './proof-result.ts';
import { until } from './until.ts';

/** Our three services as processes on free ports, for a proof: what runs them may change from one start to the next. */
export interface ProofSite extends LocalSite {
  /** Where the services keep their folders; free of symbolic links. */
  readonly directory: string;
  /** The environment of a role's next process; change what it holds. */
  readonly env: Record<Role, NodeJS.ProcessEnv>;
  /** Starts those that are named, all by default, at once: none needs another one to begin. */
  startAll(roles?: readonly Role[]): Promise<void>;
  /** Issues an account for all cinemas and answers its bundle. */
  issue(role: Role, username: string): Promise<Bundle>;
  get(role: Role, path: string): Promise<Reply>;
  /** The objects that a command prints, one a line. */
  list<T>(role: Role, ...args: string[]): Promise<T[]>;
  /** The last lines that a service wrote, for a failure's report. */
  lastWords(role: Role): string;
  /** Gives a role, which is stopped, another port: from its next start on it listens there. */
  move(role: Role): Promise<void>;
  /** The same two platforms with a terminal of its own, which is not started yet. Closed with this site. */
  withOtherTerminal(): Promise<ProofSite>;
  /** Ends the processes and removes what they kept. */
  close(): Promise<void>;
}

/** After how long the terminals of proofs ask again about an admission that was made without the platform, and for how long. */
export const RECHECK_EVERY_MS = 10_000;
export const RECHECKED_FOR_MS = 120_000;
const RECHECK_SECONDS = Array(RECHECKED_FOR_MS / RECHECK_EVERY_MS)
  .fill(RECHECK_EVERY_MS / 1000)
  .join();

const LAST_LINES = 3;
const DRAIN_LIMIT_MS = 90_000;

/** A site in a new directory; nothing runs yet. */
export async function openProofSite(settings: Partial<Record<Role, NodeJS.ProcessEnv>> = {}): Promise<ProofSite> {
  const directory = realpathSync(mkdtempSync(join(tmpdir(), 'ticket-check-proof-')));
  const addresses = await freeAddresses();
  const others: ProofSite[] = [];
  const ofTerminal = { RECHECK_SECONDS, ...settings['terminal-agent'] };
  const env = Object.fromEntries(ROLES.map((role) => [role, { ...settings[role] }])) as ProofSite['env'];
  env['terminal-agent'] = { ...ofTerminal };
  const platforms = localSite({ addresses, directory, env });
  return proofSite(platforms, {
    directory,
    env,
    async move(role) {
      addresses.of[role] = (await freeAddresses()).of[role];
    },
    async withOtherTerminal() {
      const own = join(directory, `other-${others.length + 1}`);
      const terminal = { ...(await freeAddresses()).of['terminal-agent'] };
      const ofOther = { ...env, 'terminal-agent': { ...ofTerminal } };
      const local = localSite({
        addresses: { ...addresses, of: { ...addresses.of, 'terminal-agent': terminal } },
        directory: own,
        env: ofOther,
      });
      const of = (role: Role) => (role === 'terminal-agent' ? local : platforms);
      const site: LocalSite = {
        urlOf: (role) => of(role).urlOf(role),
        consoleUrlOf: (role) => of(role).consoleUrlOf(role),
        command: (role, args, input) => of(role).command(role, args, input),
        readFile: (role, path) => of(role).readFile(role, path),
        start: (role) => of(role).start(role),
        stop: (role, signal) => of(role).stop(role, signal),
        stopAll: () => local.stopAll(),
        processOf: (role) => of(role).processOf(role),
        logFile: (role) => of(role).logFile(role),
        environmentOf: (role) => of(role).environmentOf(role),
      };
      const other = proofSite(site, {
        directory: own,
        env: ofOther,
        move: () => Promise.reject(new Error('ask the first site')),
        withOtherTerminal: () => Promise.reject(new Error('ask the first site')),
        close: () => site.stopAll(),
      });
      others.push(other);
      return other;
    },
    async close() {
      await Promise.all(others.map((other) => other.close()));
      await platforms.stopAll();
      rmSync(directory, { recursive: true, force: true });
    },
  });
}

function proofSite(
  site: LocalSite,
  own: Pick<ProofSite, 'directory' | 'env' | 'move' | 'withOtherTerminal' | 'close'>,
): ProofSite {
  for (const role of ROLES) mkdirSync(join(own.directory, role), { recursive: true, mode: 0o700 });
  const command = commandsOf(site, own.directory);
  return {
    ...site,
    ...own,
    command,
    async close() {
      await Promise.all(ROLES.map((role) => killRunner(site.environmentOf(role))));
      await own.close();
    },
    async startAll(roles = ROLES) {
      await Promise.all(roles.map((role) => site.start(role)));
    },
    issue: async (role, username) =>
      JSON.parse(await command(role, ['account', 'add', username, '--all-cinemas', '--out', '-'])),
    async get(role, path) {
      const Url = site.consoleUrlOf(role) + path;
      return request({ Url, CaCertificate: await site.readFile(role, 'tls/ca.pem') }, '', { method: 'GET' });
    },
    async list(role, ...args) {
      const lines = (await command(role, args)).split('\n').filter(Boolean);
      return lines.map((line) => JSON.parse(line));
    },
    lastWords(role) {
      const log = site.logFile(role);
      return existsSync(log) ? readFileSync(log, 'utf8').trimEnd().split('\n').slice(-LAST_LINES).join('\n') : '';
    },
  };
}

/**
 * Runs a site's commands without a process for each. Where a library is preloaded into a service, it is into its commands too, as
 * all write to the store, if only to its audit.
 */
function commandsOf(site: LocalSite, directory: string): LocalSite['command'] {
  let inputs = 0;
  return async (role, args, input) => {
    const env = site.environmentOf(role);
    if (input === undefined) return runCommand({ role, args, env });
    inputs += 1;
    const file = join(directory, `${role}-input-${inputs}`);
    writeFileSync(file, input, { mode: 0o600 });
    try {
      return await runCommand({ role, args: args.map((argument) => (argument === '-' ? file : argument)), env });
    } finally {
      rmSync(file);
    }
  };
}

/** Whether all of these records are at the national platform. */
export async function areAtNational(site: ProofSite, recordIds: readonly string[]): Promise<boolean> {
  const records = await site.list<{ RecordId: string }>('national-platform', 'records', 'list');
  const there = new Set(records.map(({ RecordId }) => RecordId));
  return recordIds.every((recordId) => there.has(recordId));
}

/** Why a proof could not go on, with the last words of every service: above all one that does not start again. */
export function inLastWords(site: ProofSite, error: unknown): string {
  const said = ROLES.map((role) => `${role}: ${site.lastWords(role)}`);
  return [error instanceof Error ? error.message : String(error), ...said].join('\n');
}

/** Runs a proof on a new site and closes it; where it cannot go on, above all where a service does not start again, that is a failure. */
export async function onProofSite(
  result: ProofResult,
  prove: (site: ProofSite) => Promise<void>,
  settings: Partial<Record<Role, NodeJS.ProcessEnv>> = {},
): Promise<void> {
  const site = await openProofSite(settings);
  try {
    await prove(site);
  } catch (error) {
    result.failures.push(inLastWords(site, error));
  } finally {
    await site.close();
  }
}

/** Gives a terminal an account of its own at the platform above it, and names the cinemas whose keys it needs, where any. */
export async function provisionTerminal(site: ProofSite, username: string, cinemaCodes?: string[]): Promise<void> {
  const bundle = await site.issue('third-party-platform', username);
  const named = cinemaCodes === undefined ? bundle : { ...bundle, CinemaCodes: cinemaCodes };
  await site.command('terminal-agent', ['upstream', 'set', '-'], JSON.stringify(named));
}

/**
 * Resolves when nothing waits to be sent any more at the terminals of these sites and, where it is ours, at the platform
 * above them.
 */
export async function drained(
  sites: readonly ProofSite[],
  { withinMs = DRAIN_LIMIT_MS, above = true } = {},
): Promise<void> {
  const terminals = sites.map((site) => [site, 'terminal-agent'] as const);
  const platform = above ? [[sites[0]!, 'third-party-platform'] as const] : [];
  let left = '';
  const areDrained = async () => {
    for (const [site, role] of [...terminals, ...platform]) {
      const { waiting, parked } = JSON.parse((await site.get(role, '/health')).text).records;
      left = `${waiting} records still wait at the ${role}, ${parked} parked`;
      if (waiting + parked > 0) return false;
    }
    return true;
  };
  await until(() => left, areDrained, { withinMs });
}
