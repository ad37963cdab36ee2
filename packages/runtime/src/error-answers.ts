import type { FastifyError, FastifyInstance } from 'fastify';
import { discardRest } from './discard-rest.ts';
import type { LogSampler } from './log-sampler.ts';

/**
 * Answers errors that no route handled: `{ error, message, requestId }`. A 4xx carries its reason; a 5xx is logged whole
 * and answered blandly. Refusals are logged, sampled.
 */
export function answerErrors(app: FastifyInstance, refusals: LogSampler): void {
  app.setErrorHandler((error: FastifyError, request, reply) => {
    const status = error.statusCode !== undefined && error.statusCode >= 400 ? error.statusCode : 500;
    reply.code(status);
    discardRest(request, reply);
    if (status < 500) {
      const code = error.code ?? 'BAD_REQUEST';
      refusals.note(code, request.ip, () =>
        request.log.info({ code, remoteAddress: request.ip, reason: error.message }, 'request refused'),
      );
      return { error: error.code ?? 'BAD_REQUEST', message: error.message, requestId: request.id };
    }
    request.log.error({ err: error, method: request.method, route: request.routeOptions.url }, 'request failed');
    return { error: 'INTERNAL_ERROR', message: 'This request failed here; the log says why.', requestId: request.id };
  });
}
