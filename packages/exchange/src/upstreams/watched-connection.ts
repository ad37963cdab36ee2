import type { CinemaCode } from '@ticket-check/protocol';
import { within } from '@ticket-check/runtime';
import { isCertificateRefusal } from '../client/certificate-refusal.ts';
import type { Outcome } from '../client/outcome.ts';
import type { Upstream } from '../client/upstream.ts';
import type { CallPriority } from '../priority.ts';
import { type CircuitBreaker, createCircuitBreaker, isAnswer } from './circuit-breaker.ts';
import { createUpstreamConnection, type UpstreamConnection, type UpstreamConnectionOptions } from './connection.ts';
import { createContact } from './contact.ts';
import { probeUpstream } from './probe.ts';

/** The upstream that is set now, with what is known of the line to it. */
export type WatchedConnection = UpstreamConnection & {
  /** The client as `upstream` answered it last. */
  latest(): Upstream | null;
  /** Whether interactive calls go to it. */
  breaker: CircuitBreaker;
  /** Whether it can be asked as far as is known: not while the breaker is open or its certificate is refused. */
  isReachable(): boolean;
  /**
   * The state of the line that people see: whether the upstream can be asked, and answers at all (`Contact`). Scans ask it even while it
   * does not answer.
   */
  isHeard(): boolean;
  /** Calls `listener` when a line that was down is up again. */
  onUp(listener: () => void): void;
  /** Asks something that costs the upstream next to nothing; whether it said anything at all. */
  probe(): Promise<boolean>;
};

/** How long the upstream has to answer before people are shown that it is not there: it may have others to answer first. */
const CONTACT_MS = 5000;

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
    /** Called with the outcome of each call. */
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
  const contact = createContact({
    // While the breaker is open it probes itself, and what comes of that is heard here too.
    probe: async () => breaker.isUp() && probe(CONTACT_MS, 'background'),
    logger,
  });
  let current: Upstream | null = null;
  let latest: Upstream | null = null;
  let certificateRefused = false;

  function watch(peer: Upstream): Upstream {
    return {
      ...peer,
      async call(api, query, callOptions) {
        const askedAt = performance.now();
        const outcome = await peer.call(api, query, callOptions);
        certificateRefused = !isAnswer(outcome) && (certificateRefused || refusesCertificate(outcome));
        if (isAnswer(outcome)) breaker.heard();
        contact.heard(outcome, askedAt);
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
    certificateRefused = false;
    breaker.reset();
    contact.reset();
    return latest;
  }

  async function probe(timeoutMs: number, priority: CallPriority): Promise<boolean | null> {
    const peer = await upstream();
    return peer !== null && probeUpstream(peer, await cinemas(), { timeoutMs, priority });
  }

  const isReachable = () => breaker.isUp() && !certificateRefused;

  return {
    upstream,
    latest: () => latest,
    onAnnounced: connection.onAnnounced,
    faults: connection.faults,
    breaker,
    isReachable,
    isHeard: () => isReachable() && contact.isThere(),
    onUp: (listener) => void upListeners.push(listener),
    probe: async () => (await probe(probeBudgetMs, 'background')) === true,
    async close() {
      await Promise.all([breaker.stop(), contact.stop()]);
      await within(CLOSING_MS, connection.close());
    },
  };
}

const refusesCertificate = (outcome: Outcome<unknown>): boolean =>
  outcome.kind === 'retry' && outcome.detail === 'transport' && isCertificateRefusal(outcome.code);
