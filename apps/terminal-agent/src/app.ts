import {
  createRecordStore,
  createRestoreWatch,
  recordMetrics,
  TERMINAL_DEADLINE,
  watchDeadlines,
} from '@ticket-check/check-records';
import { createUpstreamStore, loadServiceCertificate, reloadServiceCertificate } from '@ticket-check/exchange';
import { createKeyCache, keySyncJob } from '@ticket-check/key-cache';
import { epochOf, RECORD_ID_EXTENSION } from '@ticket-check/protocol';
import {
  type Clock,
  createLogger,
  createMetrics,
  every,
  type Logger,
  type RecurringJob,
  type RunningService,
  startProbeJob,
  startServer,
} from '@ticket-check/runtime';
import {
  listSetAside,
  loadReplacedGenerations,
  probeStore,
  type ServeLock,
  takeServeLock,
} from '@ticket-check/storage';
import packageJson from '../package.json' with { type: 'json' };
import { createForwarding } from './check-records/forwarding.ts';
import { createClaimReleases } from './claims/claim-releases.ts';
import { createGiveBack } from './claims/give-back.ts';
import { releaseSender } from './claims/send-releases.ts';
import { createClockSampler } from './clock/clock-sampler.ts';
import { createTerminalClock } from './clock/terminal-clock.ts';
import { readTerminalSettings, type TerminalSettings } from './config.ts';
import { type Gates, loggedOpening, plannedGates } from './gate/gate.ts';
import { terminalHealth } from './health.ts';
import { scanRoute } from './http/scan-route.ts';
import { ensureScanToken } from './http/scan-token.ts';
import { createHearLate, lateQuestionJob } from './late-news/ask-later.ts';
import { createLateQuestions } from './late-news/late-questions.ts';
import { terminalMetrics } from './metrics.ts';
import { openServedStore } from './own-store/open-served-store.ts';
import { loadStoreLife } from './own-store/store-life.ts';
import { createOpenCode, TERMINAL_REFRESH_LIMITS } from './public-keys/open-code.ts';
import { createCheckTicket } from './scan/check-ticket.ts';
import { createDebounce } from './scan/debounce.ts';
import { createScanDiscard, scanDiscardJob } from './scan/discard-scans.ts';
import { policyFor } from './scan/fresh-store.ts';
import { recordIds } from './scan/record-ids.ts';
import { afterAdmission, doesStand, type ScanResult, type VerdictJson, verdictJson } from './scan/scan-result.ts';
import { createScanStore } from './scan/scan-store.ts';
import { createAskUpstream } from './upstream/ask-upstream.ts';
import { createServedCinemas } from './upstream/served-cinemas.ts';
import { createUpstreamLink } from './upstream/upstream-link.ts';
import { watchUpstream } from './upstream/watch-upstream.ts';

export type TerminalAgentOptions = {
  /** The environment; see `config.ts` for what it may hold. */
  env: Readonly<Record<string, string | undefined>>;
  clock?: Clock;
  logger?: Logger;
  /** The gates that admissions open; by default opening is a log line. */
  gates?: Gates;
};

export type TerminalAgent = RunningService & {
  /**
   * One scan at a gate, the usual one unless named; the verdict as `POST /scan` gives it. With a scanner's name, what
   * that scanner sends more than once is one scan.
   *
   * @throws ProtocolError INVALID_QUERY where this terminal has no such gate.
   */
  scan(text: string, gate?: string, scanner?: string): Promise<VerdictJson>;
};

/** A terminal that is at rest hears within this time that its upstream was restored; one at work, at once. */
const RESTORE_WATCH_MS = 5 * 60_000;

/**
 * Starts a terminal agent: its store, its keys, the way of a scan, the records on their way upstream, its HTTPS port.
 *
 * @throws CommandFailure, or another error with `expected: true`, of one sentence when a setting, the store, the
 * certificate or the port cannot be used, or another agent serves from the same directory.
 */
export async function startTerminalAgent(options: TerminalAgentOptions): Promise<TerminalAgent> {
  const settings = readTerminalSettings(options.env);
  const lock = takeServeLock(settings.DATA_DIR);
  try {
    return await assemble(options, settings, lock);
  } catch (error) {
    lock.release();
    throw error;
  }
}

async function assemble(
  options: TerminalAgentOptions,
  settings: TerminalSettings,
  lock: ServeLock,
): Promise<TerminalAgent> {
  const { clock: now = Date.now } = options;
  const logger = options.logger ?? createLogger('terminal-agent', settings.LOG_LEVEL);
  if (lock.warning !== null) logger.warn(lock.warning);
  const { gatePlan } = settings;
  const gates = options.gates ?? plannedGates(gatePlan, loggedOpening(logger));
  const tls = await loadServiceCertificate(settings);
  const token = await ensureScanToken(settings.DATA_DIR);

  const store = await openServedStore(settings, { now, logger });
  const life = await loadStoreLife(store, now, logger);
  const upstreams = createUpstreamStore(store);
  const link = createUpstreamLink({
    upstreams,
    store: { generation: store.generation, replaces: await loadReplacedGenerations(store.db) },
    now,
    logger,
    onTicketAnswered: life.noteAsked,
    silences: settings.OFFLINE_AFTER_SILENCES,
    probeBudgetMs: settings.UPSTREAM_BUDGET_MS,
    cinemas: () => cinemas.synced(),
  });
  const records = createRecordStore(store);
  const keys = createKeyCache({
    store,
    upstream: link.upstream,
    now,
    logger,
    limits: TERMINAL_REFRESH_LIMITS,
    // Stopping waits for a fetch that is under way.
    fetchTimeoutMs: 5000,
  });
  const cinemas = createServedCinemas(upstreams, keys, settings.CINEMA_CODES);
  const askUpstream = createAskUpstream({ upstream: link.upstream, link: link.line, logger });
  const scans = createScanStore(store, records);
  const clock = createTerminalClock({
    now,
    upstreamOffset: link.clockOffset,
    lastAdmissions: await scans.lastAdmissions(),
  });
  const sampler = createClockSampler({
    probe: link.probe,
    isMeasured: () => link.clockOffset()?.measured === true,
    logger,
  });
  const policy = { offline: settings.OFFLINE_POLICY, unknownTicket: settings.UNKNOWN_TICKET_POLICY };
  const stopping = new AbortController();
  const questions = createLateQuestions(store);
  const releases = createClaimReleases(store, now);
  const giveBack = createGiveBack({ releases, upstream: link.upstream, link: link.line, logger });
  const discard = createScanDiscard(store);
  const metrics = createMetrics();
  const measured = terminalMetrics(metrics, { line: link.line, releases, questions, discard });
  const hearLate = createHearLate({ questions, policy, now: clock.now, onNews: measured.heardLate, logger });
  const forwarder = createForwarding({
    records,
    upstream: link.upstream,
    askUpstream,
    hearLate,
    now,
    logger,
    settings,
  });

  async function lastContactSeconds(): Promise<number | null> {
    // The keys remember when they came, also across a restart.
    const moments = [link.lastContactAt(), ...(await keys.status()).map(({ fetchedAt }) => fetchedAt)];
    const latest = Math.max(...moments.map((moment) => moment ?? Number.NEGATIVE_INFINITY));
    return Number.isFinite(latest) ? Math.max(0, Math.round((now() - latest) / 1000)) : null;
  }

  const storeProbe = await startProbeJob({ name: 'store', probe: () => probeStore(store), logger });
  const checkTicket = createCheckTicket({
    clock,
    newRecordId: recordIds(now),
    cinemas: cinemas.served,
    openCode: createOpenCode(keys, link.line, { now, logger }),
    askUpstream,
    giveBackNow: giveBack.now,
    lastContactSeconds,
    scans,
    wakeForwarder: () => forwarder.wake(),
    wakeReleases: () => void releasing?.trigger(),
    onStoreFault: storeProbe.noteFault,
    clockStoodBack: () => void sampler.sample(),
    window: { minutesBefore: settings.ADMIT_BEFORE_MINUTES, minutesAfter: settings.ADMIT_AFTER_MINUTES },
    policy: (ticket) => policyFor(ticket, policy, life.fresh(), settings.ADMIT_BEFORE_MINUTES),
    budgetMs: settings.UPSTREAM_BUDGET_MS,
    logger,
  });

  const restoreWatch = createRestoreWatch({
    store,
    recordStore: records,
    upstream: link.upstream,
    cinemas: cinemas.synced,
    resendDays: settings.RESEND_DAYS,
    resendOthers: async (since) => {
      const queued = await releases.queueAgain(since);
      if (queued > 0) logger.warn({ since, queued }, 'claims that were given back are given back again');
      void releasing?.trigger();
    },
    onQueued: () => forwarder.wake(),
    now,
    logger,
  });
  link.onUp(() => forwarder.resume());
  link.onAnnounced(() => restoreWatch.noticed());
  // Before anything is asked: what the upstream announced last is compared with what was sent to it.
  const atStart = restoreWatch.look().catch((err: unknown) => logger.error({ err }, 'the upstream was not looked at'));

  let releasing: RecurringJob | undefined;
  const debounce = createDebounce<ScanResult>({ windowMs: settings.DEBOUNCE_MS, stands: doesStand });
  const underWay = new Set<Promise<unknown>>();
  async function scan(text: string, gateName = gatePlan.usual, scanner?: string): Promise<VerdictJson> {
    const startedAt = performance.now();
    const gate = gates.named(gateName);
    const check = () => checkTicket(text, gate);
    const checking =
      scanner === undefined
        ? check().then((result) => ({ result, repeat: 'first' as const }))
        : debounce.answer({ scanner, gate: gateName }, text, check);
    underWay.add(checking);
    const { result, repeat } = await checking.finally(() => underWay.delete(checking));
    const said = repeat === 'after' && !gate.barrier ? afterAdmission(result) : result;
    const repeated = repeat !== 'first';
    const answer = verdictJson(said, { repeated, elapsedMs: performance.now() - startedAt });
    const { Verdict: verdict, RecordId: recordId, ElapsedMs: elapsedMs } = answer;
    logger.info({ verdict, recordId, gate: gateName, scanner, repeated, elapsedMs }, 'scan');
    measured.scanned(answer);
    return answer;
  }

  // By the clock that gives them their check times.
  const checkClock = () => epochOf(clock.now());
  recordMetrics(metrics, {
    recordStore: records,
    sending: { forwarder, deadline: TERMINAL_DEADLINE },
    now: checkClock,
  });
  const server = await startServer({
    name: 'terminal-agent',
    version: packageJson.version,
    settings,
    logger,
    tls,
    reloadTls: () => reloadServiceCertificate(settings, tls),
    health: terminalHealth({
      records,
      forwarder,
      keys,
      link,
      releases,
      questions,
      discard,
      clock,
      store: async () => ({ ...storeProbe.latest(), setAside: listSetAside(settings.DATABASE_URL) }),
      now,
    }),
    metrics,
    register: async (app) => {
      await app.register(scanRoute, { token, scan, onWrongToken: measured.tokenRefused });
    },
  }).catch(async (error: unknown) => {
    await storeProbe.stop();
    await link.close();
    await store.close();
    throw error;
  });
  // Only from here on is the upstream spoken to: a start that fails has sent nothing.
  const keySync = keySyncJob({
    cache: keys,
    cinemas: cinemas.synced,
    everyMs: settings.KEY_SYNC_MINUTES * 60_000,
    logger,
  });
  const watch = watchUpstream({
    upstreams,
    keySync,
    keysMissing: async () => {
      const known = new Set((await keys.status()).filter(({ count }) => count > 0).map(({ cinemaCode }) => cinemaCode));
      return (await cinemas.synced()).some((cinemaCode) => !known.has(cinemaCode));
    },
    sampler,
    logger,
  });
  await atStart;
  const asking = every({
    name: 'restore watch',
    everyMs: RESTORE_WATCH_MS,
    jitterMs: RESTORE_WATCH_MS / 2,
    run: restoreWatch.ask,
    logger,
  });
  forwarder.start();
  const deadlines = watchDeadlines({
    recordStore: records,
    forwarder,
    deadline: TERMINAL_DEADLINE,
    now: checkClock,
    logger,
  });
  releasing = releaseSender({
    releases,
    giveBack,
    upstream: link.upstream,
    stopping: stopping.signal,
    resendDays: settings.RESEND_DAYS,
    now,
    logger,
  });
  const lateQuestions = lateQuestionJob({
    questions,
    askUpstream,
    hearLate,
    isLineUp: link.line.isUp,
    now: clock.now,
    entryMayBeOwn: async () => (await link.upstream())?.extensions().has(RECORD_ID_EXTENSION) !== true,
    stopping: stopping.signal,
    logger,
  });
  const discarding = scanDiscardJob({ discard, keep: settings.KEEP_SCANS_WITHOUT_TICKET, logger });
  void sampler.sample();

  async function close(): Promise<void> {
    await server.close();
    await Promise.allSettled(underWay);
    stopping.abort();
    await Promise.all([
      storeProbe.stop(),
      watch.stop(),
      asking.stop(),
      keySync.stop(),
      deadlines.stop(),
      forwarder.stop(),
      releasing?.stop(),
      lateQuestions.stop(),
      discarding.stop(),
      sampler.stop(),
    ]);
    await link.close();
    await store.close();
    lock.release();
  }

  let closing: Promise<void> | undefined;
  return { url: server.url, consoleUrl: server.consoleUrl, scan, close: () => (closing ??= close()) };
}
