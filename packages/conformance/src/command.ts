import { readFileSync, writeFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { callerOf, hooksOf, openStubBundle, readJson, readKitBundle, type StubBundle } from './bundle.ts';
import { makeCinema, makeUkey } from './cinema.ts';
import {
  type Case,
  type CaseResult,
  exitCodeOf,
  PROFILES,
  parseWaivers,
  runCases,
  skipped,
  UsageError,
} from './frame/case.ts';
import { createPace, factorFor, type Pace } from './frame/pace.ts';
import { createTape, type Tape } from './frame/tape.ts';
import { openPlatform } from './platform/world.ts';
import { platformCases } from './platform-cases.ts';
import { htmlFile, junitFile, rowText, summaryText } from './reports.ts';
import { openStub, type Stub } from './stub/stub.ts';
import { terminalCases } from './terminal/cases.ts';
import { openScanner, type Scanner } from './terminal/scanner.ts';
import { worded } from './wire/send.ts';

const ROLES = ['national', 'third-party', 'terminal'] as const;

/** What was asked for: what must be there read, the rest as it was written. */
type Options = ReturnType<typeof parseOptions>;

/** @throws UsageError */
function parseOptions(values: ReturnType<typeof parsed>) {
  const usable = <T>(name: string, value: T | undefined, is: string): T => {
    if (value === undefined) throw new UsageError(`--${name} is ${is}.`);
    return value;
  };
  const needed = (name: 'url' | 'bundle') => usable(name, values[name], 'missing; --help explains it');
  const oneOf = <T extends string>(name: 'role' | 'profile', allowed: readonly T[], value = values[name]): T =>
    usable(
      name,
      allowed.find((one) => one === value),
      `one of ${allowed.join(', ')}`,
    );
  const numberOf = (name: 'pace' | 'wait') => {
    const value = values[name];
    return value === undefined
      ? value
      : usable(name, Number(value) > 0 ? Number(value) : undefined, 'a number above 0');
  };
  const [role, url, bundle] = [oneOf('role', ROLES), needed('url'), needed('bundle')];
  usable('url', URL.parse(url)?.protocol === 'https:' ? url : undefined, 'an https:// address');
  const profile = oneOf('profile', PROFILES, values.profile ?? 'core');
  return { ...values, role, url, bundle, profile, pace: numberOf('pace'), wait: numberOf('wait') ?? WAIT_SECONDS };
}

const TEXT = { type: 'string' } as const;
const OPTIONS = {
  ...{ role: TEXT, url: TEXT, bundle: TEXT, json: TEXT, junit: TEXT, html: TEXT, profile: TEXT, waivers: TEXT },
  ...{ pace: TEXT, wait: TEXT, stub: TEXT, 'stub-url': TEXT, 'scanner-token': TEXT, 'scanner-ca': TEXT },
  scanner: { type: 'string', multiple: true },
  help: { type: 'boolean', short: 'h' },
} as const;

function parsed(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], options: OPTIONS }).values;
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
}

export async function runCommand(args: readonly string[], print: (text: string) => void): Promise<number> {
  try {
    const values = parsed(args);
    if (values.help === true) {
      print(readFileSync(new URL('help.txt', import.meta.url), 'utf8'));
      return 0;
    }
    const options = parseOptions(values);
    const results = await testRole(options, print);
    print(summaryText(results));
    const { role, url, profile, json, junit, html } = options;
    const run = { Role: role, Url: url, Profile: profile, At: new Date().toISOString(), Cases: results };
    if (json !== undefined) writeFileSync(json, `${JSON.stringify(run, null, 2)}\n`);
    if (junit !== undefined) writeFileSync(junit, junitFile(run));
    if (html !== undefined) writeFileSync(html, htmlFile(run));
    return exitCodeOf(results);
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    print(`${error.message}\n`);
    return 2;
  }
}

async function testRole(options: Options, print: (text: string) => void): Promise<CaseResult[]> {
  const waivers = options.waivers === undefined ? [] : parseWaivers(readJson(options.waivers));
  const tape = createTape();
  const kit = { options, tape, pace: createPace(options.pace), print };
  const prepared = options.role === 'terminal' ? await prepareTerminal(kit) : await preparePlatform(kit, options.role);
  try {
    const { cases, unreachable } = prepared;
    const frame = { tape, profile: options.profile, waivers, today: new Date().toISOString().slice(0, 10) };
    if (unreachable === null) return await runCases(cases, { ...frame, onResult: (row) => print(rowText(row)) });
    print(`${unreachable}\n`);
    const skipping = cases.map((one) => ({ ...one, run: async () => skipped(unreachable) }));
    return await runCases(skipping, { ...frame, onResult: () => {} });
  } finally {
    await prepared.close();
  }
}

type Kit = { options: Options; tape: Tape; pace: Pace; print: (text: string) => void };
/** The cases, and why none can be asked, or null. */
type Prepared = { cases: Case[]; unreachable: string | null; close(): Promise<void> };

async function preparePlatform(
  { options, tape, pace, print }: Kit,
  role: Exclude<Options['role'], 'terminal'>,
): Promise<Prepared> {
  const { url } = options;
  const bundle = readKitBundle(options.bundle);
  const listed = bundle.CinemaCodes?.find((code) => code !== '*');
  const account = options.stub && (await openStubBundle(options.stub, options['stub-url'], listed));
  const stub = account ? await startStub(account, tape) : null;
  const world = await openPlatform({ role, url, bundle, hooks: hooksOf(bundle), tape, pace, stub });
  const ask = async () => {
    const reply = await world.askKeys();
    world.usual = worded(reply);
    return reply.ms;
  };
  if (stub !== null) {
    print(`${options.stub} is the account of the tested platform at the kit: waiting until it calls ${stub.url}.\n`);
    await waitFor(stub, options, () => world.askKeys().catch(() => {}));
  }
  const failure = await measure(ask, options, pace);
  return {
    cases: platformCases(world),
    unreachable: failure === null ? null : `Nothing answers at ${url}: ${failure}`,
    async close() {
      world.close();
      await stub?.close();
    },
  };
}

async function prepareTerminal({ options, tape, pace, print }: Kit): Promise<Prepared> {
  const { scanner: described = [], 'scanner-token': token, 'scanner-ca': ca } = options;
  const scanners: Scanner[] = [];
  for (const one of described) scanners.push(await openScanner(one, { token, ca, print }));
  const [first, ...others] = scanners;
  if (first === undefined) throw new UsageError('--scanner is missing; --help explains it.');
  const bundle = await openStubBundle(options.bundle, options.url);
  const stub = await startStub(bundle, tape);
  print(`${options.bundle} is the account of the terminal at the kit: waiting until it calls ${stub.url}.\n`);
  const nudge = () => first.present(stub.sell(stub.cinema.sell()).code, 'a good ticket').catch(() => {});
  const nudged = nudge();
  const isCalled = await waitFor(stub, options, () => nudged);
  if (isCalled && described[0]?.startsWith('http:')) {
    const ask = async () => {
      const began = performance.now();
      await first.present('0', 'no ticket');
      return performance.now() - began;
    };
    await measure(ask, options, pace);
  }
  return {
    cases: terminalCases({ stub, pace, scanners: [first, ...others], restart: hooksOf(bundle).restart }),
    unreachable: isCalled ? null : `No terminal called ${stub.url}.`,
    async close() {
      for (const scanner of scanners) scanner.close();
      await stub.close();
    },
  };
}

const WAIT_SECONDS = 120;

async function waitFor(stub: Stub, { wait }: Options, nudge: () => Promise<unknown>): Promise<boolean> {
  const end = performance.now() + wait * 1000;
  while (stub.calls.length === 0 && performance.now() < end) {
    await nudge();
    await delay(200);
  }
  return stub.calls.length > 0;
}

const ROUND_TRIPS = 3;

/** Measures round trips in milliseconds and sets the pace by them; why nothing answers, or null. */
async function measure(ask: () => Promise<number>, given: Options, pace: Pace): Promise<string | null> {
  const took: number[] = [];
  try {
    for (let trip = 0; trip < ROUND_TRIPS; trip++) took.push(await ask());
  } catch (error) {
    return String(error);
  }
  pace.factor = given.pace ?? factorFor(took);
  return null;
}

/** @throws UsageError if the kit cannot listen there. */
function startStub(bundle: StubBundle, tape: Tape): Promise<Stub> {
  const caller = callerOf(bundle.Url, bundle);
  return openStub({
    ...{ url: bundle.Url, tls: { cert: bundle.Kit.TlsCert, key: bundle.Kit.TlsKey }, tape },
    ...{ accounts: [{ username: caller.username, key: caller.key }] },
    cinema: makeCinema(
      bundle.CinemaCodes[0] ?? '',
      bundle.Kit.Ukeys.map(({ PrivateKey, StartTime }) => makeUkey(StartTime, PrivateKey)),
    ),
  }).catch((error: Error) => {
    throw new UsageError(`The kit cannot listen at ${bundle.Url}: ${error.message}`);
  });
}
