import { randomUUID } from 'node:crypto';
import {
  type AccountTables,
  accountMigrations,
  type Bundle,
  createAccounts,
  getTicketInfosApi,
  type SignedApi,
  signedApi,
} from '@ticket-check/exchange';
import { issueAccount, sharedTls, startSignedServer } from '@ticket-check/exchange/testing';
import {
  APIS,
  type CinemaKey,
  type checkTicketJson,
  getPublicKeysQuery,
  getTicketInfoQuery,
  ProtocolError,
  parseCheckTicket,
  parseCinemaCode,
  publicKeysReplyJson,
  RECORD_ID_EXTENSION,
  reportQuery,
  reportReplyJson,
  SHARED_CINEMA_EXTENSION,
  TICKET_INFOS_EXTENSION,
  type TicketIdentity,
  type TicketInfo,
  ticketInfoJson,
  type WireCheckRecord,
} from '@ticket-check/protocol';
import { openStore, type StoreLife } from '@ticket-check/storage';
import { onTestFinished } from 'vitest';

/** A national platform over real TLS, its facts in memory, with an account for the platform under test. */
export type TestNational = {
  bundle: Bundle;
  /** What GetPublicKeys answers for each cinema. */
  keys: Map<string, readonly CinemaKey[]>;
  /** Check records in the order in which they came. */
  records: WireCheckRecord[];
  /** The Apis that were asked for, in order. */
  asked: string[];
  /** The FilmTicketCodes that were asked about, alone or with others, in order. */
  ticketsAsked: string[];
  sell(info: TicketInfo): void;
  /** Reports that hold this ticket are refused, naming it. */
  refuse(filmTicketCode: string): void;
  accept(filmTicketCode: string): void;
  /** Questions are kept waiting until the returned function is called. */
  hold(): () => void;
  /** Replies to what is asked from now on are lost, until the returned function is called. */
  lose(): () => void;
  /** Resolves when the condition holds; it is looked at after each question. */
  until(condition: () => boolean): Promise<void>;
  /** Nothing listens any more. */
  stop(): Promise<void>;
  /** Listens again, at the same address, with what it had. */
  restart(): Promise<void>;
  /** Is put back to a backup without a single record, and lives anew. */
  forget(): Promise<void>;
};

/** `plain` knows only the scheme and answers as other people's servers do. */
export async function startNational(options: {
  url: string;
  encryptionKey: string;
  kind?: 'extended' | 'plain';
  cinemaCodes?: readonly string[];
}): Promise<TestNational> {
  const { url, encryptionKey, kind = 'extended', cinemaCodes = ['*'] } = options;
  const store = await openStore<AccountTables>({ url, encryptionKey, migrations: accountMigrations });
  const accounts = createAccounts(store, Date.now);
  const { privateKeyPem } = await issueAccount(accounts, {
    username: 'vendor-a',
    role: 'platform',
    cinemaCodes: cinemaCodes.includes('*') ? 'all' : cinemaCodes.map(parseCinemaCode),
  });
  const keys = new Map<string, readonly CinemaKey[]>();
  const tickets = new Map<string, TicketInfo>();
  const refused = new Set<string>();
  const records: WireCheckRecord[] = [];
  const asked: string[] = [];
  const ticketsAsked: string[] = [];
  const watchers = new Set<() => void>();
  let held: Promise<void> = Promise.resolve();
  const releases: (() => void)[] = [];

  async function answer(api: string, reply: () => unknown): Promise<unknown> {
    asked.push(api);
    for (const look of watchers) look();
    await held;
    try {
      return await reply();
    } finally {
      for (const look of watchers) look();
    }
  }

  const getTicketInfo = signedApi({
    name: APIS.getTicketInfo,
    role: 'platform',
    query: getTicketInfoQuery,
    cinemasOf: ({ cinemaCode }) => [cinemaCode],
    async handle(ticket, call) {
      ticketsAsked.push(ticket.filmTicketCode);
      const info = tickets.get(nameOf(ticket));
      if (info !== undefined && kind === 'plain') return withNumbersAsText(ticketInfoJson(info));
      const extended = call.extended(RECORD_ID_EXTENSION);
      if (info !== undefined) return ticketInfoJson(info, 'two-decimals', { extended });
      if (kind === 'plain') return {};
      throw new ProtocolError('TICKET_NOT_FOUND', 'No such ticket was sold.');
    },
  });
  const answering = (api: SignedApi): SignedApi => ({
    ...api,
    answer: (queryData, call) => answer(api.name, () => api.answer(queryData, call)),
  });

  const apis = [
    signedApi({
      name: APIS.getPublicKeys,
      role: 'platform',
      query: getPublicKeysQuery,
      cinemasOf: () => [],
      handle: ({ cinemaCode }) => answer(APIS.getPublicKeys, () => publicKeysReplyJson(keys.get(cinemaCode) ?? [])),
    }),
    answering(getTicketInfo),
    ...(kind === 'extended' ? [answering(getTicketInfosApi(getTicketInfo, { mostUnderWay: 64 }))] : []),
    signedApi({
      name: APIS.reportOriginalCheckTickets,
      role: 'platform',
      bulk: true,
      query: reportQuery,
      cinemasOf: () => [],
      handle: ({ cinemaCode, checkTickets }, call) =>
        answer(APIS.reportOriginalCheckTickets, () => {
          const wire = { extended: kind === 'extended' && call.extended(RECORD_ID_EXTENSION) };
          if (kind === 'plain' && checkTickets.some(hasUnknownElements)) return { ReportResult: 'false' };
          const received = checkTickets.map((raw) => parseCheckTicket(raw, cinemaCode, wire));
          const rejected = received.flatMap(({ filmTicketCode }, index) =>
            refused.has(filmTicketCode)
              ? { index, filmTicketCode, errorCode: 'INVALID_PRICE', errorMessage: 'Price cannot be' }
              : [],
          );
          if (rejected.length > 0) return reportReplyJson({ result: false, rejected }, wire);
          records.push(...received);
          return kind === 'plain' ? { ReportResult: 'true' } : reportReplyJson({ result: true }, wire);
        }),
    }),
  ];

  let life: Pick<StoreLife, 'generation' | 'replaces'> = store.life();
  const tls = await sharedTls();
  const listen = (port: number) =>
    startSignedServer({
      apis,
      accounts,
      now: Date.now,
      extensions: kind === 'extended' ? [RECORD_ID_EXTENSION, SHARED_CINEMA_EXTENSION, TICKET_INFOS_EXTENSION] : [],
      life: () => life,
      tls,
      port,
    });
  let server = await listen(0);
  const { url: address, port } = server;
  onTestFinished(async () => {
    for (const release of releases) release();
    await server.close();
    await store.close();
  });

  return {
    bundle: {
      Url: address,
      Username: 'vendor-a',
      PrivateKey: privateKeyPem,
      CaCertificate: tls.ca,
      CinemaCodes: cinemaCodes,
    },
    keys,
    records,
    asked,
    ticketsAsked,
    sell: (info) => tickets.set(nameOf(info), info),
    refuse: (filmTicketCode) => refused.add(filmTicketCode),
    accept: (filmTicketCode) => refused.delete(filmTicketCode),
    hold() {
      const { promise, resolve } = Promise.withResolvers<void>();
      held = promise;
      releases.push(resolve);
      return resolve;
    },
    lose() {
      const before = held;
      const { promise, resolve } = Promise.withResolvers<void>();
      held = promise;
      releases.push(resolve);
      return () => {
        held = before;
      };
    },
    until(condition) {
      const { promise, resolve } = Promise.withResolvers<void>();
      const look = () => {
        if (!condition()) return;
        watchers.delete(look);
        resolve();
      };
      watchers.add(look);
      look();
      return promise;
    },
    stop: () => server.close(),
    async restart() {
      server = await listen(port);
    },
    async forget() {
      await server.close();
      records.length = 0;
      life = { generation: randomUUID(), replaces: [life.generation] };
      server = await listen(port);
    },
  };
}

function nameOf({ cinemaCode, filmTicketCode, startTime }: TicketIdentity): string {
  return [cinemaCode, filmTicketCode, startTime].join(' ');
}

/** Numbers as some platforms print them. */
function withNumbersAsText(reply: ReturnType<typeof ticketInfoJson>): Record<string, unknown> {
  const { RowNum, ColumnNum } = reply;
  return { ...reply, RowNum: String(RowNum), ColumnNum: String(ColumnNum), Price: '45.00', Service: '3.0', Remark: '' };
}

function hasUnknownElements(record: unknown): boolean {
  return Object.keys(record as object).some((name) => !SCHEME_ELEMENTS.has(name));
}

const SCHEME_ELEMENTS: ReadonlySet<string> = new Set<keyof ReturnType<typeof checkTicketJson>>([
  'TicketInfoCode',
  'CheckTime',
  'ScreenCode',
  'ScreenName',
  'FilmCode',
  'FilmName',
  'SessionCode',
  'StartTime',
  'TicketType',
  'FilmTicketCode',
  'RowNum',
  'ColumnNum',
  'Price',
  'Service',
]);
