import { type Permission, permits, type Session } from '@ticket-check/operators';
import { beginEventStream, OperationRefused, pause } from '@ticket-check/runtime';
import type { FastifyInstance } from 'fastify';
import PQueue from 'p-queue';
import type { ConsoleKit } from './guard.ts';
import type { LiveTopic } from './page.ts';
import { PageError, Refused, readTexts } from './sent-texts.ts';
import { sessionOf } from './session-cookie.ts';

/** The console takes 256 connections, and pages need some of them: browsers keep theirs open for seconds. */
const MAX_LISTENERS = 200;
const MAX_OF_AN_OPERATOR = 16;
const EVERY_MS = 1000;
/**
 * The most concurrent reads for all topics, so that requests of people find the connection of reports free between their statements.
 */
const MAX_READING = 2;
/** So often a stream has an event without news, so that no proxy closes it. */
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

type Listener = { readonly username: string; write(text: string): void; end(): void };

/** Those who listen to one topic with the same query and rights: it is read once for all of them. */
type Group = { readonly listeners: Set<Listener>; last: string | null; readonly left: AbortController };

/**
 * Serves `GET /events?topic=…`: an event stream of a topic while the session lasts. The rest of the query is the topic's, such as
 * the filters of a list. However many different lists are open, they never take the whole connection of reports: two are read at a
 * time, in turns, and slow ones less often. A failed read ends its streams: browsers connect again.
 */
export function serveLive(app: FastifyInstance, { service: { logger }, sets, sessions, firstDuty }: ConsoleKit): void {
  const topics = sets.flatMap(({ live = [] }) => live);
  const groups = new Map<string, Group>();
  const reading = new PQueue({ concurrency: MAX_READING });
  const askingSessions = new PQueue({ concurrency: 1 });
  const listeners = () => [...groups.values()].flatMap((group) => [...group.listeners]);
  // The server closes only after its streams have ended.
  app.addHook('preClose', async () => {
    for (const { end } of listeners()) end();
  });

  /** Reads a topic as long as somebody listens, and sends what is new; then waits for its interval, or longer if the read was slow. */
  async function follow(group: Group, key: string, topic: LiveTopic, find: () => Promise<object>): Promise<void> {
    const { signal } = group.left;
    try {
      while (!signal.aborted) {
        const restMs = await reading.add(async () => {
          if (signal.aborted) return 0;
          const startedAt = performance.now();
          const found = JSON.stringify(await find());
          if (found !== group.last) for (const { write } of group.listeners) write(eventText(found));
          group.last = found;
          const tookMs = performance.now() - startedAt;
          return Math.max((topic.everyMs ?? EVERY_MS) - tookMs, Math.min(REST_AFTER_READING * tookMs, LONGEST_REST_MS));
        });
        await pause(restMs, signal);
      }
    } catch (err) {
      // Nobody listened any more.
      if (signal.aborted) return;
      const isRefused = err instanceof Refused || err instanceof OperationRefused;
      if (!isRefused) logger.error({ err, topic: topic.name }, 'failed to read a live topic');
      // The next listener begins with a read of its own.
      groups.delete(key);
      for (const { end } of group.listeners) end();
    }
  }

  /** Ends a stream when its session ends, or has other rights. */
  async function watchSession(listener: Listener, isWelcome: () => Promise<boolean>, closed: AbortSignal) {
    for (;;) {
      await pause(ASK_SESSION_MS, closed);
      const goesOn = closed.aborted || (await askingSessions.add(isWelcome));
      if (closed.aborted) return;
      if (goesOn) continue;
      listener.write('event: end\ndata: {}\n\n');
      return listener.end();
    }
  }

  app.get('/events', { config: { topics, json: 'events' } }, async (request, reply) => {
    // Listening does not count as use, and browsers reconnect by themselves: an unattended page must not keep its session alive.
    const session = await sessionOf(request, sessions, { asUse: false });
    if (session === null || firstDuty(session.operator) !== null) throw new Refused('unauthorized', { status: 401 });
    const query = new Map(readTexts(request.query));
    const topic = topics.find(({ name }) => name === query.get('topic'));
    query.delete('topic');
    if (topic === undefined) throw new PageError('not-found');
    const { role, cinemaCodes, username } = session.operator;
    if (!permits(role, topic.permission)) throw new PageError('forbidden');
    const ofOperator = listeners().filter((listener) => listener.username === username);
    if (listeners().length >= MAX_LISTENERS || ofOperator.length >= MAX_OF_AN_OPERATOR) {
      throw new Refused('busy', { status: 503, retryAfter: 10 });
    }
    const stream = beginEventStream(reply);
    if (stream === null) return;
    const listener: Listener = { username, ...stream };
    const besides = (topic.besides ?? []).filter((permission) => permits(role, permission));
    const key = JSON.stringify([topic.name, cinemaCodes, [...query].sort(), besides]);
    const known = groups.get(key);
    const group = known ?? { listeners: new Set(), last: null, left: new AbortController() };
    group.listeners.add(listener);
    stream.write(HEARTBEAT);
    if (group.last !== null) stream.write(eventText(group.last));
    if (known === undefined) {
      groups.set(key, group);
      const asked = {
        ...{ cinemaCodes, query, signal: group.left.signal },
        permits: (permission: Permission) => besides.includes(permission),
      };
      void follow(group, key, topic, () => topic.read(asked));
    }
    const beating = setInterval(() => stream.write(HEARTBEAT), HEARTBEAT_MS);
    const closed = new AbortController();
    const rights = ({ operator }: Session) => JSON.stringify([operator.role, operator.cinemaCodes]);
    async function isWelcome() {
      const found = await sessionOf(request, sessions, { asUse: false });
      return found !== null && rights(found) === rights(session as Session);
    }
    watchSession(listener, isWelcome, closed.signal).catch((err: unknown) => {
      logger.error({ err }, 'failed to check the session of a listener');
      listener.end();
    });
    stream.onClose(() => {
      clearInterval(beating);
      closed.abort();
      group.listeners.delete(listener);
      if (group.listeners.size > 0) return;
      if (groups.get(key) === group) groups.delete(key);
      group.left.abort();
    });
  });
}

const eventText = (text: string): string => `event: told\ndata: ${text}\n\n`;
