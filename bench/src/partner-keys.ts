import { execFileSync, spawn } from 'node:child_process';
import { createPrivateKey, generateKeyPairSync, generatePrimeSync, randomBytes } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { Agent, request } from 'node:https';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { wallClockAt, writeRequest } from '@ticket-check/protocol';
import { checkTicket } from './exchange.ts';
import { ended, listening } from './processes.ts';

// What a partner with the costliest keys that are allowed (RSA-4096, exponent 2^32 − 1) can do to a national platform as it
// ships, and how long a neighbour waits for GetPublicKeys meanwhile.

const { values } = parseArgs({
  options: {
    keys: { type: 'string', default: '21' },
    records: { type: 'string', default: '100' },
    port: { type: 'string', default: '19100' },
  },
});
const port = Number(values.port);
const PARTNER = '31012801';
const NEIGHBOUR = '31012802';
const START = '2026-01-01T00:00:00';
const NATIONAL_MAIN = fileURLToPath(new URL('../../apps/national-platform/src/main.ts', import.meta.url));
/** Jiffies of /proc on Linux. */
const TICKS_A_SECOND = 100;

const directory = mkdtempSync(join(tmpdir(), 'bench-'));
const env = {
  ...process.env,
  HOST: '127.0.0.1',
  PORT: values.port,
  CONSOLE_PORT: '0',
  DATA_DIR: directory,
  LOG_LEVEL: 'error',
};

function command(args: string[], rows: readonly unknown[] = []): string {
  const input = rows.map((row) => JSON.stringify(row)).join('\n');
  return execFileSync(process.execPath, [NATIONAL_MAIN, ...args], {
    env,
    input,
    stdio: ['pipe', 'pipe', 'inherit'],
  }).toString();
}

/** RSA-4096 moduli without the second that a key pair takes: of eight primes, which no quick look finds. */
const primes = Array.from({ length: 16 }, () => generatePrimeSync(512, { bigint: true }));
function dearKey(number: number) {
  const chosen = primes
    .toSpliced(number % 16, 1)
    .toSpliced(Math.floor(number / 16), 1)
    .slice(0, 8);
  const modulus = chosen.reduce((product, prime) => product * prime, 1n).toString(16);
  return { CinemaCode: PARTNER, PublicKey: `${modulus}|ffffffff`, StartTime: START };
}

const ukey = generateKeyPairSync('rsa', { modulusLength: 1024 });
const spki = ukey.publicKey.export({ type: 'spki', format: 'der' }).toString('base64');
const keys = Array.from({ length: Number(values.keys) + 1 }, (_, number) => dearKey(number));
command(
  ['import', 'cinemas', '-'],
  [PARTNER, NEIGHBOUR].map((CinemaCode) => ({ CinemaCode, CinemaName: CinemaCode })),
);
command(
  ['import', 'public-keys', '-'],
  [...keys.slice(0, -1), { CinemaCode: NEIGHBOUR, PublicKey: spki, StartTime: START }],
);
const issue = (name: string, cinema: string, ...more: string[]) =>
  JSON.parse(command(['account', 'add', name, '--cinemas', cinema, ...more, '--out', '-']));
const partner = issue('partner', PARTNER);
const source = issue('source', PARTNER, '--data-source');
const neighbour = issue('neighbour', NEIGHBOUR);

const national = await listening(
  spawn(process.execPath, [NATIONAL_MAIN, 'serve'], { env, stdio: ['ignore', 'ignore', 'inherit'] }),
  port,
  partner.CaCertificate,
);
const agent = new Agent({ keepAlive: true, ca: partner.CaCertificate });

async function ask(bundle: { Username: string; PrivateKey: string }, api: string, query: unknown) {
  const privateKey = createPrivateKey(bundle.PrivateKey);
  const datetime = wallClockAt(Date.now());
  const body = writeRequest({ datetime, username: bundle.Username, api, query, privateKey, form: 'hex' });
  const startedAt = performance.now();
  const answer = await new Promise<string>((resolve, reject) => {
    const headers = { 'content-length': Buffer.byteLength(body) };
    const outgoing = request({ host: '127.0.0.1', port, method: 'POST', agent, headers }, (incoming) => {
      text(incoming).then(resolve, reject);
    });
    outgoing.on('error', reject).end(body);
  });
  return { ms: performance.now() - startedAt, answer };
}

/** Seconds of CPU that the platform has used. */
function cpuSeconds(): number {
  const fields = readFileSync(`/proc/${national.pid}/stat`, 'utf8')
    .replace(/^.*\) /, '')
    .split(' ');
  return (Number(fields[11]) + Number(fields[12])) / TICKS_A_SECOND;
}

/** Waits until the platform has nothing to do but answer the neighbour. */
async function settled(): Promise<void> {
  for (let quiet = 0; quiet < 3; ) {
    const before = cpuSeconds();
    await delay(500);
    quiet = cpuSeconds() - before < 0.1 ? quiet + 1 : 0;
  }
}

/** Does something while the neighbour asks every 10 ms, and tells what both took. */
async function measured(name: string, act: () => Promise<{ ms: number; answer: string }>): Promise<void> {
  const waits: number[] = [];
  const under = { way: true };
  async function askOn(): Promise<void> {
    while (under.way) {
      const { ms, answer } = await ask(neighbour, 'GetPublicKeys', { CinemaCode: NEIGHBOUR });
      if (!answer.includes(spki)) throw new Error(`the neighbour was answered ${answer}`);
      waits.push(ms);
      await delay(10);
    }
  }
  const asking = askOn();
  const cpu = cpuSeconds();
  const { ms, answer } = await act();
  await settled();
  const used = cpuSeconds() - cpu;
  under.way = false;
  await asking;
  waits.sort((a, b) => a - b);
  const at = (share: number) =>
    (waits[Math.min(waits.length - 1, Math.floor(waits.length * share))] ?? Number.NaN).toFixed(1);
  say(
    `${name}: answered after ${(ms / 1000).toFixed(2)} s, ${used.toFixed(1)} s of CPU with the neighbour's own questions`,
  );
  say(`  the neighbour's ${waits.length} questions: p50 ${at(0.5)} ms, p99 ${at(0.99)} ms, max ${at(1)} ms`);
  say(`  ${answer.slice(-160)}`);
}

function rubbish(index: number) {
  const code = Buffer.concat([Buffer.alloc(1), randomBytes(511)]).toString('base64');
  return { ...checkTicket(index, ukey.privateKey), TicketInfoCode: `${PARTNER}${code}` };
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

try {
  say(`${cpus().length} × ${cpus()[0]?.model}, Node ${process.version}, ${values.keys} keys of RSA-4096, e = 2^32 - 1`);
  const nothing = async () => {
    await delay(2000);
    return { ms: 0, answer: '' };
  };
  await measured('nothing else', nothing);
  const CheckTickets = Array.from({ length: Number(values.records) }, (_, index) => rubbish(index));
  await measured(`report of ${values.records} rubbish records`, () =>
    ask(partner, 'ReportOriginalCheckTickets', { CinemaCode: PARTNER, CheckTickets }),
  );
  await measured('import of the next key', () => ask(source, 'ImportPublicKeys', { PublicKeys: keys.slice(-1) }));
} finally {
  agent.destroy();
  await ended(national);
  rmSync(directory, { recursive: true, force: true });
}
