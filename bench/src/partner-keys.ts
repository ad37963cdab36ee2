import { createPrivateKey, generatePrimeSync, randomBytes } from 'node:crypto';
import { Agent, request } from 'node:https';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { wallClockAt, writeRequest } from '@ticket-check/protocol';
import { cpuSeconds } from './cpu.ts';
import { machine, say } from './print.ts';
import { type Bundle, openService } from './service.ts';
import { spreadCells, spreadOf } from './spread.ts';
import { makeUkey, CINEMA as PARTNER, plainRecord, ticketOf } from './tickets.ts';
import { workDirectory } from './work-directory.ts';

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
const NEIGHBOUR = '31012802';
const START = '2026-01-01T00:00:00';

const national = openService('national-platform', { directory: join(workDirectory(), 'national-platform'), port });

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

const ukey = makeUkey();
const keys = Array.from({ length: Number(values.keys) + 1 }, (_, number) => dearKey(number));
await national.importRows(
  'cinemas',
  [PARTNER, NEIGHBOUR].map((CinemaCode) => ({ CinemaCode, CinemaName: CinemaCode })),
);
await national.importRows('public-keys', [...keys.slice(0, -1), { ...ukey.row, CinemaCode: NEIGHBOUR }]);
const partner = await national.addAccount('partner', PARTNER);
const source = await national.addAccount('source', PARTNER, '--data-source');
const neighbour = await national.addAccount('neighbour', NEIGHBOUR);

await national.start();
const agent = new Agent({ keepAlive: true, ca: partner.CaCertificate });

async function ask(bundle: Bundle, api: string, query: unknown) {
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

/** Waits until the platform has nothing to do but answer the neighbour. */
async function settled(): Promise<void> {
  for (let quiet = 0; quiet < 3; ) {
    const before = cpuSeconds(national.pid);
    await delay(500);
    quiet = cpuSeconds(national.pid) - before < 0.1 ? quiet + 1 : 0;
  }
}

/** Does something while the neighbour asks every 10 ms, and tells what both took. */
async function measured(name: string, act: () => Promise<{ ms: number; answer: string }>): Promise<void> {
  const waits: number[] = [];
  const under = { way: true };
  async function askOn(): Promise<void> {
    while (under.way) {
      const { ms, answer } = await ask(neighbour, 'GetPublicKeys', { CinemaCode: NEIGHBOUR });
      if (!answer.includes(ukey.spki)) throw new Error(`the neighbour was answered ${answer}`);
      waits.push(ms);
      await delay(10);
    }
  }
  const asking = askOn();
  const cpu = cpuSeconds(national.pid);
  const { ms, answer } = await act();
  await settled();
  const used = cpuSeconds(national.pid) - cpu;
  under.way = false;
  await asking;
  const [p50, p99, max] = spreadCells(spreadOf(waits));
  say(
    `${name}: answered after ${(ms / 1000).toFixed(2)} s, ${used.toFixed(1)} s of CPU with the neighbour's own questions`,
  );
  say(`  the neighbour's ${waits.length} questions: p50 ${p50} ms, p99 ${p99} ms, max ${max} ms`);
  say(`  ${answer.slice(-160)}`);
}

function rubbish(index: number) {
  const code = Buffer.concat([Buffer.alloc(1), randomBytes(511)]).toString('base64');
  return {
    ...plainRecord(ticketOf(index, wallClockAt(Date.now())), ukey.privateKey),
    TicketInfoCode: `${PARTNER}${code}`,
  };
}

try {
  say(`${machine()}, ${values.keys} keys of RSA-4096, e = 2^32 - 1`);
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
  await national.stop();
}
