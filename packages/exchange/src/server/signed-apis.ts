import {
  type Envelope,
  EXTENSIONS_HEADER,
  epochOf,
  errorReplyJson,
  formatExtensions,
  GENERATION_HEADER,
  ProtocolError,
  parseExtensions,
  parseStoreIdentity,
  readEnvelope,
  STORE_HEADER,
  type WallClock,
  wallClockAt,
  writeReply,
} from '@ticket-check/protocol';
import { storeFault } from '@ticket-check/storage';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { isUsername } from '../accounts/account.ts';
import type { Accounts } from '../accounts/accounts.ts';
import { authenticate } from './authenticate.ts';
import { bodyReader, TOO_LARGE } from './body.ts';
import { RecoveryThread } from './recovery-thread.ts';
import type { SignedApi } from './signed-api.ts';

export type SignedApisOptions = {
  apis: readonly SignedApi[];
  accounts: Accounts;
  /** Epoch milliseconds. */
  now: () => number;
  /** How far a request's Datetime may be from the clock, in milliseconds. Reading E6. */
  windowMs?: number;
  /** What is announced on every reply. Reading X1. */
  extensions: readonly string[];
  /** The id of the store's life. Reading X4. */
  generation: string;
  /** Bytes of a request's body; the default fits 1000 check records with RSA-2048 codes and long names. */
  bodyLimit?: number;
};

const WINDOW_MS = 5 * 60 * 1000;
const BODY_LIMIT = 1_600_000;

/**
 * Fastify plugin that serves signed Apis at `POST /`, whatever the Content-Type: the body is UTF-8 JSON by definition
 * (reading E1). A request is refused at the first of these that fails: size, envelope, Api, Datetime, account with
 * signature, the caller's store (reading X4), role, QueryData, cinema. Refusals keep the reply envelope, with `ErrorCode` and `ErrorMessage` as
 * ReplyData and the HTTP status of the error's table, and leave one log line. Scheme 6.2–6.5, 7.2–7.5; reading E9.
 */
export async function signedApis(app: FastifyInstance, options: SignedApisOptions): Promise<void> {
  const { accounts, now, windowMs = WINDOW_MS, bodyLimit = BODY_LIMIT } = options;
  const apis = apisByName(options.apis);
  const recovery = new RecoveryThread();
  app.addHook('onClose', () => recovery.close());
  const headers = {
    'content-type': 'application/json; charset=utf-8',
    [EXTENSIONS_HEADER]: formatExtensions(options.extensions),
    [GENERATION_HEADER]: options.generation,
  };

  let second = { at: Number.NaN, text: wallClockAt(0) };
  function datetime(): WallClock {
    const at = Math.floor(now() / 1000);
    if (at !== second.at) second = { at, text: wallClockAt(at * 1000) };
    return second.text;
  }

  function reply(to: FastifyReply, status: number, replyData: unknown): void {
    to.code(status).headers(headers).send(writeReply(datetime(), replyData));
  }

  function refuse(request: FastifyRequest, to: FastifyReply, error: unknown, username?: string): void {
    const refusal = error instanceof ProtocolError ? error : unexpected(error);
    if (refusal.status >= 400) logRefusal(request, refusal, username, error);
    reply(to, refusal.status, errorReplyJson(refusal.code, refusal.message));
  }

  async function answer(request: FastifyRequest, to: FastifyReply): Promise<void> {
    let envelope: Envelope | undefined;
    try {
      envelope = readEnvelope(receivedBody(request));
      const api = apis.get(envelope.api);
      if (api === undefined) throw new ProtocolError('API_UNKNOWN', 'No Api of this name is served here.');
      assertInWindow(envelope, now(), windowMs);
      const account = await authenticate(envelope, { accounts, recovery, now: now() });
      const callersStore = parseStoreIdentity(request.headers[STORE_HEADER]);
      if (callersStore !== null) await accounts.admitStore(account.username, callersStore);
      if (account.role !== api.role) {
        throw new ProtocolError('API_NOT_ALLOWED', `This account may not call ${api.name}.`);
      }
      let announced: ReadonlySet<string> | undefined;
      const extended = (token: string) => {
        const tokens = announced ?? parseExtensions(request.headers[EXTENSIONS_HEADER]);
        announced = tokens;
        return tokens.has(token);
      };
      reply(to, 200, await api.answer(envelope.query, { account, extended, requestId: request.id, log: request.log }));
    } catch (error) {
      refuse(request, to, error, envelope?.username);
    }
  }

  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', bodyReader(bodyLimit));
  app.addHook('onRequest', (request, _reply, done) => {
    // Fastify would refuse a malformed Content-Type before the body is looked at. (A deleted key would slow the object.)
    request.raw.headers['content-type'] = undefined;
    done();
  });
  app.setErrorHandler((error, request, to) => refuse(request, to, error));
  app.setNotFoundHandler((request, to) =>
    refuse(request, to, new ProtocolError('NOT_FOUND', 'Signed requests are sent to the path / alone.')),
  );

  app.post('/', (request, to) => {
    void answer(request, to);
  });
  app.route({
    method: ['GET', 'HEAD', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'],
    url: '/',
    onRequest: (request, to) => {
      to.header('allow', 'POST');
      refuse(request, to, new ProtocolError('METHOD_NOT_ALLOWED', 'Signed requests are sent with POST.'));
    },
    handler: () => {},
  });
}

function apisByName(apis: readonly SignedApi[]): Map<string, SignedApi> {
  const byName = new Map(apis.map((api) => [api.name, api]));
  if (byName.size !== apis.length) throw new Error('two signed Apis have the same name');
  return byName;
}

function receivedBody(request: FastifyRequest): Buffer {
  if (request.body === TOO_LARGE) {
    throw new ProtocolError('BODY_TOO_LARGE', 'The body is larger than 1000 records need.');
  }
  return Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0);
}

function assertInWindow(envelope: Envelope, now: number, windowMs: number): void {
  if (Math.abs(epochOf(envelope.datetime) - now) <= windowMs) return;
  throw new ProtocolError(
    'CLOCK_SKEW',
    `Datetime is more than ${windowMs / 1000} s from this server's clock, which this reply carries.`,
  );
}

/** A store that fails is told apart: the same request succeeds once it works again, and says nothing about its content. */
function unexpected(error: unknown): ProtocolError {
  if (storeFault(error) !== null) {
    return new ProtocolError('STORE_UNAVAILABLE', 'The store cannot be read or written now; try again.');
  }
  return new ProtocolError('INTERNAL_ERROR', 'Something unexpected failed here; the log says what.');
}

/** One line for each refusal; what the caller sent is not in it, except a name that has the form of a username. */
function logRefusal(
  request: FastifyRequest,
  refusal: ProtocolError,
  username: string | undefined,
  error: unknown,
): void {
  const line = {
    code: refusal.code,
    ...(username !== undefined && isUsername(username) ? { username } : {}),
    remoteAddress: request.ip,
  };
  const cause = error instanceof ProtocolError ? error.cause : error;
  if (refusal.status >= 500) request.log.error(cause === undefined ? line : { ...line, err: cause }, 'request refused');
  else request.log.warn({ ...line, reason: refusal.message }, 'request refused');
}
