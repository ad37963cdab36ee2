import type { IncomingMessage } from 'node:http';
import { ProtocolError, SMALL_BODY_BYTES } from '@ticket-check/protocol';
import { type ByteBudget, type HeldBytes, MAX_DISCARDED } from '@ticket-check/runtime';
import type { FastifyContentTypeParser } from 'fastify';

/** A received body, whose bytes count against the budget until they are released. */
export type ReceivedBody = {
  /** Whether it has more than 64 KiB. */
  readonly isLarge: boolean;
  /**
   * The bytes. From now on they are not evicted; they count until they are released. To be called once.
   * @throws ProtocolError OVERLOADED if they were evicted in favour of another address.
   */
  take(): Buffer;
  /** To be called once the sender is known or the request is refused; idempotent. */
  release(): void;
};

/** Takes the place of a body that was not kept. */
export type RefusedBody = { readonly refusal: ProtocolError };

export type BodyLimits = {
  /** Bytes of one body. */
  limit: number;
  /** Bounds the bytes of all bodies whose sender is not known yet. */
  budget: ByteBudget;
  /** Bytes of a body that have to arrive in each period while it is incomplete. */
  leastRate: { bytes: number; perMs: number };
};

/** Memory that each piece of a body takes beside its bytes: a Buffer and its allocation. */
const PIECE_BYTES = 512;

/**
 * Reads a request's body as it came. One that exceeds the limit, or what the budget has left for its sender, is answered at
 * once while the rest is still taken off the wire and dropped, because a client that writes everything before it reads
 * would otherwise see a closed connection instead of the answer. One that arrives too slowly, or whose bytes are evicted in
 * favour of another address, is answered and its connection closed.
 */
export function bodyReader({ limit, budget, leastRate }: BodyLimits): FastifyContentTypeParser {
  return (request, payload: IncomingMessage, done) => {
    const declared = Number(payload.headers['content-length'] ?? Number.NaN);
    const chunks: Buffer[] = [];
    let size = 0;
    let held: HeldBytes | undefined;
    let pace: NodeJS.Timeout | undefined;
    let answered = false;
    /** The body from its end until it is taken. */
    let whole: Buffer | undefined;

    function settle(error: Error | null, body?: ReceivedBody | RefusedBody): void {
      if (answered) return;
      answered = true;
      clearInterval(pace);
      chunks.length = 0;
      if (body === undefined || 'refusal' in body) held?.release();
      done(error, body);
    }
    function evict(): void {
      whole = undefined;
      settle(null, { refusal: evicted() });
    }
    function hold(): HeldBytes {
      let before = 0;
      pace = setInterval(() => {
        if (size - before < leastRate.bytes) settle(null, { refusal: tooSlow() });
        before = size;
      }, leastRate.perMs);
      return budget.hold(request.ip, evict);
    }
    function keep(chunk: Buffer): void {
      // A small body that comes in one piece is processed at once; only incomplete bodies accumulate.
      const isWhole = chunks.length === 0 && chunk.length === declared && declared <= SMALL_BODY_BYTES;
      if (!isWhole) {
        held ??= hold();
        if (!held.take(chunk.length + PIECE_BYTES)) {
          settle(null, { refusal: overloaded() });
          return;
        }
      }
      chunks.push(chunk);
    }
    function received(): ReceivedBody {
      const bytes = chunks.length === 1 && chunks[0] !== undefined ? chunks[0] : Buffer.concat(chunks);
      const isLarge = size > SMALL_BODY_BYTES;
      if (held === undefined) return uncounted(bytes, isLarge);
      const { pin, release } = held;
      whole = bytes;
      return {
        isLarge,
        take() {
          if (whole === undefined) throw evicted();
          const taken = whole;
          whole = undefined;
          pin();
          return taken;
        },
        release,
      };
    }

    payload.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size > limit + MAX_DISCARDED) payload.destroy();
      if (answered) return;
      if (size > limit) settle(null, { refusal: tooLarge(limit) });
      else keep(chunk);
    });
    payload.on('end', () => {
      if (!answered) settle(null, received());
    });
    const ended = () => {
      // 'close' follows every body; creating an error is slow, so it is done only where it is reported.
      if (!answered) settle(new ProtocolError('INVALID_JSON', 'The body ended before it was complete.'));
    };
    payload.on('error', ended);
    payload.on('close', ended);
    if (declared > limit) settle(null, { refusal: tooLarge(limit) });
  };
}

/**
 * A body that counts against no budget. A function of its own, since all functions inside another one share its variables:
 * one that returns `bytes` there would keep the bytes of every body for as long as any of them is referenced.
 */
function uncounted(bytes: Buffer, isLarge: boolean): ReceivedBody {
  return { isLarge, take: () => bytes, release: () => {} };
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

function evicted(): ProtocolError {
  return new ProtocolError(
    'OVERLOADED',
    'The body was dropped in favour of another address: of all addresses this one had most bytes of requests on their way. Send the same request again later.',
    { closesConnection: true },
  );
}

function tooSlow(): ProtocolError {
  return new ProtocolError(
    'BODY_TOO_SLOW',
    'The body arrived too slowly; send the same request again over a better line, or with fewer records.',
    { closesConnection: true },
  );
}
