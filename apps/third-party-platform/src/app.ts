import { join } from 'node:path';
import {
  checkRecordPages,
  createReading,
  outboxPages,
  quarantinePages,
  servePages,
  settingsPages,
} from '@ticket-check/admin';
import {
  createRecordStore,
  createReversals,
  followChanges,
  PLATFORM_DEADLINE,
  purgeOldRecords,
  receiveRecords,
  serveChanges,
  startReporting,
} from '@ticket-check/check-records';
import {
  createUpstreamStore,
  getTicketInfosApi,
  latestTime,
  loadIssuer,
  serveSignedApis,
  useServiceCertificate,
} from '@ticket-check/exchange';
import { keepAudit, runLongOperation } from '@ticket-check/operators';
import { type Clock, createLogger, type Logger, type RunningService, startService } from '@ticket-check/runtime';
import { openServedDataStore, serveStore, withTables } from '@ticket-check/storage';
import packageJson from '../package.json' with { type: 'json' };
import { accountsScreen } from './accounts/serve-accounts.ts';
import { serveEnrolment } from './accounts/serve-enrolment.ts';
import { countRefunds } from './changes/known-refunds.ts';
import { afterUndo, completeRecord, followingEntries } from './check-records/follow-records.ts';
import { retentionRules } from './check-records/retention-rules.ts';
import { createServedCinemas } from './cinemas/served-cinemas.ts';
import { createClaims } from './claims/claims.ts';
import { claimsScreen } from './claims/serve-claims.ts';
import { createVerifyCode } from './claims/verify-code.ts';
import { type Environment, readThirdPartySettings, showThirdPartySettings } from './config.ts';
import { type ThirdPartyTables, thirdPartyMigrations } from './database.ts';
import { openETickets } from './e-tickets/e-ticket-store.ts';
import { createETickets } from './e-tickets/e-tickets.ts';
import { eTicketPages } from './e-tickets/serve-e-tickets.ts';
import { createFleet } from './fleet/fleet.ts';
import { purgePastSessionsJob } from './past-sessions/purge-past-sessions.ts';
import { createPublicKeys } from './public-keys/public-keys.ts';
import { cinemasPages } from './public-keys/serve-cinemas.ts';
import { tellDays } from './telling/tell-days.ts';
import { getTicketInfoApi } from './ticket-info/get-ticket-info.ts';
import { ticketPages } from './ticket-query/ticket-pages.ts';
import { todayPages } from './today/today.ts';
import { connectNational, SPOKEN_UPSTREAM } from './upstream/connect-national.ts';
import { createNationalTickets } from './upstream/national-tickets.ts';
import { doublesToTell } from './worklist/doubles-to-tell.ts';
import { notingRefunds } from './worklist/find.ts';
import { worklistScreen } from './worklist/serve-worklist.ts';
import { lateRefundsFound } from './worklist/worklist.ts';

/** Completing a record waits beside the queue, so it may be more patient than a guest at the gate. */
const COMPLETION_BUDGET_MS = 5_000;

/** Entries of one ticket that count through one account: a terminal lets a ticket in once (reading R7). */
const MAX_ENTRIES_OF_A_TICKET = 16;

/** Calls about many tickets under way for one account: a terminal asks about the ticket in front of it. */
const MAX_TICKET_INFOS_UNDER_WAY = 4;

/** Where `pnpm build:console` leaves this platform's screens. */
const BUILT = join(import.meta.dirname, '..', 'console', 'dist');

/** Of Asia/Shanghai, long after the last session and before the first. */
const QUIET_HOURS = [4];

/**
 * Starts a third-party platform: signed Apis for terminals, the keys of every served cinema, and the way of check records
 * to the national platform. Scheme 5.2.2–5.2.4, chapter 7.
 *
 * @throws ExpectedError of one sentence when a setting, the store, the
 * certificate or the port cannot be used, or another platform serves from the same directory.
 */
export async function startThirdPartyPlatform({
  env,
  clock,
  ...given
}: {
  /** The environment; see `config.ts` for what it may hold. */
  env: Environment;
  clock?: Clock;
  logger?: Logger;
}): Promise<RunningService> {
  const name = 'third-party-platform';
  const settings = readThirdPartySettings(env);
  const logger = given.logger ?? createLogger(name, settings.LOG_LEVEL);
  return startService({ name, version: packageJson.version, settings, clock, logger }, async (service) => {
    const { store, jobs, noteFault } = await serveStore(service, {
      dataDir: settings.DATA_DIR,
      open: () => openServedDataStore<ThirdPartyTables>(settings, thirdPartyMigrations, service),
    });
    await useServiceCertificate(service, settings, store);
    keepAudit(service, store);

    const upstreams = createUpstreamStore(store);
    const servedCinemas = createServedCinemas(store);
    const cinemas = servedCinemas.list;
    const refunds = notingRefunds(store, service);
    const connection = connectNational(service, { store, upstreams, cinemas, settings });
    const { upstream, breaker } = connection;
    const asked = { upstream, onRefunded: refunds.note, onNamed: servedCinemas.noteName };
    const budgetMs = settings.UPSTREAM_BUDGET_MS;
    const national = createNationalTickets({ ...asked, budgetMs, priority: 'question', breaker });
    const nationalBehindGuests = createNationalTickets({
      ...asked,
      budgetMs: COMPLETION_BUDGET_MS,
      priority: 'background',
    });
    const countKept = () => countRefunds(store);
    const changes = followChanges(service, { store, connection, cinemas, countKept, keep: refunds.keep });
    const keys = await createPublicKeys(service, { store, connection, servedCinemas, settings });

    const recordStore = createRecordStore(store, { inSameTransaction: followingEntries(store) });
    const reversals = createReversals(store, { inSameTransaction: afterUndo(store) });
    const { reportApi, listApi, pool } = receiveRecords(service, {
      store,
      recordStore,
      reversals,
      keys: keys.cache,
      refreshKeys: keys.refreshKeys,
      maxEntries: MAX_ENTRIES_OF_A_TICKET,
      maxQuarantined: settings.MAX_QUARANTINED_PER_ACCOUNT,
      forward: true,
    });
    const reporting = startReporting(service, {
      store,
      recordStore,
      reversals,
      connection,
      complete: completeRecord(nationalBehindGuests),
      deadline: PLATFORM_DEADLINE,
      settings,
      forwarder: {
        timeoutMs: settings.REPORT_TIMEOUT_SECONDS * 1000,
        // Reports on this platform's own records want the names too (5.2.5).
        completeDelivered: true,
      },
    });
    connection.onReplaced(reporting.wake);
    tellDays(service, { store, connection, reporting });
    purgeOldRecords(service, {
      store,
      ...retentionRules(settings),
      recorded: (operation, purge, outcome) => runLongOperation(store, operation, purge, outcome),
      confirmed: async () => latestTime(await upstream()),
      hours: QUIET_HOURS,
    });

    purgePastSessionsJob(service, store, settings.CLAIM_WINDOW_HOURS * 3_600_000);
    const reading = createReading(service, store);
    const fleet = createFleet(service, store, doublesToTell(store, service.now), reading);
    const eTicketStore = await openETickets(store, service.now);
    const verifyCode = createVerifyCode({
      keys: keys.cache,
      refreshKeys: keys.refreshKeys,
      pool,
      now: service.now,
      budgetMs,
    });
    const claims = createClaims(service, {
      store,
      upstreams,
      national,
      verifyCode,
      hasLiveETicket: eTicketStore.isLive,
      settings,
    });
    const eTicketApis = await createETickets(service, {
      store,
      eTickets: eTicketStore,
      claims: claims.store,
      verifyCode,
      national: nationalBehindGuests,
      refundsHeardAt: changes.heardAt,
      settings,
    });
    const issuer = () => loadIssuer(settings, store);
    serveEnrolment(service, { store, issuer });
    servePages(service, {
      store,
      reading,
      site: { zh: '第三方检票平台', en: 'Third-party check-in platform' },
      sets: [
        todayPages(service, { store, recordStore, connection, reporting }),
        claimsScreen(service, store, keys.cache.keys, reading),
        checkRecordPages(reading, {
          store,
          cinemas,
          sends: true,
          checkedBy: 'Account',
          lateRefunds: lateRefundsFound(store),
          hasScreens: true,
          above: { upstream, deadline: PLATFORM_DEADLINE },
        }),
        worklistScreen(reading, store),
        outboxPages(service, {
          store,
          deadline: PLATFORM_DEADLINE,
          reading,
          wake: reporting.wake,
        }),
        quarantinePages(service, store),
        fleet.pages,
        ticketPages({
          store,
          servedCinemas,
          claims: claims.store,
          national: nationalBehindGuests,
          isReachable: connection.isReachable,
          ticketOfLink: eTicketStore.ticketOf,
          keysOf: keys.cache.keys,
          now: service.now,
          reading,
        }),
        cinemasPages(store, reading),
        eTicketPages(service, store),
        accountsScreen(reading, { store, issuer }),
        settingsPages(showThirdPartySettings(env), jobs.list),
      ],
      built: BUILT,
      settings,
    });
    const getTicketInfo = getTicketInfoApi({ national, claims: claims.store });

    serveSignedApis(service, {
      store,
      settings,
      extensions: [...SPOKEN_UPSTREAM, 'claim-ticket', 'terminal-state', 'e-tickets'],
      onStoreFault: noteFault,
      apis: [
        keys.getPublicKeys,
        getTicketInfo,
        getTicketInfosApi(getTicketInfo, { maxUnderWay: MAX_TICKET_INFOS_UNDER_WAY }),
        reportApi,
        listApi,
        serveChanges(service, { store: withTables(store), knownAsOf: changes.asOf }),
        ...claims.apis,
        ...eTicketApis,
        fleet.api,
      ],
    });
  });
}
