import type { RecordStore } from '@ticket-check/check-records';
import type { KeyCache } from '@ticket-check/key-cache';
import {
  APIS,
  type DeviceState,
  epochOf,
  type ReportedDouble,
  readReportTerminalStateReply,
  reportTerminalStateQueryJson,
  type ScanTotals,
  type TerminalState,
  type WallClock,
} from '@ticket-check/protocol';
import { every, type Service, within } from '@ticket-check/runtime';
import type { TerminalClock } from '../clock/terminal-clock.ts';
import { loadAlarms } from '../gate/gate-alarms.ts';
import type { TerminalStore } from '../tables.ts';
import { lastContactSeconds, type ServedCinemas, type TerminalConnection } from '../upstream/connect-upstream.ts';

/** The current state of this terminal, and its platform: whether one is set, and seconds since its last answer, null for never. */
export type OwnState = ReturnType<typeof createOwnState>;

export function createOwnState(parts: {
  version: string;
  devices: () => Promise<{ readonly gates: readonly DeviceState[]; readonly scanners: readonly DeviceState[] }>;
  store: TerminalStore;
  summary: () => ReturnType<RecordStore['summary']>;
  keys: Pick<KeyCache, 'status'>;
  cinemas: ServedCinemas;
  connection: TerminalConnection;
  clock: TerminalClock;
  storesSetAside: () => number;
  now: () => number;
}) {
  const { version, devices, store, summary, keys, cinemas, connection, clock, storesSetAside, now } = parts;
  const startedAt = performance.now();

  async function keysAgeSeconds(): Promise<number | null> {
    const [served, status] = await Promise.all([cinemas.synced(), keys.status()]);
    const cameAt = new Map(
      status.map(({ cinemaCode, count, fetchedAt }) => [cinemaCode, count > 0 ? fetchedAt : null]),
    );
    const oldest = Math.min(...served.map((cinema) => cameAt.get(cinema) ?? Number.NEGATIVE_INFINITY));
    return Number.isFinite(oldest) ? Math.max(0, Math.round((now() - oldest) / 1000)) : null;
  }

  /** Scans and findings of sensors have the corrected time. */
  const scannedAgo = (moment: WallClock) => Math.max(0, Math.round((epochOf(clock.now()) - epochOf(moment)) / 1000));

  return async () => {
    const { waiting, parked, oldestUnsent } = await summary();
    const unadmitted = await loadAlarms(store.db, 'passed');
    const offset = connection.clockOffset();
    const { trusted, stoodBack } = clock.read();
    const state: TerminalState = {
      version,
      uptimeSeconds: Math.round((performance.now() - startedAt) / 1000),
      ...(await devices()),
      unadmitted: [...unadmitted.values()].map(({ gate, count, last }) => ({
        gate,
        count,
        lastSeconds: scannedAgo(last),
      })),
      waiting,
      parked,
      oldestUnsentSeconds: oldestUnsent === null ? null : scannedAgo(oldestUnsent),
      keysAgeSeconds: await keysAgeSeconds(),
      clockOffsetMs: offset?.measured ? offset.offsetMs : null,
      clockTrusted: trusted && !stoodBack,
      storesSetAside: storesSetAside(),
      line: connection.isReachable() ? 'up' : 'down',
      ending: false,
    };
    const hasUpstream = (await connection.upstream()) !== null;
    return { state, hasUpstream, heardSecondsAgo: await lastContactSeconds(connection, keys, now) };
  };
}

const TIMEOUT_MS = 5000;
/** Longest pause towards a platform that cannot take it. */
const LONGEST_MS = 10 * 60_000;
/** Spreads thousands of terminals that start together after a power cut. */
const FIRST_WITHIN_MS = 10_000;
const LAST_WORD_MS = 1000;

/**
 * Reports this terminal's state and its scans of the day to the platform above: every STATE_SECONDS, soon after its first answer, and
 * when the agent ends; only if it speaks the extension. No scan waits for it, and a failure says nothing about the line. Reading X8.
 */
export function tellState(
  service: Service,
  options: {
    ownState: OwnState;
    countScans(): Promise<ScanTotals>;
    connection: Pick<TerminalConnection, 'upstream' | 'isReachable' | 'onAnnounced'>;
    takeDoubles(doubles: readonly ReportedDouble[]): Promise<void>;
    settings: { readonly STATE_SECONDS: number };
    lastWordMs?: number | undefined;
  },
): void {
  const { ownState, countScans, connection, takeDoubles, settings, lastWordMs = LAST_WORD_MS } = options;
  const everyMs = settings.STATE_SECONDS * 1000;

  async function report({ ending = false } = {}): Promise<'done' | 'back-off'> {
    const upstream = await connection.upstream();
    if (upstream === null || !connection.isReachable()) return 'done';
    if (!upstream.extensions().has('terminal-state')) return 'done';
    const [{ state }, scans] = await Promise.all([ownState(), countScans()]);
    const query = reportTerminalStateQueryJson({ ...state, ending }, scans);
    const outcome = await upstream.call(APIS.reportTerminalState, query, {
      read: readReportTerminalStateReply,
      timeoutMs: TIMEOUT_MS,
      idempotent: false,
    });
    if (outcome.kind !== 'delivered') return 'back-off';
    await takeDoubles(outcome.reply.doubles);
    return 'done';
  }

  service.job({
    name: 'state',
    runs: 'everywhere',
    start() {
      const reporting = every({
        name: 'state',
        everyMs,
        jitterMs: everyMs / 4,
        longestMs: LONGEST_MS,
        firstWithinMs: FIRST_WITHIN_MS,
        run: () => report(),
        logger: service.logger,
      });
      connection.onAnnounced(() => void reporting.trigger());
      return {
        async stop() {
          // Without an answer the agent ends too: silence tells the platform as well.
          const reported = reporting.stop().then(() => report({ ending: true }));
          await within(
            lastWordMs,
            reported.catch(() => null),
          );
        },
      };
    },
  });
}
