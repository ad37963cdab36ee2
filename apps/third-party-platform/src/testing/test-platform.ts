import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import type { Bundle, Outcome, Upstream } from '@ticket-check/exchange';
import { connectTo, placeCertificate, postRaw } from '@ticket-check/exchange/testing';
import { keysStored } from '@ticket-check/key-cache/testing';
import {
  APIS,
  type CheckRecord,
  type CinemaCode,
  type ClaimReply,
  claimTicketQueryJson,
  type ReportReply,
  readClaimTicketReply,
  readReportReply,
  reportQueryJson,
  type TicketClaim,
  type TicketInfo,
} from '@ticket-check/protocol';
import { type Logger, type RunningService, runCommand } from '@ticket-check/runtime';
import { keyPairOf, needsTag, outputOf } from '@ticket-check/runtime/testing';
import { startNationalPlatform } from '@ticket-check/simulators/peers/vitest';
import { migrateFreshService } from '@ticket-check/storage/testing';
import { pino } from 'pino';
import { expect, onTestFinished } from 'vitest';
import { startThirdPartyPlatform } from '../app.ts';
import { createThirdPartyProgram } from '../cli.ts';
import { readThirdPartySettings } from '../config.ts';
import { openDatabase, thirdPartyMigrations } from '../database.ts';
import { CINEMA, type SoldTicket, sellTicket, type Ukey } from './test-cinema.ts';

const MAIN = join(import.meta.dirname, '..', 'main.ts');
/** What is compiled once need not be again. */
const { NODE_COMPILE_CACHE } = process.env;

/** A command that ends with this exit code, and says this. */
export const ending = (exitCode: number, said: string) => ({ exitCode, stderr: expect.stringContaining(said) });

type CommandResult = { stdout: string; stderr: string; exitCode: number };

/** A platform's own data and settings, and the processes that work on them. */
export type TestSite = {
  env: Record<string, string>;
  directory: string;
  /** Moves the clock of the service that runs in this process, in milliseconds. */
  clock: { ahead: number };
  /**
   * Runs one command of the program in this process, on a connection of its own. `serve` ends where it cannot start.
   */
  command(...args: string[]): Promise<CommandResult>;
  /** Runs one that must succeed, and answers the lines of JSON that it prints. */
  lines(...args: string[]): Promise<ReturnType<typeof JSON.parse>[]>;
  /** Runs one command in a process of its own, without a terminal to ask at. */
  spawnCommand(...args: string[]): Promise<CommandResult>;
  /** Sets the upstream. */
  setUpstream(bundle: Bundle): Promise<void>;
  /** Issues an account and returns its bundle, with the Url of the service that runs. */
  issue(username: string, cinemas: string, url: string, ...options: string[]): Promise<Bundle>;
  /** Starts the service in this process; closed when the test ends, unless it was closed before. */
  start(logger?: Logger): Promise<RunningService>;
  /** Resolves once the service that runs has keys of its cinema, so that the platform above may be taken away. */
  keysStored(): Promise<void>;
  /** What the console of the running service answers to a GET: JSON, or else text. */
  get(service: RunningService, path: string, bundle: Bundle): Promise<unknown>;
  /** Starts the service in a process of its own; killed when the test ends, unless it ended before. */
  serve(): Promise<ServiceProcess>;
};

type ServiceProcess = {
  url: string;
  /** Ends it without a warning, as a power cut would. */
  kill(): Promise<void>;
  /** Asks it to end, as an init system does; answers its exit code. */
  terminate(): Promise<number | null>;
};

export async function createSite(databaseUrl: string, settings: Record<string, string> = {}): Promise<TestSite> {
  const directory = await mkdtemp(join(tmpdir(), 'third-party-'));
  onTestFinished(async () => {
    await rm(directory, { recursive: true, force: true });
    await rm(`${directory}.key`, { force: true });
  });
  await placeCertificate(directory);
  const env = {
    DATA_DIR: directory,
    DATABASE_URL: databaseUrl,
    PORT: '0',
    CONSOLE_PORT: '0',
    LOG_LEVEL: 'silent',
    // A busy machine is no platform that does not answer.
    UPSTREAM_BUDGET_MS: '10000',
    ...settings,
  };
  await migrateFreshService(() => readThirdPartySettings(env), thirdPartyMigrations);
  const clock = { ahead: 0 };

  async function command(...args: string[]): Promise<CommandResult> {
    const program = createThirdPartyProgram(env, Date.now);
    const { result: exitCode, ...output } = await outputOf(() => runCommand(program, ['node', MAIN, ...args], env));
    return { ...output, exitCode };
  }

  async function spawnCommand(...args: string[]): Promise<CommandResult> {
    const child = spawn(process.execPath, [MAIN, ...args], {
      env: { NODE_COMPILE_CACHE, DRAIN_SECONDS: '0', ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
      // In a session of its own there is no /dev/tty.
      detached: true,
    });
    const [stdout, stderr, [exitCode]] = await Promise.all([
      text(child.stdout),
      text(child.stderr),
      once(child, 'close') as Promise<[number]>,
    ]);
    return { stdout, stderr, exitCode };
  }

  async function mustSucceed(...args: string[]): Promise<string> {
    const { exitCode, stdout, stderr } = await command(...args);
    if (exitCode !== 0) throw new Error(`${args.join(' ')}: exit code ${exitCode}: ${stderr}`);
    return stdout;
  }

  return {
    env,
    directory,
    clock,
    command,
    lines: async (...args) =>
      (await mustSucceed(...args))
        .split('\n')
        .filter(Boolean)
        .map((line) => JSON.parse(line)),
    spawnCommand,
    async setUpstream(bundle) {
      const file = join(directory, 'upstream.json');
      await writeFile(file, JSON.stringify(bundle));
      await mustSucceed('upstream', 'set', file);
    },
    async issue(username, cinemas, url, ...options) {
      const [file, keyFile] = [join(directory, `${username}.json`), join(directory, `${username}.pem`)];
      const { publicKeyPem, privateKeyPem } = await keyPairOf(username);
      await writeFile(keyFile, publicKeyPem);
      const given = ['--cinemas', cinemas, '--public-key', keyFile, '--out', file, ...options];
      await mustSucceed('account', 'add', username, ...given);
      return { ...(JSON.parse(await readFile(file, 'utf8')) as Bundle), PrivateKey: privateKeyPem, Url: url };
    },
    async start(logger = pino({ level: 'silent' })) {
      needsTag('service');
      const service = await startThirdPartyPlatform({
        env,
        clock: () => Date.now() + clock.ahead,
        logger,
      });
      onTestFinished(() => service.close());
      return service;
    },
    async keysStored() {
      const store = await openDatabase(readThirdPartySettings(env));
      await keysStored(store, [CINEMA]).finally(() => store.close());
    },
    async get({ consoleUrl }, path, { CaCertificate }) {
      const { text } = await postRaw(consoleUrl + path, '', { ca: CaCertificate ?? '', method: 'GET' });
      return text.startsWith('{') ? JSON.parse(text) : text;
    },
    serve: () => serveInProcess(env),
  };
}

async function serveInProcess(env: Record<string, string>): Promise<ServiceProcess> {
  const child = spawn(process.execPath, [MAIN, 'serve'], {
    env: { NODE_COMPILE_CACHE, DRAIN_SECONDS: '0', ...env },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const exited = once(child, 'exit');
  const end = async (signal: NodeJS.Signals) => {
    child.kill(signal);
    const [exitCode] = await exited;
    return exitCode as number | null;
  };
  onTestFinished(async () => {
    await end('SIGKILL');
  });
  for await (const line of createInterface(child.stderr)) {
    const url = /listens on (https:\/\/\S+)\.$/.exec(line)?.[1];
    if (url === undefined) continue;
    return {
      url,
      terminate: () => end('SIGTERM'),
      async kill() {
        await end('SIGKILL');
      },
    };
  }
  throw new Error('the service ended before it listened');
}

type Behind = {
  url?: string;
  kind?: 'extended' | 'plain';
  cinemas?: readonly CinemaCode[];
  settings?: Record<string, string>;
};

/** A platform behind a national one, which has the key of a Ukey for its cinemas and knows the tickets that `sell` sells. */
export async function createSiteBehind(ukey: Ukey, { url = '', kind, cinemas = [CINEMA], settings }: Behind = {}) {
  const national = await startNationalPlatform({ ...(kind && { kind }), cinemaCodes: cinemas });
  for (const cinema of cinemas) national.keys.set(cinema, [ukey.key]);
  const site = await createSite(url, settings);
  await site.setUpstream(national.bundle);
  const sell = (changes: Partial<TicketInfo> = {}): SoldTicket => {
    const ticket = sellTicket(ukey, changes.cinemaCode);
    const info = { ...ticket.info, ...changes };
    national.sell(info);
    return { ...ticket, info };
  };
  return { national, site, sell };
}

/** The same while it serves, with a terminal of its cinemas. */
export async function startBehind(ukey: Ukey, behind: Behind = {}) {
  const created = await createSiteBehind(ukey, behind);
  const service = await created.site.start();
  const bundle = await created.site.issue('terminal-1', (behind.cinemas ?? [CINEMA]).join(), service.url);
  return { ...created, service, bundle, terminal: createTerminal(bundle) };
}

/** A terminal: the client side of the scheme and nothing else. */
export function createTerminal(bundle: Bundle, kind: 'extended' | 'plain' = 'extended', now = Date.now): Upstream {
  const terminal = connectTo(bundle, { extensions: kind === 'extended' ? ['record-id'] : [], now });
  onTestFinished(() => terminal.close());
  return terminal;
}

/** Asks one question and returns ReplyData, or the code of the refusal. */
export async function ask(terminal: Upstream, api: string, query: unknown): Promise<Record<string, unknown> | string> {
  const options = { read: (replyData: Record<string, unknown>) => replyData, timeoutMs: 10_000, idempotent: false };
  const outcome = await terminal.call(api, query, options);
  return outcome.kind === 'delivered' ? outcome.reply : outcome.code;
}

/** Claims as a terminal does, and answers what comes of it. */
export function sendClaim(terminal: Upstream, claim: TicketClaim): Promise<Outcome<ClaimReply>> {
  return terminal.call(APIS.claimTicket, claimTicketQueryJson(claim), {
    read: (replyData) => readClaimTicketReply(replyData, claim),
    timeoutMs: 25_000,
    idempotent: false,
  });
}

/** Claims where the answer must come. */
export async function claimAs(terminal: Upstream, claim: TicketClaim): Promise<ClaimReply> {
  const outcome = await sendClaim(terminal, claim);
  if (outcome.kind !== 'delivered') throw new Error(`${outcome.code}: ${outcome.message}`);
  return outcome.reply;
}

/** Reports records of one cinema in one call. */
export function report(
  terminal: Upstream,
  records: readonly CheckRecord[],
  kind: 'extended' | 'plain' = 'extended',
): Promise<Outcome<ReportReply>> {
  const cinemaCode = records[0]?.cinemaCode;
  if (cinemaCode === undefined) throw new Error('a report needs a record');
  const extended = kind === 'extended';
  const query = reportQueryJson(cinemaCode, records, { extended, overrides: extended, priceForm: 'two-decimals' });
  const options = { read: readReportReply, timeoutMs: 10_000, idempotent: false };
  return terminal.call('ReportOriginalCheckTickets', query, options);
}
