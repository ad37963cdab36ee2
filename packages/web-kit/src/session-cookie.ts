import type { Session } from '@ticket-check/operators/login';
import type { FastifyReply, FastifyRequest } from 'fastify';

/** Browsers take cookies of such a name from this host alone, over HTTPS, for every path. */
const SESSION_COOKIE = '__Host-session';
export const FORM_COOKIE = '__Host-form';
const TOKEN = /^[\w-]{43}$/;

/** Sent over HTTPS to this host alone, never to a script, and never with what another site asks for. */
export const COOKIE = { path: '/', secure: true, httpOnly: true, sameSite: 'strict' } as const;

/** Gives the browser a session; forms that it has open are out of date from then on. */
export function setSessionCookie(reply: FastifyReply, token: string): void {
  reply.setCookie(SESSION_COOKIE, token, COOKIE);
  reply.clearCookie(FORM_COOKIE, COOKIE);
}

export function clearSessionCookie(reply: FastifyReply): void {
  reply.clearCookie(SESSION_COOKIE, COOKIE);
  reply.clearCookie(FORM_COOKIE, COOKIE);
}

/** The session of the browser that asks; null where it has none that goes on. */
export async function sessionOf(
  { cookies }: FastifyRequest,
  sessions: { find(token: string): Promise<Session | null> },
): Promise<Session | null> {
  const token = cookies[SESSION_COOKIE];
  return token !== undefined && TOKEN.test(token) ? sessions.find(token) : null;
}
