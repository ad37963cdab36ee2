import type { Upstream } from '@ticket-check/exchange';
import {
  APIS,
  type ReportedDouble,
  readReportTerminalStateReply,
  reportTerminalStateQueryJson,
  type ScanTotals,
  TERMINAL_STATE_EXTENSION,
} from '@ticket-check/protocol';
import { every, type Service, within } from '@ticket-check/runtime';
import type { OwnState } from './own-state.ts';

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
    /** Counts the scans of the present business date. */
    countScans(): Promise<ScanTotals>;
    connection: {
      upstream(): Promise<Upstream | null>;
      isReachable(): boolean;
      onAnnounced(listener: () => void): void;
    };
    /** Takes the doubles in the platform's answer. */
    takeDoubles(doubles: readonly ReportedDouble[]): Promise<void>;
    settings: { readonly STATE_SECONDS: number };
    /** How long the end of the agent waits for the last report, in milliseconds. */
    lastWordMs?: number | undefined;
  },
): void {
  const { ownState, countScans, connection, takeDoubles, settings, lastWordMs = LAST_WORD_MS } = options;
  const everyMs = settings.STATE_SECONDS * 1000;

  async function report({ ending = false } = {}): Promise<'done' | 'back-off'> {
    const upstream = await connection.upstream();
    if (upstream === null || !connection.isReachable()) return 'done';
    if (!upstream.extensions().has(TERMINAL_STATE_EXTENSION)) return 'done';
    const [state, scans] = await Promise.all([ownState(), countScans()]);
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
