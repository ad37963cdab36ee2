import type { Operator } from '@ticket-check/operators/login';
import type { Logger } from '@ticket-check/runtime';
import type { LiveTopic } from '../page.ts';

const EVERY_MS = 1000;
/** A connection that was told nothing for so long gets a line that says nothing, so that nobody in between closes it. */
const HEARTBEAT_MS = 15_000;
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

type Group = {
  readonly topic: LiveTopic;
  readonly cinemaCodes: Operator['cinemaCodes'];
  readonly hearers: Set<Hearer>;
  last: string | null;
  isBusy: boolean;
};

export type Told = {
  /** Tells somebody of a topic from now on; answers what ends it. */
  listen(topic: LiveTopic, cinemaCodes: Operator['cinemaCodes'], listener: Listener): () => void;
  /** Ends all that listen. */
  close(): void;
};

/**
 * Tells listeners what changes. One timer looks once a second, for as long as anybody listens, and each topic is read once for all
 * who may see the same cinemas. What cannot be read ends its listeners: browsers come again.
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

  async function look(group: Group): Promise<void> {
    if (group.isBusy) return;
    group.isBusy = true;
    try {
      const text = JSON.stringify(await group.topic.read(group.cinemaCodes));
      const isNew = text !== group.last;
      group.last = text;
      const now = performance.now();
      for (const hearer of group.hearers) {
        if (isNew) tell(hearer, toldText(text));
        else if (now - hearer.heardAt >= HEARTBEAT_MS) tell(hearer, ': \n\n');
        if (now - hearer.askedAt >= ASK_SESSION_MS) await askSession(hearer);
      }
    } catch (err) {
      logger.error({ err, topic: group.topic.name }, 'what is told live could not be read');
      for (const { listener } of group.hearers) listener.end();
    } finally {
      group.isBusy = false;
    }
  }

  return {
    listen(topic, cinemaCodes, listener) {
      const key = JSON.stringify([topic.name, cinemaCodes]);
      const group = groups.get(key) ?? { topic, cinemaCodes, hearers: new Set(), last: null, isBusy: false };
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
