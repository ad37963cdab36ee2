import type { IncomingMessage } from 'node:http';
import { ProtocolError, SMALL_BODY_BYTES } from '@ticket-check/protocol';
import { MAX_DISCARDED } from '@ticket-check/runtime';
import type { FastifyContentTypeParser } from 'fastify';

export type ReceivedBody = ReturnType<typeof receivedBody>;

export function receivedBody(given: Buffer, held?: HeldBody) {
  let bytes: Buffer | undefined = given;
  return {
    isLarge: held !== undefined,
    /** The bytes, which are not kept here. To be called once. */
    take(): Buffer {
      const taken = bytes ?? Buffer.alloc(0);
      bytes = undefined;
      return taken;
    },
    /** To be called once the sender is known or the request is refused; idempotent. */
    release: () => held?.release(),
  };
}

/** Takes the place of a body that was not kept. */
export type RefusedBody = { readonly refusal: ProtocolError };

export type BodyLimits = {
  limit: number;
  /** How long a body may take to arrive, in milliseconds: less than a whole request, so that its sender reads why. */
  withinMs: number;
  large: LargeBodies;
};

const FIRST_BYTES = 4096;

/** Reads a body as it came. What exceeds the limit is taken off the wire, or a client that writes on would see no answer. */
export function bodyReader({ limit, withinMs, large }: BodyLimits): FastifyContentTypeParser {
  return (_request, payload: IncomingMessage, done) => {
    const declared = Number(payload.headers['content-length'] ?? Number.NaN);
    let bytes: Buffer | undefined;
    let size = 0;
    let held: HeldBody | undefined;
    let timer: NodeJS.Timeout | undefined;
    let answered = false;

    function settle(error: Error | null, body?: ReceivedBody | RefusedBody): void {
      answered = true;
      clearTimeout(timer);
      bytes = undefined;
      done(error, body);
    }
    function refuse(refusal: ProtocolError): void {
      held?.release();
      settle(null, { refusal });
    }
    function keep(chunk: Buffer): void {
      // A small body that comes in one piece is not copied.
      if (size === declared && chunk.length === size && size <= SMALL_BODY_BYTES) {
        bytes = chunk;
        return;
      }
      timer ??= setTimeout(() => refuse(tooSlow()), withinMs);
      const room = bytes !== undefined && bytes.length >= size ? bytes.length : roomFor(size);
      if (size > SMALL_BODY_BYTES) {
        held ??= large.hold(() => refuse(dropped()));
        held.take(chunk.length, room);
        if (answered) return;
      }
      // Copied, because a piece of one byte can keep hundreds alive.
      if (bytes?.length !== room) {
        const before = bytes;
        bytes = Buffer.allocUnsafeSlow(room);
        before?.copy(bytes);
      }
      chunk.copy(bytes, size - chunk.length);
    }
    /** Twice what has arrived, so that a body is copied only a few times. */
    function roomFor(arrived: number): number {
      const most = arrived > SMALL_BODY_BYTES ? limit : SMALL_BODY_BYTES;
      return Math.min(Math.max(FIRST_BYTES, 2 * arrived), declared || most, most);
    }

    payload.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size > limit + MAX_DISCARDED) payload.destroy();
      if (answered) return;
      if (size > limit) refuse(tooLarge(limit));
      else keep(chunk);
    });
    payload.on('end', () => {
      if (answered) return;
      held?.complete();
      settle(null, receivedBody(bytes?.subarray(0, size) ?? Buffer.alloc(0), held));
    });
    const ended = () => {
      // 'close' follows every body; creating an error is slow, so it is done only where it is reported.
      if (answered) return;
      held?.release();
      settle(new ProtocolError('INVALID_JSON', 'The body ended before it was complete.'));
    };
    payload.on('error', ended);
    payload.on('close', ended);
    if (declared > limit) refuse(tooLarge(limit));
  };
}

function tooLarge(limit: number): ProtocolError {
  return new ProtocolError('BODY_TOO_LARGE', `The body is larger than the ${limit} bytes that 1000 records need.`);
}

const CLOSING = { closesConnection: true };

function dropped(): ProtocolError {
  const message =
    'Too many bytes of requests are on their way, and this body was the slowest of them; send the same request again.';
  return new ProtocolError('OVERLOADED', message, CLOSING);
}

function tooSlow(): ProtocolError {
  const message = 'The body arrived too slowly; send the same request again over a better line, or with fewer records.';
  return new ProtocolError('BODY_TOO_SLOW', message, CLOSING);
}

export type LargeBodies = ReturnType<typeof createLargeBodies>;
/** One body of more than 64 KiB that arrives, or whose sender is not known yet. */
type HeldBody = ReturnType<LargeBodies['hold']>;

type Arriving = { allocated: number; recent: number; recentFrom: number; readonly drop: () => void };

/** A body is as fast as it was in this time or the last. */
const RECENT_MS = 5000;

/** Bounds the memory that strangers can make a server hold: bodies share `maxBytes`; the slowest that is still arriving makes way. */
export function createLargeBodies(maxBytes: number) {
  const arriving = new Set<Arriving>();
  let total = 0;

  function slowest(now: number): Arriving | undefined {
    let found: Arriving | undefined;
    let least = Number.POSITIVE_INFINITY;
    for (const body of arriving) {
      const ms = now - body.recentFrom;
      const rate = ms > 2 * RECENT_MS ? 0 : body.recent / ms;
      if (rate < least) [found, least] = [body, rate];
    }
    return found;
  }

  return {
    /** `onDropped` is called at most once, and has to release the body. */
    hold(onDropped: () => void) {
      const own: Arriving = { allocated: 0, recent: 0, recentFrom: performance.now(), drop: onDropped };
      arriving.add(own);
      return {
        /** Counts bytes that have arrived, and what is allocated for all of its bytes; where bodies take too much, the slowest are dropped. */
        take(bytes: number, allocated: number): void {
          const now = performance.now();
          if (now - own.recentFrom > RECENT_MS) {
            own.recent = 0;
            own.recentFrom = now;
          }
          own.recent += bytes;
          total += allocated - own.allocated;
          own.allocated = allocated;
          while (total > maxBytes && arriving.has(own)) (slowest(now) ?? own).drop();
        },
        /** It has arrived, and is not dropped any more. */
        complete: () => void arriving.delete(own),
        /** To be called once its sender is known or it is refused; idempotent. */
        release(): void {
          arriving.delete(own);
          total -= own.allocated;
          own.allocated = 0;
        },
      };
    },
    allocated: () => total,
  };
}
