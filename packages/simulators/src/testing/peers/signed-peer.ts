import { createPublicKey, type KeyObject } from 'node:crypto';
import {
  type CinemaCode,
  EXTENSIONS_HEADER,
  type Extension,
  epochOf,
  errorReplyJson,
  formatExtensions,
  formatStoreGeneration,
  GENERATION_HEADER,
  ProtocolError,
  parseExtensions,
  readEnvelope,
  type StoreGeneration,
  verifySignature,
  wallClockAt,
  writeReply,
} from '@ticket-check/protocol';
import { keyPairOf, type PeerAnswer, type PeerRequest } from '@ticket-check/runtime/testing';
import { NO_REPLY } from './faults.ts';

/** A call whose sender is known. */
export type PeerCall = {
  readonly api: string;
  readonly account: PeerAccount;
  /** QueryData as it came. */
  readonly query: Record<string, unknown>;
  /** Whether both sides speak an extension. Reading X1. */
  extended(token: Extension): boolean;
};

/** In place of ReplyData: an HTTP answer of any form, or what to do with the socket. */
export class HttpAnswer {
  readonly answer: PeerAnswer;

  constructor(answer: PeerAnswer) {
    this.answer = answer;
  }
}

type SignedPeerOptions = {
  accounts: ReadonlyMap<string, PeerAccount>;
  /** Epoch milliseconds. */
  now: () => number;
  /** What it announces; nothing announces nothing, not even the generation of its data. */
  extensions: readonly Extension[];
  currentGeneration: () => StoreGeneration;
  /** Answers with ReplyData, `HttpAnswer` or `NO_REPLY`; throws ProtocolError to refuse. */
  answer(call: PeerCall): Promise<unknown>;
};

const WINDOW_MS = 5 * 60_000;

/**
 * Answers requests of the scheme: reads the envelope, holds Datetime to the clock and the signature to the account, and
 * writes the reply or the refusal. Scheme 6.4, 6.5; readings E6, E9 and X4.
 */
export function answerSigned(options: SignedPeerOptions): (request: PeerRequest) => Promise<PeerAnswer> {
  const { accounts, now, extensions, currentGeneration, answer } = options;

  function callOf({ headers, body }: PeerRequest): PeerCall {
    const envelope = readEnvelope(Buffer.from(body));
    if (Math.abs(epochOf(envelope.datetime) - now()) > WINDOW_MS) {
      throw new ProtocolError('CLOCK_SKEW', 'Datetime is too far from the clock of this server.');
    }
    const account = accounts.get(envelope.username);
    if (account === undefined || !verifySignature(envelope, account.publicKey)) {
      throw new ProtocolError('SIGNATURE_INVALID', 'The user is unknown or the signature does not fit.');
    }
    const announced = parseExtensions(headers[EXTENSIONS_HEADER]);
    const extended = (token: Extension) => extensions.includes(token) && announced.has(token);
    return { api: envelope.api, account, query: envelope.query, extended };
  }

  function reply(status: number, replyData: unknown): PeerAnswer {
    const announced: Record<string, string> =
      extensions.length === 0
        ? {}
        : {
            [EXTENSIONS_HEADER]: formatExtensions(extensions),
            [GENERATION_HEADER]: formatStoreGeneration(currentGeneration()),
          };
    return { status, headers: announced, body: writeReply(wallClockAt(now()), replyData) };
  }

  return async (request) => {
    try {
      const said = await answer(callOf(request));
      if (said === NO_REPLY) return () => {};
      return said instanceof HttpAnswer ? said.answer : reply(200, said);
    } catch (error) {
      if (error instanceof ProtocolError) return reply(error.status, errorReplyJson(error.code, error.message));
      return reply(500, errorReplyJson('INTERNAL_ERROR', String(error)));
    }
  };
}

/** What a caller gets to connect, under the names used in the file. Reading E8. */
export type PeerBundle = {
  Url: string;
  Username: string;
  /** PEM, PKCS#8. */
  PrivateKey: string;
  /** PEM. */
  CaCertificate: string;
  /** The cinemas that the account may act for; `["*"]` for all. */
  CinemaCodes: readonly string[];
};

export type PeerAccount = {
  readonly username: string;
  readonly publicKey: KeyObject;
  readonly cinemaCodes: readonly CinemaCode[] | 'all';
};

export async function makeAccount(
  username: string,
  cinemaCodes: readonly CinemaCode[] | 'all',
): Promise<{ account: PeerAccount; privateKeyPem: string }> {
  const { publicKeyPem, privateKeyPem } = await keyPairOf(username);
  return { account: { username, publicKey: createPublicKey(publicKeyPem), cinemaCodes }, privateKeyPem };
}

/** @throws ProtocolError CINEMA_NOT_ALLOWED */
export function assertCinema({ cinemaCodes }: PeerAccount, cinemaCode: CinemaCode): void {
  if (cinemaCodes === 'all' || cinemaCodes.includes(cinemaCode)) return;
  throw new ProtocolError('CINEMA_NOT_ALLOWED', `This account may not act for cinema ${cinemaCode}.`);
}
