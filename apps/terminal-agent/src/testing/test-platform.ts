import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  type AccountTables,
  accountMigrations,
  type Bundle,
  type Call,
  createAccounts,
  signedApi,
} from '@ticket-check/exchange';
import { startSignedServer, testTls } from '@ticket-check/exchange/testing';
import {
  type CinemaKey,
  getPublicKeysQuery,
  getTicketInfoQuery,
  ProtocolError,
  parseCheckTicket,
  publicKeysReplyJson,
  RECORD_ID_EXTENSION,
  reportQuery,
  reportReplyJson,
  type TicketIdentity,
  ticketInfoJson,
  type WireCheckRecord,
} from '@ticket-check/protocol';
import { openStore, sqliteUrl } from '@ticket-check/storage';
import { onTestFinished } from 'vitest';
import { CINEMA, type SoldTicket } from './test-cinema.ts';

/** What becomes of a question: answered, never answered, refused with an error, answered with another error. */
export type Line = 'up' | 'stalled' | 'failing';

/** A platform above the terminal, over real TLS, whose account the terminal was given. */
export type TestPlatform = {
  bundle: Bundle;
  keys: CinemaKey[];
  /** Reports as they came, in order. */
  records: WireCheckRecord[];
  /** The Apis that were asked for, in order. */
  asked: string[];
  sell(ticket: SoldTicket, change?: Partial<SoldTicket['info']>): void;
  setLine(line: Line): void;
  /** Resolves once the platform has `count` records. */
  received(count: number): Promise<void>;
  /** Resolves once the platform is asked for this Api the next time. */
  nextAsked(api: string): Promise<void>;
  /** Nothing listens any more. */
  stop(): Promise<void>;
  /** Listens again, at the same address, with what it had. */
  restart(): Promise<void>;
};

/** Starts a platform: one of ours, or a plain one that knows only the scheme and says as little as it may. */
export async function startPlatform(options: {
  now: () => number;
  kind?: 'extended' | 'plain';
  keys?: CinemaKey[];
}): Promise<TestPlatform> {
  const { now, kind = 'extended' } = options;
  const directory = await mkdtemp(join(tmpdir(), 'test-platform-'));
  const store = await openStore<AccountTables>({
    url: sqliteUrl(join(directory, 'accounts.db')),
    encryptionKey: '0f'.repeat(32),
    migrations: accountMigrations,
  });
  const accounts = createAccounts(store, now);
  const { privateKeyPem } = await accounts.add({ username: 'terminal-1', role: 'platform', cinemaCodes: [CINEMA] });

  const tickets = new Map<string, SoldTicket['info']>();
  const waiting = new Set<() => void>();
  const lineUp = { line: 'up' as Line, changed: Promise.withResolvers<void>() };
  const platform = { keys: options.keys ?? [], records: [] as WireCheckRecord[], asked: [] as string[] };

  async function throughLine<T>(api: string, answer: () => T): Promise<T> {
    platform.asked.push(api);
    for (const check of waiting) check();
    while (lineUp.line === 'stalled') await lineUp.changed.promise;
    if (lineUp.line === 'failing') throw new Error('the platform is broken');
    const reply = answer();
    for (const check of waiting) check();
    return reply;
  }

  function until(reached: () => boolean): Promise<void> {
    return new Promise((resolve) => {
      const check = () => {
        if (!reached()) return;
        waiting.delete(check);
        resolve();
      };
      waiting.add(check);
      check();
    });
  }

  const extended = (call: Call) => kind === 'extended' && call.extended(RECORD_ID_EXTENSION);
  const apis = [
    signedApi({
      name: 'GetPublicKeys',
      role: 'platform',
      query: getPublicKeysQuery,
      cinemasOf: ({ cinemaCode }) => [cinemaCode],
      handle: () => throughLine('GetPublicKeys', () => publicKeysReplyJson(platform.keys)),
    }),
    signedApi({
      name: 'GetTicketInfo',
      role: 'platform',
      query: getTicketInfoQuery,
      cinemasOf: ({ cinemaCode }) => [cinemaCode],
      handle: (query, call) =>
        throughLine('GetTicketInfo', () => {
          const info = tickets.get(keyOf(query));
          if (info !== undefined) return ticketInfoJson(info, 'two-decimals', { extended: extended(call) });
          if (kind === 'plain') return {};
          throw new ProtocolError('TICKET_NOT_FOUND', 'No such ticket was sold.');
        }),
    }),
    signedApi({
      name: 'ReportOriginalCheckTickets',
      role: 'platform',
      query: reportQuery,
      cinemasOf: ({ cinemaCode }) => [cinemaCode],
      handle: ({ cinemaCode, checkTickets }, call) =>
        throughLine('ReportOriginalCheckTickets', () => {
          const wire = { extended: extended(call) };
          platform.records.push(...checkTickets.map((raw) => parseCheckTicket(raw, cinemaCode, wire)));
          return kind === 'plain' ? { ReportResult: 'true' } : reportReplyJson({ result: true }, wire);
        }),
    }),
  ];

  const tls = await testTls();
  const listen = (port: number) =>
    startSignedServer({
      apis,
      accounts,
      now,
      extensions: kind === 'plain' ? [] : [RECORD_ID_EXTENSION],
      generation: store.generation,
      tls,
      port,
    });
  let server = await listen(0);
  const { url, port } = server;

  onTestFinished(async () => {
    lineUp.line = 'up';
    lineUp.changed.resolve();
    await server.close();
    await store.close();
    await rm(directory, { recursive: true, force: true });
  });

  return Object.assign(platform, {
    bundle: {
      Url: url,
      Username: 'terminal-1',
      PrivateKey: privateKeyPem,
      CaCertificate: tls.ca,
      CinemaCodes: [CINEMA],
    },
    sell: ({ info }: SoldTicket, change: Partial<SoldTicket['info']> = {}) => {
      tickets.set(keyOf(info), { ...info, ...change });
    },
    setLine: (line: Line) => {
      const { changed } = lineUp;
      Object.assign(lineUp, { line, changed: Promise.withResolvers<void>() });
      changed.resolve();
    },
    received: (count: number) => until(() => platform.records.length >= count),
    nextAsked: (api: string) => {
      const before = platform.asked.length;
      return until(() => platform.asked.indexOf(api, before) !== -1);
    },
    stop: () => server.close(),
    restart: async () => {
      server = await listen(port);
    },
  });
}

function keyOf({ cinemaCode, filmTicketCode, startTime }: TicketIdentity): string {
  return `${cinemaCode} ${filmTicketCode} ${startTime}`;
}
