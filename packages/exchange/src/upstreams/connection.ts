import type { CinemaCode, StoreGeneration, WallClock } from '@ticket-check/protocol';
import { type Logger, within } from '@ticket-check/runtime';
import { algorithmNamed } from '../algorithms.ts';
import type { Outcome } from '../client/outcome.ts';
import { createPeerFaults, type PeerFaults } from '../client/peer-faults.ts';
import { createUpstream, type Upstream } from '../client/upstream.ts';
import type { CallPriority } from '../priority.ts';
import { type CircuitBreaker, createCircuitBreaker } from './circuit-breaker.ts';
import { probeUpstream } from './probe.ts';
import type { UpstreamSettings, UpstreamStore } from './store.ts';

export type UpstreamConnection = {
  /** The client of the upstream that is set now; null while none is. */
  upstream(): Promise<Upstream | null>;
  /** Calls `listener` when what the upstream announces has changed, a new generation of its data for example. Readings X1, X4. */
  onAnnounced(listener: () => void): void;
  /** What upstreams said since the start that cannot be used. */
  faults: PeerFaults;
  close(): Promise<void>;
};

export type UpstreamConnectionOptions = {
  upstreams: UpstreamStore;
  /** What we announce on every request. */
  extensions: readonly string[];
  /** The data that we work with. Reading X4. */
  store?: StoreGeneration;
  now: () => number;
  logger: Logger;
};

/**
 * The one client of the upstream that is set in the database: the same one for as long as the settings are the same,
 * another one as soon as a command has changed them.
 */
export function createUpstreamConnection(options: UpstreamConnectionOptions): UpstreamConnection {
  const { upstreams, extensions, store, now, logger } = options;
  const announcedListeners: (() => void)[] = [];
  const faults = createPeerFaults({ now, logger });
  let current: { settings: string; upstream: Upstream } | null = null;

  function signingKeyOf({ algorithm: name, privateKeyPem }: UpstreamSettings) {
    const algorithm = algorithmNamed(name, upstreams.algorithms, 'The upstream');
    return { algorithm, privateKey: algorithm.readPrivateKey(privateKeyPem) };
  }

  /** Calls under way on the former connection still get their answers. */
  async function replaceBy(next: typeof current): Promise<void> {
    const former = current;
    current = next;
    await former?.upstream.close();
  }

  return {
    async upstream() {
      const [settings, announced] = await Promise.all([upstreams.current(), upstreams.announced()]);
      const text = JSON.stringify(settings);
      if (settings !== null && current?.settings === text) return current.upstream;
      const upstream =
        settings === null
          ? null
          : createUpstream({
              ...settings,
              ...signingKeyOf(settings),
              ca: settings.caPem,
              extensions,
              store,
              now,
              logger,
              faults,
              announced,
              onAnnouncement: (announcement) => {
                upstreams.remember(settings, announcement).catch((err: unknown) => {
                  logger.error({ err }, 'failed to store what the upstream announced');
                });
                for (const listener of announcedListeners) listener();
              },
            });
      replaceBy(upstream === null ? null : { settings: text, upstream }).catch((err: unknown) => {
        logger.error({ err }, 'failed to close the former connection');
      });
      return upstream;
    },
    onAnnounced: (listener) => void announcedListeners.push(listener),
    faults,
    close: () => replaceBy(null),
  };
}

export type WatchedConnection = UpstreamConnection & {
  /** The client as `upstream` answered it last. */
  latest(): Upstream | null;
  /** Whether interactive calls go to it. */
  breaker: CircuitBreaker;
  /** Whether it answers, as far as is known: not while the breaker is open. */
  isReachable(): boolean;
  /** Calls `listener` when a line that was down is up again. */
  onUp(listener: () => void): void;
  /** Asks something that costs the upstream next to nothing; whether it said anything at all. */
  probe(): Promise<boolean>;
};

/** How long the end of a service waits for calls whose answers nobody needs any more. */
const CLOSING_MS = 1000;

/** `createUpstreamConnection`, with a circuit breaker that every answer closes and another upstream resets. Reading C3. */
export function watchedConnection(
  options: UpstreamConnectionOptions & {
    /** This many silences in a row take the line down. */
    silences: number;
    probeBudgetMs: number;
    /** The cinemas that are acted for, to ask about one of them. */
    cinemas: () => Promise<readonly CinemaCode[]>;
    onOutcome?: (api: string, outcome: Outcome<unknown>) => void;
  },
): WatchedConnection {
  const { silences, probeBudgetMs, cinemas, logger, onOutcome } = options;
  const connection = createUpstreamConnection(options);
  const upListeners: (() => void)[] = [];
  function onUp(): void {
    for (const listener of upListeners) listener();
  }
  // Scans are decided without the upstream until this is answered, so it goes before everything else that waits here.
  const breaker = createCircuitBreaker({ silences, probe: () => probe(probeBudgetMs, 'claim'), onUp, logger });
  let current: Upstream | null = null;
  let latest: Upstream | null = null;

  function watch(peer: Upstream): Upstream {
    return {
      ...peer,
      async call(api, query, callOptions) {
        const outcome = await peer.call(api, query, callOptions);
        breaker.heard(outcome);
        onOutcome?.(api, outcome);
        return outcome;
      },
    };
  }

  async function upstream(): Promise<Upstream | null> {
    const peer = await connection.upstream();
    if (peer === current) return latest;
    current = peer;
    latest = peer === null ? null : watch(peer);
    breaker.reset();
    return latest;
  }

  async function probe(timeoutMs: number, priority: CallPriority): Promise<boolean | null> {
    const peer = await upstream();
    return peer !== null && probeUpstream(peer, await cinemas(), { timeoutMs, priority });
  }

  return {
    upstream,
    latest: () => latest,
    onAnnounced: connection.onAnnounced,
    faults: connection.faults,
    breaker,
    isReachable: breaker.isUp,
    onUp: (listener) => void upListeners.push(listener),
    probe: async () => (await probe(probeBudgetMs, 'background')) === true,
    async close() {
      await breaker.stop();
      await within(CLOSING_MS, connection.close());
    },
  };
}

const ASKED_WITHIN_MS = 15_000;

/** A moment as a clock that is not our own has it, and whose that is. */
export type ConfirmedTime = { readonly at: WallClock; readonly by: string };

/** The latest time from an upstream; null if it has not answered yet, or none is set. */
export function latestTime(upstream: Pick<Upstream, 'url' | 'latestTime'> | null): ConfirmedTime | null {
  const at = upstream?.latestTime() ?? null;
  return upstream === null || at === null ? null : { at, by: upstream.url };
}

/**
 * Asks the upstream that is set now for the time, for a command; null if none is set, or it does not answer. A refusal tells
 * the time too.
 */
export async function askTime(
  upstreams: UpstreamStore,
  { now, logger }: { now: () => number; logger: Logger },
): Promise<ConfirmedTime | null> {
  const connection = createUpstreamConnection({ upstreams, extensions: [], now, logger });
  try {
    const [peer, settings] = await Promise.all([connection.upstream(), upstreams.current()]);
    if (peer === null) return null;
    const { cinemaCodes = [] } = settings ?? {};
    await probeUpstream(peer, cinemaCodes === 'all' ? [] : cinemaCodes, {
      timeoutMs: ASKED_WITHIN_MS,
      priority: 'background',
    });
    return latestTime(peer);
  } finally {
    await connection.close();
  }
}
