import type { Operator, Permission } from '@ticket-check/operators';
import type { Logger } from '@ticket-check/runtime';
import PQueue from 'p-queue';
import { DataRefused } from '../data-refused.ts';
import type { LiveTopic } from '../page.ts';
import { PageError } from '../page-error.ts';
import type { SentTexts } from '../sent-texts.ts';

const EVERY_MS = 1000;
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
/**
 * The pause between reads for the same listeners, as a multiple of the last read's duration with its wait in the queue of reports.
 */
const REST_AFTER_READING = 4;
/** One delayed read must not leave pages stale for minutes. */
const LONGEST_REST_MS = 10_000;
/**
 * The most bytes a second for a listener on average: a list of 500 terminals that report all the time would fill a phone's
 * line.
 */
const BYTES_A_SECOND = 50_000;
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
  readonly subscribers: Set<Subscriber>;
  /** The last event, whole, and without the parts that are not news. */
  last: string | null;
  lastNews: string | null;
  isRead: boolean;
  isTended: boolean;
  /** Aborted once nobody listens. */
  readonly left: AbortController;
  /** The time before which nothing is read. */
  dueAt: number;
};

export type LiveTopics = {
  /** Subscribes a listener to a topic; returns what ends it. */
  listen(subscription: Subscription, listener: Listener): () => void;
  /** Ends all subscriptions. */
  close(): void;
};

/**
 * Pushes changes to subscribers. One timer runs once a second while anybody listens, and each topic is read once for all
 * subscribers with the same rights and query. However many different lists are open, they never take the whole connection of
 * reports: two are read at a time, those first whose interval ends first, and slow ones less often. A failed read ends its
 * subscriptions: browsers connect again.
 */
export function createLiveTopics({ logger }: { logger: Logger }): LiveTopics {
  const groups = new Map<string, Group>();
  const reading = new PQueue({ concurrency: MAX_READING });
  let timer: ReturnType<typeof setInterval> | undefined;

  function remove(key: string, group: Group, subscriber: Subscriber): void {
    group.subscribers.delete(subscriber);
    if (group.subscribers.size === 0) {
      if (groups.get(key) === group) groups.delete(key);
      group.left.abort();
    }
    if (groups.size > 0) return;
    clearInterval(timer);
    timer = undefined;
  }

  function send(subscriber: Subscriber, text: string): void {
    subscriber.sentAt = performance.now();
    subscriber.listener.write(text);
  }

  async function askSession(subscriber: Subscriber): Promise<void> {
    subscriber.askedAt = performance.now();
    if (await subscriber.listener.isWelcome()) return;
    send(subscriber, 'event: end\ndata: {}\n\n');
    subscriber.listener.end();
  }

  /** Reads the next event; null if nothing changed. */
  async function readNew(group: Group): Promise<string | null> {
    const { topic, cinemaCodes, query, besides, left } = group;
    if (left.signal.aborted) return null;
    const began = performance.now();
    const read = await topic.read(cinemaCodes, query, left.signal, (permission) => besides.includes(permission));
    const ended = performance.now();
    const text = JSON.stringify(read);
    const news = topic.noNews === undefined ? text : JSON.stringify(read, without(topic.noNews));
    const isNew = news !== group.lastNews;
    // The timer is never quite on time.
    const restMs = (topic.everyMs ?? EVERY_MS) - EVERY_MS / 2;
    const sendMs = isNew ? (text.length / BYTES_A_SECOND) * 1000 : 0;
    const afterMs = Math.min(REST_AFTER_READING * (ended - began), LONGEST_REST_MS);
    group.dueAt = Math.max(began + restMs, began + sendMs, ended + afterMs);
    group.last = text;
    group.lastNews = news;
    return isNew ? text : null;
  }

  function endAll(group: Group, err: unknown, what: string): void {
    // Nobody listened any more.
    if (group.left.signal.aborted) return;
    const isRefused = err instanceof PageError || err instanceof DataRefused;
    if (!isRefused) logger.error({ err, topic: group.topic.name }, what);
    for (const { listener } of group.subscribers) listener.end();
  }

  async function readInTurn(group: Group): Promise<void> {
    if (group.isRead || performance.now() < group.dueAt) return;
    group.isRead = true;
    try {
      // The deadline, so that frequent topics go first, and a rare one waits at most its own interval.
      const priority = -(performance.now() + (group.topic.everyMs ?? EVERY_MS));
      const text = await reading.add(() => readNew(group), { priority });
      if (text !== null) for (const subscriber of group.subscribers) send(subscriber, eventText(text));
    } catch (err) {
      endAll(group, err, 'failed to read a live topic');
    } finally {
      group.isRead = false;
    }
  }

  /** Sends heartbeats and checks sessions, however long a read waits for its turn. */
  async function tend(group: Group): Promise<void> {
    if (group.isTended) return;
    group.isTended = true;
    try {
      const now = performance.now();
      for (const subscriber of group.subscribers) {
        if (now - subscriber.sentAt >= HEARTBEAT_MS) send(subscriber, HEARTBEAT);
        if (now - subscriber.askedAt >= ASK_SESSION_MS) await askSession(subscriber);
      }
    } catch (err) {
      endAll(group, err, 'failed to check sessions of listeners');
    } finally {
      group.isTended = false;
    }
  }

  return {
    listen(subscription, listener) {
      const key = JSON.stringify([
        subscription.topic.name,
        subscription.cinemaCodes,
        [...subscription.query].sort(),
        subscription.besides,
      ]);
      const group = groups.get(key) ?? beginGroup(subscription);
      const subscriber = { listener, sentAt: performance.now(), askedAt: performance.now() };
      groups.set(key, group);
      group.subscribers.add(subscriber);
      send(subscriber, HEARTBEAT);
      if (group.last !== null) send(subscriber, eventText(group.last));
      timer ??= setInterval(() => {
        for (const one of groups.values()) {
          void readInTurn(one);
          void tend(one);
        }
      }, EVERY_MS);
      void readInTurn(group);
      return () => remove(key, group, subscriber);
    },
    close() {
      for (const { subscribers } of groups.values()) for (const { listener } of subscribers) listener.end();
    },
  };
}

function beginGroup(subscription: Subscription): Group {
  return {
    ...subscription,
    subscribers: new Set(),
    last: null,
    lastNews: null,
    isRead: false,
    isTended: false,
    left: new AbortController(),
    dueAt: 0,
  };
}

/** Leaves elements out of what `JSON.stringify` writes. */
function without(names: readonly string[]) {
  return (name: string, value: unknown) => (names.includes(name) ? undefined : value);
}

/** The time of the service goes with it, so that a browser whose clock is wrong counts down right. */
function eventText(text: string): string {
  return `event: told\nid: ${Date.now()}\ndata: ${text}\n\n`;
}
