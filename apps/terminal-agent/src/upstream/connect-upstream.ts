import { type ClockOffset, isAnswer, type UpstreamStore, watchedConnection } from '@ticket-check/exchange';
import type { KeyCache, KeyStatus } from '@ticket-check/key-cache';
import { APIS, type CinemaCode, type Extension, type StoreGeneration } from '@ticket-check/protocol';
import type { Clock, Service } from '@ticket-check/runtime';

export type ServedCinemas = ReturnType<typeof createServedCinemas>;

/** The cinemas of this terminal: those of the upstream account, or fewer if a setting names them. Readings T7, K5. */
export function createServedCinemas(
  upstreams: UpstreamStore,
  keyStatus: () => Promise<readonly KeyStatus[]>,
  configured: readonly CinemaCode[] | null,
) {
  /** Cinemas whose tickets are checked here; `all` if the upstream account is not limited. */
  async function served(): Promise<readonly CinemaCode[] | 'all'> {
    return configured ?? (await upstreams.current())?.cinemaCodes ?? [];
  }

  return {
    served,
    /** Cinemas whose keys are kept fresh; for `all`, those that have keys, since no Api lists cinemas. */
    async synced(): Promise<readonly CinemaCode[]> {
      const cinemas = await served();
      if (cinemas !== 'all') return cinemas;
      // Any text may name a cinema: one without keys is asked for when it is scanned, not regularly.
      return (await keyStatus()).filter(({ count }) => count > 0).map(({ cinemaCode }) => cinemaCode);
    },
  };
}

/** The extensions that this terminal speaks. Reading X1. */
export const SPOKEN_UPSTREAM: readonly Extension[] = [
  'record-id',
  'keys-refreshed',
  'store-generation',
  'claim-ticket',
  'check-records',
  'changes',
  'terminal-state',
  'reverses',
  'overrides',
  'record-origins',
  'undone-records',
  'e-tickets',
];

export type TerminalConnection = Awaited<ReturnType<typeof connectUpstream>>;

/** A clock that differs by more than this from the elapsed time was set. */
const CLOCK_WAS_SET_MS = 2000;

const TICKET_QUESTIONS: ReadonlySet<string> = new Set([APIS.claimTicket, APIS.getTicketInfo]);

const LOOK_EVERY_MS = 1_000;

/**
 * Connects to the upstream that is set in the store, looks every second whether another one is, and evaluates every answer. The first
 * look comes before any job starts, so that a change during the start is not missed. Readings C3, C7.
 */
export async function connectUpstream(
  service: Service,
  options: {
    upstreams: UpstreamStore;
    /** Generation of this terminal's data. Reading X4. */
    store: StoreGeneration;
    cinemas: () => Promise<readonly CinemaCode[]>;
    onTicketAnswered: () => void;
    settings: { readonly OFFLINE_AFTER_SILENCES: number; readonly UPSTREAM_BUDGET_MS: number };
  },
) {
  const { upstreams, store, cinemas, onTicketAnswered, settings } = options;
  const { now, logger } = service;
  let lastContactAt: number | null = null;
  let clockAtContact = Number.NaN;

  const clockAgainstTime = () => now() - performance.now();

  const { latest, ...connection } = watchedConnection(service, {
    upstreams,
    extensions: SPOKEN_UPSTREAM,
    store,
    settings,
    cinemas,
    onOutcome(api, outcome) {
      if (isAnswer(outcome)) clockAtContact = clockAgainstTime();
      if (outcome.kind !== 'delivered') return;
      lastContactAt = now();
      if (TICKET_QUESTIONS.has(api)) onTicketAnswered();
    },
  });
  connection.onReplaced(() => logger.info({ url: latest()?.url }, 'upstream was set'));
  await connection.look();
  service.job({
    name: 'watch upstream',
    runs: 'everywhere',
    everyMs: LOOK_EVERY_MS,
    run: connection.look,
    atOnce: true,
  });
  return {
    ...connection,
    /** When the upstream last answered, in epoch milliseconds; `null`: not since the start. */
    lastContactAt: () => lastContactAt,
    /** `null`: unknown, or the machine's clock was set since it was measured. */
    clockOffset(): ClockOffset | null {
      if (!(Math.abs(clockAgainstTime() - clockAtContact) <= CLOCK_WAS_SET_MS)) return null;
      return latest()?.clockOffset() ?? null;
    },
  };
}

/**
 * Seconds since the last answer of the upstream; null for never. Before the first answer since the start, the fetch time of keys
 * counts.
 */
export async function lastContactSeconds(
  connection: Pick<TerminalConnection, 'lastContactAt'>,
  keys: Pick<KeyCache, 'status'>,
  now: Clock,
): Promise<number | null> {
  const latest =
    connection.lastContactAt() ??
    (await keys.status()).reduce((last, { fetchedAt }) => Math.max(last, fetchedAt ?? 0), 0);
  return latest === 0 ? null : Math.max(0, Math.round((now() - latest) / 1000));
}
