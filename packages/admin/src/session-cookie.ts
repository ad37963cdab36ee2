import cookie from '@fastify/cookie';
import {
  createSessions,
  type OperationTables,
  type OperatorTables,
  type Role,
  runOperation,
  type Session,
  type Sessions,
} from '@ticket-check/operators';
import type { Service } from '@ticket-check/runtime';
import type { Store } from '@ticket-check/storage';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { createFirstDuty } from './page.ts';

declare module 'fastify' {
  interface FastifyInstance {
    cookieNames: CookieNames;
  }
}

/** `step`: a login that waits for its second factor; `form`: what forms are compared with. */
type CookieNames = { readonly session: string; readonly step: string; readonly form: string };

/**
 * Names the cookies of a service's console. Browsers send a cookie to every port of a host, where consoles of other services may be.
 * They take one named `__Host-` from this host only, over HTTPS, for every path.
 */
export function nameCookies(app: FastifyInstance, service: string): CookieNames {
  const named = (what: string) => `__Host-${what}-${service}`;
  const names = { session: named('session'), step: named('login'), form: named('form') };
  app.decorate('cookieNames', names);
  return names;
}

const TOKEN = /^[\w-]{43}$/;

/** Sent only over HTTPS to this host, never to a script, and never with requests from another site. */
export const COOKIE = { path: '/', secure: true, httpOnly: true, sameSite: 'strict' } as const;

/** How long a browser keeps the step between password and second factor, in seconds. */
const STEP_KEPT = 600;

/** Gives the browser the step of a login that its second factor belongs to. */
export const setLoginStepCookie = (reply: FastifyReply, token: string): unknown =>
  reply.setCookie(reply.server.cookieNames.step, token, { ...COOKIE, maxAge: STEP_KEPT });

/** The token of the login step that a browser has; null if it has none. */
export function loginStepOf({ cookies, server }: FastifyRequest): string | null {
  const token = cookies[server.cookieNames.step];
  return token !== undefined && TOKEN.test(token) ? token : null;
}

/** Has the browser forget a login that waited too long; a session that it has goes on. */
export const clearLoginStepCookie = (reply: FastifyReply): unknown =>
  reply.clearCookie(reply.server.cookieNames.step, COOKIE);

/** Gives the browser a session; forms that it has open are out of date from then on. */
export function setSessionCookie(reply: FastifyReply, token: string): void {
  const { session, step, form } = reply.server.cookieNames;
  reply.setCookie(session, token, COOKIE);
  for (const name of [step, form]) reply.clearCookie(name, COOKIE);
}

export function clearSessionCookie(reply: FastifyReply): void {
  for (const name of Object.values(reply.server.cookieNames)) reply.clearCookie(name, COOKIE);
}

/** Marks a page's own requests, which do not count as use: the session of an unattended page ends. */
const LOOKS_ON = 'x-looks-on';

/** The session of the requesting browser; null without one. It counts as use, unless `asUse` is false or the page says otherwise. */
export async function sessionOf(
  { cookies, headers, server }: FastifyRequest,
  sessions: Pick<Sessions, 'find'>,
  { asUse = true } = {},
): Promise<Session | null> {
  const token = cookies[server.cookieNames.session];
  if (token === undefined || !TOKEN.test(token)) return null;
  return sessions.find(token, { asUse: asUse && headers[LOOKS_ON] === undefined });
}

/**
 * The login of a service's console, for pages of the same host on another port: browsers send cookies to every port of a host. Adds
 * the cookie parser to `app`.
 */
export async function besideConsole(
  app: FastifyInstance,
  options: {
    /** The service whose console it is. */
    service: Pick<Service, 'name' | 'now'>;
    store: Store<OperatorTables & OperationTables>;
    settings: { readonly SECOND_FACTOR_ROLES: readonly Role[] };
  },
) {
  const { store, settings } = options;
  const { name, now } = options.service;
  await app.register(cookie);
  nameCookies(app, name);
  const sessions = createSessions(store, now);
  const firstDuty = createFirstDuty(settings.SECOND_FACTOR_ROLES);
  return {
    /**
     * Who is logged in; null: nobody, or somebody who first has to choose a password or set up a second factor. Counts as use, unless
     * `asUse` is false.
     */
    async operator(request: FastifyRequest, how?: { readonly asUse: boolean }) {
      const operator = (await sessionOf(request, sessions, how))?.operator ?? null;
      return operator === null || firstDuty(operator) !== null ? null : operator;
    },
    /** Logs out, so that no login stays behind. @param reason why, as the audit says it */
    async leave(request: FastifyRequest, reply: FastifyReply, reason: string): Promise<void> {
      const session = await sessionOf(request, sessions, { asUse: false });
      if (session === null) return;
      clearSessionCookie(reply);
      const { tokenHash, operator } = session;
      const operation = { name: 'logout', actor: operator.username, from: request.ip, what: { reason }, now };
      await runOperation(store, operation, (within) => createSessions(within, now).end(tokenHash));
    },
  };
}
