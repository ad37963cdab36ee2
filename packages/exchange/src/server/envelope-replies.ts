import {
  EXTENSIONS_HEADER,
  type Extension,
  errorReplyJson,
  formatExtensions,
  formatStoreGeneration,
  GENERATION_HEADER,
  inChinese,
  type MessageLanguage,
  POSITION_HEADER,
  ProtocolError,
  type StoreGeneration,
  wallClockAt,
  writeReply,
} from '@ticket-check/protocol';
import { isReported, type LogSampler } from '@ticket-check/runtime';
import { storeFault } from '@ticket-check/storage';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { isUsername } from '../accounts/account.ts';

/** What every reply of a platform says beside its ReplyData. */
export type EnvelopeOptions = {
  /** Epoch milliseconds. */
  now: () => number;
  /** What is announced on every reply, beside `signed-store`, which all signed Apis speak. Reading X1. */
  extensions: readonly Extension[];
  /** The generation of the store's data as it is now, with those that it replaces, and how much was ever written. Reading X4. */
  currentGeneration: () => StoreGeneration & { readonly position?: number | null };
};

type RefusalOptions = {
  /** Takes the log lines about refusals. */
  refusals: LogSampler;
  /** Called for each request that the store could not serve, but for a database that does not answer, with the reason in a few words. */
  onStoreFault?: (fault: string) => void;
};

/** Who is refused: the name that was given, and the language of the account once it has proved that it is its own. */
type RefusedSender = { readonly username: string | undefined; readonly language: MessageLanguage };

const RETRY_AFTER_SECONDS = 2;

/** Replies in the envelope of the scheme (6.4.2, 7.4.2). */
export function envelopeReplies(options: EnvelopeOptions & RefusalOptions) {
  const { now, refusals } = options;
  const announced = formatExtensions([...options.extensions, 'signed-store']);

  function reply(to: FastifyReply, status: number, replyData: unknown): void {
    to.code(status)
      .headers({
        'content-type': 'application/json; charset=utf-8',
        [EXTENSIONS_HEADER]: announced,
        [GENERATION_HEADER]: formatStoreGeneration(options.currentGeneration()),
      })
      .send(writeReply(wallClockAt(now()), replyData));
  }

  /** Logs a refusal, sampled. The line holds nothing that the caller sent but a name in the form of a username. */
  function note(request: FastifyRequest, refusal: ProtocolError, username: string | undefined, error: unknown): void {
    const sender = username !== undefined && isUsername(username) && { username };
    const line = { code: refusal.code, ...sender, remoteAddress: request.ip };
    const cause = error instanceof ProtocolError ? error.cause : error;
    // OVERLOADED is a deliberate refusal; every other 5xx is a fault of this platform.
    const isFault = refusal.status >= 500 && refusal.code !== 'OVERLOADED';
    refusals.note(refusal.code, request.ip, () => {
      if (!isFault) request.log.warn({ ...line, reason: refusal.message }, 'request refused');
      else request.log.error(cause === undefined ? line : { ...line, err: cause }, 'request refused');
    });
  }

  return {
    answer(to: FastifyReply, replyData: unknown): void {
      // To callers that are known only: strangers could see how busy the platform is.
      const { position } = options.currentGeneration();
      if (position != null) to.header(POSITION_HEADER, position);
      reply(to, 200, replyData);
    },
    /** Refuses with `ErrorCode` and `ErrorMessage`. An error that is no ProtocolError is logged whole and answered blandly. */
    refuse(request: FastifyRequest, to: FastifyReply, error: unknown, sender?: RefusedSender): void {
      const refusal = error instanceof ProtocolError ? error : unexpected(error);
      // A database that does not answer is known to the store, and said once.
      const isKnown = isReported(error);
      if (refusal.code === 'STORE_UNAVAILABLE' && !isKnown)
        options.onStoreFault?.(storeFault(error) ?? 'it cannot be used');
      if (refusal.status >= 400 && !isKnown) note(request, refusal, sender?.username, error);
      if (refusal.details?.closesConnection === true) to.header('connection', 'close');
      if (refusal.code === 'OVERLOADED') {
        to.header('retry-after', Number(refusal.details?.retryAfterSeconds ?? RETRY_AFTER_SECONDS));
      }
      const refused = errorReplyJson(refusal.code, refusal.message);
      reply(to, refusal.status, sender?.language === 'zh' ? inChinese(refused) : refused);
    },
  };
}

/** A failing store has a code of its own: the same request succeeds once the store works again. */
function unexpected(error: unknown): ProtocolError {
  if (storeFault(error) !== null) {
    return new ProtocolError('STORE_UNAVAILABLE', 'The store cannot be read or written now; try again.');
  }
  return new ProtocolError('INTERNAL_ERROR', 'Something unexpected failed here; the log says what.');
}
