import type { Upstream } from '@ticket-check/exchange';
import { type CinemaCode, wallClockAt } from '@ticket-check/protocol';
import { createPace, type Job, within } from '@ticket-check/runtime';
import type { Logger } from 'pino';
import { type Complete, createCompletion } from '../completion/completion.ts';
import type { Begun, SendingTurn } from '../outbox/outbox.ts';
import type { Queued, RecordStore } from '../store/record-store.ts';
import type { ReceivedRecord } from '../tables/received-record.ts';
import { type Blocked, type CinemaQueue, createCinemaQueue } from './cinema-queue.ts';
import { type Backoff, hold, NO_HOLD } from './plan.ts';
import { isExtended } from './send.ts';
import { FORWARDER_DEFAULTS, type ForwarderSettings } from './settings.ts';

export type ForwarderOptions = {
  recordStore: RecordStore;
  /** The upstream that is set now; another one takes effect within a second. */
  upstream(): Promise<Upstream | null>;
  complete: Complete;
  now: () => number;
  logger: Pick<Logger, 'info' | 'warn' | 'error'>;
  settings?: Partial<ForwarderSettings>;
};

export type Holdup = {
  readonly cinemaCode: CinemaCode;
  readonly code: string;
  readonly message: string;
  readonly failures: number;
};

export type Forwarder = ReturnType<typeof createForwarder>;

type QueueState = {
  readonly queue: CinemaQueue;
  running: boolean;
  backoff: Backoff;
  blocked: Blocked | null;
  /** Whether something may wait that it has not looked at. */
  hasNews: boolean;
  /** Its next turn, if this process holds it already. */
  begun: Begun | null;
  /** The walk through the cinemas that found it, or the last one before it was woken. */
  walk: number;
  triedAt: number;
};

const GRACE_MS = 5_000;
/** How often it is logged at most, of all cinemas, that records wait, and that upstream quarantines some. */
const LOG_EVERY_MS = 10_000;
/** How many of these looks also ask for records that could be completed, while none is known: one in this number. */
const COMPLETION_LOOKS = 4;
const MAX_WALKED = 16;
/** When to look again at what another process sends: it may have read the queue before the last record came. */
const ELSEWHERE_MS = 250;

/**
 * Sends what is in the outbox upstream: at once, oldest first per cinema, at most 1000 in a batch, each record until upstream has
 * confirmed it. Runs in every process; the records of a cinema are sent by one at a time. Scheme 5.2.3, 5.2.7; readings R1–R5.
 */
export function createForwarder(options: ForwarderOptions) {
  const { recordStore, now, logger } = options;
  const { outbox } = recordStore;
  const settings = { ...FORWARDER_DEFAULTS, ...options.settings };
  const completion = createCompletion({
    ...{ recordStore, complete: options.complete, now, logger },
    windowMs: settings.completionWindowMs,
    delivered: settings.completeDelivered,
  });
  const logged = { waiting: createPace(LOG_EVERY_MS, now), quarantined: createPace(LOG_EVERY_MS, now) };
  const queues = new Map<CinemaCode, QueueState>();
  const underWay = new Set<Promise<void>>();
  const listeners: ((records: readonly ReceivedRecord[]) => void)[] = [];
  let drains: (() => void)[] = [];
  let delivered = 0;
  let quarantined = 0;
  let upstreamBackoff = NO_HOLD;
  let closedAt = 0;
  let current: Upstream | null = null;
  let walks = 0;
  /** How far the walk through the cinemas with something to send has come; null where it has ended. */
  let walkedTo: CinemaCode | '' | null = null;
  let walkedAt = 0;
  let polledAt = Number.NEGATIVE_INFINITY;
  let polls = 0;
  let mayBeIncomplete = true;
  let completes = false;
  let ring = Promise.withResolvers<void>();
  const stopping = new AbortController();
  let abandoned = false;
  let running: Promise<void> | null = null;
  let stopListening = () => {};

  function stateOf(cinemaCode: CinemaCode): QueueState {
    const known = queues.get(cinemaCode);
    if (known !== undefined) return known;
    const state: QueueState = {
      queue: createCinemaQueue({
        cinemaCode,
        outbox,
        upstream: options.upstream,
        completion,
        settings,
        now,
        logger,
        onLook: () => {
          state.hasNews = false;
        },
        hasNews: () => state.hasNews,
        onAnswered: () => reopen(),
        onDelivered: (batch, aside) => {
          delivered += batch.length;
          quarantined += aside;
          const records = batch.map(({ record }) => record);
          for (const listener of listeners) listener(records);
          if (aside > 0 && logged.quarantined.take())
            logger.warn({ cinemaCode, records: aside, inAll: quarantined }, 'upstream quarantines check records');
        },
        isAbandoned: () => abandoned,
      }),
      running: false,
      backoff: NO_HOLD,
      blocked: null,
      hasNews: false,
      begun: null,
      walk: walks,
      triedAt: 0,
    };
    queues.set(cinemaCode, state);
    return state;
  }

  /** Releases queues that were held only because the upstream did not answer. */
  function reopen(releases = upstreamBackoff.failures > 1): void {
    if (upstreamBackoff.failures === 0) return;
    if (releases)
      for (const state of queues.values()) if (state.blocked?.concerns === 'upstream') state.backoff = NO_HOLD;
    upstreamBackoff = NO_HOLD;
    ring.resolve();
  }

  async function runQueue(cinemaCode: CinemaCode, state: QueueState): Promise<void> {
    state.running = true;
    state.hasNews = false;
    const { begun } = state;
    state.begun = null;
    state.triedAt = performance.now();
    const send = async (turn: SendingTurn): Promise<{ blocked: Blocked | null }> => {
      const signal = AbortSignal.any([turn.signal, stopping.signal]);
      return { blocked: await state.queue.run(state.backoff.failures, { ...turn, signal }) };
    };
    const run = await outbox.alone(cinemaCode, state.queue.most(), send, begun).catch((err: unknown) => {
      logger.error({ err, cinemaCode }, 'failed to forward check records');
      const fault = { code: 'FORWARDING_FAILED', message: 'see the log' };
      return { blocked: { fault, concerns: 'cinema', suspects: 'nothing' } as const };
    });
    state.blocked = run?.blocked ?? null;
    state.running = false;
    if (run === null) {
      state.hasNews = true;
      state.backoff = { failures: 0, until: performance.now() + ELSEWHERE_MS };
    } else if (state.blocked === null) state.backoff = NO_HOLD;
    else rest(cinemaCode, state, state.blocked);
    ring.resolve();
  }

  function rest(cinemaCode: CinemaCode, state: QueueState, { fault, concerns }: Blocked): void {
    const at = performance.now();
    // What comes to nothing for want of a line is looked at again once there is one.
    state.hasNews = true;
    state.backoff = hold(state.backoff, settings.firstHoldMs, at, Math.random());
    // Several that were under way together when the line broke are one failure.
    if (concerns === 'upstream' && (upstreamBackoff.failures === 0 || state.triedAt >= closedAt)) {
      upstreamBackoff = hold(upstreamBackoff, settings.firstHoldMs, at, Math.random());
      closedAt = at;
    }
    completion.restart(cinemaCode);
    const { failures, until } = state.backoff;
    if (!logged.waiting.take()) return;
    const retryInMs = Math.round(until - at);
    logger.warn({ cinemaCode, ...fault, failures, retryInMs }, 'check records wait for upstream');
  }

  /** Starts what may start; answers in how many milliseconds there may be more. */
  async function startDue(): Promise<number> {
    const upstream = await options.upstream();
    if (upstream !== current) {
      current = upstream;
      upstreamBackoff = NO_HOLD;
      for (const state of queues.values()) state.backoff = NO_HOLD;
    }
    if (upstream === null) return settings.pollMs;
    if (completes && mayBeIncomplete && (settings.completeDelivered || !isExtended(upstream))) {
      mayBeIncomplete = false;
      completion.look();
    }

    const closed = upstreamBackoff.failures > 0;
    // While upstream does not answer, one cinema after the other asks whether it does again.
    const at = performance.now();
    const room = closed ? (upstreamBackoff.until <= at ? 1 : 0) - underWay.size : settings.concurrency - underWay.size;
    const isDue = ({ running: busy, hasNews, backoff }: QueueState) =>
      !busy && hasNews && (closed || backoff.until <= at);
    const known = [...queues.values()].filter(isDue).length;
    // Also while those that it knows take all the room: others may have something that is older.
    const isStale = at - walkedAt >= settings.pollMs;
    if (walkedTo !== null && (known < room || isStale)) await walkOn(walkedTo, closed ? 1 : MAX_WALKED);
    // A run that begins now would end after the store was closed, and could not leave the cinema to another process.
    if (stopping.signal.aborted) return settings.pollMs;
    const idle = [...queues].filter(([, state]) => !state.running);
    const due = idle.filter(([, state]) => isDue(state));
    due.sort(([, a], [, b]) => a.triedAt - b.triedAt);
    for (const [cinemaCode, state] of due.slice(0, Math.max(0, room))) {
      const run = runQueue(cinemaCode, state).finally(() => underWay.delete(run));
      underWay.add(run);
    }
    if (walkedTo !== null && !closed && underWay.size < settings.concurrency) return 0;
    const waits = closed ? [upstreamBackoff.until] : idle.map(([, { backoff }]) => backoff.until);
    return Math.min(settings.pollMs, ...waits.filter((until) => until > at).map((until) => until - at));
  }

  /** Looks at the next cinemas with something to send, from any process; at the end it forgets those that have nothing. */
  async function walkOn(from: CinemaCode | '', most: number): Promise<void> {
    const walk = walks;
    walkedAt = performance.now();
    const found = await outbox.cinemas(wallClockAt(now()), from, most);
    for (const cinemaCode of found) {
      const state = stateOf(cinemaCode);
      state.walk = walk;
      state.hasNews = true;
    }
    // Another walk may have been wanted meanwhile.
    if (walk !== walks) return;
    walkedTo = found.length < most ? null : (found.at(-1) ?? null);
    if (walkedTo !== null) return;
    for (const [cinemaCode, { running: busy, hasNews, walk: of }] of queues)
      if (!busy && !hasNews && of < walk) queues.delete(cinemaCode);
  }

  async function loop(): Promise<void> {
    while (!stopping.signal.aborted) {
      ring = Promise.withResolvers();
      const drained = drains;
      drains = [];
      if (polledAt + settings.pollMs <= performance.now()) lookAgain();
      let waitMs = settings.pollMs;
      try {
        waitMs = await startDue();
      } catch (err) {
        logger.error({ err }, 'failed to look for check records to forward');
      }
      const isWalking = walkedTo !== null && current !== null && upstreamBackoff.failures === 0;
      if (underWay.size === 0 && !isWalking) for (const resolve of drained) resolve();
      else drains.push(...drained);
      const timer = setTimeout(ring.resolve, waitMs);
      await ring.promise;
      clearTimeout(timer);
    }
    for (const resolve of drains) resolve();
  }

  /** Other processes queue records too, and parked or incomplete records become due with time. */
  function lookAgain(): void {
    polledAt = performance.now();
    polls += 1;
    mayBeIncomplete ||= completion.isWaiting() || polls % COMPLETION_LOOKS === 1;
    if (walkedTo === null) beginWalk();
  }

  function beginWalk(): void {
    walks += 1;
    walkedTo = '';
  }
  function readyFor(cinemas: readonly CinemaCode[]): CinemaCode[] {
    if (stopping.signal.aborted || current === null || upstreamBackoff.failures > 0) return [];
    const begun = [...queues.values()].filter((state) => state.begun !== null).length;
    const isIdle = (state?: QueueState) => state === undefined || !(state.running || state.hasNews);
    const idle = cinemas.filter((cinemaCode) => isIdle(queues.get(cinemaCode)));
    return idle.slice(0, Math.max(0, settings.concurrency - underWay.size - begun));
  }

  function wake({ incomplete, cinemas, begun: all }: Queued): void {
    mayBeIncomplete ||= incomplete;
    for (const cinemaCode of cinemas) {
      const state = stateOf(cinemaCode);
      const begun = all.get(cinemaCode) ?? state.begun;
      // What came beside it has to be read.
      state.begun = begun && (state.running || state.hasNews) ? { ...begun, first: null } : begun;
      state.hasNews = true;
      state.walk = walks;
    }
    ring.resolve();
  }

  function wakeAll(): void {
    mayBeIncomplete = true;
    beginWalk();
    ring.resolve();
  }

  return {
    start(): void {
      if (running !== null || stopping.signal.aborted) return;
      stopListening = recordStore.onQueued({ queued: wake, readyFor });
      running = loop();
    },
    /** Completes records in this process, until it is stopped; only then does a plain upstream get what could not be. */
    completing(): Job {
      completes = true;
      ring.resolve();
      const stop = async () => {
        completes = false;
      };
      return { stop };
    },
    /** Call it after queueing in a transaction of your own; otherwise the forwarder knows. */
    wake: wakeAll,
    /** Says that upstream answers again: what was held because it did not goes at once. */
    resume: () => reopen(true),
    /** Resolves once all is sent that upstream takes now: the outbox is empty, or upstream does not answer. */
    drain(): Promise<void> {
      if (running === null || stopping.signal.aborted) return Promise.resolve();
      const { promise, resolve } = Promise.withResolvers<void>();
      drains.push(resolve);
      wakeAll();
      return promise;
    },
    /** Sends nothing more; resolves when what is under way has ended, at the latest after `graceMs`. */
    async stop(graceMs = GRACE_MS): Promise<void> {
      stopping.abort();
      stopListening();
      ring.resolve();
      const left = [...queues].map(([cinemaCode, { begun }]) => begun && outbox.leave(cinemaCode, begun));
      await within(graceMs, Promise.all([running, completion.stop(), ...underWay, ...left]));
      abandoned = true;
    },
    onDelivered: (listener: (records: readonly ReceivedRecord[]) => void) => void listeners.push(listener),
    /** Records that upstream has confirmed to this process, those of them that it quarantined, and why others wait. */
    status: () => ({
      delivered,
      quarantined,
      holdups: [...queues].flatMap(([cinemaCode, { blocked, backoff }]): Holdup | [] =>
        blocked === null ? [] : { cinemaCode, ...blocked.fault, failures: backoff.failures },
      ),
    }),
  };
}
