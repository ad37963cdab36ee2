import type { Operator, Permission } from '@ticket-check/operators';
import type { Logger } from '@ticket-check/runtime';
import PQueue from 'p-queue';
import { DataRefused } from './asked.ts';
import type { LiveTopic } from './page.ts';
import { PageError, type SentTexts } from './sent-texts.ts';

const EVERY_MS = 1000;
const TEND_EVERY_MS = 1000;
/**
 * The most concurrent reads for all topics, so that requests of people find the connection of reports free between their statements.
 */
const MAX_READING = 2;
/** A connection without events for this long gets a heartbeat, so that no proxy closes it. */
const HEARTBEAT_MS = 15_000;
/** After this long without any event a page says that it is old: two heartbeats and some seconds. */
const OLD_AFTER_MS = 35_000;
/** An event, because scripts do not see comments; it says when they are to miss the next one. */
const HEARTBEAT = `event: beat\ndata: ${OLD_AFTER_MS}\n\n`;
/** The least pause between reads for the same listeners, as a multiple of the last read's duration. */
const REST_AFTER_READING = 4;
/** One delayed read must not leave pages stale for minutes. */
const LONGEST_REST_MS = 10_000;
/** Sessions end within this time at the listener too. */
const ASK_SESSION_MS = 2000;

/** Somebody who listens to a topic. */
type Listener = {
  /** Sends text in the form of events. */
  write(text: string): void;
  /** Whether the session goes on, with the same rights. */
  isWelcome(): Promise<boolean>;
  end(): void;
};

type Subscriber = { readonly listener: Listener; sentAt: number; askedAt: number };

/** A topic with its parameters and the rights of the listener. */
type Subscription = {
  readonly topic: LiveTopic;
  readonly cinemaCodes: Operator['cinemaCodes'];
  readonly query: SentTexts;
  /** The topic's further permissions that the listener has. */
  readonly besides: readonly Permission[];
};

type Group = Subscription & {
  readonly key: string;
  readonly subscribers: Set<Subscriber>;
  /** The last event. */
  last: string | null;
  /** Aborted once nobody listens. */
  readonly left: AbortController;
  timer: ReturnType<typeof setTimeout> | undefined;
};

export type LiveTopics = {
  /** Subscribes a listener to a topic; returns what ends it. */
  listen(subscription: Subscription, listener: Listener): () => void;
  /** Ends all subscriptions. */
  close(): void;
};

/**
 * Pushes changes to subscribers. Each topic is read once for all subscribers with the same rights and query. However many different
 * lists are open, they never take the whole connection of reports: two are read at a time, those first whose interval ends first, and
 * slow ones less often. A failed read ends its subscriptions: browsers connect again.
 */
export function createLiveTopics({ logger }: { logger: Logger }): LiveTopics {
  const groups = new Map<string, Group>();
  const reading = new PQueue({ concurrency: MAX_READING });
  let tending: ReturnType<typeof setInterval> | undefined;
  let isAskingSessions = false;

  function remove(group: Group, subscriber: Subscriber): void {
    group.subscribers.delete(subscriber);
    if (group.subscribers.size === 0) {
      if (groups.get(group.key) === group) groups.delete(group.key);
      clearTimeout(group.timer);
      group.left.abort();
    }
    if (groups.size > 0) return;
    clearInterval(tending);
    tending = undefined;
  }

  function send(subscriber: Subscriber, text: string): void {
    subscriber.sentAt = performance.now();
    subscriber.listener.write(text);
  }

  /** Reads the topic and sends what is new; then waits for its interval, or longer if the read was slow. */
  async function read(group: Group): Promise<void> {
    const { topic, cinemaCodes, query, besides, left } = group;
    if (left.signal.aborted) return;
    const startedAt = performance.now();
    const found = await topic.read(cinemaCodes, query, left.signal, (permission) => besides.includes(permission));
    if (left.signal.aborted) return;
    const text = JSON.stringify(found);
    if (text !== group.last) for (const subscriber of group.subscribers) send(subscriber, eventText(text));
    group.last = text;
    const tookMs = performance.now() - startedAt;
    const restMs = Math.max(intervalOf(topic) - tookMs, Math.min(REST_AFTER_READING * tookMs, LONGEST_REST_MS));
    group.timer = setTimeout(() => void readInTurn(group), restMs);
  }

  async function readInTurn(group: Group): Promise<void> {
    try {
      // The deadline, so that frequent topics go first, and a rare one waits at most its own interval.
      await reading.add(() => read(group), { priority: -(performance.now() + intervalOf(group.topic)) });
    } catch (err) {
      // Nobody listened any more.
      if (group.left.signal.aborted) return;
      const isRefused = err instanceof PageError || err instanceof DataRefused;
      if (!isRefused) logger.error({ err, topic: group.topic.name }, 'failed to read a live topic');
      // The next listener begins with a read of its own.
      groups.delete(group.key);
      for (const { listener } of group.subscribers) listener.end();
    }
  }

  /** Sends heartbeats and checks sessions, however long a read waits for its turn. */
  async function tend(): Promise<void> {
    const now = performance.now();
    const all = [...groups.values()].flatMap(({ subscribers }) => [...subscribers]);
    for (const subscriber of all) if (now - subscriber.sentAt >= HEARTBEAT_MS) send(subscriber, HEARTBEAT);
    if (isAskingSessions) return;
    isAskingSessions = true;
    for (const subscriber of all) if (now - subscriber.askedAt >= ASK_SESSION_MS) await askSession(subscriber);
    isAskingSessions = false;
  }

  async function askSession(subscriber: Subscriber): Promise<void> {
    subscriber.askedAt = performance.now();
    try {
      if (await subscriber.listener.isWelcome()) return;
      send(subscriber, 'event: end\ndata: {}\n\n');
    } catch (err) {
      logger.error({ err }, 'failed to check the session of a listener');
    }
    subscriber.listener.end();
  }

  return {
    listen(subscription, listener) {
      const { topic, cinemaCodes, query, besides } = subscription;
      const key = JSON.stringify([topic.name, cinemaCodes, [...query].sort(), besides]);
      const known = groups.get(key);
      const group = known ?? beginGroup(key, subscription);
      const subscriber = { listener, sentAt: performance.now(), askedAt: performance.now() };
      group.subscribers.add(subscriber);
      send(subscriber, HEARTBEAT);
      if (group.last !== null) send(subscriber, eventText(group.last));
      tending ??= setInterval(() => void tend(), TEND_EVERY_MS);
      if (known === undefined) {
        groups.set(key, group);
        void readInTurn(group);
      }
      return () => remove(group, subscriber);
    },
    close() {
      for (const { subscribers } of groups.values()) for (const { listener } of subscribers) listener.end();
    },
  };
}

const intervalOf = ({ everyMs = EVERY_MS }: LiveTopic): number => everyMs;

function beginGroup(key: string, subscription: Subscription): Group {
  return {
    key,
    ...subscription,
    subscribers: new Set(),
    last: null,
    left: new AbortController(),
    timer: undefined,
  };
}

/** The time of the service goes with it, so that a browser whose clock is wrong counts down right. */
function eventText(text: string): string {
  return `event: told\nid: ${Date.now()}\ndata: ${text}\n\n`;
}
