import type { IncomingMessage } from 'node:http';
import { ProtocolError } from '@ticket-check/protocol';
import type { FastifyContentTypeParser } from 'fastify';

/** Stands for a body that was larger than the limit; what came of it is not kept. */
export const TOO_LARGE = Symbol('body too large');

const MOST_DISCARDED = 32 * 1024 * 1024;

/**
 * Reads a request's body as it came. One that exceeds the limit is answered at once while the rest is still taken off
 * the wire and dropped, because a client that writes everything before it reads would otherwise meet a closed
 * connection in place of the answer.
 */
export function bodyReader(limit: number): FastifyContentTypeParser {
  return (_request, payload: IncomingMessage, done) => {
    const chunks: Buffer[] = [];
    let size = 0;
    let answered = false;
    payload.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size <= limit) {
        chunks.push(chunk);
        return;
      }
      chunks.length = 0;
      if (size > limit + MOST_DISCARDED) payload.destroy();
      if (answered) return;
      answered = true;
      done(null, TOO_LARGE);
    });
    payload.on('end', () => {
      if (answered) return;
      answered = true;
      done(null, chunks.length === 1 ? chunks[0] : Buffer.concat(chunks));
    });
    payload.on('error', () => {
      if (answered) return;
      answered = true;
      done(new ProtocolError('INVALID_JSON', 'The body ended before it was complete.'));
    });
  };
}
