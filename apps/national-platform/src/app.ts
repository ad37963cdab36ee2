import {
  type CheckRecordTables,
  createEntryBound,
  createJudgingPool,
  createQuarantineBound,
  createQuarantineReview,
  createRecordStore,
  recordMetrics,
  reportApi,
  requestReviews,
} from '@ticket-check/check-records';
import {
  createAccounts,
  getTicketInfosApi,
  loadServiceCertificate,
  reloadServiceCertificate,
  signedApis,
  unservedPaths,
} from '@ticket-check/exchange';
import {
  type CinemaCode,
  RECORD_ID_EXTENSION,
  SHARED_CINEMA_EXTENSION,
  STORE_GENERATION_EXTENSION,
  TICKET_INFOS_EXTENSION,
} from '@ticket-check/protocol';
import {
  type Clock,
  createLogger,
  createMetrics,
  type Logger,
  type RunningService,
  startProbeJob,
  startServer,
} from '@ticket-check/runtime';
import { probeStore, type ServeLock, takeServeLock } from '@ticket-check/storage';
import packageJson from '../package.json' with { type: 'json' };
import { createCinemaActivity } from './cinemas/cinema-activity.ts';
import { notingReports } from './cinemas/noting-reports.ts';
import { type Environment, type NationalSettings, readNationalSettings } from './config.ts';
import { openServedDatabase } from './database.ts';
import { nationalHealth } from './health.ts';
import { importApi } from './intake/import-api.ts';
import { cinemaKind, filmKind, publicKeyKind, refundKind, screenKind, ticketKind } from './intake/kinds.ts';
import { createCinemaKeys } from './public-keys/cinema-keys.ts';
import { getPublicKeysApi } from './public-keys/get-public-keys.ts';
import { getTicketInfoApi } from './tickets/get-ticket-info.ts';
import { createTicketLookup } from './tickets/ticket-lookup.ts';

/** A whole platform reports through one account: so many of its records of one ticket count as entries (reading R7). */
const MOST_ENTRIES_OF_A_TICKET = 256;

/** Several processes of one platform ask at a time, each with at most 16 calls under way. */
const MOST_TICKET_INFOS_UNDER_WAY = 64;

const EXTENSIONS = [RECORD_ID_EXTENSION, STORE_GENERATION_EXTENSION, SHARED_CINEMA_EXTENSION, TICKET_INFOS_EXTENSION];

export type NationalPlatformOptions = {
  /** The environment; see `config.ts` for what it may hold. */
  env: Environment;
  clock?: Clock;
  logger?: Logger;
};

/**
 * Starts the national platform: its store, the three Apis of the scheme for platforms (6.6) and GetTicketInfos, the
 * intake for data sources, its HTTPS port.
 *
 * @throws CommandFailure, or another error with `expected: true`, of one sentence when a setting, the store, the
 * certificate or the port cannot be used, or another platform serves from the same directory.
 */
export async function startNationalPlatform(options: NationalPlatformOptions): Promise<RunningService> {
  const settings = readNationalSettings(options.env);
  const lock = takeServeLock(settings.DATA_DIR);
  try {
    return await assemble(options, settings, lock);
  } catch (error) {
    lock.release();
    throw error;
  }
}

async function assemble(
  options: NationalPlatformOptions,
  settings: NationalSettings,
  lock: ServeLock,
): Promise<RunningService> {
  const { clock: now = Date.now } = options;
  const logger = options.logger ?? createLogger('national-platform', settings.LOG_LEVEL);
  if (lock.warning !== null) logger.warn(lock.warning);
  const tls = await loadServiceCertificate(settings);

  const store = await openServedDatabase(settings, now, logger);
  const accounts = createAccounts(store, now);
  const recordStore = createRecordStore(store);
  const cinemaKeys = createCinemaKeys(store, logger);
  const lookUpTicket = createTicketLookup(store, recordStore);
  const activity = createCinemaActivity(store, now, logger);
  const pool = createJudgingPool();
  const entryBound = createEntryBound(store, { most: MOST_ENTRIES_OF_A_TICKET, logger });
  const quarantineReview = createQuarantineReview({
    store,
    recordStore,
    keysEver: cinemaKeys.keysEver,
    pool,
    entryBound,
    forward: false,
    now,
    logger,
  });
  async function requestReview(cinemaCode: CinemaCode): Promise<void> {
    await requestReviews(store.db.withTables<CheckRecordTables>(), [cinemaCode]);
    quarantineReview.wake();
  }
  const intake = { store, now };
  const metrics = createMetrics();
  const quarantineBound = createQuarantineBound(store, { most: settings.MAX_QUARANTINED_PER_ACCOUNT, logger });
  recordMetrics(metrics, { recordStore, quarantineBound, now });

  const getTicketInfo = getTicketInfoApi({ lookUpTicket, activity });
  const apis = [
    getPublicKeysApi({ cinemaKeys, now }),
    getTicketInfo,
    getTicketInfosApi(getTicketInfo, { mostUnderWay: MOST_TICKET_INFOS_UNDER_WAY }),
    notingReports(
      reportApi({ ...cinemaKeys, recordStore, pool, requestReview, entryBound, quarantineBound, forward: false, now }),
      activity,
    ),

    importApi(cinemaKind, intake),
    importApi(screenKind, intake),
    importApi(filmKind, intake),
    importApi(publicKeyKind, intake),
    importApi(ticketKind, intake),
    importApi(refundKind, intake),
  ];

  const storeProbe = await startProbeJob({ name: 'store', probe: () => probeStore(store), logger });
  const server = await startServer({
    name: 'national-platform',
    version: packageJson.version,
    settings,
    logger,
    tls,
    reloadTls: () => reloadServiceCertificate(settings, tls),
    metrics,
    health: nationalHealth(storeProbe, recordStore),
    async register(app) {
      const envelope = { now, extensions: EXTENSIONS, life: store.life };
      await app.register(signedApis, {
        ...envelope,
        apis,
        accounts,
        windowMs: settings.CLOCK_WINDOW_SECONDS * 1000,
        requestsPerMinute: settings.REQUESTS_PER_MINUTE,
        refusalPace: { perMinute: settings.REFUSALS_PER_MINUTE },
        metrics,
        onStoreFault: storeProbe.noteFault,
      });
      await app.register(unservedPaths, envelope);
    },
  }).catch(async (error: unknown) => {
    await closeStore();
    throw error;
  });

  async function closeStore(): Promise<void> {
    await storeProbe.stop();
    await quarantineReview.stop();
    await pool.close();
    await store.close();
  }

  async function close(): Promise<void> {
    await server.close();
    await closeStore();
    lock.release();
  }

  let closing: Promise<void> | undefined;
  return { url: server.url, consoleUrl: server.consoleUrl, close: () => (closing ??= close()) };
}
