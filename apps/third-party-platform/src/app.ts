import {
  type CheckRecordTables,
  createEntryBound,
  createJudgingPool,
  createQuarantineBound,
  createQuarantineReview,
  createRecordStore,
  createRestoreWatch,
  PLATFORM_DEADLINE,
  recordMetrics,
  reportApi,
  requestReviews,
  watchDeadlines,
} from '@ticket-check/check-records';
import {
  createAccounts,
  createUpstreamStore,
  getTicketInfosApi,
  loadServiceCertificate,
  reloadServiceCertificate,
  signedApis,
  unservedPaths,
  watchedConnection,
} from '@ticket-check/exchange';
import { createKeyCache, keySyncJob } from '@ticket-check/key-cache';
import {
  CLAIM_TICKET_EXTENSION,
  KEYS_REFRESHED_EXTENSION,
  RECORD_ID_EXTENSION,
  SHARED_CINEMA_EXTENSION,
  STORE_GENERATION_EXTENSION,
  TICKET_INFOS_EXTENSION,
} from '@ticket-check/protocol';
import {
  type Clock,
  createLogger,
  createMetrics,
  every,
  type Logger,
  measuredGauge,
  type RunningService,
  startProbeJob,
  startServer,
} from '@ticket-check/runtime';
import { probeStore, takeServeLock } from '@ticket-check/storage';
import packageJson from '../package.json' with { type: 'json' };
import { createForwarding } from './check-records/forwarding.ts';
import { createServedCinemas } from './cinemas/served-cinemas.ts';
import { createSharedCinemas } from './cinemas/shared-cinemas.ts';
import { watchCommands } from './cinemas/watch-commands.ts';
import { countClaims } from './claims/claim-counts.ts';
import { createClaimLimits } from './claims/claim-limits.ts';
import { claimMetrics } from './claims/claim-metrics.ts';
import { claimingRecords, createClaimStore } from './claims/claim-store.ts';
import { claimTicketApi } from './claims/claim-ticket.ts';
import { createCompareCode } from './claims/compare-code.ts';
import { createOpenClaimsAlarm, watchOpenClaims } from './claims/open-claims-alarm.ts';
import { purgeReleasesJob } from './claims/purge-releases.ts';
import { createReleaseBound } from './claims/release-bound.ts';
import { releaseClaimApi } from './claims/release-claim.ts';
import { createRestoreMoments, measureRestoreMoment } from './claims/restore-moment.ts';
import { createVerifyCode } from './claims/verify-code.ts';
import { type Environment, readThirdPartySettings, type ThirdPartySettings } from './config.ts';
import { openServedDatabase } from './database.ts';
import { healthChecks } from './health/health-checks.ts';
import { getPublicKeysApi } from './public-keys/get-public-keys.ts';
import { createKeyRefresh } from './public-keys/key-refresh.ts';
import { getTicketInfoApi } from './ticket-info/get-ticket-info.ts';
import { createNationalTickets } from './ticket-info/national-tickets.ts';

/** What is spoken towards the national platform, and what towards terminals: the national platform knows no claims. */
const SPOKEN_UPSTREAM = [
  RECORD_ID_EXTENSION,
  KEYS_REFRESHED_EXTENSION,
  STORE_GENERATION_EXTENSION,
  SHARED_CINEMA_EXTENSION,
  TICKET_INFOS_EXTENSION,
];
const EXTENSIONS = [...SPOKEN_UPSTREAM, CLAIM_TICKET_EXTENSION];

/** Completing a record waits beside the queue, so it may be more patient than a guest at the gate. */
const COMPLETION_BUDGET_MS = 5_000;

/** A platform at rest hears within this time that the national one was restored; one at work, at once. */
const RESTORE_WATCH_MS = 5 * 60_000;

/** A terminal lets a ticket in once: so many records of one ticket count as entries through one account (reading R7). */
const MOST_ENTRIES_OF_A_TICKET = 16;

/** A terminal asks about the ticket in front of it: so many calls about many tickets are under way for one account. */
const MOST_TICKET_INFOS_UNDER_WAY = 4;

export type ThirdPartyPlatformOptions = {
  /** The environment; see `config.ts` for what it may hold. */
  env: Environment;
  clock?: Clock;
  logger?: Logger;
};

/**
 * Starts a third-party platform: signed Apis for terminals, the keys of every served cinema, and the way of check records
 * to the national platform. Scheme 5.2.2–5.2.4, chapter 7.
 *
 * @throws CommandFailure, or another error with `expected: true`, of one sentence when a setting, the store, the
 * certificate or the port cannot be used, or another platform serves from the same directory.
 */
export async function startThirdPartyPlatform(options: ThirdPartyPlatformOptions): Promise<RunningService> {
  const { env, clock: now = Date.now } = options;
  const settings = readThirdPartySettings(env);
  const logger = options.logger ?? createLogger('third-party-platform', settings.LOG_LEVEL);
  const started = new AsyncDisposableStack();
  try {
    const urls = await assemble({ settings, now, logger, started });
    const running = started.move();
    return { ...urls, close: () => running.disposeAsync() };
  } catch (error) {
    await started.disposeAsync();
    throw error;
  }
}

/** What is started is ended in the opposite order. */
async function assemble(options: {
  settings: ThirdPartySettings;
  now: Clock;
  logger: Logger;
  started: AsyncDisposableStack;
}): Promise<Pick<RunningService, 'url' | 'consoleUrl'>> {
  const { settings, now, logger, started } = options;
  const lock = takeServeLock(settings.DATA_DIR);
  if (lock.warning !== null) logger.warn(lock.warning);
  started.defer(() => lock.release());
  const tls = await loadServiceCertificate(settings);
  const store = await openServedDatabase(settings, now, logger);
  started.defer(() => store.close());

  const upstreams = createUpstreamStore(store);
  const servedCinemas = createServedCinemas(store);
  const budgetMs = settings.UPSTREAM_BUDGET_MS;
  const connection = watchedConnection({
    upstreams,
    extensions: SPOKEN_UPSTREAM,
    // Read for each call: another life may begin while this platform serves.
    store: {
      get generation() {
        return store.life().generation;
      },
      get replaces() {
        return store.life().replaces;
      },
    },
    now,
    logger,
    onAnnounced: () => restoreWatch.noticed(),
    onUp: () => forwarder.resume(),
    silences: settings.OFFLINE_AFTER_SILENCES,
    probeBudgetMs: budgetMs,
    cinemas: servedCinemas.list,
  });
  started.defer(() => connection.close());
  const { upstream } = connection;

  const recordStore = createRecordStore(store, { alongside: claimingRecords(store) });
  const claims = createClaimStore(store, now);
  const restoreMoments = createRestoreMoments(store, now);
  // A life that followed a restore is first served now.
  await restoreMoments.current();
  const cache = createKeyCache({
    store,
    upstream,
    now,
    logger,
    limits: {
      minGapMs: settings.KEY_REFRESH_GAP_SECONDS * 1000,
      burst: settings.KEY_REFRESH_BURST,
      refillMs: settings.KEY_REFRESH_REFILL_SECONDS * 1000,
    },
    // A record that no key fitted may have been made with one that has come only now (reading R6).
    alongside: (trx, cinemaCode) => requestReviews(trx.withTables<CheckRecordTables>(), [cinemaCode]),
    onReplaced: () => quarantineReview.wake(),
  });
  const pool = createJudgingPool();
  started.defer(() => pool.close());
  const entryBound = createEntryBound(store, { most: MOST_ENTRIES_OF_A_TICKET, logger });
  const quarantineReview = createQuarantineReview({
    store,
    recordStore,
    keysEver: cache.keysEver,
    pool,
    entryBound,
    forward: true,
    now,
    logger,
  });
  started.defer(() => quarantineReview.stop());

  const refreshKeys = createKeyRefresh({
    cache,
    servedCinemas,
    freshMs: settings.KEY_FRESH_SECONDS * 1000,
    budgetMs,
  });
  const national = createNationalTickets({ upstream, budgetMs, priority: 'question', line: connection.line });
  const forwarder = createForwarding({
    recordStore,
    upstream,
    national: createNationalTickets({ upstream, budgetMs: COMPLETION_BUDGET_MS, priority: 'background' }),
    now,
    logger,
    settings,
  });

  const restoreWatch = createRestoreWatch({
    store,
    recordStore,
    upstream,
    cinemas: servedCinemas.list,
    resendDays: settings.RESEND_DAYS,
    onQueued: () => forwarder.wake(),
    now,
    logger,
  });
  // Before anything is asked: what the upstream announced last is compared with what was sent to it.
  await restoreWatch.look().catch((err: unknown) => logger.error({ err }, 'the upstream was not looked at'));

  const metrics = createMetrics();
  const quarantineBound = createQuarantineBound(store, { most: settings.MAX_QUARANTINED_PER_ACCOUNT, logger });
  measuredGauge(
    metrics,
    'check_records_accounts_nearly_full',
    'Accounts with more than four fifths of the quarantined records that they may have (MAX_QUARANTINED_PER_ACCOUNT)',
    () => quarantineBound.countNearlyFull(),
  );
  recordMetrics(metrics, { recordStore, sending: { forwarder, deadline: PLATFORM_DEADLINE }, now });
  const claimCounts = countClaims();
  const openAlarm = createOpenClaimsAlarm({ claims, most: settings.OPEN_CLAIMS_ALARM, now });
  claimMetrics(metrics, { counts: claimCounts, claims, openAlarm, now });
  const alarms = watchOpenClaims(openAlarm, logger);
  started.defer(() => alarms.stop());
  const measuring = measureRestoreMoment({ restoreMoments, upstream, logger });
  started.defer(() => measuring.stop());
  measuredGauge(
    metrics,
    'upstream_line_up',
    'Whether terminals wait for the national platform: 1, or 0 while the line is down',
    () => Number(connection.line.isUp()),
  );
  const limits = createClaimLimits(settings.CLAIMS_PER_MINUTE);
  const claimWindowMs = settings.CLAIM_WINDOW_HOURS * 3_600_000;
  const purging = purgeReleasesJob({ store, now, windowMs: claimWindowMs, logger });
  started.defer(() => purging.stop());
  const getTicketInfo = getTicketInfoApi({ national, claims });
  const apis = [
    getPublicKeysApi({ cache, refreshKeys, now, demandMs: settings.KEY_DEMAND_SECONDS * 1000 }),
    getTicketInfo,
    getTicketInfosApi(getTicketInfo, { mostUnderWay: MOST_TICKET_INFOS_UNDER_WAY }),
    reportApi({
      recordStore,
      keysEver: cache.keysEver,
      keysAtHand: cache.keysAtHand,
      refreshKeys,
      pool,
      async requestReview(cinemaCode) {
        await requestReviews(store.db.withTables<CheckRecordTables>(), [cinemaCode]);
        quarantineReview.wake();
      },
      entryBound,
      quarantineBound,
      forward: true,
      now,
    }),
    claimTicketApi({
      national,
      claims,
      counts: claimCounts,
      limits,
      verifyCode: createVerifyCode({
        keysEver: cache.keysEver,
        keysAtHand: cache.keysAtHand,
        refreshKeys,
        compareCode: createCompareCode({ pool, now, budgetMs }),
        now,
        windowMs: claimWindowMs,
      }),
      sharedCinemas: createSharedCinemas(store, { upstreams }),
      restoreMoments,
    }),
    releaseClaimApi({
      claims,
      counts: claimCounts,
      limits,
      bound: createReleaseBound(store, { now, windowMs: claimWindowMs, logger }),
    }),
  ];

  // Ended after the server, so that what terminals report last may go too.
  started.defer(() => forwarder.stop());
  const storeProbe = await startProbeJob({ name: 'store', probe: () => probeStore(store), logger });
  started.defer(() => storeProbe.stop());

  const server = await startServer({
    name: 'third-party-platform',
    version: packageJson.version,
    settings,
    logger,
    tls,
    reloadTls: () => reloadServiceCertificate(settings, tls),
    health: healthChecks({
      storeProbe,
      recordStore,
      claims,
      claimCounts,
      openAlarm,
      forwarder,
      cache,
      servedCinemas,
      connection,
      now,
    }),
    metrics,
    register: async (app) => {
      const envelope = { now, extensions: EXTENSIONS, life: store.life };
      await app.register(signedApis, {
        ...envelope,
        apis,
        accounts: createAccounts(store, now),
        windowMs: settings.CLOCK_WINDOW_SECONDS * 1000,
        requestsPerMinute: settings.REQUESTS_PER_MINUTE,
        refusalPace: { perMinute: settings.REFUSALS_PER_MINUTE },
        metrics,
        onStoreFault: storeProbe.noteFault,
      });
      await app.register(unservedPaths, envelope);
    },
  });
  started.defer(() => server.close());

  // Only from here on is the national platform spoken to: a start that fails has sent nothing.
  forwarder.start();
  const deadlines = watchDeadlines({ recordStore, forwarder, deadline: PLATFORM_DEADLINE, now, logger });
  started.defer(() => deadlines.stop());

  const asking = every({
    name: 'restore watch',
    everyMs: RESTORE_WATCH_MS,
    jitterMs: RESTORE_WATCH_MS / 2,
    run: restoreWatch.ask,
    logger,
  });
  started.defer(() => asking.stop());

  const keySync = keySyncJob({
    cache,
    cinemas: servedCinemas.list,
    everyMs: settings.KEY_SYNC_MINUTES * 60_000,
    logger,
  });
  started.defer(() => keySync.stop());

  const watch = watchCommands({
    servedCinemas,
    upstreams,
    cache,
    keySync,
    onUpstreamChanged: () => forwarder.wake(),
    logger,
  });
  started.defer(() => watch.stop());
  return { url: server.url, consoleUrl: server.consoleUrl };
}
