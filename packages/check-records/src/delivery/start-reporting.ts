import type { Upstream } from '@ticket-check/exchange';
import type { TicketType } from '@ticket-check/protocol';
import { measuredGauge, type Service, within } from '@ticket-check/runtime';
import type { Complete } from '../completion/completion.ts';
import { createForwarder, type Holdup } from '../forwarder/forwarder.ts';
import type { ForwarderSettings } from '../forwarder/settings.ts';
import type { Deadline } from '../outbox/summary.ts';
import { countCompleteness } from '../reports/by-hour.ts';
import { watchCompleteness } from '../reports/watch-completeness.ts';
import type { RecordStore } from '../store/record-store.ts';
import type { OwnStore } from '../tables/tables.ts';
import type { Reversals } from '../undo/reversals.ts';
import { createReversalSender } from '../undo/send-reversals.ts';
import { recordMetrics, reportingCheck, watchDeadlines } from './reporting-check.ts';
import { createRestoreWatch, type RestoreWatchOptions } from './restore-watch.ts';

const COMPARE_MS = 20_000;
/** Where the upstream answers for others, as many failures in a row take about five minutes. */
const STUCK_FAILURES = 10;
/** How long the end of a service waits for what is being queued. */
const LOOK_GRACE_MS = 2000;

export type ReportingOptions = {
  store: OwnStore;
  recordStore: RecordStore;
  reversals: Reversals;
  connection: {
    upstream(): Promise<Upstream | null>;
    onUp(listener: () => void): void;
    onAnnounced(listener: () => void): void;
  };
  complete: Complete;
  deadline: Deadline;
  settings: {
    readonly COMPLETION_SECONDS: number;
    readonly RESEND_DAYS: number;
    readonly FALLBACK_TICKET_TYPE: TicketType;
  };
  forwarder?: Partial<Pick<ForwarderSettings, 'timeoutMs' | 'completeDelivered'>>;
  resendOthers?: RestoreWatchOptions['resendOthers'];
  /** The clock that check times are taken from, epoch milliseconds; the service's own by default. */
  checkClock?: () => number;
};

export type Reporting = ReturnType<typeof startReporting>;

/** Reports check records upstream, and shows in log, health and metrics what is late. Scheme 5.2.3, 5.2.7; readings R1–R5, X4. */
export function startReporting(service: Service, options: ReportingOptions) {
  const { logger, now, metrics } = service;
  const { store, recordStore, reversals, connection, complete, deadline, settings, checkClock = now } = options;
  const forwarder = createForwarder({
    recordStore,
    upstream: connection.upstream,
    complete,
    now,
    logger,
    settings: {
      ...options.forwarder,
      completionWindowMs: settings.COMPLETION_SECONDS * 1000,
      unknownTicketType: settings.FALLBACK_TICKET_TYPE,
    },
  });
  const sender = createReversalSender({ reversals, upstream: connection.upstream, now, logger });
  const stopping = new AbortController();
  const restoreWatch = createRestoreWatch({
    store,
    recordStore,
    upstream: connection.upstream,
    resendDays: settings.RESEND_DAYS,
    async resendOthers(since, stopped) {
      const queued = await reversals.resendSince(since);
      if (queued > 0) logger.warn({ since, queued }, 'queued undone entries again for the upstream');
      await options.resendOthers?.(since, stopped);
    },
    onQueued: () => forwarder.wake(),
    now,
    logger,
    stopping: stopping.signal,
  });
  const sending = service.job({ name: 'undone entries', runs: 'in one process', ...sender.job });
  connection.onUp(() => {
    forwarder.resume();
    void sending.trigger();
  });
  connection.onAnnounced(() => {
    restoreWatch.noticed();
    void sending.trigger();
  });

  // Before anything is asked: what the upstream announced last is compared with what was sent to it. Only the
  // forwarder waits for what has to be queued because of it; what the end of the service cuts off is queued by the next one.
  const looked = restoreWatch
    .look()
    .catch((err: unknown) => logger.error({ err }, 'failed to check the upstream for a restore'));
  service.defer(() => {
    stopping.abort();
    // A look that outlived the store could not leave this to another process, and the next process would wait for its end.
    return within(LOOK_GRACE_MS, restoreWatch.ended());
  });

  measuredGauge(metrics, 'reversals_waiting', 'Undone entries not yet reported to the upstream', () =>
    reversals.countWaiting(),
  );
  recordMetrics(metrics, { recordStore, sending: { forwarder, deadline }, now: checkClock });
  service.check(reportingCheck({ recordStore, forwarder, deadline, now: checkClock }));
  const alarmed = watchCompleteness(service, {
    count: (date) => countCompleteness(store, date),
    arrivesAt: 'upstream',
    now: checkClock,
  });
  service.job({
    name: 'forwarding',
    // The records of a cinema are sent by one of them at a time.
    runs: 'everywhere',
    start() {
      void looked.then(forwarder.start);
      return {
        stop() {
          stopping.abort();
          return forwarder.stop();
        },
      };
    },
  });
  // Each would ask about every record that is incomplete.
  service.job({ name: 'completion', runs: 'in one process', start: forwarder.completing });
  service.job({
    name: 'deadlines',
    // Each says in its own log what holds its records up.
    runs: 'everywhere',
    ...watchDeadlines({ recordStore, forwarder, deadline, now: checkClock, logger }),
  });
  // Each process notices by itself.
  service.job({ name: 'upstream position', runs: 'everywhere', everyMs: COMPARE_MS, run: restoreWatch.compare });
  return {
    /** Says that something was queued in a transaction of the caller's own; otherwise it is known. */
    wake: () => forwarder.wake(),
    /** `wake`: says that an entry was undone, perhaps for another one, whose record goes before. */
    undone: { wake: () => void forwarder.drain().then(() => sending.trigger()), sendNow: sender.sendNow },
    /** Calls `listener` once: when the first records that this process sends are delivered, and nothing waits that can be sent. */
    onFirstSent(listener: () => void): void {
      let isFirst = true;
      forwarder.onDelivered(() => {
        if (isFirst) void forwarder.drain().then(listener);
        isFirst = false;
      });
    },
    alarmed,
    /** Cinemas whose records this process tries in vain for some minutes, and why. */
    stuck: (): Holdup[] => forwarder.status().holdups.filter(({ failures }) => failures >= STUCK_FAILURES),
  };
}
