import { type RecordStore, TERMINAL_DEADLINE } from '@ticket-check/check-records';
import type { KeyCache } from '@ticket-check/key-cache';
import {
  APIS,
  businessDate,
  type DeviceState,
  epochOf,
  type ReportedDouble,
  readReportTerminalStateReply,
  reportTerminalStateQueryJson,
  type TerminalState,
  type WallClock,
} from '@ticket-check/protocol';
import { every, type Service, within } from '@ticket-check/runtime';
import { listSetAside } from '@ticket-check/storage';
import type { Core } from '../core.ts';
import { loadAlarms } from '../gate/gate-alarms.ts';
import { countVerdicts } from '../journal/report-scans.ts';
import { lastContactSeconds } from '../upstream/connect-upstream.ts';

/** The current state of this terminal, and its platform: whether one is set, and seconds since its last answer, null for never. */
export type OwnState = ReturnType<typeof createOwnState>;

export function createOwnState(
  parts: Core & {
    version: string;
    devices: () => Promise<{ readonly gates: readonly DeviceState[]; readonly scanners: readonly DeviceState[] }>;
    recordStore: RecordStore;
    keys: Pick<KeyCache, 'status'>;
    settings: { readonly DATABASE_URL: string };
    now: () => number;
  },
) {
  const { version, devices, store, recordStore, keys, cinemas, connection, clock, settings, now } = parts;
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
    const asked = { deadline: TERMINAL_DEADLINE, at: clock.now() };
    const { waiting, parked, oldestUnsent } = await recordStore.summary(asked);
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
      storesSetAside: listSetAside(settings.DATABASE_URL).length,
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
  options: Core & {
    ownState: OwnState;
    takeDoubles(doubles: readonly ReportedDouble[]): Promise<void>;
    settings: { readonly STATE_SECONDS: number };
    lastWordMs?: number | undefined;
  },
): void {
  const { ownState, store, clock, connection, takeDoubles, settings, lastWordMs = LAST_WORD_MS } = options;
  const everyMs = settings.STATE_SECONDS * 1000;

  async function report({ ending = false } = {}): Promise<'done' | 'back-off'> {
    const upstream = await connection.upstream();
    if (upstream === null || !connection.isReachable()) return 'done';
    if (!upstream.extensions().has('terminal-state')) return 'done';
    const counting = countVerdicts(store, businessDate(clock.now()));
    const [{ state }, scans] = await Promise.all([ownState(), counting]);
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
