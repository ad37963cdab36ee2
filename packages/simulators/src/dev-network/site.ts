import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, openSync, readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { type RequestOptions, request } from 'node:https';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

/** The CA certificate of a service that issued its own certificate, under its data directory. */
export const CA_FILE = 'tls/ca.pem';
export const CERTIFICATE_FILE = 'tls/server.pem';

/**
 * Three running services as an operator and a guest see them: Urls, their commands, and the files that a
 * terminal's staff are handed. Whether they are processes or containers is the site's own business.
 */
export interface Site {
  urlOf(role: Role): string;
  /** The URL of `/health` and `/metrics`. */
  consoleUrlOf(role: Role): string;
  /** Runs a command of the service where its data is; resolves to standard output, rejects with what it said on failure. */
  command(role: Role, args: readonly string[], input?: string): Promise<string>;
  /** A file under the service's data directory, such as its CA certificate. */
  readFile(role: Role, path: string): Promise<string>;
}

/** Runs a program to its end and resolves to its standard output; rejects with its standard error when it fails. */
async function runToEnd(program: string, args: readonly string[], input = '', env = process.env): Promise<string> {
  const running = promisify(execFile)(program, args, { env, maxBuffer: Number.POSITIVE_INFINITY });
  // A command that reads no input closes the pipe early.
  running.child.stdin?.on('error', () => {}).end(input);
  try {
    return (await running).stdout;
  } catch (error) {
    const { code, stderr } = error as { code: unknown; stderr: string };
    throw new Error(`${program} ${args.join(' ')} ended with ${code}: ${stderr.trim()}`);
  }
}

/** Sends one request over TLS, on a connection of its own unless `agent` keeps one. */
export async function send(
  url: string | URL,
  options: RequestOptions,
  body?: string,
): Promise<{ status: number | undefined; headers: IncomingHttpHeaders; text: string }> {
  const outgoing = request(url, { agent: false, ...options });
  // `once` rejects with the first error; a connection that is cut may have another.
  outgoing.on('error', () => {}).end(body);
  const [incoming] = (await once(outgoing, 'response')) as [IncomingMessage];
  return { status: incoming.statusCode, headers: incoming.headers, text: await text(incoming) };
}

/** The services of docker-compose.yml, reached by their published ports and, for commands, through the compose program. */
export function composeSite(compose: readonly string[]): Site {
  const [program = 'docker', ...before] = compose;
  const published = addressesAt(FIRST_PORT, 1);
  const exec = (role: Role, command: readonly string[], input?: string) =>
    runToEnd(program, [...before, 'exec', '-T', role, ...command], input);
  return {
    urlOf: (role) => urlOf(published[role]),
    consoleUrlOf: (role) => consoleUrlOf(published[role]),
    command: (role, args, input) => exec(role, ['node', `apps/${role}/src/main.ts`, ...args], input),
    readFile: (role, path) => exec(role, ['cat', `/data/ticket-check/${path}`]),
  };
}

/** Several services that start at once on a busy machine take tens of seconds; one that ends is reported at once. */
const START_LIMIT_MS = 90_000;
const ASK_AGAIN_MS = 40;

/** Resolves when the service answers `GET /health` with 200 over TLS that its own CA vouches for. */
async function waitUntilHealthy(site: Site, role: Role): Promise<void> {
  const until = Date.now() + START_LIMIT_MS;
  let last: unknown;
  while (Date.now() < until) {
    try {
      const ca = await site.readFile(role, CA_FILE);
      if ((await send(`${site.consoleUrlOf(role)}/health`, { ca })).status === 200) return;
      last = new Error('it answers, but not with 200');
    } catch (error) {
      last = error;
    }
    await delay(ASK_AGAIN_MS);
  }
  throw new Error(`${role} did not become healthy within ${START_LIMIT_MS / 1000} s: ${String(last)}`);
}

export type LocalSite = ReturnType<typeof localSite>;

/** They end with this process, also where an error ends it that nobody expected. */
const children = new Set<ChildProcess>();
process.once('exit', () => {
  for (const child of children) child.kill();
});

/** The services as operating-system processes of this machine, each with a folder of its own under `directory`. */
export function localSite(options: {
  addresses: Addresses;
  directory: string;
  env?: Partial<Record<Role, NodeJS.ProcessEnv>>;
  /** Of Node, for what serves. */
  flags?: readonly string[];
}) {
  const running = new Map<Role, ChildProcess>();
  const main = (role: Role) => fileURLToPath(new URL(`../../../../apps/${role}/src/main.ts`, import.meta.url));
  const dataDir = (role: Role) => join(options.directory, role);
  const logFile = (role: Role) => join(dataDir(role), 'service.log');
  const env = (role: Role): NodeJS.ProcessEnv => ({
    ...process.env,
    HOST: options.addresses[role].host,
    PORT: String(options.addresses[role].port),
    CONSOLE_HOST: options.addresses[role].host,
    CONSOLE_PORT: String(options.addresses[role].consolePort),
    DATA_DIR: dataDir(role),
    DRAIN_SECONDS: '0',
    ...options.env?.[role],
  });

  const seen: Site = {
    urlOf: (role) => urlOf(options.addresses[role]),
    consoleUrlOf: (role) => consoleUrlOf(options.addresses[role]),
    command: (role, args, input) => runToEnd(process.execPath, [main(role), ...args], input, env(role)),
    readFile: (role, path) => readFile(join(dataDir(role), path), 'utf8'),
  };
  /** Ends the service, by default gently, and resolves when it is gone. */
  async function stop(role: Role, signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
    const child = running.get(role);
    running.delete(role);
    if (child === undefined || hasEnded(child)) return;
    const gone = once(child, 'exit');
    child.kill(signal);
    await gone;
  }

  return {
    ...seen,
    stop,
    /** The id of the service's process; null if it does not run. */
    processOf: (role: Role): number | null => running.get(role)?.pid ?? null,
    logFile,
    /** The environment of the service's next process, and of its commands. */
    environmentOf: env,
    /** Starts the service as a process of its own, and resolves when it answers. */
    async start(role: Role): Promise<void> {
      mkdirSync(dataDir(role), { recursive: true, mode: 0o700 });
      await assertFree(options.addresses[role]);
      const log = openSync(logFile(role), 'a', 0o600);
      const child = spawn(process.execPath, [...(options.flags ?? []), main(role), 'serve'], {
        env: env(role),
        stdio: ['ignore', log, log],
      });
      running.set(role, child);
      children.add(child);
      child.once('exit', () => children.delete(child));
      const file = logFile(role);
      const ended = once(child, 'exit').then(([code, signal]) => {
        throw new Error(`${role} ended at start (${signal ?? code}): ${lastLine(file)}; see ${file}`);
      });
      ended.catch(() => {}); // later exits are stop's business
      await Promise.race([waitUntilHealthy(seen, role), ended]);
      // another program on the same port may have answered in its place
      if (hasEnded(child)) await ended;
    },
    async stopAll(): Promise<void> {
      for (const role of ROLES.toReversed()) await stop(role);
    },
  };
}

const hasEnded = ({ exitCode, signalCode }: ChildProcess) => exitCode !== null || signalCode !== null;

const lastLine = (file: string): string => readFileSync(file, 'utf8').trimEnd().split('\n').at(-1) ?? '';

/** The three roles, in the order in which they start: each needs the one before it. */
export const ROLES = ['national-platform', 'third-party-platform', 'terminal-agent'] as const;
export type Role = (typeof ROLES)[number];

interface Address {
  host: string;
  port: number;
  consolePort: number;
}

export type Addresses = Record<Role, Address>;

/** How far the port of a service's console lies above its own. */
const CONSOLE_PORT_DISTANCE = 443;

const FIRST_PORT = 9000;

/** The same port of three loopback addresses, or neighbouring ports of one. */
function addressesAt(port: number, hosts: 1 | 3): Addresses {
  const at = (index: number): Address => {
    const own = hosts === 3 ? port : port + index;
    const host = hosts === 3 ? `127.0.0.${index + 1}` : '127.0.0.1';
    return { host, port: own, consolePort: own + CONSOLE_PORT_DISTANCE };
  };
  return { 'national-platform': at(0), 'third-party-platform': at(1), 'terminal-agent': at(2) };
}

/** Port 9000 (Scheme 6.3, 7.3), and 9443 for the console; some systems have only 127.0.0.1. */
export const chooseAddresses = async (port = FIRST_PORT): Promise<Addresses> =>
  addressesAt(port, (await canListen('127.0.0.2')) ? 3 : 1);

const urlOf = ({ host, port }: Address): string => `https://${host}:${port}`;

const consoleUrlOf = ({ host, consolePort }: Address): string => `https://${host}:${consolePort}`;

/** @throws Error if something listens there already: it would be taken for the service that cannot start. */
async function assertFree({ host, port, consolePort }: Address): Promise<void> {
  for (const wanted of [port, consolePort]) {
    if (!(await canListen(host, wanted))) throw new Error(`Another program listens on ${host} port ${wanted} already.`);
  }
}

async function canListen(host: string, port = 0): Promise<boolean> {
  await using probe = createServer();
  const listening = once(probe.listen(port, host), 'listening');
  return await listening.then(
    () => true,
    () => false,
  );
}
