import { setTimeout as delay } from 'node:timers/promises';
import {
  APIS,
  type CinemaCode,
  getPublicKeysQueryJson,
  KEYS_REFRESHED_EXTENSION,
  reportQueryJson,
} from '@ticket-check/protocol';
import type { Outcome } from '../client/outcome.ts';
import type { Upstream } from '../client/upstream.ts';
import { type CircuitBreaker, createCircuitBreaker, isAnswer } from './circuit-breaker.ts';
import { createUpstreamConnection, type UpstreamConnection, type UpstreamConnectionOptions } from './connection.ts';

/** The upstream that is set now, with what is known of the line to it. */
export type WatchedConnection = UpstreamConnection & {
  /** The client as `upstream` answered it last. */
  latest(): Upstream | null;
  /** Whether it is asked what somebody waits for. */
  breaker: CircuitBreaker;
  /** Whether it can be asked as far as is known: not while the breaker is open or its certificate is refused. */
  isReachable(): boolean;
  /**
   * What people are shown of the line: whether it can be asked, and answered what it was asked last, whoever asked. Where no guest comes,
   * what nobody waits for finds out that a line is gone; whoever comes then asks all the same, because a busy upstream leaves such
   * questions for later.
   */
  isHeard(): boolean;
  /** Calls `listener` when a line that was down is up again. */
  onUp(listener: () => void): void;
  /** Asks something that costs the upstream next to nothing; whether it said anything at all. */
  probe(): Promise<boolean>;
};

const CONTACT = { down: 'nothing is heard of the upstream', up: 'the upstream is heard again' };

/** How long the end of a service waits for calls whose answers nobody needs any more. */
const CLOSING_MS = 1000;

/** Whoever has no cinema yet asks about this one, and is told that there is none. */
const NO_CINEMA = '00000000' as CinemaCode;

/** `createUpstreamConnection`, with a circuit breaker that every answer closes and another upstream resets. Reading C3. */
export function watchedConnection(
  options: UpstreamConnectionOptions & {
    /** So many silences in a row take the line down. */
    silences: number;
    probeBudgetMs: number;
    /** The cinemas that are acted for, to ask about one of them. */
    cinemas: () => Promise<readonly CinemaCode[]>;
    /** Told what came of each call. */
    onOutcome?: (api: string, outcome: Outcome<unknown>) => void;
  },
): WatchedConnection {
  const { silences, probeBudgetMs, cinemas, logger, onOutcome } = options;
  const connection = createUpstreamConnection(options);
  const upListeners: (() => void)[] = [];
  function onUp(): void {
    for (const listener of upListeners) listener();
  }
  const breaker = createCircuitBreaker({ silences, probe, onUp, logger });
  /** Of everything that is asked. A second silence, that of a probe, is enough. */
  const contact = createCircuitBreaker({ silences: 2, probe, logger, says: CONTACT });
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
        if (isAnswer(outcome)) {
          breaker.heard();
          contact.answered();
        } else if (isSilence(outcome)) contact.silent(askedAt);
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

  async function probe(): Promise<boolean> {
    const peer = await upstream();
    if (peer === null) return false;
    const [cinemaCode = NO_CINEMA] = await cinemas();
    const call = { read: () => null, timeoutMs: probeBudgetMs, idempotent: false };
    // K4: an extended platform takes a question for keys as a sign that one is missing, and asks further up.
    const outcome = peer.extensions().has(KEYS_REFRESHED_EXTENSION)
      ? await peer.call(
          APIS.reportOriginalCheckTickets,
          reportQueryJson(cinemaCode, [], { extended: false, priceForm: peer.priceForm }),
          call,
        )
      : await peer.call(APIS.getPublicKeys, getPublicKeysQueryJson(cinemaCode), call);
    return isAnswer(outcome);
  }

  const isReachable = () => breaker.isUp() && !certificateRefused;

  return {
    upstream,
    latest: () => latest,
    onAnnounced: connection.onAnnounced,
    breaker,
    isReachable,
    isHeard: () => isReachable() && contact.isUp(),
    onUp: (listener) => void upListeners.push(listener),
    probe,
    async close() {
      await Promise.all([breaker.stop(), contact.stop()]);
      await Promise.race([connection.close(), delay(CLOSING_MS, undefined, { ref: false })]);
    },
  };
}

/** Whether it was asked and said nothing. */
const isSilence = (outcome: Outcome<unknown>): boolean =>
  outcome.kind === 'retry' && (outcome.detail === 'transport' || outcome.detail === 'timeout');

/** By the codes that Node gives to errors of certificates. */
const CERTIFICATE_CODE =
  /^(?:ERR_TLS_)?CERT_|SELF_SIGNED_CERT|^UNABLE_TO_(?:GET|VERIFY|DEC)|^INVALID_CA$|^HOSTNAME_MISMATCH$/;

const refusesCertificate = (outcome: Outcome<unknown>): boolean =>
  outcome.kind === 'retry' && outcome.detail === 'transport' && CERTIFICATE_CODE.test(outcome.code);
