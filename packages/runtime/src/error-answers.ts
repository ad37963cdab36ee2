import type { FastifyError, FastifyInstance } from 'fastify';

/**
 * Answers errors that no route answered itself: `{ error, message, requestId }`. What a 4xx was is told; what a 5xx was
 * is logged whole and not told.
 */
export function answerErrors(app: FastifyInstance): void {
  app.setErrorHandler((error: FastifyError, request, reply) => {
    const status = error.statusCode !== undefined && error.statusCode >= 400 ? error.statusCode : 500;
    reply.code(status);
    if (status < 500) {
      request.log.info({ code: error.code, reason: error.message }, 'request refused');
      return { error: error.code ?? 'BAD_REQUEST', message: error.message, requestId: request.id };
    }
    request.log.error({ err: error, method: request.method, route: request.routeOptions.url }, 'request failed');
    return { error: 'INTERNAL_ERROR', message: 'This request failed here; the log says why.', requestId: request.id };
  });
}
