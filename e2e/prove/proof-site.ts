import { existsSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type LocalSite, localSite, ROLES, type Role } from '@ticket-check/dev-network';
import { freeAddresses } from '../testing/addresses.ts';
import { type Bundle, type Reply, request } from '../testing/client.ts';

/** Our three services as processes on free ports, for a proof: what runs them may change from one start to the next. */
export interface ProofSite extends LocalSite {
  /** Where the services keep their folders; free of symbolic links. */
  readonly directory: string;
  /** The environment of a role's next process; change what it holds. */
  readonly env: Record<Role, NodeJS.ProcessEnv>;
  /** Starts those that are named, all by default, in the order in which they need each other. */
  startAll(roles?: readonly Role[]): Promise<void>;
  /** Issues an account for all cinemas and answers its bundle. */
  issue(role: Role, username: string): Promise<Bundle>;
  get(role: Role, path: string): Promise<Reply>;
  /** The last lines that a service wrote, for a failure's report. */
  lastWords(role: Role): string;
  /** Ends the processes and removes what they kept. */
  close(): Promise<void>;
}

const LAST_LINES = 3;

/** A site in a new directory; nothing runs yet. */
export async function openProofSite(): Promise<ProofSite> {
  const directory = realpathSync(mkdtempSync(join(tmpdir(), 'ticket-check-proof-')));
  const addresses = await freeAddresses();
  const env = Object.fromEntries(ROLES.map((role) => [role, {}])) as Record<Role, NodeJS.ProcessEnv>;
  for (const role of ROLES) mkdirSync(join(directory, role), { mode: 0o700 });
  const site = localSite({ addresses, directory, env });
  return {
    ...site,
    directory,
    env,
    async startAll(roles = ROLES) {
      for (const role of ROLES) if (roles.includes(role)) await site.start(role);
    },
    issue: async (role, username) =>
      JSON.parse(await site.command(role, ['account', 'add', username, '--all-cinemas', '--out', '-'])),
    async get(role, path) {
      const Url = site.urlOf(role) + path;
      return request({ Url, CaCertificate: await site.readFile(role, 'tls/ca.pem') }, '', { method: 'GET' });
    },
    lastWords(role) {
      const log = site.logFile(role);
      return existsSync(log) ? readFileSync(log, 'utf8').trimEnd().split('\n').slice(-LAST_LINES).join('\n') : '';
    },
    async close() {
      await site.stopAll();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}
