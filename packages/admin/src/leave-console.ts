import cookie from '@fastify/cookie';
import { createSessions, type OperationTables, type OperatorTables, runOperation } from '@ticket-check/operators';
import type { Service } from '@ticket-check/runtime';
import type { Store } from '@ticket-check/storage';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { clearSessionCookie, nameCookies, sessionOf } from './session-cookie.ts';

/** Logs out the console's session in the requesting browser. */
export type LeaveConsole = (request: FastifyRequest, reply: FastifyReply) => Promise<void>;

/**
 * For public pages of the same host: browsers send cookies to every port of a host. Opening such a page from the console logs
 * out, so that no login stays behind. Adds the cookie parser to `app`.
 */
export async function leavingConsole(
  app: FastifyInstance,
  options: {
    /** The service whose console it is. */
    service: Pick<Service, 'name' | 'now'>;
    store: Store<OperatorTables & OperationTables>;
    /** Why, as the audit says it. */
    reason: string;
  },
): Promise<LeaveConsole> {
  const { service, store, reason } = options;
  const { name, now } = service;
  await app.register(cookie);
  nameCookies(app, name);
  const sessions = createSessions(store, now);
  return async (request, reply) => {
    const session = await sessionOf(request, sessions, { asUse: false });
    if (session === null) return;
    clearSessionCookie(reply);
    const { tokenHash, operator } = session;
    await runOperation(
      store,
      { name: 'logout', actor: operator.username, from: request.ip, what: { reason }, now },
      (within) => createSessions(within, now).end(tokenHash),
    );
  };
}
