import type { createApiTokens, createSessions, TokenScope } from '@ticket-check/operators/login';
import { permits } from '@ticket-check/operators/login';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { FirstDuty } from './first-duty.ts';
import type { JsonSource } from './page.ts';
import { PAGE_ERRORS, PageError } from './page-error.ts';
import { readTexts } from './sent-texts.ts';
import { sessionOf } from './session-cookie.ts';

/**
 * Serves what capabilities offer as JSON, with GET alone: to machines by a token (`Authorization: Bearer`), and to operators by
 * their session. What is refused is answered as JSON too, with 401 where nobody is known.
 */
export function serveJson(
  app: FastifyInstance,
  options: {
    sources: readonly JsonSource[];
    tokens: Pick<ReturnType<typeof createApiTokens>, 'find'>;
    sessions: Pick<ReturnType<typeof createSessions>, 'find'>;
    firstDuty: FirstDuty;
    note(code: string, request: FastifyRequest): void;
  },
): void {
  const { sources, tokens, sessions, firstDuty, note } = options;

  /** What whoever asks may see; null where nobody is known. */
  async function scopeOf(request: FastifyRequest, { permission }: JsonSource): Promise<Scope | null> {
    const bearer = /^Bearer (\S+)$/i.exec(request.headers.authorization ?? '')?.[1];
    if (bearer !== undefined) {
      const token = await tokens.find(bearer);
      return token === null ? null : { ...token, isPermitted: token.permissions.includes(permission) };
    }
    const operator = (await sessionOf(request, sessions))?.operator;
    if (operator === undefined || firstDuty(operator) !== null) return null;
    return { cinemaCodes: operator.cinemaCodes, isPermitted: permits(operator.role, permission) };
  }

  function refuse(request: FastifyRequest, reply: FastifyReply, code: string, status: number): FastifyReply {
    note(`json ${code}`, request);
    return reply.code(status).send({ error: code });
  }

  for (const source of sources) {
    app.get(source.path, async (request, reply) => {
      const scope = await scopeOf(request, source);
      if (scope === null) {
        reply.header('www-authenticate', 'Bearer');
        return refuse(request, reply, 'unauthorized', 401);
      }
      if (!scope.isPermitted) return refuse(request, reply, 'forbidden', 403);
      try {
        return await source.handler({ cinemaCodes: scope.cinemaCodes, query: readTexts(request.query) });
      } catch (error) {
        if (!(error instanceof PageError)) throw error;
        return refuse(request, reply, error.kind, PAGE_ERRORS[error.kind]);
      }
    });
  }
}

type Scope = Pick<TokenScope, 'cinemaCodes'> & { readonly isPermitted: boolean };
