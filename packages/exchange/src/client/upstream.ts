import type { KeyObject } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import {
  EXTENSIONS_HEADER,
  type Extension,
  formatExtensions,
  formatStoreGeneration,
  type PriceForm,
  SCHEME_ALGORITHM,
  type SignatureAlgorithm,
  STORE_ELEMENT,
  type StoreGeneration,
  unsignedRequest,
  type WallClock,
  wallClockAt,
} from '@ticket-check/protocol';
import { createPace, type Logger } from '@ticket-check/runtime';
import PQueue from 'p-queue';
import { type CallPriority, PRIORITIES } from '../priority.ts';
import { type ClockOffset, createClockSamples } from './clock-offset.ts';
import {
  type AnnouncedGeneration,
  formatGeneration,
  type Outcome,
  outcomeOf,
  type ReplyEnvelope,
  readReplyEnvelope,
  refused,
} from './outcome.ts';
import { createPeerFaults, FAULT_MS, type PeerFault, type PeerFaults } from './peer-faults.ts';
import { createSigner } from './signer.ts';
import { createTransport, JSON_HEADERS, MAX_CONNECTIONS } from './transport.ts';

export type CallOptions<R> = {
  /** Reads ReplyData; what it throws makes the outcome `retry` with detail `garbage`. */
  read(replyData: Record<string, unknown>): R;
  timeoutMs: number;
  /** Milliseconds that it may wait here; as many as `timeoutMs` by default. Where it is not sent within them it never is: `unsent`. */
  sendWithinMs?: number;
  /** Who goes first where many wait; `background` by default. */
  priority?: CallPriority;
  /** Whether a call whose fate is unknown may be made a second time at once. */
  idempotent: boolean;
  /** It is sent once this resolves, such as a commit that must precede it, whose time is not the peer's; or never, with its reason. */
  sendAfter?: Promise<unknown> | undefined;
};

export type Announcement = { readonly extensions: ReadonlySet<Extension> } & AnnouncedGeneration;

export type Upstream = ReturnType<typeof createUpstream>;

export type UpstreamOptions = {
  url: string;
  username: string;
  privateKey: KeyObject;
  algorithm?: SignatureAlgorithm;
  /** PEM of the only CA to trust; without it, the machine's own trusted CAs decide. */
  ca?: string | null | undefined;
  /** The form in which the algorithm signs; its usual one by default. */
  payloadForm?: string;
  priceForm?: PriceForm;
  extensions: readonly Extension[];
  /** The data that we work with; a peer that asks for it holds the account to one. Reading X4. */
  store?: StoreGeneration | undefined;
  now: () => number;
  logger?: Logger | undefined;
  faults?: PeerFaults | undefined;
  /** What the peer announced in an earlier run of this process. */
  announced?: Announcement | undefined;
  onAnnouncement?: ((announcement: Announcement) => void) | undefined;
  onOutcome?: ((api: string, outcome: Outcome<unknown>) => void) | undefined;
};

const BACKOFF_MS = 100;
const POSITION_MS = 10_000;
const LEAST_ATTEMPT_MS = 250;

/** A client of one peer's signed Apis. @throws TypeError if the address is not https. Scheme 6.2–6.5, 7.2–7.5; E1–E3, E12, X1, C7. */
export function createUpstream(options: UpstreamOptions) {
  const { url, username, privateKey, algorithm = SCHEME_ALGORITHM, priceForm = 'two-decimals' } = options;
  const { payloadForm = algorithm.forms[0], store, now, logger } = options;
  const faults = options.faults ?? createPeerFaults({ now, logger });
  const announcements = createPace(FAULT_MS, now);
  const transport = createTransport(url, options.ca || null);
  const signer = createSigner({ algorithm, privateKey, form: payloadForm });
  const queue = new PQueue({ concurrency: MAX_CONNECTIONS });
  const clock = createClockSamples();
  const ownExtensions = [...options.extensions, ...(store === undefined ? [] : ['signed-store'])];
  const headers = { ...JSON_HEADERS, [EXTENSIONS_HEADER]: formatExtensions(ownExtensions) };
  let announced: Announcement = options.announced ?? { extensions: new Set(), generation: null, replaces: [] };
  let { extensions: spoken } = announced;
  let answered = announced.extensions.size > 0 || announced.generation !== null;
  let clockTrusted = true;
  let latestTime: WallClock | null = null;
  let heard: (Pick<ReplyEnvelope, 'generation' | 'position'> & { at: number }) | null = null;

  const noteFault = (fault: PeerFault) => faults.note(fault, url);

  function learn(envelope: ReplyEnvelope, roundTripMs: number): void {
    const isFirst = !answered;
    answered = true;
    if (envelope.datetime !== null) {
      latestTime = envelope.datetime;
      clock.add(latestTime, now(), roundTripMs);
    }
    const { offsetMs, trusted } = clock.offset();
    if (trusted !== clockTrusted) {
      clockTrusted = trusted;
      if (trusted) logger?.info({ url, offsetMs }, 'clocks agree again');
      else logger?.error({ url, offsetMs, datetime: envelope.datetime }, 'clocks are more than 5 minutes apart');
    }
    const { extensions, generation, replaces, position } = envelope;
    spoken = extensions;
    if (position !== null) heard = { generation, position, at: performance.now() };
    if (isSameAnnouncement(announced, envelope)) return;
    // What follows from a change, such as sending the last days again, must not follow from each reply.
    if (!isFirst && !announcements.take()) {
      const isOther = formatGeneration(announced) !== formatGeneration(envelope);
      if (isOther) noteFault({ kind: 'generation', subject: 'generation', detail: generation ?? 'none' });
      return;
    }
    announced = { extensions, generation, replaces };
    logger?.info({ url, extensions: [...extensions], generation }, 'peer announced something new');
    options.onAnnouncement?.(announced);
  }

  /** X1: whether calls name our store, which they do only if the peer asked for it. */
  const namesStore = () => store !== undefined && spoken.has('signed-store');

  type Asked<R> = Pick<CallOptions<R>, 'read'> & { readonly api: string; readonly query: unknown };

  async function attempt<R>(asked: Asked<R>, sending: Sending): Promise<Outcome<R>> {
    const { api, query, read } = asked;
    const datetime = wallClockAt(now() + clock.offset().offsetMs);
    const named = namesStore();
    const Store = named && store !== undefined ? { [STORE_ELEMENT]: formatStoreGeneration(store) } : {};
    const { text, body } = unsignedRequest({ datetime, username, api, query: { ...(query as object), ...Store } });
    const signature = await signer.sign(text);
    if (!(await sending.mayGo())) return UNSENT;
    const reply = await transport.post(body(signature), headers, sending.left());
    const envelope = reply.kind === 'reply' ? readReplyEnvelope(reply) : null;
    if (reply.kind === 'reply' && envelope !== null) learn(envelope, reply.roundTripMs);
    const outcome = reply.kind === 'reply' ? outcomeOf(reply.status, envelope, read, reply.body) : reply;
    if (outcome.kind === 'retry' && outcome.detail === 'garbage') {
      noteFault({ kind: 'unusable-reply', subject: api, detail: outcome.message });
    }
    // The peer holds the account to a store, and has just said that it may be named.
    const unnamed = outcome.kind === 'retry' && outcome.code === 'ACCOUNT_IN_USE' && !named && namesStore();
    return unnamed ? attempt(asked, sending) : outcome;
  }

  return {
    url,
    username,
    /** How amounts are to be printed towards this peer. Reading E10. */
    priceForm,
    /** Asks one question; never throws for what the network or the peer does, only for what `sendAfter` does. */
    async call<R>(
      api: string,
      query: unknown,
      { read, timeoutMs, sendWithinMs = timeoutMs, idempotent, priority = 'background', sendAfter }: CallOptions<R>,
    ): Promise<Outcome<R>> {
      const sending = createSending({ sendAfter, sendWithinMs, timeoutMs });
      const once = () => attempt({ api, query, read }, sending);
      const inTurn = async () => (sending.isLate() ? null : idempotent ? againOnce(sending.left, once) : once());
      const calling = queue.add(inTurn, { priority: PRIORITIES.indexOf(priority) });
      try {
        // The caller is answered when its time is over, not when the call's turn would have come.
        const outcome = (await Promise.race([calling, sending.givenUp])) ?? UNSENT;
        options.onOutcome?.(api, outcome);
        return outcome;
      } finally {
        sending.end();
      }
    },
    /** How far the peer's clock is ahead of ours, as far as its replies agree. Reading C7. */
    clockOffset: (): ClockOffset => clock.offset(),
    latestTime: (): WallClock | null => latestTime,
    /** What the peer last announced; empty before its first reply unless remembered. Reading X1. */
    extensions: (): ReadonlySet<Extension> => spoken,
    /** Whether the peer itself has worded an answer, so that `extensions` says what it speaks. Reading X6. */
    hasAnswered: (): boolean => answered,
    /** The generation of the peer's data as it last announced it; null if it never did. Reading X4. */
    generation: (): string | null => announced.generation,
    /** The generations that this one replaces, as the peer last announced them. Reading X4. */
    replaces: (): readonly string[] => announced.replaces,
    noteFault,
    /** How much was ever written to the peer's data, as announced within ten seconds: it only grows. null: unknown. X4. */
    position(): number | null {
      const isNew = heard !== null && performance.now() - heard.at < POSITION_MS;
      return isNew && heard?.generation === announced.generation ? heard.position : null;
    },
    /** Whether it is acted on that the peer's data have less than they had: another generation, or less, once in ten minutes. */
    believesLess(position: number): boolean {
      const isBelieved = announcements.take();
      if (!isBelieved) noteFault({ kind: 'generation', subject: 'position', detail: String(position) });
      return isBelieved;
    },
    async close(): Promise<void> {
      await queue.onIdle();
      await Promise.all([transport.close(), signer.close()]);
    },
  };
}

const isSameAnnouncement = (a: Announcement, b: Announcement): boolean =>
  formatGeneration(a) === formatGeneration(b) && formatExtensions(a.extensions) === formatExtensions(b.extensions);

const UNSENT = refused('unsent', 'NOT_SENT', 'too many other calls to the peer are under way');

type Sending = ReturnType<typeof createSending>;

/** How long a call may still take, counted from when it is first sent: what it waited here is not the peer's time. */
function createSending(call: { sendAfter: Promise<unknown> | undefined; sendWithinMs: number; timeoutMs: number }) {
  const sendBy = performance.now() + call.sendWithinMs;
  const { promise: givenUp, resolve } = Promise.withResolvers<null>();
  let isGivenUp = false;
  let end: number | undefined;
  const timer = setTimeout(() => {
    isGivenUp = true;
    resolve(null);
  }, call.sendWithinMs);
  const isLate = () => isGivenUp || performance.now() > sendBy;
  return {
    /** Whether it is too late to send it for the first time. */
    isLate,
    /** Resolves to null if the call was not sent in time; from then on it never is. */
    givenUp,
    /** Waits for what the call is to be sent after; whether it may be sent still. */
    async mayGo(): Promise<boolean> {
      if (end !== undefined) return true;
      await call.sendAfter;
      if (isLate()) return false;
      clearTimeout(timer);
      end = performance.now() + call.timeoutMs;
      return true;
    },
    left: () => (end ?? Number.NEGATIVE_INFINITY) - performance.now(),
    end: () => clearTimeout(timer),
  };
}

/** A kept-alive connection may close just as it is used again, and a proxy may restart: a second attempt settles most. */
async function againOnce<R>(left: () => number, attempt: () => Promise<Outcome<R>>): Promise<Outcome<R>> {
  const outcome = await attempt();
  if (outcome.kind !== 'retry' || (outcome.detail !== 'transport' && outcome.detail !== 'http')) return outcome;
  const waitMs = BACKOFF_MS * (1 + Math.random());
  if (left() <= waitMs + LEAST_ATTEMPT_MS) return outcome;
  await delay(waitMs);
  return attempt();
}
