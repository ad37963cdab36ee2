import { createPrivateKey, type KeyObject } from 'node:crypto';
import {
  type AccountTables,
  accountMigrations,
  createAccounts,
  createUpstream,
  type Upstream,
} from '@ticket-check/exchange';
import { issueAccount, sharedTls, startSignedServer } from '@ticket-check/exchange/testing';
import type { CinemaCode, CinemaKey } from '@ticket-check/protocol';
import { every } from '@ticket-check/runtime';
import { mergeMigrations, type Store } from '@ticket-check/storage';
import type { TestEngine } from '@ticket-check/storage/testing';
import { pino } from 'pino';
import { onTestFinished } from 'vitest';
import { createEntryBound, createQuarantineBound } from '../entries/bounds.ts';
import { createJudgingPool } from '../judging/judging-pool.ts';
import { quarantineReview, requestReviews } from '../judging/quarantine-review.ts';
import { type ReportApiOptions, reportApi } from '../receiving/report-api.ts';
import { listCheckRecordsApi } from '../reconciliation/list-check-records-api.ts';
import { createRecordStore, type RecordStore } from '../store/record-store.ts';
import { checkRecordMigrations } from '../tables/migrations.ts';
import type { CheckRecordTables } from '../tables/tables.ts';
import { createReversals, type Reversals } from '../undo/reversals.ts';
import { UKEY } from './records.ts';

type PlatformTables = CheckRecordTables & AccountTables;
const migrations = mergeMigrations(checkRecordMigrations, accountMigrations);

type ConnectOptions = { extensions?: readonly string[]; url?: string; now?: () => number };
type AsAccount = ConnectOptions & { username: string; privateKey: KeyObject };

export type Platform = {
  url: string;
  ca: string;
  port: number;
  store: Store<PlatformTables>;
  records: RecordStore;
  reversals: Reversals;
  /** Has the quarantined records of a cinema judged again, as after the arrival of a key. */
  requestReview(cinemaCode: CinemaCode): Promise<void>;
  /** A client of it, extended by default; each with an account of its own. */
  connect(options?: ConnectOptions): Promise<Upstream>;
  /** A client of it under an account's name, or under another one. */
  connectAs(options: AsAccount): Upstream;
  /** Another account's name and private key. */
  issue(cinemaCodes?: readonly CinemaCode[] | 'all'): Promise<{ username: string; privateKey: KeyObject }>;
  close(): Promise<void>;
};

/** A platform that takes reports, with a store of its own, over real TLS. */
export async function startPlatform(
  engine: TestEngine,
  options: {
    now: () => number;
    maxQuarantined?: number;
    maxEntries?: number;
    extensions?: readonly string[];
    keysEver?: (cinemaCode: CinemaCode) => Promise<readonly CinemaKey[]>;
    /** Its database, where it is not one of its own. */
    url?: string;
    /** Whether requested reviews of quarantined records are carried out. */
    reviews?: boolean;
  } & Partial<Pick<ReportApiOptions, 'forward' | 'keysAtHand' | 'refreshKeys'>>,
): Promise<Platform> {
  const {
    now,
    extensions = ['record-id', 'reverses'],
    keysEver = async () => [UKEY.key],
    reviews = true,
    maxQuarantined = 10_000,
    maxEntries = 16,
    url,
    ...rest
  } = options;
  const store = await engine.open<PlatformTables>(migrations, url);
  const accounts = createAccounts(store, now);
  const records = createRecordStore(store);
  const reversals = createReversals(store);
  const pool = createJudgingPool({ threads: 1 });
  onTestFinished(() => pool.close());
  const logger = pino({ level: 'silent' });
  const entryBound = createEntryBound(store, { max: maxEntries, logger });
  const reviewing = { store, recordStore: records, keysEver, pool, entryBound, forward: false, now, logger, ...rest };
  const review = reviews ? every({ name: 'quarantine review', logger, ...quarantineReview(reviewing) }) : null;
  onTestFinished(() => review?.stop());
  async function requestReview(cinemaCode: CinemaCode) {
    await requestReviews(store.db.withTables<CheckRecordTables>(), [cinemaCode]);
    void review?.trigger();
  }
  const quarantineBound = createQuarantineBound(store, { max: maxQuarantined, logger });
  const api = reportApi({
    recordStore: records,
    keysEver,
    pool,
    requestReview,
    entryBound,
    quarantineBound,
    reversals,
    maxEntries,
    forward: false,
    usernamesOf: accounts.usernamesOf,
    now,
    ...rest,
  });
  const server = await startSignedServer({
    apis: [api, listCheckRecordsApi(store, { forwards: rest.forward ?? false, usernamesOf: accounts.usernamesOf })],
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
    requestReview,
    issue,
    connectAs,
    connect: async (options = {}) => connectAs({ ...(await issue()), ...options }),
  };
}
