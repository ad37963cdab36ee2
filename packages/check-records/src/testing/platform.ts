import { createPrivateKey, type KeyObject } from 'node:crypto';
import {
  type AccountTables,
  accountMigrations,
  createAccounts,
  createUpstream,
  type Upstream,
} from '@ticket-check/exchange';
import { issueAccount, sharedTls, startSignedServer } from '@ticket-check/exchange/testing';
import { type CinemaCode, type CinemaKey, checkTicketJson, type Extension } from '@ticket-check/protocol';
import { createMetrics, every, type JobDefinition, type Recurring, type Service } from '@ticket-check/runtime';
import { mergeMigrations } from '@ticket-check/storage';
import type { TestEngine } from '@ticket-check/storage/testing';
import { pino } from 'pino';
import { onTestFinished } from 'vitest';
import { requestReviews } from '../judging/judge-again.ts';
import { receiveRecords } from '../receiving/report-api.ts';
import { createRecordStore } from '../store/record-store.ts';
import { checkRecordMigrations } from '../tables/migrations.ts';
import type { ReceivedRecord } from '../tables/received-record.ts';
import type { CheckRecordTables } from '../tables/tables.ts';
import { createReversals } from '../undo/reversals.ts';
import { UKEY } from './records.ts';

type ReceivingOptions = Parameters<typeof receiveRecords>[1];
type PlatformTables = CheckRecordTables & AccountTables;
const migrations = mergeMigrations(checkRecordMigrations, accountMigrations);

type ConnectOptions = { extensions?: readonly Extension[]; url?: string; now?: () => number };
type AsAccount = ConnectOptions & { username: string; privateKey: KeyObject };

export type Platform = Awaited<ReturnType<typeof startPlatform>>;

/** A record in the form it has in a report. */
export const wire = (record: ReceivedRecord) => checkTicketJson(record, { extended: true, priceForm: 'two-decimals' });

/** What a platform answers a caller, or the code with which it refuses the call. */
export async function answerTo(caller: Upstream, api: string, query: object): Promise<Record<string, unknown>> {
  const options = { read: (replyData: Record<string, unknown>) => replyData, timeoutMs: 20_000, idempotent: false };
  const outcome = await caller.call(api, query, options);
  return outcome.kind === 'delivered' ? outcome.reply : { refused: outcome.code };
}

/** A platform that takes reports, with a store of its own, over real TLS. */
export async function startPlatform(
  engine: TestEngine,
  options: {
    now: () => number;
    extensions?: readonly Extension[];
    keysEver?: (cinemaCode: CinemaCode) => Promise<readonly CinemaKey[]>;
    keysAtHand?: (cinemaCode: CinemaCode) => readonly CinemaKey[];
    /** Its database, where it is not one of its own. */
    url?: string;
    /** Whether requested reviews of quarantined records are carried out. */
    reviews?: boolean;
  } & Partial<Pick<ReceivingOptions, 'forward' | 'refreshKeys' | 'maxQuarantined' | 'maxEntries'>>,
) {
  const {
    now,
    extensions = ['record-id', 'reverses'],
    keysEver = async () => [UKEY.key],
    keysAtHand = () => [],
    reviews = true,
    url,
    ...rest
  } = options;
  const store = await engine.open<PlatformTables>(migrations, url);
  const accounts = createAccounts(store, now);
  const records = createRecordStore(store);
  const reversals = createReversals(store);
  const logger = pino({ level: 'silent' });
  let review: ReturnType<typeof every> | undefined;
  const service = {
    ...{ logger, now, metrics: createMetrics() },
    own<T extends { close(): Promise<unknown> }>(owned: T): T {
      onTestFinished(async () => void (await owned.close()));
      return owned;
    },
    job(job: JobDefinition & Recurring) {
      if (!reviews) return { trigger: async () => {} };
      review = every({ ...job, logger });
      onTestFinished(() => review?.stop());
      return review;
    },
  } as unknown as Service;
  const { reportApi, listApi } = receiveRecords(service, {
    ...{ store, recordStore: records, reversals, keys: { keysEver, keysAtHand } },
    ...{ maxEntries: 16, maxQuarantined: 10_000, forward: false, ...rest },
  });
  async function requestReview(cinemaCode: CinemaCode) {
    await requestReviews(store.db.withTables<CheckRecordTables>(), [cinemaCode]);
    void review?.trigger();
  }
  const server = await startSignedServer({
    apis: [reportApi, listApi],
    accounts,
    now,
    extensions,
    currentGeneration: store.currentGeneration,
    tls: await sharedTls(),
  });
  onTestFinished(() => server.close());
  let issued = 0;

  async function issue(cinemaCodes: readonly CinemaCode[] | 'all' = 'all') {
    issued += 1;
    const username = `terminal-${issued}`;
    const { privateKeyPem } = await issueAccount(accounts, { username, role: 'platform', cinemaCodes });
    return { username, privateKey: createPrivateKey(privateKeyPem) };
  }

  function connectAs({ extensions: ours = ['record-id'], url = server.url, now: clock = now, ...account }: AsAccount) {
    const upstream = createUpstream({ url, ca: server.ca, ...account, extensions: ours, now: clock });
    onTestFinished(() => upstream.close());
    return upstream;
  }

  return {
    ...server,
    store,
    records,
    reversals,
    /** Has the quarantined records of a cinema judged again, as after the arrival of a key. */
    requestReview,
    /** Another account's name and private key. */
    issue,
    /** A client of it under an account's name, or under another one. */
    connectAs,
    /** A client of it, extended by default; each with an account of its own. */
    connect: async (options: ConnectOptions = {}) => connectAs({ ...(await issue()), ...options }),
  };
}
