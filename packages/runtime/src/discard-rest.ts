import type { FastifyReply, FastifyRequest } from 'fastify';

/** How much of a body is still taken off the wire once its request was refused, in bytes. */
export const MAX_DISCARDED = 32 * 1024 * 1024;

/**
 * To be called before a request is refused whose body may not have been read to its end: the rest is taken off the wire and
 * dropped, and the connection stays. A client that writes everything before it reads would otherwise meet a connection that was
 * reset over its unread bytes in place of the answer. Who goes on sending is cut off.
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
