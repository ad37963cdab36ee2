import { join } from 'node:path';
import { checkRecordPages, createReading, servePages, settingsPages } from '@ticket-check/admin';
import {
  createRecordStore,
  createReversals,
  purgeOldRecords,
  startReporting,
  TERMINAL_DEADLINE,
} from '@ticket-check/check-records';
import { createUpstreamStore, latestTime, useServiceCertificate } from '@ticket-check/exchange';
import { loadKeyStatus } from '@ticket-check/key-cache';
import { createPasswords, keepAudit, runLongOperation } from '@ticket-check/operators';
import { epochOf, type TicketIdentity } from '@ticket-check/protocol';
import {
  type Clock,
  createLogger,
  createLogSampler,
  type Logger,
  type RunningService,
  startService,
} from '@ticket-check/runtime';
import { listSetAside, loadCurrentGeneration, serveStore } from '@ticket-check/storage';
import packageJson from '../package.json' with { type: 'json' };
import { policyFor } from './admission/rules.ts';
import { badgePages } from './badges/badges.ts';
import { followUpstream } from './changes/follow-upstream.ts';
import { recordIds } from './check-records/make-record.ts';
import { createClaimReleasing } from './claims/release-claims.ts';
import { keepTime } from './clock/terminal-clock.ts';
import { readTerminalSettings, showTerminalSettings } from './config.ts';
import { runDevices } from './devices/run-devices.ts';
import { createETicketKeys } from './e-tickets/e-ticket-keys.ts';
import { createOfferedEnrolment } from './enrolment/offered-enrolment.ts';
import { gateScreen } from './gate/declared-gates.ts';
import { createGates } from './gate/gate.ts';
import { loadAlarms } from './gate/gate-alarms.ts';
import type { GateDriver } from './gate/gate-driver.ts';
import { serveScans } from './http/scan-route.ts';
import { discardOldScans } from './journal/discard-scans.ts';
import { knownLateRefunds, scanReports } from './journal/report-scans.ts';
import { lastAdmissions } from './journal/scan.ts';
import { createScanFeed } from './kiosk/kiosk-events.ts';
import { kioskLink, serveKiosk } from './kiosk/serve-kiosk.ts';
import { lookupScreen } from './lookup/lookup.ts';
import { createBadgeDesk } from './override/badge-desk.ts';
import { refusalsScreen } from './override/declared-refusals.ts';
import { createAdmitAnyway } from './override/override-refusal.ts';
import { createPublicKeys } from './public-keys/public-keys.ts';
import { findingsScreen } from './recheck/findings.ts';
import { createRecheck } from './recheck/recheck.ts';
import { retentionRules } from './retention/retention-rules.ts';
import { type AnswerScan, answerScans } from './scan/answer-scans.ts';
import { createCheckTicket } from './scan/check-ticket.ts';
import { createClaimAtGate } from './scan/claim-at-gate.ts';
import { onceAfter } from './scan/debounce.ts';
import { createLookAtTicket, createLooks } from './scan/look-at-ticket.ts';
import { createOpenGate } from './scan/open-gate.ts';
import { createReadCode } from './scan/read-code.ts';
import { createScanStore } from './scan/scan-store.ts';
import { runScanner, type Scanner } from './scanner/run-scanner.ts';
import { ensureScanToken } from './secrets/secret-file.ts';
import { createOwnState, tellState } from './state/own-state.ts';
import { stateScreen } from './state/state-screen.ts';
import { loadStoreOrigin, openServedStore } from './store-recovery/open-served-store.ts';
import { openTerminalStore } from './tables.ts';
import { entriesScreen, missedEntries } from './undo/declared-entries.ts';
import { createAskUpstream } from './upstream/ask-upstream.ts';
import { connectUpstream, createServedCinemas, lastContactSeconds } from './upstream/connect-upstream.ts';

/** Records are sent this long after the first, a few guests at a time: sending slows a scan, and nobody waits for it. Reading R1. */
const RECORDS_WAIT_MS = 250;

/** In Asia/Shanghai: at night, and before the first guests for terminals that are off at night. */
const QUIET_HOURS = [4, 9];

export type TerminalAgentOptions = {
  /** The environment; see `config.ts` for what it may hold. */
  env: Readonly<Record<string, string | undefined>>;
  clock?: Clock;
  logger?: Logger;
  driverOf?: (gate: string) => GateDriver;
  scanners?: readonly Scanner[];
  /** How long the end of the agent waits for the last state that it tells the platform. */
  lastWordMs?: number;
};

export type TerminalAgent = RunningService & { scan: AnswerScan };

/** A gate may have a scan each second, for as long as the platform above answers none of them. */
const SCAN_WARNINGS_MS = 10 * 60_000;

/**
 * Starts a terminal agent: its store, its keys, the way of a scan, the records on their way upstream, its HTTPS port.
 *
 * @throws ExpectedError of one sentence when a setting, the store, the
 * certificate or the port cannot be used, or another agent serves from the same directory.
 */
export async function startTerminalAgent({ env, clock, ...given }: TerminalAgentOptions): Promise<TerminalAgent> {
  const name = 'terminal-agent';
  const settings = readTerminalSettings(env);
  const logger = given.logger ?? createLogger(name, settings.LOG_LEVEL);
  return startService({ name, version: packageJson.version, settings, clock, logger }, async (service) => {
    const { now } = service;
    const { store, jobs, noteFault } = await serveStore(service, {
      dataDir: settings.DATA_DIR,
      open: () =>
        openServedStore({
          files: settings,
          open: () => openTerminalStore(settings, { serves: true, now }),
          now,
          logger,
        }),
      details: () => ({ setAside: listSetAside(settings.DATABASE_URL) }),
    });
    await useServiceCertificate(service, settings);
    keepAudit(service, store);
    const origin = await loadStoreOrigin(store, now, logger);
    const recordStore = createRecordStore(store);
    const scans = createScanStore(store, recordStore);

    const upstreams = createUpstreamStore(store);
    const cinemas = createServedCinemas(upstreams, () => loadKeyStatus(store), settings.CINEMA_CODES);
    const connection = await connectUpstream(service, {
      upstreams,
      store: await loadCurrentGeneration(store.db),
      cinemas: cinemas.synced,
      onTicketAnswered: origin.noteAsked,
      settings,
    });
    const warnings = service.own(
      createLogSampler({ logger, summary: 'more warnings about scans', intervalMs: SCAN_WARNINGS_MS }),
    );
    const { upstream, breaker } = connection;
    const askUpstream = createAskUpstream({ upstream, breaker, logger, warnings });
    const terminalClock = keepTime(service, {
      connection,
      lastAdmissions: await lastAdmissions(store.db),
      // A platform refuses a terminal whose clock is minutes off; now it gives the keys.
      onMeasured: () => void keys.fetchMissing(),
    });
    const core = { store, connection, cinemas, clock: terminalClock, settings };
    const keys = createPublicKeys(service, core);
    const eTicketKeys = createETicketKeys(service, core);
    const knownChanges = followUpstream(service, core);
    const policy = { offline: settings.OFFLINE_POLICY, unknownTicket: settings.UNKNOWN_TICKET_POLICY };
    const { completeRecord, takeDoubles } = createRecheck(service, { ...core, askUpstream, policy });
    const refuseSuperseded = () => scans.refuseSuperseded(terminalClock.now());
    const claimReleasing = createClaimReleasing(service, { ...core, refuseSuperseded });
    const reporting = startReporting(service, {
      ...core,
      recordStore,
      reversals: createReversals(store),
      complete: completeRecord,
      deadline: TERMINAL_DEADLINE,
      async resendOthers(since) {
        const queued = await claimReleasing.releaseAgain(since);
        if (queued > 0) logger.warn({ since, queued }, 'releasing claims again');
      },
      checkClock: () => epochOf(terminalClock.now()),
    });

    const [usual = ''] = settings.GATES.map(([name]) => name);
    const gates = await createGates(service, { ...core, driverOf: given.driverOf });
    const policyOf = (ticket: TicketIdentity) =>
      policyFor(ticket, policy, origin.replacement(), settings.ADMIT_BEFORE_MINUTES);
    const newRecordId = recordIds(now);
    const openGate = createOpenGate(service, { ...core, scans });
    const scanFeed = createScanFeed();
    const enrolment = createOfferedEnrolment(service, { store, upstreams });
    const admitAnyway = createAdmitAnyway(service, {
      ...core,
      newRecordId,
      gates,
      openGate,
      wakeForwarder: reporting.wake,
    });
    const passwords = createPasswords();
    const badgeDesk = createBadgeDesk(service, { store, passwords, admitAnyway });
    const looks = createLooks();
    const common = {
      ...core,
      newRecordId,
      readCode: createReadCode({ ...core, newRecordId, keys, eTicketKeys }),
      askUpstream,
      knownChanges,
      policy: policyOf,
      budgetMs: settings.UPSTREAM_BUDGET_MS,
      logger,
    };
    const lookAtTicket = createLookAtTicket(common);
    const scan = answerScans(service, {
      checkTicket: createCheckTicket({
        ...common,
        claim: createClaimAtGate({ ...common, ...claimReleasing, scans, undone: reporting.undone, breaker }),
        lastContactSeconds: () => lastContactSeconds(connection, keys, now),
        scans,
        openGate,
        wakeForwarder: onceAfter(RECORDS_WAIT_MS, reporting.wake),
        wakeReleases: claimReleasing.wake,
        wakeUndone: reporting.undone.wake,
        onStoreFault: noteFault,
      }),
      looks,
      lookAtTicket,
      takeEnrolment: enrolment.offer,
      badgeDesk,
      gates,
      usualGate: usual,
      debounceMs: settings.DEBOUNCE_MS,
      tell: scanFeed.tell,
    });
    discardOldScans(service, { ...core, forgetOldChanges: knownChanges.forgetOld });
    purgeOldRecords(service, {
      store,
      ...retentionRules(store, settings),
      recorded: (operation, purge, outcome) => runLongOperation(store, operation, purge, outcome),
      confirmed: async () => latestTime(await connection.upstream()),
      hours: QUIET_HOURS,
    });
    const scanners = given.scanners ?? settings.scannerPlan;
    const devices = runDevices(service, {
      gates: gates.all,
      scanners: scanners.map((scanner) => {
        const gate = scanner.gate ?? usual;
        return runScanner(scanner, {
          scan: (text, name) => scan(text, gate, name),
          reading: (scanner) => scanFeed.tell(gate, { scanner, what: 'reading' }),
          logger,
        });
      }),
      lastingFaults: () => loadAlarms(store.db, 'out-of-order'),
      noteFault: gates.noteFault,
      clock: terminalClock,
    });
    const ownState = createOwnState({
      ...core,
      version: packageJson.version,
      ...{ devices, recordStore, keys, now },
    });
    tellState(service, { ...core, ownState, takeDoubles, lastWordMs: given.lastWordMs });
    const reading = createReading({ ...service, now: () => epochOf(terminalClock.now()) }, store);
    servePages(service, {
      store,
      reading,
      site: { zh: '检票终端', en: 'Check-in terminal' },
      sets: [
        stateScreen({ ...core, ownState, keys, reading }),
        gateScreen(reading, { store, states: async () => (await devices()).gates, missed: missedEntries(store) }),
        lookupScreen({ store, keysOf: keys.keys, admitAnyway, lookAtTicket }, reading),
        findingsScreen(store, reading),
        entriesScreen(service, { store, wake: reporting.undone.wake, reading }),
        refusalsScreen(service, { store, admitAnyway, reading }),
        badgePages(service, { store, passwords }),
        checkRecordPages(reading, {
          store,
          cinemas: cinemas.served,
          sends: true,
          checkedBy: 'Gate',
          lateRefunds: knownLateRefunds(store),
          besides: scanReports(store),
          hasScreens: true,
          above: { upstream: connection.upstream, deadline: TERMINAL_DEADLINE },
        }),
        settingsPages(showTerminalSettings(env), jobs.list),
        ...(settings.KIOSK === 'on' ? [kioskLink({ port: settings.PORT })] : []),
      ],
      built: join(import.meta.dirname, '..', 'console', 'dist'),
      settings,
    });
    const token = await ensureScanToken(settings.DATA_DIR);
    const gateOf = new Map(scanners.map(({ name, gate }) => [name, gate ?? usual]));
    const kiosk = { ...core, token, gates, gateOf, feed: scanFeed, ownState, enrolment, looks, badgeDesk };
    const kioskMay = settings.KIOSK === 'on' ? serveKiosk(service, kiosk) : null;
    serveScans(service, { token, kioskMay, scan });
    return { scan };
  });
}
