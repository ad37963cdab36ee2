import { join } from 'node:path';
import { checkRecordPages, createReading, quarantinePages, servePages, settingsPages } from '@ticket-check/admin';
import {
  createRecordStore,
  createReversals,
  lateRefundsIn,
  newestCheck,
  purgeOldRecords,
  receiveRecords,
  recordMetrics,
  serveChanges,
  watchCompleteness,
} from '@ticket-check/check-records';
import { getTicketInfosApi, loadIssuer, serveSignedApis, useServiceCertificate } from '@ticket-check/exchange';
import { keepAudit, runLongOperation } from '@ticket-check/operators';
import type { Extension } from '@ticket-check/protocol';
import { type Clock, createLogger, type Logger, type RunningService, startService } from '@ticket-check/runtime';
import { openServedDataStore, serveStore } from '@ticket-check/storage';
import packageJson from '../package.json' with { type: 'json' };
import { retentionRules } from './check-records/retention-rules.ts';
import { createCinemaActivity, notingReports } from './cinemas/cinema-activity.ts';
import { loadCinemaCodes } from './cinemas/names.ts';
import { completenessPages } from './completeness/completeness-pages.ts';
import { createReached } from './completeness/platform-days.ts';
import { reportBusinessDayApi } from './completeness/report-business-day.ts';
import { type Environment, readNationalSettings, showNationalSettings } from './config.ts';
import { cinemasPages } from './console-data/cinemas-pages.ts';
import { intakePages } from './console-data/intake-pages.ts';
import { platformsPages } from './console-data/platforms-pages.ts';
import { countSold } from './console-data/sold-tickets.ts';
import { ticketsPages } from './console-data/tickets-pages.ts';
import { type NationalTables, nationalMigrations } from './database.ts';
import { importApi } from './intake/import-api.ts';
import { KINDS } from './intake/kinds.ts';
import { createCinemaKeys, getPublicKeysApi } from './public-keys/cinema-keys.ts';
import { createTicketLookup, getTicketInfoApi } from './tickets/get-ticket-info.ts';
import { todayPages } from './today/today.ts';

/** Records of one ticket that count as entries for one account: a whole platform reports through it (reading R7). */
const MAX_ENTRIES_OF_A_TICKET = 256;

/** Several processes of one platform ask at the same time, each with at most 16 calls under way. */
const MAX_TICKET_INFOS_UNDER_WAY = 64;

/** In Asia/Shanghai: long after the last session and before the first. */
const QUIET_HOURS = [4];

const EXTENSIONS: readonly Extension[] = [
  'record-id',
  'store-generation',
  'shared-cinema',
  'ticket-infos',
  'check-records',
  'changes',
  'reverses',
  'overrides',
  'record-origins',
  'undone-records',
  'business-days',
];

export type NationalPlatformOptions = {
  env: Environment;
  clock?: Clock;
  logger?: Logger;
  /** How often completeness is checked; by default every 5 minutes. */
  completenessEveryMs?: number;
};

/**
 * Starts the national platform: its store, the three Apis of the scheme for platforms (6.6), GetTicketInfos, ListCheckRecords and ListChanges, the
 * intake for data sources, its HTTPS port.
 *
 * @throws ExpectedError of one sentence when a setting, the store, the
 * certificate or the port cannot be used, or another platform serves from the same directory.
 */
export async function startNationalPlatform({
  env,
  clock,
  ...given
}: NationalPlatformOptions): Promise<RunningService> {
  const name = 'national-platform';
  const settings = readNationalSettings(env);
  const logger = given.logger ?? createLogger(name, settings.LOG_LEVEL);
  return startService({ name, version: packageJson.version, settings, clock, logger }, async (service) => {
    const { now, metrics } = service;
    const { store, jobs, noteFault } = await serveStore(service, {
      dataDir: settings.DATA_DIR,
      open: () => openServedDataStore<NationalTables>(settings, nationalMigrations, service),
    });
    await useServiceCertificate(service, settings, store);
    keepAudit(service, store);
    const activity = createCinemaActivity(store, now, logger);
    const cinemaKeys = createCinemaKeys(store, logger);
    const recordStore = createRecordStore(store);
    recordMetrics(metrics, { recordStore, now });
    service.check({
      name: 'records',
      run: async () => ({ ok: true, quarantined: (await recordStore.summary()).quarantined }),
    });
    const { reportApi, listApi } = receiveRecords(service, {
      store,
      recordStore,
      reversals: createReversals(store),
      keys: cinemaKeys,
      maxEntries: MAX_ENTRIES_OF_A_TICKET,
      maxQuarantined: settings.MAX_QUARANTINED_PER_ACCOUNT,
      forward: false,
    });
    const reached = createReached(store, now);
    watchCompleteness(service, { count: reached.known, arrivesAt: 'here', now, everyMs: given.completenessEveryMs });
    purgeOldRecords(service, {
      store,
      ...retentionRules(store, settings),
      recorded: (operation, purge, outcome) => runLongOperation(store, operation, purge, outcome),
      confirmed: () => newestCheck(store),
      hours: QUIET_HOURS,
    });
    const lookUpTicket = createTicketLookup(store, recordStore);
    const getTicketInfo = getTicketInfoApi({ lookUpTicket, activity });
    const reading = createReading(service, store);
    servePages(service, {
      store,
      reading,
      site: { zh: '国家检票平台', en: 'National ticket-check platform' },
      sets: [
        todayPages(store, reading),
        platformsPages(store, reading, () => loadIssuer(settings, store)),
        intakePages(store, reading),
        cinemasPages(store, reading),
        completenessPages(store, reading),
        ticketsPages(store, lookUpTicket, reading),
        checkRecordPages(reading, {
          store,
          cinemas: () => loadCinemaCodes(store),
          sends: false,
          checkedBy: 'Account',
          lateRefunds: lateRefundsIn(store, 'refund'),
          besides: { ...reached.additions, countSold: (asked) => countSold(store, asked) },
          hasScreens: true,
        }),
        quarantinePages(service, store),
        settingsPages(showNationalSettings(env), jobs.list),
      ],
      built: join(import.meta.dirname, '..', 'console', 'dist'),
      settings,
    });

    serveSignedApis(service, {
      store,
      settings,
      extensions: EXTENSIONS,
      onStoreFault: noteFault,
      apis: [
        getPublicKeysApi({ cinemaKeys, now }),
        getTicketInfo,
        getTicketInfosApi(getTicketInfo, { maxUnderWay: MAX_TICKET_INFOS_UNDER_WAY }),
        notingReports(reportApi, activity),
        listApi,
        reportBusinessDayApi(store, now),
        serveChanges(service, { store }),
        ...KINDS.map((kind) => importApi(kind, { store, now })),
      ],
    });
  });
}
