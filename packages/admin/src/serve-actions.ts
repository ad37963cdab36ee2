import type { Logins, Session } from '@ticket-check/operators';
import { discardRest } from '@ticket-check/runtime';
import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest, RouteShorthandOptions } from 'fastify';
import { z } from 'zod';
import { type ConsoleKit, type Guard, sessionIn } from './guard.ts';
import { languageOf } from './language.ts';
import { type Action, ActionRefused } from './page.ts';
import { PAGE_ERRORS, PageError, refuseControls } from './sent-texts.ts';

const withPassword = z.looseObject({ password: z.string() });

/**
 * Serves the changes that screens ask for: only JSON, only for a session, and never without the CSRF token.
 */
export async function serveActions(
  app: FastifyInstance,
  { note }: ConsoleKit,
  options: {
    actions: readonly Action[];
    logins: Pick<Logins, 'verify'>;
    guard: Guard;
    unforged: Pick<RouteShorthandOptions, 'preHandler'>;
  },
): Promise<void> {
  const { actions, logins, guard, unforged } = options;

  function refuse(request: FastifyRequest, reply: FastifyReply, code: string, status: number): FastifyReply {
    note(`action ${code}`, request);
    return reply.code(status).send({ error: code });
  }

  /** Answers for a password that is not the operator's; null if it is. */
  async function passwordRefusal(session: Session, request: FastifyRequest, reply: FastifyReply) {
    const sent = withPassword.safeParse(request.body);
    if (!sent.success) return refuse(request, reply, 'password-missing', 400);
    const outcome = await logins.verify(session, { password: sent.data.password, address: request.ip });
    if (outcome.kind === 'right') return null;
    if (outcome.kind === 'refused') return refuse(request, reply, 'wrong-password', 403);
    reply.header('retry-after', outcome.waitSeconds);
    return refuse(request, reply, outcome.kind, 429);
  }

  await app.register(async (json) => {
    json.removeAllContentTypeParsers();
    json.addContentTypeParser('application/json', { parseAs: 'string' }, json.getDefaultJsonParser('error', 'error'));
    json.setErrorHandler((error: FastifyError | PageError | ActionRefused, request, reply) => {
      discardRest(request, reply);
      if (error instanceof PageError) return refuse(request, reply, error.kind, PAGE_ERRORS[error.kind]);
      if (error instanceof ActionRefused) return refuse(request, reply, error.code, error.status);
      const status = error.statusCode ?? 500;
      if (status >= 500) {
        request.log.error({ err: error, method: request.method, route: request.routeOptions.url }, 'action failed');
        return reply.code(status).send({ error: 'failed', requestId: request.id });
      }
      if (error.code.startsWith('FST_CSRF_')) return refuse(request, reply, 'forged-form', 403);
      return refuse(request, reply, status === 413 ? 'too-long' : 'bad-input', status);
    });

    for (const { path, permission, needsPassword = false, body, handler } of actions) {
      json.post(
        path,
        { config: { access: permission }, onRequest: guard(permission, 'json'), ...unforged },
        async (request, reply) => {
          const session = sessionIn(request);
          refuseControls(request.body);
          const { password: _, ...sent } = Object(request.body);
          const read = body.safeParse(needsPassword ? sent : request.body);
          if (!read.success) return refuse(request, reply, 'bad-input', 400);
          const refused = needsPassword ? await passwordRefusal(session, request, reply) : null;
          if (refused !== null) return refused;
          return handler({
            session,
            operator: session.operator,
            language: languageOf(request),
            address: request.ip,
            body: read.data,
          });
        },
      );
    }
  });
}
