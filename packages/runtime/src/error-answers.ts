import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { LogSampler } from './log-sampler.ts';

/** Answers errors that no route handled. A 4xx carries its reason, and is logged in samples; a 5xx is logged whole and answered blandly. */
export function answerErrors(app: FastifyInstance, refusals: LogSampler): void {
  app.setErrorHandler((error: FastifyError, request, reply) => {
    const { statusCode = 500, code = 'BAD_REQUEST', message } = error;
    const status = statusCode >= 400 ? statusCode : 500;
    reply.code(status);
    discardRest(request, reply);
    if (status < 500) {
      const line = { code, remoteAddress: request.ip, reason: message };
      refusals.note(code, request.ip, () => request.log.info(line, 'request refused'));
      return { error: code, message, requestId: request.id };
    }
    request.log.error({ err: error, method: request.method, route: request.routeOptions.url }, 'request failed');
    return { error: 'INTERNAL_ERROR', message: 'This request failed here; the log says why.', requestId: request.id };
  });
}

/** How much of a body is still taken off the wire once its request was refused, in bytes. */
export const MAX_DISCARDED = 32 * 1024 * 1024;

/**
 * To be called before a request is refused whose body may be unread: the rest is dropped, and the connection stays. A client that writes
 * everything before it reads would otherwise find the connection reset, and no answer. One that goes on sending is cut off.
 */
export function discardRest({ raw }: FastifyRequest, reply: FastifyReply): void {
  if (raw.complete) return;
  // Fastify sets it where it stops reading.
  reply.removeHeader('connection');
  let discarded = 0;
  raw.on('data', (chunk: Buffer) => {
    discarded += chunk.length;
    if (discarded > MAX_DISCARDED) raw.destroy();
  });
}
