import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
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
import type { Logger, RunningService } from '@ticket-check/runtime';
import { commandsOf, keyPairOf, needsTag, startProgram } from '@ticket-check/runtime/testing';
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
const runCommand = commandsOf(MAIN, createThirdPartyProgram);

/** A command that ends with this exit code, and says this. */
export const ending = (exitCode: number, said: string) => ({ exitCode, stderr: expect.stringContaining(said) });

/** A platform's own data and settings, and the processes that work on them. */
export type TestSite = Awaited<ReturnType<typeof createSite>>;

export async function createSite(databaseUrl: string, settings: Record<string, string> = {}) {
  const directory = await mkdtemp(join(tmpdir(), 'third-party-'));
  onTestFinished(async () => {
    await rm(directory, { recursive: true, force: true });
    await rm(`${directory}.key`, { force: true });
  });
  await placeCertificate(directory);
  const env: Record<string, string> = {
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

  async function command(...args: string[]) {
    const { code: exitCode, ...output } = await runCommand(args, env);
    return { ...output, exitCode };
  }

  /** Runs one that must succeed, and answers what it prints. */
  async function succeed(...args: string[]): Promise<string> {
    const { exitCode, stdout, stderr } = await command(...args);
    if (exitCode !== 0) throw new Error(`${args.join(' ')}: exit code ${exitCode}: ${stderr}`);
    return stdout;
  }

  return {
    env,
    directory,
    /** Moves the clock of the service that runs in this process, in milliseconds. */
    clock,
    /** Runs one command of the program in this process, on a connection of its own. `serve` ends where it cannot start. */
    command,
    succeed,
    /** Runs one that must succeed, and answers the lines of JSON that it prints. */
    async lines(...args: string[]): Promise<ReturnType<typeof JSON.parse>[]> {
      const lines = (await succeed(...args)).split('\n').filter(Boolean);
      return lines.map((line) => JSON.parse(line));
    },
    /** Runs one command in a process of its own, without a terminal to ask at. */
    async spawnCommand(...args: string[]) {
      const { code: exitCode, ...output } = await startProgram(MAIN, args, env, '', { detached: true }).ended;
      return { ...output, exitCode };
    },
    async setUpstream(bundle: Bundle): Promise<void> {
      const file = join(directory, 'upstream.json');
      await writeFile(file, JSON.stringify(bundle));
      await succeed('upstream', 'set', file);
    },
    /** Issues an account and returns its bundle, with the Url of the service that runs. */
    async issue(username: string, cinemas: string, url: string, ...options: string[]): Promise<Bundle> {
      const [file, keyFile] = [join(directory, `${username}.json`), join(directory, `${username}.pem`)];
      const { publicKeyPem, privateKeyPem } = await keyPairOf(username);
      await writeFile(keyFile, publicKeyPem);
      const given = ['--cinemas', cinemas, '--public-key', keyFile, '--out', file, ...options];
      await succeed('account', 'add', username, ...given);
      return { ...(JSON.parse(await readFile(file, 'utf8')) as Bundle), PrivateKey: privateKeyPem, Url: url };
    },
    /** Starts the service in this process; closed when the test ends, unless it was closed before. */
    async start(logger: Logger = pino({ level: 'silent' })): Promise<RunningService> {
      needsTag('service');
      const service = await startThirdPartyPlatform({ env, clock: () => Date.now() + clock.ahead, logger });
      onTestFinished(() => service.close());
      return service;
    },
    /** Resolves once the service that runs has keys of its cinema, so that the platform above may be taken away. */
    async keysStored(): Promise<void> {
      const store = await openDatabase(readThirdPartySettings(env));
      await keysStored(store, [CINEMA]).finally(() => store.close());
    },
    /** What the console of the running service answers to a GET: JSON, or else text. */
    async get({ consoleUrl }: RunningService, path: string, { CaCertificate }: Bundle): Promise<unknown> {
      const { text } = await postRaw(consoleUrl + path, '', { ca: CaCertificate ?? '', method: 'GET' });
      return text.startsWith('{') ? JSON.parse(text) : text;
    },
    /** Starts the service in a process of its own; killed when the test ends, unless it ended before. */
    async serve() {
      const { said, kill } = startProgram(MAIN, ['serve'], env);
      onTestFinished(async () => void (await kill('SIGKILL')));
      return { url: await said(/listens on (https:\/\/\S+)\.\n/), kill };
    },
  };
}

type Behind = {
  url?: string;
  kind?: 'extended' | 'plain';
  offersChanges?: boolean;
  cinemas?: readonly CinemaCode[];
  settings?: Record<string, string>;
};

/** A platform behind a national one, which has the key of a Ukey for its cinemas and knows the tickets that `sell` sells. */
export async function createSiteBehind(ukey: Ukey, { url = '', cinemas = [CINEMA], settings, ...above }: Behind = {}) {
  const national = await startNationalPlatform({ ...above, cinemaCodes: cinemas });
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
