import { execFileSync, spawn } from 'node:child_process';
import { createPrivateKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  addSeconds,
  encodeTicketCode,
  parseCinemaCode,
  parseFen,
  parsePublicKey,
  wallClockAt,
  writeReply,
  writeRequest,
} from '@ticket-check/protocol';
import { openLoad, postRequest } from './load.ts';
import { ended, listening } from './processes.ts';
import type { Contestant } from './rounds.ts';

const CINEMA = '31012801';
const CONNECTIONS = 100;
const NATIONAL_MAIN = fileURLToPath(new URL('../../apps/national-platform/src/main.ts', import.meta.url));
const CONSTANT_MAIN = fileURLToPath(new URL('./constant-server.ts', import.meta.url));

/**
 * Signed calls a second at the national platform as it ships (encrypted SQLite, RSA-2048 account, RSA-1024 Ukey, 100
 * kept-alive connections), each beside a server that answers a POST of the same body with a constant.
 */
export async function startExchange(options: { requests: number; rounds: number; port: number }) {
  const directory = mkdtempSync(join(tmpdir(), 'bench-'));
  const env = {
    ...process.env,
    HOST: '127.0.0.1',
    PORT: String(options.port),
    CONSOLE_PORT: '0',
    DATA_DIR: directory,
    LOG_LEVEL: 'warn',
    REQUESTS_PER_MINUTE: '100000000', // all calls are those of one account
  };
  const command = (args: string[], input = '') =>
    execFileSync(process.execPath, [NATIONAL_MAIN, ...args], {
      env,
      input,
      stdio: ['pipe', 'pipe', 'inherit'],
    }).toString();

  const ukey = generateKeyPairSync('rsa', { modulusLength: 1024 });
  const { spki } = parsePublicKey(ukey.publicKey.export({ type: 'spki', format: 'pem' }).toString());
  command(['import', 'cinemas', '-'], `${JSON.stringify({ CinemaCode: CINEMA, CinemaName: '星光影城' })}\n`);
  command(
    ['import', 'public-keys', '-'],
    `${JSON.stringify({ CinemaCode: CINEMA, PublicKey: spki, StartTime: '2026-01-01T00:00:00' })}\n`,
  );
  const bundle = JSON.parse(command(['account', 'add', 'bench', '--cinemas', CINEMA, '--out', '-']));
  const privateKey = createPrivateKey(bundle.PrivateKey);

  const national = await listening(
    spawn(process.execPath, [NATIONAL_MAIN, 'serve'], { env, stdio: ['ignore', 'ignore', 'inherit'] }),
    options.port,
    bundle.CaCertificate,
  );
  const constants = await Promise.all([
    startConstant(directory, 'keys', options.port + 1, bundle.CaCertificate, {
      PublicKeys: [{ PublicKey: spki, StartTime: '2026-01-01T00:00:00' }],
    }),
    startConstant(directory, 'report', options.port + 2, bundle.CaCertificate, { ReportResult: true }),
  ]);
  const load = (port: number) =>
    openLoad({ host: '127.0.0.1', port, ca: bundle.CaCertificate, connections: CONNECTIONS });
  const [toNational, toKeys, toReport] = await Promise.all([
    load(options.port),
    load(options.port + 1),
    load(options.port + 2),
  ]);

  const signed = (api: string, query: unknown) =>
    postRequest(
      writeRequest({ datetime: wallClockAt(Date.now()), username: 'bench', api, query, privateKey, form: 'hex' }),
    );
  const keysRequests = () => Array<Buffer>(options.requests).fill(signed('GetPublicKeys', { CinemaCode: CINEMA }));
  // made before the clock starts: signing costs the caller thirty times what verifying costs the server
  let made = 0;
  const reportRequests = () =>
    Array.from({ length: options.requests }, () =>
      signed('ReportOriginalCheckTickets', {
        CinemaCode: CINEMA,
        CheckTickets: [checkTicket(made++, ukey.privateKey)],
      }),
    );

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
      await Promise.all([national, ...constants].map(ended));
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

export function checkTicket(index: number, ukey: KeyObject): Record<string, unknown> {
  const startTime = wallClockAt(Date.now());
  const codes = {
    filmTicketCode: String(index).padStart(16, '0'),
    screenCode: '0000000000000001',
    filmCode: '001102582019',
    sessionCode: '3101280126010101',
  };
  return {
    TicketInfoCode: encodeTicketCode(
      {
        ...codes,
        cinemaCode: parseCinemaCode(CINEMA),
        startTime,
        seatCode: '00000401_##8_##9',
        price: parseFen(4500),
        service: parseFen(300),
      },
      ukey,
    ),
    CheckTime: addSeconds(startTime, 0),
    ScreenCode: codes.screenCode,
    ScreenName: '1号激光厅',
    FilmCode: codes.filmCode,
    FilmName: '流浪地球',
    SessionCode: codes.sessionCode,
    StartTime: startTime,
    TicketType: '网络售票',
    FilmTicketCode: codes.filmTicketCode,
    RowNum: 8,
    ColumnNum: 9,
    Price: 45.0,
    Service: 3.0,
  };
}

async function startConstant(directory: string, name: string, port: number, ca: string, replyData: unknown) {
  const replyFile = join(directory, `${name}.json`);
  writeFileSync(replyFile, writeReply(wallClockAt(Date.now()), replyData));
  const tlsFile = join(directory, 'tls', 'server.pem');
  return listening(
    spawn(process.execPath, [CONSTANT_MAIN, String(port), tlsFile, replyFile], {
      stdio: ['ignore', 'ignore', 'inherit'],
    }),
    port,
    ca,
  );
}
