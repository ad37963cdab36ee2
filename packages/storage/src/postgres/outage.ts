import { markReported } from '@ticket-check/runtime';
import { errorText, StoreError } from '../store-error.ts';
import { awayFault } from '../store-fault.ts';

/** How long nothing may fail until an outage is over: connections of one server do not all break at the same moment. */
const SETTLED_MS = 1000;

export type Outage = ReturnType<typeof createOutage>;

/**
 * Knows whether the database server answers, and reports it once each way; errors that it causes meanwhile are marked, so
 * that nobody else logs them. Where nobody got a connection and nothing was answered for `busyMs`, the server hangs.
 */
export function createOutage(options: {
  busyMs: number;
  onAway: (fault: string, reason: string) => void;
  onBack: (awayMs: number) => void;
}) {
  let away: { readonly fault: string; readonly since: number; failedAt: number; answeredAt: number | null } | null =
    null;
  let answeredAt = performance.now();
  let failures = 0;

  return {
    /** Why it does not answer now; null if it does, as far as is known. */
    fault: () => (away === null || away.answeredAt !== null ? null : away.fault),
    /** To be called before something is asked. The function that it returns notes the answer. */
    asking() {
      const before = failures;
      return (): void => {
        answeredAt = performance.now();
        // What was asked before the last failure says nothing of the server as it is.
        if (away === null || before !== failures) return;
        away.answeredAt ??= answeredAt;
        if (answeredAt - away.failedAt < SETTLED_MS) return;
        options.onBack(away.answeredAt - away.since);
        away = null;
      };
    },
    failed(error: unknown): void {
      const fault = awayFault(error);
      const at = performance.now();
      const isBusy = error instanceof StoreError && error.code === 'BUSY';
      if (fault === null || (isBusy && at - answeredAt < options.busyMs)) return;
      failures += 1;
      if (away === null) {
        away = { fault, since: at, failedAt: at, answeredAt: null };
        options.onAway(fault, errorText(error));
      } else Object.assign(away, { failedAt: at, answeredAt: null });
      markReported(error);
    },
  };
}
