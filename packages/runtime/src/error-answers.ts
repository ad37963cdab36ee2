import type { FastifyError, FastifyInstance } from 'fastify';
import { discardRest } from './discard-rest.ts';
import type { LogSampler } from './log-sampler.ts';

/**
 * Answers errors that no route answered itself: `{ error, message, requestId }`. What a 4xx was is told; what a 5xx was
 * is logged whole and not told. What is refused leaves a log line, or one for many.
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
