import type { CinemaCode, Extension, StoreGeneration, WallClock } from '@ticket-check/protocol';
import {
  countedTotal,
  countedTotalBy,
  type Logger,
  measuredGauge,
  reasonOf,
  type Service,
  within,
} from '@ticket-check/runtime';
import { algorithmNamed } from '../algorithms.ts';
import type { Outcome } from '../client/outcome.ts';
import { createPeerFaults } from '../client/peer-faults.ts';
import { type Announcement, createUpstream, type Upstream } from '../client/upstream.ts';
import type { CallPriority } from '../priority.ts';
import { probeUpstream } from './ask-within.ts';
import { createCircuitBreaker } from './circuit-breaker.ts';
import type { UpstreamSettings, UpstreamStore } from './store.ts';

export type UpstreamConnection = ReturnType<typeof createUpstreamConnection>;

export type UpstreamConnectionOptions = {
  upstreams: UpstreamStore;
  extensions: readonly Extension[];
  /** The data that we work with. Reading X4. */
  store?: StoreGeneration;
  now: () => number;
  logger: Logger;
  onOutcome?: (api: string, outcome: Outcome<unknown>) => void;
};

/** `isAnother`: another address or account than before, not only another key or form; also after one whose key could not be read. */
type OnReplaced = (change: { readonly isAnother: boolean }) => void;

/** The one client of the upstream that is set in the database; another one as soon as a command has changed it. */
export function createUpstreamConnection(options: UpstreamConnectionOptions) {
  const { upstreams, now, logger } = options;
  const announcedListeners: (() => void)[] = [];
  const replacedListeners: OnReplaced[] = [];
  const faults = createPeerFaults({ now, logger });
  /** What the last look found; undefined before the first. */
  let current: { text: string; settings: UpstreamSettings | null; upstream: Upstream | null } | undefined;

  function clientOf(settings: UpstreamSettings, announced: Announcement): Upstream {
    const algorithm = algorithmNamed(settings.algorithm, 'The upstream');
    return createUpstream({
      ...settings,
      ...options,
      algorithm,
      privateKey: algorithm.readPrivateKey(settings.privateKeyPem),
      ca: settings.caPem,
      faults,
      announced,
      onAnnouncement: (announcement) => {
        upstreams.remember(settings, announcement).catch((err: unknown) => {
          logger.error({ err }, 'failed to store what the upstream announced');
        });
        for (const listener of announcedListeners) listener();
      },
    });
  }

  /** Calls under way on the former connection still get their answers. */
  async function replaceBy(next: typeof current): Promise<void> {
    const former = current;
    current = next;
    await former?.upstream?.close();
  }

  return {
    /** The client of the upstream that is set, as it was at most a second ago; null while none is. */
    async upstream(): Promise<Upstream | null> {
      const { settings, announced } = await upstreams.latest();
      const text = JSON.stringify(settings);
      if (current?.text === text) return current.upstream;
      const before = current;
      // The first look counts also where its key cannot be read; its text is that of no setting, so the next look tries again.
      current ??= { text: '', settings, upstream: null };
      const next = { text, settings, upstream: settings && clientOf(settings, announced) };
      replaceBy(next).catch((err: unknown) => {
        logger.error({ err }, 'failed to close the former connection');
      });
      const { url, username } = before?.settings ?? {};
      const isAnother = url !== settings?.url || username !== settings?.username;
      if (before !== undefined) for (const listener of replacedListeners) listener({ isAnother });
      return next.upstream;
    },
    /** The client as `upstream` answered it last. */
    latest: (): Upstream | null => current?.upstream ?? null,
    /** Calls `listener` when what the upstream announces has changed, a new generation of its data for example. Readings X1, X4. */
    onAnnounced: (listener: () => void): void => void announcedListeners.push(listener),
    /** Calls `listener` when another setting is found than at the look before. */
    onReplaced: (listener: OnReplaced): void => void replacedListeners.push(listener),
    faults,
    close: (): Promise<void> => replaceBy(undefined),
  };
}

export type WatchedConnection = ReturnType<typeof watchedConnection>;

/** How long the end of a service waits for calls whose answers nobody needs any more. */
const CLOSING_MS = 1000;

/** `createUpstreamConnection` of a service, with a circuit breaker and metrics of both. Reading C3. */
export function watchedConnection(
  { now, logger, metrics, own }: Pick<Service, 'now' | 'logger' | 'metrics' | 'own'>,
  options: Omit<UpstreamConnectionOptions, 'now' | 'logger'> & {
    /** `OFFLINE_AFTER_SILENCES`: this many in a row take the line down. */
    settings: { readonly OFFLINE_AFTER_SILENCES: number; readonly UPSTREAM_BUDGET_MS: number };
    /** The cinemas that are acted for, to ask about one of them. */
    cinemas: () => Promise<readonly CinemaCode[]>;
  },
) {
  const { OFFLINE_AFTER_SILENCES: silences, UPSTREAM_BUDGET_MS: timeoutMs } = options.settings;
  const upListeners: (() => void)[] = [];
  function onUp(): void {
    for (const listener of upListeners) listener();
  }
  // Scans are decided without the upstream until this is answered, so it goes before everything else that waits here.
  const breaker = createCircuitBreaker({ silences, probe: () => probe('claim'), onUp, logger });
  const connection = createUpstreamConnection({
    ...options,
    now,
    logger,
    onOutcome(api, outcome) {
      breaker.heard(outcome);
      options.onOutcome?.(api, outcome);
    },
  });

  connection.onReplaced(breaker.reset);

  let problem: string | null = null;

  async function probe(priority: CallPriority): Promise<boolean | null> {
    const peer = await connection.upstream();
    return peer !== null && probeUpstream(peer, await options.cinemas(), { timeoutMs, priority });
  }

  measuredGauge(metrics, 'upstream_line_up', 'Whether guests wait for the upstream: 1, or 0', () =>
    Number(breaker.isUp()),
  );
  countedTotal(metrics, 'upstream_line_down_total', 'How often the line to the upstream went down', breaker.timesDown);
  const unusable = 'Answers of the upstream that could not be used';
  countedTotalBy(metrics, 'upstream_faults_total', unusable, 'kind', connection.faults.counts);

  return own({
    ...connection,
    breaker,
    /** Whether it answers, as far as is known: not while the breaker is open. */
    isReachable: breaker.isUp,
    onUp: (listener: () => void): void => void upListeners.push(listener),
    /** Looks which upstream is set; logs once why it cannot be used. Guests are served without it. */
    async look(): Promise<void> {
      try {
        await connection.upstream();
        problem = null;
      } catch (err) {
        if (problem !== reasonOf(err)) logger.error({ err }, 'cannot use the upstream that is set');
        problem = reasonOf(err);
      }
    },
    /** Asks something that costs the upstream next to nothing; whether it said anything at all. */
    probe: async (): Promise<boolean> => (await probe('background')) === true,
    async close(): Promise<void> {
      await breaker.stop();
      await within(CLOSING_MS, connection.close());
    },
  });
}

const ASKED_WITHIN_MS = 15_000;

/** A moment as a clock that is not our own has it, and whose that is. */
export type ConfirmedTime = { readonly at: WallClock; readonly by: string };

/** The latest time from an upstream; null if it has not answered yet, or none is set. */
export function latestTime(upstream: Pick<Upstream, 'url' | 'latestTime'> | null): ConfirmedTime | null {
  const at = upstream?.latestTime() ?? null;
  return upstream === null || at === null ? null : { at, by: upstream.url };
}

/** Asks the upstream that is set for the time, for a command; null if none is, or it does not answer. A refusal tells it too. */
export async function askTime(
  upstreams: UpstreamStore,
  { now, logger }: { now: () => number; logger: Logger },
): Promise<ConfirmedTime | null> {
  const connection = createUpstreamConnection({ upstreams, extensions: [], now, logger });
  try {
    const [peer, settings] = await Promise.all([connection.upstream(), upstreams.current()]);
    if (peer === null) return null;
    const { cinemaCodes = [] } = settings ?? {};
    const call = { timeoutMs: ASKED_WITHIN_MS, priority: 'background' } as const;
    await probeUpstream(peer, cinemaCodes === 'all' ? [] : cinemaCodes, call);
    return latestTime(peer);
  } finally {
    await connection.close();
  }
}
