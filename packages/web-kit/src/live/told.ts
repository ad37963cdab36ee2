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
  /** Sends what the event stream takes as it is. */
  write(text: string): void;
  /** Whether the session goes on, with the same rights. */
  isWelcome(): Promise<boolean>;
  end(): void;
};

type Hearer = { readonly listener: Listener; heardAt: number; askedAt: number };

/** What somebody listens to. */
type Heard = {
  readonly topic: LiveTopic;
  readonly cinemaCodes: Operator['cinemaCodes'];
  readonly query: SentTexts;
  /** Which of the permissions the listener has that the topic asks for besides its own. */
  readonly besides: readonly Permission[];
};

type Group = Heard & {
  readonly hearers: Set<Hearer>;
  /** The last event, whole, and without the parts that are not news. */
  last: string | null;
  lastNews: string | null;
  isRead: boolean;
  isTended: boolean;
  /** Aborted once nobody listens. */
  readonly left: AbortController;
  /** Until then nothing is read. */
  dueAt: number;
};

export type Told = {
  /** Tells somebody of a topic from now on; answers what ends it. */
  listen(heard: Heard, listener: Listener): () => void;
  /** Ends all that listen. */
  close(): void;
};

/**
 * Tells listeners what changes. One timer looks once a second, for as long as anybody listens, and each topic is read once for all
 * who may see the same and ask the same. However many different lists are open, they take a part of the connection of
 * reports and never all of it: two are read at a time, first those whose interval ends first, and whatever takes long the less often.
 * What cannot be read ends its listeners: browsers come again.
 */
export function createTold({ logger }: { logger: Logger }): Told {
  const groups = new Map<string, Group>();
  const reading = new PQueue({ concurrency: MAX_READING });
  let timer: ReturnType<typeof setInterval> | undefined;

  function remove(key: string, group: Group, hearer: Hearer): void {
    group.hearers.delete(hearer);
    if (group.hearers.size === 0) {
      if (groups.get(key) === group) groups.delete(key);
      group.left.abort();
    }
    if (groups.size > 0) return;
    clearInterval(timer);
    timer = undefined;
  }

  function tell(hearer: Hearer, text: string): void {
    hearer.heardAt = performance.now();
    hearer.listener.write(text);
  }

  async function askSession(hearer: Hearer): Promise<void> {
    hearer.askedAt = performance.now();
    if (await hearer.listener.isWelcome()) return;
    tell(hearer, 'event: end\ndata: {}\n\n');
    hearer.listener.end();
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
    const toldMs = isNew ? (text.length / BYTES_A_SECOND) * 1000 : 0;
    const afterMs = Math.min(REST_AFTER_READING * (ended - began), LONGEST_REST_MS);
    group.dueAt = Math.max(began + restMs, began + toldMs, ended + afterMs);
    group.last = text;
    group.lastNews = news;
    return isNew ? text : null;
  }

  function endAll(group: Group, err: unknown, what: string): void {
    // Nobody listened any more.
    if (group.left.signal.aborted) return;
    const isRefused = err instanceof PageError || err instanceof DataRefused;
    if (!isRefused) logger.error({ err, topic: group.topic.name }, what);
    for (const { listener } of group.hearers) listener.end();
  }

  async function readInTurn(group: Group): Promise<void> {
    if (group.isRead || performance.now() < group.dueAt) return;
    group.isRead = true;
    try {
      // By when it is to be read, so that what is read often goes first, and what is read seldom waits no longer than its own interval
      // behind that.
      const priority = -(performance.now() + (group.topic.everyMs ?? EVERY_MS));
      const text = await reading.add(() => readNew(group), { priority });
      if (text !== null) for (const hearer of group.hearers) tell(hearer, toldText(text));
    } catch (err) {
      endAll(group, err, 'failed to read a live topic');
    } finally {
      group.isRead = false;
    }
  }

  /** What listeners are owed however long a reading waits for its turn. */
  async function tend(group: Group): Promise<void> {
    if (group.isTended) return;
    group.isTended = true;
    try {
      const now = performance.now();
      for (const hearer of group.hearers) {
        if (now - hearer.heardAt >= HEARTBEAT_MS) tell(hearer, HEARTBEAT);
        if (now - hearer.askedAt >= ASK_SESSION_MS) await askSession(hearer);
      }
    } catch (err) {
      endAll(group, err, 'whether listeners are still logged in could not be read');
    } finally {
      group.isTended = false;
    }
  }

  return {
    listen(heard, listener) {
      const key = JSON.stringify([heard.topic.name, heard.cinemaCodes, [...heard.query].sort(), heard.besides]);
      const group = groups.get(key) ?? beginGroup(heard);
      const hearer = { listener, heardAt: performance.now(), askedAt: performance.now() };
      groups.set(key, group);
      group.hearers.add(hearer);
      tell(hearer, HEARTBEAT);
      if (group.last !== null) tell(hearer, toldText(group.last));
      timer ??= setInterval(() => {
        for (const one of groups.values()) {
          void readInTurn(one);
          void tend(one);
        }
      }, EVERY_MS);
      void readInTurn(group);
      return () => remove(key, group, hearer);
    },
    close() {
      for (const { hearers } of groups.values()) for (const { listener } of hearers) listener.end();
    },
  };
}

function beginGroup(heard: Heard): Group {
  return {
    ...heard,
    hearers: new Set(),
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
function toldText(text: string): string {
  return `event: told\nid: ${Date.now()}\ndata: ${text}\n\n`;
}
