import type { Session, Sessions } from '@ticket-check/operators/login';
import type { FastifyReply, FastifyRequest } from 'fastify';

/** Browsers take cookies of such a name from this host alone, over HTTPS, for every path. */
const SESSION_COOKIE = '__Host-session';
/** A login that waits for its second factor. */
const STEP_COOKIE = '__Host-login';
export const FORM_COOKIE = '__Host-form';
const TOKEN = /^[\w-]{43}$/;

/** Sent over HTTPS to this host alone, never to a script, and never with what another site asks for. */
export const COOKIE = { path: '/', secure: true, httpOnly: true, sameSite: 'strict' } as const;

/** So long a browser keeps the step between password and second factor, in seconds. */
const STEP_KEPT = 600;

/** Gives the browser the step of a login that its second factor belongs to. */
export function setLoginStepCookie(reply: FastifyReply, token: string): void {
  reply.setCookie(STEP_COOKIE, token, { ...COOKIE, maxAge: STEP_KEPT });
}

/** The token of the login step that a browser has; null where it has none. */
export function loginStepOf({ cookies }: FastifyRequest): string | null {
  const token = cookies[STEP_COOKIE];
  return token !== undefined && TOKEN.test(token) ? token : null;
}

/** Has the browser forget a login that waited too long; a session that it has goes on. */
export function clearLoginStepCookie(reply: FastifyReply): void {
  reply.clearCookie(STEP_COOKIE, COOKIE);
}

/** Gives the browser a session; forms that it has open are out of date from then on. */
export function setSessionCookie(reply: FastifyReply, token: string): void {
  reply.setCookie(SESSION_COOKIE, token, COOKIE);
  reply.clearCookie(STEP_COOKIE, COOKIE);
  reply.clearCookie(FORM_COOKIE, COOKIE);
}

export function clearSessionCookie(reply: FastifyReply): void {
  reply.clearCookie(SESSION_COOKIE, COOKIE);
  reply.clearCookie(STEP_COOKIE, COOKIE);
  reply.clearCookie(FORM_COOKIE, COOKIE);
}

/** Said of what a page asks by itself, which is no use of the session: one that nobody touches ends all the same. */
const LOOKS_ON = 'x-looks-on';

/**
 * The session of the browser that asks; null where it has none that goes on. To ask is to use it, unless `asUse` is false or the page
 * says that it asks by itself.
 */
export async function sessionOf(
  { cookies, headers }: FastifyRequest,
  sessions: Pick<Sessions, 'find'>,
  { asUse = true } = {},
): Promise<Session | null> {
  const token = cookies[SESSION_COOKIE];
  if (token === undefined || !TOKEN.test(token)) return null;
  return sessions.find(token, { asUse: asUse && headers[LOOKS_ON] === undefined });
}
