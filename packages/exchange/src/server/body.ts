import type { IncomingMessage } from 'node:http';
import { ProtocolError, SMALL_BODY_BYTES } from '@ticket-check/protocol';
import type { ByteBudget } from '@ticket-check/runtime';
import type { FastifyContentTypeParser } from 'fastify';

/** A body as it came, whose bytes count against the budget until they are released. */
export type ReceivedBody = {
  readonly bytes: Buffer;
  /** To be called once it is known who sent them, or that it was nobody; again changes nothing. */
  release(): void;
};

/** Stands for a body that was not kept, and why. */
export type RefusedBody = { readonly refusal: ProtocolError };

const MOST_DISCARDED = 32 * 1024 * 1024;

/**
 * Reads a request's body as it came. One that exceeds the limit, or what the budget has left for its sender, is answered
 * at once while the rest is still taken off the wire and dropped, because a client that writes everything before it reads
 * would otherwise meet a closed connection in place of the answer.
 */
export function bodyReader(limit: number, budget: ByteBudget): FastifyContentTypeParser {
  return (request, payload: IncomingMessage, done) => {
    const { ip } = request;
    const declared = Number(payload.headers['content-length'] ?? Number.NaN);
    const chunks: Buffer[] = [];
    let size = 0;
    let held = 0;
    let answered = false;

    function release(): void {
      if (held > 0) budget.return(ip, held);
      held = 0;
    }
    function settle(error: Error | null, body?: ReceivedBody | RefusedBody): void {
      if (answered) return;
      answered = true;
      if (body === undefined || !('bytes' in body)) {
        chunks.length = 0;
        release();
      }
      done(error, body);
    }
    function keep(chunk: Buffer): void {
      // A small body that came in one piece is dealt with at once: only what is waited for piles up.
      const isWhole = chunks.length === 0 && chunk.length === declared && declared <= SMALL_BODY_BYTES;
      if (!isWhole) {
        if (!budget.take(ip, chunk.length)) {
          settle(null, { refusal: overloaded() });
          return;
        }
        held += chunk.length;
      }
      chunks.push(chunk);
    }

    payload.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size > limit + MOST_DISCARDED) payload.destroy();
      if (answered) return;
      if (size > limit) settle(null, { refusal: tooLarge(limit) });
      else keep(chunk);
    });
    payload.on('end', () => {
      const bytes = chunks.length === 1 && chunks[0] !== undefined ? chunks[0] : Buffer.concat(chunks);
      settle(null, { bytes, release });
    });
    const ended = () => {
      // Every body is closed in the end; an error is dear, and made only where it is told.
      if (!answered) settle(new ProtocolError('INVALID_JSON', 'The body ended before it was complete.'));
    };
    payload.on('error', ended);
    payload.on('close', ended);
    if (declared > limit) settle(null, { refusal: tooLarge(limit) });
  };
}

function tooLarge(limit: number): ProtocolError {
  return new ProtocolError('BODY_TOO_LARGE', `The body is larger than the ${limit} bytes that 1000 records need.`);
}

function overloaded(): ProtocolError {
  return new ProtocolError(
    'OVERLOADED',
    'Too many bytes of requests are on their way from this address, or to this server; send the same request again later.',
  );
}
