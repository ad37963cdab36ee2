import { setTimeout as delay } from 'node:timers/promises';
import { type ClockOffset, createUpstreamConnection, type Upstream, type UpstreamStore } from '@ticket-check/exchange';
import {
  APIS,
  type CinemaCode,
  CLAIM_TICKET_EXTENSION,
  getPublicKeysQueryJson,
  KEYS_REFRESHED_EXTENSION,
  RECORD_ID_EXTENSION,
  reportQueryJson,
  STORE_GENERATION_EXTENSION,
  type StoreIdentity,
} from '@ticket-check/protocol';
import type { Clock, Logger } from '@ticket-check/runtime';
import { createLinkSwitch, isAnswer, type LinkSwitch } from './link-switch.ts';

/** The platform above this terminal, third-party or national. */
export type UpstreamLink = {
  /** The client of the upstream that is set now; `null` while none is. */
  upstream(): Promise<Upstream | null>;
  /** Whether scans ask it. */
  line: LinkSwitch;
  /** Asks something that costs the upstream next to nothing; whether it said anything at all. */
  probe(): Promise<boolean>;
  /** When the upstream last answered a question, epoch milliseconds; `null` when it has not since the start. */
  lastContactAt(): number | null;
  /** `null` where nothing is known of it, and also once the machine's clock was set since it was measured. */
  clockOffset(): ClockOffset | null;
  close(): Promise<void>;
};

/** What this terminal speaks beside the scheme. Reading X1. */
const EXTENSIONS = [RECORD_ID_EXTENSION, KEYS_REFRESHED_EXTENSION, STORE_GENERATION_EXTENSION, CLAIM_TICKET_EXTENSION];

/** How long the end of the agent waits for calls whose answers nobody needs any more. */
const CLOSING_MS = 1000;

/** A machine's clock that moved by more than this against the time that passed was set. */
const CLOCK_WAS_SET_MS = 2000;

const TICKET_QUESTIONS: ReadonlySet<string> = new Set([APIS.claimTicket, APIS.getTicketInfo]);

/** Whoever has no cinema yet asks about this one, and is told that there is none. */
const NO_CINEMA = '00000000' as CinemaCode;

/** Connects to the upstream that is set in the store, and takes note of every answer it gives. */
export function createUpstreamLink(options: {
  upstreams: UpstreamStore;
  /** The data that this terminal works with. Reading X4. */
  store: StoreIdentity;
  now: Clock;
  logger: Logger;
  /** Told when what the upstream announces has changed. */
  onAnnounced: () => void;
  /** Told that the upstream answered a question about a ticket. */
  onTicketAnswered: () => void;
  /** Takes the line down; see `createLinkSwitch`. */
  silences: number;
  probeBudgetMs: number;
  /** The cinemas of this terminal, to ask about one of them. */
  cinemas: () => Promise<readonly CinemaCode[]>;
}): UpstreamLink {
  const { now, logger } = options;
  const connection = createUpstreamConnection({ ...options, extensions: EXTENSIONS });
  const noticed = new WeakMap<Upstream, Upstream>();
  const line = createLinkSwitch({ silences: options.silences, probe, logger });
  let latest: Upstream | null = null;
  let lastContactAt: number | null = null;
  let clockAtContact = Number.NaN;

  const clockAgainstTime = () => now() - performance.now();

  function noticing(peer: Upstream): Upstream {
    return {
      ...peer,
      async call(api, query, callOptions) {
        const outcome = await peer.call(api, query, callOptions);
        if (isAnswer(outcome)) {
          clockAtContact = clockAgainstTime();
          line.heard();
        }
        if (outcome.kind === 'delivered') {
          lastContactAt = now();
          if (TICKET_QUESTIONS.has(api)) options.onTicketAnswered();
        }
        return outcome;
      },
    };
  }

  async function upstream(): Promise<Upstream | null> {
    const current = await connection.upstream();
    if (current !== latest) {
      latest = current;
      line.reset();
    }
    if (current === null) return null;
    const known = noticed.get(current) ?? noticing(current);
    noticed.set(current, known);
    return known;
  }

  async function probe(): Promise<boolean> {
    const peer = await upstream();
    if (peer === null) return false;
    const [cinemaCode = NO_CINEMA] = await options.cinemas();
    const call = { read: () => null, timeoutMs: options.probeBudgetMs, idempotent: false };
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

  return {
    upstream,
    line,
    probe,
    lastContactAt: () => lastContactAt,
    clockOffset() {
      if (!(Math.abs(clockAgainstTime() - clockAtContact) <= CLOCK_WAS_SET_MS)) return null;
      return latest?.clockOffset() ?? null;
    },
    async close() {
      await line.stop();
      await Promise.race([connection.close(), delay(CLOSING_MS, undefined, { ref: false })]);
    },
  };
}
