import type { Upstream } from '@ticket-check/exchange';
import {
  APIS,
  readReportTerminalStateReply,
  reportTerminalStateQueryJson,
  type ScanTotals,
  TERMINAL_STATE_EXTENSION,
  type ToldDouble,
} from '@ticket-check/protocol';
import { every, type Service, within } from '@ticket-check/runtime';
import type { OwnState } from './own-state.ts';

const TIMEOUT_MS = 5000;
/** A platform that cannot take it is told less and less often. */
const LONGEST_MS = 10 * 60_000;
/** Thousands of terminals that get their power back at one moment do not all tell it at once. */
const FIRST_WITHIN_MS = 10_000;
const LAST_WORD_MS = 1000;

/**
 * Reports to the platform above how this terminal is and its scans of the day: every so often, soon after it first hears of that
 * platform, and once when the agent ends; only where it speaks the extension. No scan waits for it, and what becomes of it says
 * nothing of the line. Reading X8.
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
    /** Takes the doubles that the platform tells of in its answer. */
    takeDoubles(doubles: readonly ToldDouble[]): Promise<void>;
    settings: { readonly STATE_SECONDS: number };
    /** How long the end of the agent waits for its last word, in milliseconds. */
    lastWordMs?: number | undefined;
  },
): void {
  const { ownState, countScans, connection, takeDoubles, settings, lastWordMs = LAST_WORD_MS } = options;
  const everyMs = settings.STATE_SECONDS * 1000;

  async function tell({ ending = false } = {}): Promise<'told' | 'back-off' | 'not told'> {
    const upstream = await connection.upstream();
    if (upstream === null || !connection.isReachable()) return 'not told';
    if (!upstream.extensions().has(TERMINAL_STATE_EXTENSION)) return 'not told';
    const [state, scans] = await Promise.all([ownState(), countScans()]);
    const query = reportTerminalStateQueryJson({ ...state, ending }, scans);
    const outcome = await upstream.call(APIS.reportTerminalState, query, {
      read: readReportTerminalStateReply,
      timeoutMs: TIMEOUT_MS,
      idempotent: false,
    });
    if (outcome.kind !== 'delivered') return 'back-off';
    await takeDoubles(outcome.reply.doubles);
    return 'told';
  }

  service.job({
    name: 'state',
    runs: 'everywhere',
    start() {
      const telling = every({
        name: 'state',
        everyMs,
        jitterMs: everyMs / 4,
        longestMs: LONGEST_MS,
        firstWithinMs: FIRST_WITHIN_MS,
        run: () => tell(),
        logger: service.logger,
      });
      connection.onAnnounced(() => void telling.trigger());
      return {
        async stop() {
          // The agent ends all the same, and the platform hears of it by the silence.
          const told = telling.stop().then(() => tell({ ending: true }));
          await within(
            lastWordMs,
            told.catch(() => null),
          );
        },
      };
    },
  });
}
