import { createPrivateKey } from 'node:crypto';
import { join } from 'node:path';
import { wallClockAt, writeRequest } from '@ticket-check/protocol';
import { startConstant } from './constant.ts';
import { openLoad, postRequest, type Target } from './load.ts';
import type { Contestant } from './rounds.ts';
import { openService } from './service.ts';
import { CINEMA, CINEMA_ROW, makeUkey, plainRecord, ticketOf } from './tickets.ts';
import { workDirectory } from './work-directory.ts';

const CONNECTIONS = 100;

/**
 * Signed calls a second at the national platform as it ships (encrypted SQLite, RSA-2048 account, RSA-1024 Ukey, 100
 * kept-alive connections), each beside a server that answers a POST of the same body with a constant.
 */
export async function startExchange(options: { requests: number; rounds: number; port: number }) {
  const national = openService('national-platform', {
    directory: join(workDirectory(), 'national-platform'),
    port: options.port,
    settings: { LOG_LEVEL: 'warn', REQUESTS_PER_MINUTE: '100000000' }, // all calls are those of one account
  });

  const ukey = makeUkey();
  await national.importRows('cinemas', [CINEMA_ROW]);
  await national.importRows('public-keys', [ukey.row]);
  const bundle = await national.addAccount('bench', CINEMA);
  const privateKey = createPrivateKey(bundle.PrivateKey);

  await national.start();
  const constants = await Promise.all([
    startConstant(national, 'keys', options.port + 1, {
      PublicKeys: [{ PublicKey: ukey.spki, StartTime: ukey.row.StartTime }],
    }),
    startConstant(national, 'report', options.port + 2, { ReportResult: true }),
  ]);
  const load = (target: Target) => openLoad({ ...target, connections: CONNECTIONS });
  const [toNational, toKeys, toReport] = await Promise.all([
    load(national.target()),
    load(constants[0].target()),
    load(constants[1].target()),
  ]);

  const signed = (api: string, query: unknown) =>
    postRequest(
      writeRequest({ datetime: wallClockAt(Date.now()), username: 'bench', api, query, privateKey, form: 'hex' }),
    );
  const keysRequests = () => Array<Buffer>(options.requests).fill(signed('GetPublicKeys', { CinemaCode: CINEMA }));
  // made before the clock starts: signing costs the caller thirty times what verifying costs the server
  let made = 0;
  const reportRequests = () =>
    Array.from({ length: options.requests }, () => {
      const ticket = ticketOf(made++, wallClockAt(Date.now()));
      const CheckTickets = [plainRecord(ticket, ukey.privateKey)];
      return signed('ReportOriginalCheckTickets', { CinemaCode: CINEMA, CheckTickets });
    });

  let reports: Buffer[] = [];
  const keys: Contestant[] = [
    { name: 'constant, body of GetPublicKeys', run: () => toKeys.send(keysRequests(), 'PublicKey') },
    { name: 'signed GetPublicKeys', run: () => toNational.send(keysRequests(), 'PublicKey') },
  ];
  const report: Contestant[] = [
    {
      name: 'constant, body of a report',
      run: () => {
        reports = reportRequests();
        return toReport.send(reports, 'ReportResult');
      },
    },
    { name: 'durable report of one record', run: () => toNational.send(reports, '"ReportResult":true') },
  ];

  return {
    keys,
    report,
    async close() {
      for (const connections of [toNational, toKeys, toReport]) connections.close();
      await Promise.all([national, ...constants].map((server) => server.stop()));
    },
  };
}
