import { readFileSync, writeFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { callerOf, hooksOf, openStubBundle, readJson, readKitBundle, type StubBundle } from './bundle.ts';
import { type CallerWorld, callerCases, judgedCases, thirdPartyAsCaller } from './callers/cases.ts';
import { makeCinema, makeUkey } from './cinema.ts';
import {
  type Case,
  type CaseResult,
  exitCodeOf,
  notAsked,
  PROFILES,
  parseWaivers,
  runCases,
  skipped,
  UsageError,
} from './frame/case.ts';
import { askOf } from './frame/catalog.ts';
import { createPace, factorFor, type Pace } from './frame/pace.ts';
import { createTape, type Tape } from './frame/tape.ts';
import { platformCases } from './platform/cases.ts';
import { errorsKeepEnvelope } from './platform/transport.ts';
import { openPlatform, type PlatformRole } from './platform/world.ts';
import { htmlFile, jsonFile, junitFile, rowText, summaryText } from './reports.ts';
import { openStub, type Stub } from './stub/stub.ts';
import { terminalCases } from './terminal/cases.ts';
import { openScanner, type Scanner } from './terminal/scanner.ts';
import { worded } from './wire/send.ts';

const ROLES = ['national', 'third-party', 'terminal'] as const;

/** What was asked for: what must be there read, the rest as it was written. */
type Options = ReturnType<typeof parseOptions>;

/** @throws UsageError */
function parseOptions(values: ReturnType<typeof parsed>) {
  const needed = (name: 'role' | 'url' | 'bundle') => {
    const value = values[name];
    if (value === undefined) throw new UsageError(`--${name} is missing; --help explains it.`);
    return value;
  };
  const oneOf = <T extends string>(name: string, value: string, allowed: readonly T[]): T => {
    const found = allowed.find((one) => one === value);
    if (found === undefined) throw new UsageError(`--${name} is one of ${allowed.join(', ')}.`);
    return found;
  };
  const numberOf = (name: 'pace' | 'wait') => {
    const value = values[name];
    if (value !== undefined && !(Number(value) > 0)) throw new UsageError(`--${name} is a number above 0.`);
    return value === undefined ? undefined : Number(value);
  };
  const [role, url, bundle] = [oneOf('role', needed('role'), ROLES), needed('url'), needed('bundle')];
  if (!URL.canParse(url) || new URL(url).protocol !== 'https:') throw new UsageError('--url is an https:// address.');
  const profile = oneOf('profile', values.profile ?? 'core', PROFILES);
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
    const run = { Role: options.role, Url: options.url, Profile: options.profile, At: new Date().toISOString() };
    const files = { json: jsonFile, junit: junitFile, html: htmlFile } as const;
    for (const name of ['json', 'junit', 'html'] as const) {
      const path = options[name];
      if (path !== undefined) writeFileSync(path, files[name]({ ...run, Cases: results }));
    }
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
  const pace = createPace(options.pace);
  const kit = { options, tape, pace, print };
  const frame = {
    ...{ tape, profile: options.profile, waivers, today: new Date().toISOString().slice(0, 10) },
    onResult: (row: CaseResult) => print(rowText(row)),
  };
  const prepared = options.role === 'terminal' ? await prepareTerminal(kit) : await preparePlatform(kit, options.role);
  try {
    const { cases, unreachable } = prepared;
    if (unreachable === null) return await runCases(cases, frame);
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

async function preparePlatform({ options, tape, pace, print }: Kit, role: PlatformRole): Promise<Prepared> {
  const { url } = options;
  const bundle = readKitBundle(options.bundle);
  const listed = bundle.CinemaCodes?.find((code) => code !== '*');
  const account = options.stub === undefined ? null : await openStubBundle(options.stub, options['stub-url'], listed);
  const stub = account === null ? null : await startStub(account, tape);
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
  const failure = await measure(ask, options.pace, pace);
  const isCalled = stub !== null && stub.calls.length > 0;
  const caller = stub === null ? WITHOUT_STUB : thirdPartyAsCaller(world, stub);
  const above = role === 'national' ? [] : [...callerCases(caller), ...judgedCases(caller)];
  return {
    cases: [...platformCases(world), ...(isCalled ? above : above.map(unasked)), errorsKeepEnvelope(world)],
    unreachable: failure === null ? null : `Nothing answers at ${url}: ${failure}`,
    async close() {
      world.close();
      await stub?.close();
    },
  };
}

/** The cases are only named where there is no stub. */
const WITHOUT_STUB = { ask: askOf(6, '5.2.3'), stub: null } as unknown as CallerWorld;

const unasked = (asked: Case): Case => ({
  ...asked,
  run: async () => notAsked('The tested platform does not call the stub of the kit: see --stub in --help.'),
});

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
    await measure(ask, options.pace, pace);
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
async function measure(ask: () => Promise<number>, given: number | undefined, pace: Pace): Promise<string | null> {
  const took: number[] = [];
  try {
    for (let trip = 0; trip < ROUND_TRIPS; trip++) took.push(await ask());
  } catch (error) {
    return String(error);
  }
  if (given === undefined) pace.factor = factorFor(took);
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
