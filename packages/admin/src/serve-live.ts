import { type Permission, permits, type Session } from '@ticket-check/operators';
import { beginEventStream, type Logger } from '@ticket-check/runtime';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { ConsoleKit } from './guard.ts';
import { createLiveTopics } from './live-topics.ts';
import type { AskedList, LiveTopic } from './page.ts';
import { readTexts } from './sent-texts.ts';
import { sessionOf } from './session-cookie.ts';

/** The console takes 256 connections, and pages need some of them: browsers keep theirs open for seconds. */
const MAX_LISTENERS = 200;
const MAX_OF_AN_OPERATOR = 16;

/**
 * Serves `GET /events?topic=…`: an event stream of a topic while the session lasts. The rest of the query is the topic's, such as
 * the filters of a list.
 */
export function serveLive(
  app: FastifyInstance,
  { sessions, firstDuty, note }: ConsoleKit,
  topics: readonly LiveTopic[],
  logger: Logger,
): void {
  const live = createLiveTopics({ logger });
  const listening = new Map<string, number>();
  // The server closes only after its streams have ended.
  app.addHook('preClose', async () => live.close());

  function refuse(request: FastifyRequest, reply: FastifyReply, code: string, status: number): FastifyReply {
    note(`events ${code}`, request);
    return reply.code(status).send({ error: code });
  }

  function isFull(username: string): boolean {
    const all = [...listening.values()].reduce((sum, count) => sum + count, 0);
    return all >= MAX_LISTENERS || (listening.get(username) ?? 0) >= MAX_OF_AN_OPERATOR;
  }

  app.get('/events', { config: { topics } }, async (request, reply) => {
    // Listening does not count as use, and browsers reconnect by themselves: an unattended page must not keep its session alive.
    const session = await sessionOf(request, sessions, { asUse: false });
    if (session === null || firstDuty(session.operator) !== null) return refuse(request, reply, 'unauthorized', 401);
    const query = new Map(readTexts(request.query));
    const topic = topics.find(({ name }) => name === query.get('topic'));
    query.delete('topic');
    if (topic === undefined) return refuse(request, reply, 'not-found', 404);
    if (!permits(session.operator.role, topic.permission)) return refuse(request, reply, 'forbidden', 403);
    if (isFull(session.operator.username)) {
      reply.header('retry-after', 10);
      return refuse(request, reply, 'busy', 503);
    }
    const { operator } = session;
    const { username } = operator;
    const rights = ({ role, cinemaCodes }: Session['operator']) => JSON.stringify([role, cinemaCodes]);
    const stream = beginEventStream(reply);
    if (stream === null) return;
    listening.set(username, (listening.get(username) ?? 0) + 1);
    const end = live.listen(
      {
        topic,
        cinemaCodes: operator.cinemaCodes,
        query,
        besides: (topic.besides ?? []).filter((permission) => permits(operator.role, permission)),
      },
      {
        write: stream.write,
        async isWelcome() {
          const found = await sessionOf(request, sessions, { asUse: false });
          return found !== null && rights(found.operator) === rights(operator);
        },
        end: stream.end,
      },
    );
    stream.onClose(() => {
      end();
      const left = (listening.get(username) ?? 1) - 1;
      if (left > 0) listening.set(username, left);
      else listening.delete(username);
    });
  });
}

/** Nobody works through a list faster. */
const EVERY_MS = 5_000;

/** A live list: each event is the whole answer of its JSON source, by filters and position. */
export function liveList(
  name: string,
  permission: Permission,
  list: (asked: AskedList & { readonly signal: AbortSignal }) => Promise<object>,
): LiveTopic {
  return {
    name,
    permission,
    everyMs: EVERY_MS,
    read: (cinemaCodes, query, signal) => list({ cinemaCodes, query, signal }),
  };
}
