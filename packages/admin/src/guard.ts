import type { Logins, Session, Sessions } from '@ticket-check/operators';
import type { LogSampler, Service } from '@ticket-check/runtime';
import type { FastifyReply, FastifyRequest, RouteShorthandOptions } from 'fastify';
import type { NamesOf } from './names.ts';
import { type Access, type FirstDuty, mayAsk, type PageSet } from './page.ts';
import type { Renderer } from './renderer.ts';
import { PageError, parseReturnPath, Refused, withReturn } from './sent-texts.ts';
import { sessionOf } from './session-cookie.ts';

declare module 'fastify' {
  interface FastifyRequest {
    /** The session of the request; null before it was looked up, and without one. */
    operatorSession: Session | null;
  }
  interface FastifyContextConfig {
    /** The declared access of the route, which tests that walk all routes read. A route without it is open to everybody. */
    access?: Access;
    /** For programs and screens: it is answered with JSON, also where it is refused. The log names the kind. */
    json?: 'json' | 'action' | 'events';
    /** What may be listened to by it: what walks all topics reads it. */
    topics?: readonly { readonly name: string }[];
  }
}

/** What the parts of a console are served with. */
export type ConsoleKit = {
  readonly service: Service;
  readonly sets: readonly PageSet[];
  readonly namesOf: NamesOf;
  readonly sessions: Sessions;
  readonly logins: Logins;
  readonly firstDuty: FirstDuty;
  readonly refusals: LogSampler;
  note(code: string, request: FastifyRequest): void;
  readonly renderer: Renderer;
  readonly guard: Guard;
  /** Refuses a change without the CSRF token. */
  readonly unforged: Pick<RouteShorthandOptions, 'preHandler'>;
};

export type Guard = (access: Access) => (request: FastifyRequest, reply: FastifyReply) => Promise<unknown>;

/** Passes requests with a session and the permission; others are refused, or led to the login or their first duty. */
export function createGuard({ sessions, firstDuty, renderer }: Omit<ConsoleKit, 'guard'>): Guard {
  return (access) => async (request, reply) => {
    const session = await sessionOf(request, sessions);
    request.operatorSession = session;
    const isJson = request.routeOptions.config.json !== undefined;
    const duty = session && firstDuty(session.operator);
    if (session !== null && mayAsk(session.operator.role, access, duty)) return;
    if (isJson && (session === null || duty !== null)) throw new Refused('unauthorized', { status: 401 });
    const back = parseReturnPath(request.url);
    if (session === null) {
      if (isLinkFromElsewhere(request)) {
        // A link in a colleague's message: the browser leaves the cookie out, and sends it once this page asks.
        return renderer.moment(reply, null, back);
      }
      return reply.redirect(withReturn('/login', back), 303);
    }
    if (duty !== null) return reply.redirect(withReturn(duty, back), 303);
    throw new PageError('forbidden');
  };
}

/** For JSON of one's own that is there before the first duty is done. */
export const ownJson = (guard: Guard) => ({
  config: { access: 'own password', json: 'json' } as const,
  onRequest: guard('own password'),
});

export function sessionIn({ operatorSession }: FastifyRequest): Session {
  if (operatorSession === null) throw new Error('the guard lets nobody pass without a session');
  return operatorSession;
}

const isLinkFromElsewhere = ({ method, headers }: FastifyRequest): boolean =>
  method === 'GET' && headers['sec-fetch-site'] === 'cross-site';
