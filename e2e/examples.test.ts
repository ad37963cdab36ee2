import { type ChildProcess, execFile, spawn, spawnSync } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { once } from 'node:events';
import { appendFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { promisify } from 'node:util';
import { parseWallClock } from '@ticket-check/protocol';
import { freePort } from '@ticket-check/runtime/testing';
import { makeBoxOffice, publicPart, refund, type Ticket } from '@ticket-check/simulators/box-office';
import { connectScanner, type Demo, openDemo, type Role } from '@ticket-check/simulators/dev-network';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { shanghaiTime } from './testing/client.ts';
import { runKit } from './testing/kit.ts';
import { selfSignedCertificate } from './testing/run.ts';
import { eventually } from './testing/site.ts';
import { testSite } from './testing/test-site.ts';
import { checkRecord, plainTicket, sellTicket, sellTickets } from './testing/tickets.ts';

// The clients of examples/ against both of our platforms, as integrators run them.

const root = join(import.meta.dirname, '..');
const site = await testSite();

/** How the client of each language is run and, before that, compiled into a folder of its own. */
const LANGUAGES: Record<string, [run: string, build?: string]> = {
  python: ['python3 -B client.py'],
  go: ['INTO/client', 'go build -o INTO/client .'],
  java: ['java -cp INTO Client', 'javac -encoding UTF-8 --release 17 -Xlint:all -d INTO Client.java'],
  php: ['php client.php'],
  csharp: ['mono INTO/client.exe', 'mcs @client.rsp -warnaserror -out:INTO/client.exe'],
};
const NAMES = Object.keys(LANGUAGES);
const PLATFORMS = ['national-platform', 'third-party-platform'] as const;
const WAYS = NAMES.flatMap((name) => PLATFORMS.map((platform) => ({ name, platform })));

const folderOf = (name: string) => join(site.directory, name);
const filledIn = (name: string, command: string) => command.replaceAll('INTO', folderOf(name)).split(' ');
const runOf = (name: string) => filledIn(name, LANGUAGES[name]![0]);

/** Runs a program in the folder of a language. */
function execute(name: string, [program = '', ...args]: readonly string[]) {
  const cwd = join(root, 'examples', name);
  const { status, stdout, stderr, error } = spawnSync(program, args, { cwd, encoding: 'utf8' });
  if (error !== undefined) throw new Error(`${error.message}: e2e/testing/install-tools.ts installs it`);
  return { status, stdout, stderr };
}

const client = (name: string, ...args: string[]) => execute(name, [...runOf(name), ...args]);

/** Compiles on first use, so that a compiler that is missing fails only its own tests. */
const built = new Set<string>();
function build(name: string): void {
  if (built.has(name)) return;
  mkdirSync(folderOf(name), { recursive: true });
  const [, command] = LANGUAGES[name]!;
  if (command !== undefined) expect(execute(name, filledIn(name, command))).toEqual(ended());
  built.add(name);
}

const ended = (...lines: string[]) => ({ status: 0, stdout: lines.map((line) => `${line}\n`).join(''), stderr: '' });

test.each(NAMES)('the %s client reads every test vector as it must be read', { tags: 'process' }, (name) => {
  build(name);
  const all = ended('ticket-codes: 86 of 86', 'signatures: 50 of 50', 'key-order: 11 of 11');
  expect(client(name, 'vectors', join(root, 'vectors'))).toEqual(all);
});

describe('a terminal that runs a client for each scan', { tags: 'process' }, () => {
  // The others pass too, and take minutes: they start a virtual machine for each scan.
  test.concurrent.for(['go', 'php', 'python'] as const)('passes the conformance kit: %s', async (name, { expect }) => {
    build(name);
    const bundle = join(site.directory, `kit-${name}.json`);
    const [program = '', ...before] = runOf(name);
    const cwd = join(root, 'examples', name);
    let turn: Promise<{ stdout: string }> = Promise.resolve({ stdout: '' });
    /** Answers what the client prints, one after the other: two would not know of each other's records. */
    const inTurn = async (...args: string[]) => {
      const run = () => promisify(execFile)(program, [...before, ...args], { cwd, maxBuffer: 1 << 26 });
      turn = turn.then(run).catch((ended) => ended);
      return (await turn).stdout;
    };
    const scanner = createServer(async (request, response) => {
      const { Text } = JSON.parse(await text(request)) as { Text: string };
      const [said = ''] = (await inTurn('scan', bundle, Text)).split('\n');
      response.end(JSON.stringify({ Verdict: said.startsWith('ADMIT') ? 'ADMIT' : said }));
    }).listen(0, '127.0.0.1');
    const reports = setInterval(() => existsSync(bundle) && inTurn('backfill', bundle), 1000);
    await once(scanner, 'listening');
    const at = `http:http://127.0.0.1:${(scanner.address() as AddressInfo).port}/scan`;
    const args = ['--url', `https://127.0.0.1:${await freePort()}`, '--bundle', bundle, '--scanner', at];
    const { rows } = await runKit(`${bundle}.result`, '--role', 'terminal', ...args).finally(async () => {
      clearInterval(reports);
      scanner.close();
      await turn;
    });
    expect(rows.filter(({ Result }) => ['FAIL', 'WARN'].includes(Result))).toEqual([]);
    expect(rows.filter(({ Result }) => Result === 'PASS')).toHaveLength(43);
  });
});

describe('at our platforms', { tags: 'process' }, () => {
  let demo: Demo;
  let cinema: string;
  /** Whose records arrive at the national platform. */
  const admitted: Ticket[] = [];

  const bundleOf = (name: string, platform: string) => join(site.directory, `${name}-${platform}.json`);
  /** Issues an account and writes its bundle, with changes; answers the file. */
  async function issue(platform: Role, name: string, use: string, changes: object = {}): Promise<string> {
    const bundle = await site.issue(platform, `${name}-${use}`, '--cinemas', cinema);
    writeFileSync(bundleOf(name, use), JSON.stringify({ ...bundle, ...changes }), { mode: 0o600 });
    return bundleOf(name, use);
  }
  const byTicket = (a: Record<string, unknown>, b: Record<string, unknown>) =>
    `${a.FilmTicketCode}`.localeCompare(`${b.FilmTicketCode}`);

  /** What the national platform lists of a record beside the elements of the scheme. */
  const RECORD = {
    ...{ RecordId: expect.any(String), CinemaCode: expect.any(String), Account: expect.any(String) },
    ...{ Quarantined: false, ErrorCode: null, Differences: [], First: true, ReceivedAt: expect.any(String) },
  };

  beforeAll(async () => {
    await site.startAll([...PLATFORMS]);
    demo = await openDemo(site, join(site.directory, 'demo'));
    cinema = demo.boxOffice.cinema.cinemaCode;
    for (const { name, platform } of WAYS) await issue(platform, name, platform);
  });

  test.each(WAYS)('the $name client admits once at the $platform, and nobody who may not go in', async (way) => {
    build(way.name);
    const [sold, refunded] = sellTickets(demo.boxOffice, 2) as [Ticket, Ticket];
    refund(demo.boxOffice, refunded.filmTicketCode, parseWallClock(shanghaiTime()));
    await demo.tell();
    const elsewhere = sellTicket(makeBoxOffice({ now: parseWallClock(shanghaiTime(-86_400)) }));
    const codes = [sold, sold, refunded, elsewhere].map(({ ticketInfoCode }) => ticketInfoCode);
    const refusals = ['ALREADY_ENTERED', 'REFUNDED', 'WRONG_CINEMA', 'CODE_LENGTH'].map((why) => `REFUSE ${why}`);
    expect(client(way.name, 'scan', bundleOf(way.name, way.platform), ...codes, 'cut short')).toEqual(
      ended(`ADMIT ${sold.filmTicketCode} asked`, ...refusals, '0 waiting'),
    );
    admitted.push(sold);
  });

  test.each(NAMES)('the %s client asks nothing of a platform whose certificate another CA issued', async (name) => {
    build(name);
    const CaCertificate = selfSignedCertificate('other').cert;
    const file = await issue('national-platform', name, 'elsewhere', { CaCertificate });
    const ticket = sellTicket(demo.boxOffice);
    expect(client(name, 'scan', file, ticket.ticketInfoCode)).toEqual(ended('REFUSE KEYS_UNAVAILABLE', '0 waiting'));
  });

  test.each(NAMES)('a record at fault does not hold up the others of the %s client', async (name) => {
    build(name);
    const file = await issue('national-platform', name, 'faulty');
    const [wrong, ...right] = sellTickets(demo.boxOffice, 3) as [Ticket, ...Ticket[]];
    const records = [checkRecord(wrong, { ScreenCode: '1' }), ...right.map((ticket) => checkRecord(ticket))];
    writeFileSync(`${file}.records`, records.map((record) => `${JSON.stringify(record)}\n`).join(''));
    expect(client(name, 'backfill', file)).toEqual(ended('0 waiting'));
    const refused = readFileSync(`${file}.refused`, 'utf8').trimEnd().split('\n');
    expect(refused.map((line) => JSON.parse(line))).toEqual(records.slice(0, 1));
    admitted.push(...right);
  });

  test('what each client admitted during an outage arrives once afterwards, completed and oldest first', async () => {
    const tickets = WAYS.map((way) => [way, sellTickets(demo.boxOffice, 2) as [Ticket, Ticket]] as const);
    await demo.tell();
    await Promise.all(PLATFORMS.map((platform) => site.stop(platform)));
    for (const [{ name, platform }, [first, second]] of tickets) {
      const codes = [first, second, first].map(({ ticketInfoCode }) => ticketInfoCode);
      const outcome = client(name, 'scan', bundleOf(name, platform), ...codes);
      const admissions = [first, second].map(({ filmTicketCode }) => `ADMIT ${filmTicketCode} offline`);
      const { stdout } = ended(...admissions, 'REFUSE ALREADY_ENTERED', '2 waiting');
      expect(outcome, name).toEqual({ status: 1, stdout, stderr: expect.stringMatching(/^NO_ANSWER: .+\n$/) });
    }
    await site.startAll([...PLATFORMS]);
    for (const [{ name, platform }] of tickets) {
      // The second has nothing left to send.
      for (const _ of ['once', 'twice']) {
        expect(client(name, 'backfill', bundleOf(name, platform)), name).toEqual(ended('0 waiting'));
      }
    }
    admitted.push(...tickets.flatMap(([, later]) => later));
    const expected = admitted.map((ticket) => ({ ...RECORD, ...checkRecord(ticket), CheckTime: expect.any(String) }));
    await eventually(async () => {
      const records = await site.list('national-platform', 'records', 'list', '--cinema', cinema);
      expect(records.toSorted(byTicket)).toEqual(expected.toSorted(byTicket));
    });
  });
});

describe.each(['go', 'java'] as const)(
  'our platform and terminal under the %s platform',
  { tags: 'process' },
  async (name) => {
    const ours = await testSite({ 'third-party-platform': { COMPLETION_SECONDS: '1' } });
    const folder = join(ours.directory, 'example');
    const boxOffice = makeBoxOffice({ now: parseWallClock(shanghaiTime(-86_400)) });
    const cinema = boxOffice.cinema.cinemaCode;
    const Url = `https://127.0.0.1:${await freePort()}/`;
    const privateKey = join(ours.directory, 'vendor.pem');
    /** Of which the kit makes keys and tickets. */
    const ofTheKit = '31018888';
    let platform: ChildProcess | undefined;
    let scan: Awaited<ReturnType<typeof connectScanner>>;

    const add = (file: string, line: object) =>
      appendFileSync(join(folder, `${file}.ndjson`), `${JSON.stringify(line)}\n`);
    const sold = () => {
      const ticket = sellTicket(boxOffice);
      add('tickets', plainTicket(ticket));
      return ticket;
    };
    async function start(): Promise<void> {
      const [program = '', ...args] = runOf(name);
      platform = spawn(program, [...args, 'platform', folder, new URL(Url).port], { stdio: 'ignore' });
      await eventually(async () => {
        const socket = connect(Number(new URL(Url).port), '127.0.0.1');
        await once(socket, 'connect').finally(() => socket.destroy());
      });
    }
    async function stop(): Promise<void> {
      const ended = platform && once(platform, 'exit');
      platform?.kill();
      await ended;
    }

    beforeAll(async () => {
      build(name);
      mkdirSync(folder);
      const { key, cert } = selfSignedCertificate('example');
      writeFileSync(join(folder, 'tls.pem'), cert);
      writeFileSync(join(folder, 'tls.key'), key);
      const account = generateKeyPairSync('rsa', { modulusLength: 2048 });
      const PublicKey = account.publicKey.export({ type: 'spki', format: 'der' }).toString('base64');
      add('accounts', { Username: 'vendor', PublicKey, CinemaCodes: [cinema, ofTheKit] });
      for (const ukey of boxOffice.ukeys) {
        add('public-keys', { CinemaCode: cinema, PublicKey: publicPart(ukey).spki, StartTime: ukey.startTime });
      }
      await start();
      writeFileSync(privateKey, account.privateKey.export({ type: 'pkcs8', format: 'pem' }), { mode: 0o600 });
      const peer = ['--url', Url, '--username', 'vendor', '--key', privateKey];
      const at = ['--ca', join(folder, 'tls.pem'), '--cinemas', cinema];
      await ours.command('third-party-platform', ['upstream', 'set', ...peer, ...at]);
      const bundle = await ours.issue('third-party-platform', 'terminal', '--cinemas', cinema);
      await ours.setUpstream('terminal-agent', bundle);
      await ours.startAll(['third-party-platform', 'terminal-agent']);
      scan = await connectScanner(ours);
    });
    afterAll(stop);

    test('passes every case of the conformance kit', async () => {
      const file = join(ours.directory, 'kit.json');
      const bundle = {
        ...{ Url, Username: 'vendor', PrivateKey: readFileSync(privateKey, 'utf8'), CinemaCodes: [ofTheKit] },
        CaCertificate: readFileSync(join(folder, 'tls.pem'), 'utf8'),
        Import: ['sh', '-c', `cat {file} >> ${folder}/{kind}.ndjson`],
      };
      writeFileSync(file, JSON.stringify(bundle), { mode: 0o600 });
      const { code, rows } = await runKit(`${file}.result`, '--role', 'national', '--url', Url, '--bundle', file);
      expect(rows.filter(({ Result }) => ['FAIL', 'WARN'].includes(Result))).toEqual([]);
      expect(rows.filter(({ Result }) => Result === 'PASS').length).toBeGreaterThan(90);
      expect(code).toBe(0);
    });

    test('admit once, refuse what was refunded, and deliver every record, also after an outage', async () => {
      const [ticket, refunded, during] = [sold(), sold(), sold()];
      const { cinemaCode: CinemaCode, filmTicketCode: FilmTicketCode, startTime: StartTime } = refunded;
      add('refunds', { CinemaCode, FilmTicketCode, StartTime, RefundTime: shanghaiTime() });
      // Keys may not be there yet.
      const verdict = await eventually(async () => {
        const answer = await scan(ticket.ticketInfoCode);
        expect(answer.Verdict).not.toMatch(/^KEYS_/);
        return answer;
      });
      expect(verdict).toMatchObject({ Verdict: 'ADMIT', Confirmed: true, FilmName: ticket.filmName });
      expect(await scan(ticket.ticketInfoCode)).toMatchObject({ Verdict: 'ALREADY_ENTERED' });
      expect(await scan(refunded.ticketInfoCode)).toMatchObject({ Verdict: 'REFUNDED' });
      await stop();
      expect(await scan(during.ticketInfoCode)).toMatchObject({ Verdict: 'ADMIT' });
      await start();
      const expected = [ticket, during].map((each) => ({
        ...{ Account: 'vendor', CinemaCode, ...checkRecord(each) },
        CheckTime: expect.any(String),
      }));
      await eventually(() => {
        const lines = readFileSync(join(folder, 'records.ndjson'), 'utf8').trimEnd().split('\n');
        const records = lines.map((line) => JSON.parse(line));
        expect(records.filter(({ CinemaCode }) => CinemaCode === cinema)).toEqual(expected);
      });
    });
  },
);
