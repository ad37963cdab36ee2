import { createPrivateKey } from 'node:crypto';
import { wallClockAt, writeRequest } from '@ticket-check/protocol';
import { workDirectory } from './command-line.ts';
import { openLoad, postRequest, type Target } from './load.ts';
import { openService, startConstant } from './service.ts';
import { CINEMA, CINEMA_ROW, makeUkey, plainRecord, ticketOf } from './tickets.ts';
import { type Cpu, cpuOf } from './usage.ts';

const CONNECTIONS = 100;

/** One thing to measure: does its work and answers how many times a second it was done. */
export interface Contestant {
  name: string;
  run(): Promise<number> | number;
}

/**
 * Signed calls a second at the national platform as it ships (encrypted SQLite, RSA-2048 account, RSA-1024 Ukey, 100 kept-alive
 * connections), each beside a server that answers a POST of the same body with a constant.
 */
export async function startExchange({ requests, port }: { requests: number; port: number }) {
  const national = openService('national-platform', {
    directory: workDirectory(),
    port,
    settings: { LOG_LEVEL: 'warn', REQUESTS_PER_MINUTE: '100000000' }, // all calls are those of one account
  });
  const ukey = makeUkey();
  await national.importRows('cinemas', [CINEMA_ROW]);
  await national.importRows('public-keys', [ukey.row]);
  const bundle = await national.addAccount('bench', CINEMA);
  const privateKey = createPrivateKey(bundle.PrivateKey);
  await national.start();
  const PublicKeys = [{ PublicKey: ukey.spki, StartTime: ukey.row.StartTime }];
  const constantKeys = await startConstant(national, 'keys', port + 1, { PublicKeys });
  const constantReport = await startConstant(national, 'report', port + 2, { ReportResult: true });
  const load = (target: Target) => openLoad({ ...target, connections: CONNECTIONS });
  const toNational = await load(national.target());
  const toKeys = await load(constantKeys.target());
  const toReport = await load(constantReport.target());

  const signed = (api: string, query: unknown) =>
    postRequest(
      writeRequest({ datetime: wallClockAt(Date.now()), username: 'bench', api, query, privateKey, form: 'hex' }),
    );
  const keysRequests = () => Array<Buffer>(requests).fill(signed('GetPublicKeys', { CinemaCode: CINEMA }));
  // made before the clock starts: signing costs the caller thirty times what verifying costs the server
  let made = 0;
  const reportRequests = () =>
    Array.from({ length: requests }, () => {
      const ticket = ticketOf(made++, wallClockAt(Date.now()));
      const CheckTickets = [plainRecord(ticket, ukey.privateKey)];
      return signed('ReportOriginalCheckTickets', { CinemaCode: CINEMA, CheckTickets });
    });

  const used = new Map<string, Cpu & { calls: number }>();
  /** Sends requests to the national platform and adds up the CPU that they take there. */
  async function sendCounted(what: string, all: readonly Buffer[], expected: string): Promise<number> {
    const before = cpuOf(national.pid);
    const rate = await toNational.send(all, expected);
    const after = cpuOf(national.pid);
    const sum = used.get(what) ?? { all: 0, eventLoop: 0, v8: 0, others: 0, calls: 0 };
    for (const part of ['all', 'eventLoop', 'v8', 'others'] as const) sum[part] += after[part] - before[part];
    used.set(what, { ...sum, calls: sum.calls + all.length });
    return rate;
  }

  let reports: Buffer[] = [];
  const keys: Contestant[] = [
    { name: 'constant, body of GetPublicKeys', run: () => toKeys.send(keysRequests(), 'PublicKey') },
    { name: 'signed GetPublicKeys', run: () => sendCounted('a question for keys', keysRequests(), 'PublicKey') },
  ];
  const report: Contestant[] = [
    {
      name: 'constant, body of a report',
      run: () => {
        reports = reportRequests();
        return toReport.send(reports, 'ReportResult');
      },
    },
    {
      name: 'durable report of one record',
      run: () => sendCounted('a report', reports, '"ReportResult":true'),
    },
  ];

  return {
    keys,
    report,
    /** Microseconds of CPU of one call of each kind, the warm-up included. */
    cpuOfCalls: (): [string, Cpu][] =>
      [...used].map(([what, { all, eventLoop, v8, others, calls }]) => [
        what,
        { all: all / calls, eventLoop: eventLoop / calls, v8: v8 / calls, others: others / calls },
      ]),
    async close() {
      for (const connections of [toNational, toKeys, toReport]) connections.close();
      await Promise.all([national, constantKeys, constantReport].map((server) => server.stop()));
    },
  };
}
