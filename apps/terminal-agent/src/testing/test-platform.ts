import { randomUUID } from 'node:crypto';
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
import { issueAccount, sharedTls, startSignedServer } from '@ticket-check/exchange/testing';
import {
  type CinemaCode,
  type CinemaKey,
  CLAIM_TICKET_EXTENSION,
  type ClaimEntry,
  type ClaimRelease,
  type ClaimReply,
  claimTicketQuery,
  claimTicketReplyJson,
  getPublicKeysQuery,
  getTicketInfoQuery,
  ProtocolError,
  parseCheckTicket,
  publicKeysReplyJson,
  RECORD_ID_EXTENSION,
  type RecordId,
  releaseClaimQuery,
  releaseClaimReplyJson,
  reportQuery,
  reportReplyJson,
  type TicketClaim,
  type TicketIdentity,
  ticketInfoJson,
  type WallClock,
  type WireCheckRecord,
} from '@ticket-check/protocol';
import { openStore, type StoreLife, sqliteUrl } from '@ticket-check/storage';
import { onTestFinished } from 'vitest';
import { CINEMA, type SoldTicket } from './test-cinema.ts';

/** What becomes of a question: answered, never answered, refused with an error, answered with another error. */
export type Line = 'up' | 'stalled' | 'failing';

/** `claiming`: as ours, with claims in memory; `extended`: as ours before there were claims; `plain`: only the scheme. */
export type PlatformKind = 'claiming' | 'extended' | 'plain';

/** What a platform may forget. */
export type PlatformBackup = Pick<TestPlatform, 'records' | 'claims' | 'released'>;

/** A platform above the terminal, over real TLS. */
export type TestPlatform = {
  /** The account of the one terminal that most tests have. */
  bundle: Bundle;
  /** An account for a further terminal. */
  issue(username: string): Promise<Bundle>;
  keys: CinemaKey[];
  /** Reports as they came, in order. */
  records: WireCheckRecord[];
  /** The Apis that were asked for, in order. */
  asked: string[];
  /** The cinemas whose keys were asked for, whether or not the account may, in order. */
  keysAskedOf: CinemaCode[];
  /** The claims that stand, by ticket. */
  claims: Map<string, ClaimEntry>;
  /** RecordIds whose claims were given back. */
  released: Set<RecordId>;
  /** RecordIds whose releases it fails at with an error. */
  failsAt: Set<RecordId>;
  /** When it was put back to a backup, as it tells terminals. */
  restoredAt: WallClock | undefined;
  /** Whether ClaimTicket tells the ticket's state, as it does while the national side answers. */
  tellsState: boolean;
  /** Claims are answered with EntryPossible, and with SharedCinema. */
  entryPossible: boolean;
  sharedCinema: boolean;
  /** Apis of which no request arrives while they stand here, and those that it handles without being heard. */
  deafTo: Set<string>;
  muteTo: Set<string>;
  sell(ticket: SoldTicket, change?: Partial<SoldTicket['info']>): void;
  setLine(line: Line): void;
  /** What it knows, as a backup made now keeps it. */
  backUp(): PlatformBackup;
  /** Puts it back to a backup, with which a new life of its data begins. */
  restore(backup: PlatformBackup): void;
  /** Resolves once the platform has `count` records. */
  received(count: number): Promise<void>;
  /** Resolves once all of this has come about; looked at whenever the platform is asked or answers. */
  until(reached: () => boolean): Promise<void>;
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
  kind?: PlatformKind;
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

  const tickets = new Map<string, SoldTicket['info']>();
  const uncertain = new Set<string>();
  const waiting = new Set<() => void>();
  const lineUp = { line: 'up' as Line, changed: Promise.withResolvers<void>() };
  const platform = {
    keys: options.keys ?? [],
    records: [] as WireCheckRecord[],
    asked: [] as string[],
    keysAskedOf: [] as CinemaCode[],
    claims: new Map<string, ClaimEntry>(),
    released: new Set<RecordId>(),
    failsAt: new Set<RecordId>(),
    restoredAt: undefined as WallClock | undefined,
    tellsState: true,
    entryPossible: false,
    sharedCinema: false,
    deafTo: new Set<string>(),
    muteTo: new Set<string>(),
  };

  async function throughLine<T>(api: string, answer: () => T): Promise<T> {
    platform.asked.push(api);
    for (const check of waiting) check();
    while (lineUp.line === 'stalled') await lineUp.changed.promise;
    if (platform.deafTo.has(api)) await lineUp.changed.promise;
    if (lineUp.line === 'failing') throw new Error('the platform is broken');
    const reply = answer();
    for (const check of waiting) check();
    if (platform.muteTo.has(api)) await lineUp.changed.promise;
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

  const extended = (call: Call) => kind !== 'plain' && call.extended(RECORD_ID_EXTENSION);

  function claim(asked: TicketClaim): ClaimReply {
    const key = keyOf(asked);
    const info = tickets.get(key);
    const ticket = platform.tellsState ? (info ?? 'unknown-ticket') : null;
    const refusal: ClaimReply = {
      claimed: false,
      stateKnown: platform.tellsState,
      ticket,
      entry: null,
      released: false,
      entryPossible: platform.entryPossible || uncertain.has(key),
      sharedCinema: platform.sharedCinema,
      restoredAt: platform.restoredAt,
    };
    if (platform.tellsState && info?.refundStatus === 'Yes') return refusal;
    if (platform.released.has(asked.recordId)) return { ...refusal, released: true };
    const first = platform.claims.get(key);
    if (first !== undefined && first.recordId !== asked.recordId) return { ...refusal, entry: first };
    const { recordId, checkTime, gate } = asked;
    platform.claims.set(key, first ?? { recordId, checkTime, gate });
    return { ...refusal, claimed: true };
  }

  function release({ recordId, uncertain: isUncertain, ...ticket }: ClaimRelease): boolean {
    if (platform.failsAt.has(recordId)) throw new Error('the platform fails at this claim');
    if (platform.records.some((record) => record.recordId === recordId)) return false;
    if (isUncertain) uncertain.add(keyOf(ticket));
    platform.released.add(recordId);
    if (platform.claims.get(keyOf(ticket))?.recordId === recordId) platform.claims.delete(keyOf(ticket));
    return true;
  }

  const claimApis = [
    signedApi({
      name: 'ClaimTicket',
      role: 'platform',
      query: claimTicketQuery,
      cinemasOf: ({ cinemaCode }) => [cinemaCode],
      handle: (query) => throughLine('ClaimTicket', () => claimTicketReplyJson(claim(query))),
    }),
    signedApi({
      name: 'ReleaseClaim',
      role: 'platform',
      query: releaseClaimQuery,
      cinemasOf: ({ cinemaCode }) => [cinemaCode],
      handle: (query) =>
        throughLine('ReleaseClaim', () => releaseClaimReplyJson(release(query) ? 'released' : 'entered')),
    }),
  ];
  const apis = [
    ...(kind === 'claiming' ? claimApis : []),
    signedApi({
      name: 'GetPublicKeys',
      role: 'platform',
      query: getPublicKeysQuery,
      cinemasOf: ({ cinemaCode }) => {
        platform.keysAskedOf.push(cinemaCode);
        return [cinemaCode];
      },
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
      bulk: true,
      query: reportQuery,
      cinemasOf: ({ cinemaCode }) => [cinemaCode],
      handle: ({ cinemaCode, checkTickets }, call) =>
        throughLine('ReportOriginalCheckTickets', () => {
          const wire = { extended: extended(call) };
          for (const raw of checkTickets) {
            const record = parseCheckTicket(raw, cinemaCode, wire);
            platform.records.push(record);
            const { recordId, checkTime } = record;
            const key = keyOf(record);
            if (recordId !== null && !platform.claims.has(key)) {
              platform.claims.set(key, { recordId, checkTime, gate: '' });
            }
          }
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
      now,
      extensions: EXTENSIONS[kind],
      life: () => life,
      tls,
      port,
    });
  let server = await listen(0);
  const { url, port } = server;

  async function issue(username: string): Promise<Bundle> {
    const { privateKeyPem } = await issueAccount(accounts, { username, role: 'platform', cinemaCodes: [CINEMA] });
    return { Url: url, Username: username, PrivateKey: privateKeyPem, CaCertificate: tls.ca, CinemaCodes: [CINEMA] };
  }

  onTestFinished(async () => {
    lineUp.line = 'up';
    lineUp.changed.resolve();
    await server.close();
    await store.close();
    await rm(directory, { recursive: true, force: true });
  });

  return Object.assign(platform, {
    bundle: await issue('terminal-1'),
    issue,
    sell: ({ info }: SoldTicket, change: Partial<SoldTicket['info']> = {}) => {
      tickets.set(keyOf(info), { ...info, ...change });
    },
    setLine: (line: Line) => {
      const { changed } = lineUp;
      Object.assign(lineUp, { line, changed: Promise.withResolvers<void>() });
      changed.resolve();
    },
    backUp: () => ({
      records: [...platform.records],
      claims: new Map(platform.claims),
      released: new Set(platform.released),
    }),
    restore: ({ records, claims, released }: PlatformBackup) => {
      Object.assign(platform, {
        records: [...records],
        claims: new Map(claims),
        released: new Set(released),
      });
      life = { generation: randomUUID(), replaces: [life.generation, ...life.replaces] };
    },
    until,
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

const EXTENSIONS: Record<PlatformKind, string[]> = {
  claiming: [RECORD_ID_EXTENSION, CLAIM_TICKET_EXTENSION],
  extended: [RECORD_ID_EXTENSION],
  plain: [],
};

function keyOf({ cinemaCode, filmTicketCode, startTime }: TicketIdentity): string {
  return `${cinemaCode} ${filmTicketCode} ${startTime}`;
}
