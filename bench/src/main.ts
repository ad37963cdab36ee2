import { createPrivateKey } from 'node:crypto';
import { wallClockAt, writeRequest } from '@ticket-check/protocol';
import { machine, readOptions, say, spreadOf, workDirectory } from './command-line.ts';
import { openLoad, postRequest } from './load.ts';
import { openService, startConstant } from './service.ts';
import { CINEMA, CINEMA_ROW, makeUkey, recordJson, ticketOf } from './tickets.ts';
import { type Cpu, cpuOf } from './usage.ts';

// Signed calls a second at the national platform as it ships (encrypted SQLite, RSA-2048 account, RSA-1024 Ukey, 100 kept-alive
// connections), each beside a server that answers a POST of the same body with a constant.

const { rounds, requests, port } = readOptions({ rounds: 7, requests: 4000, port: 19000 });
const CONNECTIONS = 100;

type Opening = ReturnType<typeof openLoad>;
/** One thing to measure: does its work and answers how many times a second it was done. */
type Contestant = readonly [name: string, run: () => Promise<number>];

say(`${machine()}, ${rounds} rounds in turn, medians\n`);
const national = openService('national-platform', {
  directory: workDirectory(),
  port,
  settings: { LOG_LEVEL: 'warn', REQUESTS_PER_MINUTE: '100000000' }, // all calls are those of one account
});
const ukey = makeUkey();
await national.importRows('cinemas', [CINEMA_ROW]);
await national.importRows('public-keys', [ukey.row]);
const privateKey = createPrivateKey((await national.addAccount('bench', CINEMA)).PrivateKey);
await national.start();
const PublicKeys = [{ PublicKey: ukey.spki, StartTime: ukey.row.StartTime }];
const constantKeys = await startConstant(national, 'keys', port + 1, { PublicKeys });
const constantReport = await startConstant(national, 'report', port + 2, { ReportResult: true });
const servers = [national, constantKeys, constantReport];
const loads = servers.map((server) => openLoad(server.target(), CONNECTIONS)) as [Opening, Opening, Opening];
const [toNational, toKeys, toReport] = await Promise.all(loads);

const signed = (api: string, query: unknown) =>
  postRequest(
    writeRequest({ datetime: wallClockAt(Date.now()), username: 'bench', api, query, privateKey, form: 'hex' }),
  );
const keysRequests = () => Array<Buffer>(requests).fill(signed('GetPublicKeys', { CinemaCode: CINEMA }));
// made before the clock starts: signing costs the caller thirty times what verifying costs the server
let made = 0;
const reportRequests = () =>
  Array.from({ length: requests }, () => {
    const CheckTickets = [recordJson(ticketOf(made++, wallClockAt(Date.now())), ukey.privateKey)];
    return signed('ReportOriginalCheckTickets', { CinemaCode: CINEMA, CheckTickets });
  });

const PARTS = ['all', 'eventLoop', 'v8', 'others'] as const;
const used = new Map<string, Cpu & { calls: number }>();
/** Sends requests to the national platform and adds up the CPU that they take there. */
async function sendCounted(what: string, all: readonly Buffer[], expected: string): Promise<number> {
  const before = cpuOf(national.pid);
  const rate = await toNational.send(all, expected);
  const after = cpuOf(national.pid);
  const sum = used.get(what) ?? { all: 0, eventLoop: 0, v8: 0, others: 0, calls: 0 };
  for (const part of PARTS) sum[part] += after[part] - before[part];
  used.set(what, { ...sum, calls: sum.calls + all.length });
  return rate;
}

let reports: Buffer[] = [];
try {
  say(`Calls a second over HTTPS, ${CONNECTIONS} connections, ${requests} calls a round, generator here too`);
  await takeTurns([
    ['constant, body of GetPublicKeys', () => toKeys.send(keysRequests(), 'PublicKey')],
    ['signed GetPublicKeys', () => sendCounted('a question for keys', keysRequests(), 'PublicKey')],
  ]);
  const constantOfReports = () => {
    reports = reportRequests();
    return toReport.send(reports, 'ReportResult');
  };
  await takeTurns([
    ['constant, body of a report', constantOfReports],
    ['durable report of one record', () => sendCounted('a report', reports, '"ReportResult":true')],
  ]);
  say('CPU of one call at the national platform, µs: in all, event loop, V8’s threads, the database’s and others');
  for (const [name, sum] of used)
    say(`  ${name.padEnd(34)}${PARTS.map((part) => (sum[part] / sum.calls).toFixed(1).padStart(9)).join('')}`);
} finally {
  for (const load of [toNational, toKeys, toReport]) load.close();
  await Promise.all(servers.map((server) => server.stop()));
}

/** Lets the contestants take turns, and prints each median rate and the median of the ratios within a round to the first contestant. */
async function takeTurns(contestants: readonly Contestant[]): Promise<void> {
  const rates = contestants.map(() => [] as number[]);
  for (let round = -1; round < rounds; round++) {
    for (const [index, [, run]] of contestants.entries()) {
      const rate = await run();
      if (round >= 0) rates[index]?.push(rate); // the first round warms up
    }
  }
  const [first = []] = rates;
  const shown = (rate: number) => Math.round(rate).toLocaleString('en');
  for (const [index, [name]] of contestants.entries()) {
    const own = rates[index] ?? [];
    const range = `(${shown(Math.min(...own))}–${shown(Math.max(...own))})`;
    const ofFirst = spreadOf(own.map((rate, round) => rate / (first[round] ?? Number.NaN))).p50;
    say(`  ${name.padEnd(34)}${shown(spreadOf(own).p50).padStart(9)}  ${range.padEnd(22)}${ofFirst.toFixed(2)}`);
  }
  say();
}
