import type { Operator } from '@ticket-check/operators/login';
import type { Logger } from '@ticket-check/runtime';
import { DataRefused } from '../data-refused.ts';
import type { LiveTopic } from '../page.ts';
import { PageError } from '../page-error.ts';
import type { SentTexts } from '../sent-texts.ts';

const EVERY_MS = 1000;
/** A connection that was told nothing for so long gets a line that says nothing, so that nobody in between closes it. */
const HEARTBEAT_MS = 15_000;
/** For so many times as long as a reading took, its wait in the queue of reports included, nothing is read for the same listeners. */
const REST_AFTER_READING = 4;
/** One reading that was held up must not leave pages as they are for minutes. */
const LONGEST_REST_MS = 10_000;
/** A listener is told so much in the long run: a list of 500 terminals that report all the time would fill a phone's line. */
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
};

type Group = Heard & {
  readonly hearers: Set<Hearer>;
  last: string | null;
  isBusy: boolean;
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
 * who may see the same cinemas and ask the same. However many different lists are open, they take a part of the connection of
 * reports and never all of it: whatever waits long is read the less often. What cannot be read ends its listeners: browsers come
 * again.
 */
export function createTold({ logger }: { logger: Logger }): Told {
  const groups = new Map<string, Group>();
  let timer: ReturnType<typeof setInterval> | undefined;

  function remove(key: string, group: Group, hearer: Hearer): void {
    group.hearers.delete(hearer);
    if (group.hearers.size === 0) groups.delete(key);
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

  /** What is to be told; null where it is what was told before. */
  async function readNew(group: Group): Promise<string | null> {
    const began = performance.now();
    if (began < group.dueAt) return null;
    const { topic, cinemaCodes, query } = group;
    const text = JSON.stringify(await topic.read(cinemaCodes, query));
    const ended = performance.now();
    const isNew = text !== group.last;
    // The timer is never quite on time.
    const restMs = (topic.everyMs ?? EVERY_MS) - EVERY_MS / 2;
    const toldMs = isNew ? (text.length / BYTES_A_SECOND) * 1000 : 0;
    const afterMs = Math.min(REST_AFTER_READING * (ended - began), LONGEST_REST_MS);
    group.dueAt = Math.max(began + restMs, began + toldMs, ended + afterMs);
    group.last = text;
    return isNew ? text : null;
  }

  async function look(group: Group): Promise<void> {
    if (group.isBusy) return;
    group.isBusy = true;
    try {
      const text = await readNew(group);
      const now = performance.now();
      for (const hearer of group.hearers) {
        if (text !== null) tell(hearer, toldText(text));
        else if (now - hearer.heardAt >= HEARTBEAT_MS) tell(hearer, ': \n\n');
        if (now - hearer.askedAt >= ASK_SESSION_MS) await askSession(hearer);
      }
    } catch (err) {
      const isRefused = err instanceof PageError || err instanceof DataRefused;
      if (!isRefused) logger.error({ err, topic: group.topic.name }, 'what is told live could not be read');
      for (const { listener } of group.hearers) listener.end();
    } finally {
      group.isBusy = false;
    }
  }

  return {
    listen(heard, listener) {
      const key = JSON.stringify([heard.topic.name, heard.cinemaCodes, [...heard.query].sort()]);
      const group = groups.get(key) ?? { ...heard, hearers: new Set(), last: null, isBusy: false, dueAt: 0 };
      const hearer = { listener, heardAt: performance.now(), askedAt: performance.now() };
      groups.set(key, group);
      group.hearers.add(hearer);
      if (group.last !== null) tell(hearer, toldText(group.last));
      timer ??= setInterval(() => {
        for (const one of groups.values()) void look(one);
      }, EVERY_MS);
      void look(group);
      return () => remove(key, group, hearer);
    },
    close() {
      for (const { hearers } of groups.values()) for (const { listener } of hearers) listener.end();
    },
  };
}

/** The time of the service goes with it, so that a browser whose clock is wrong counts down right. */
function toldText(text: string): string {
  return `event: told\nid: ${Date.now()}\ndata: ${text}\n\n`;
}
