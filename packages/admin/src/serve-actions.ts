import type { LoginRefusal, Session } from '@ticket-check/operators';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { type ConsoleKit, sessionIn } from './guard.ts';
import { languageOf } from './language.ts';
import { PageError, Refused, refuseControls } from './sent-texts.ts';
import { setSessionCookie } from './session-cookie.ts';

const withPassword = z.looseObject({ password: z.string() });

/** Serves the changes that screens ask for: only JSON, only for a session, and never without the CSRF token. */
export async function serveActions(app: FastifyInstance, kit: ConsoleKit): Promise<void> {
  const { sets, logins, guard, unforged } = kit;

  async function confirmPassword(session: Session, request: FastifyRequest): Promise<void> {
    const sent = withPassword.safeParse(request.body);
    if (!sent.success) throw new Refused('password-missing', { status: 400 });
    const outcome = await logins.verify(session, { password: sent.data.password, address: request.ip });
    if (outcome.kind !== 'right') throw refusedLogin(outcome);
  }

  await app.register(async (json) => {
    json.removeAllContentTypeParsers();
    json.addContentTypeParser('application/json', { parseAs: 'string' }, json.getDefaultJsonParser('error', 'error'));
    for (const { path, permission: access, needsPassword = false, body, handler } of sets.flatMap(
      ({ actions = [] }) => actions,
    )) {
      const route = { config: { access, json: 'action' as const }, onRequest: guard(access), ...unforged };
      json.post(path, route, async (request, reply) => {
        const session = sessionIn(request);
        refuseControls(request.body);
        const { password: _, ...sent } = Object(request.body);
        const read = body.safeParse(needsPassword ? sent : request.body);
        if (!read.success) throw new PageError('bad-input');
        if (needsPassword) await confirmPassword(session, request);
        return handler({
          session,
          operator: session.operator,
          language: languageOf(request),
          address: request.ip,
          host: request.host,
          body: read.data,
          setSession: (token) => setSessionCookie(reply, token),
        });
      });
    }
  });
}

export const refusedLogin = (outcome: LoginRefusal): Refused =>
  outcome.kind === 'refused'
    ? new Refused('wrong-password', { status: 403 })
    : new Refused(outcome.kind, { status: 429, retryAfter: outcome.waitSeconds });
