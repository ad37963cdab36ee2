import { getCACertificates } from 'node:tls';
import { reasonOf } from '@ticket-check/runtime';
import type { errors as HttpErrors } from 'undici';
import type { Outcome } from './outcome.ts';

export type PostReply = {
  kind: 'reply';
  status: number;
  headers: Readonly<Record<string, string | string[] | undefined>>;
  body: Buffer;
  roundTripMs: number;
};

type PostFailure = Extract<Outcome<never>, { kind: 'retry' }>;

const CONNECT_TIMEOUT_MS = 10_000;
/** More calls than this wait for each other in the transport. */
export const MAX_CONNECTIONS = 64;
const MAX_REPLY_BYTES = 8 * 1024 * 1024;

export const JSON_HEADERS = { 'content-type': 'application/json; charset=utf-8', accept: 'application/json' };

/** Kept-alive HTTPS connections to one address, verified against `ca` or the CAs that Node and this machine trust. */
export function createTransport(url: string, ca: string | null) {
  if (URL.parse(url)?.protocol !== 'https:') throw new TypeError(`${url} is no https address`);
  const client = loadClient(ca);

  return {
    /** One POST, never repeated; connecting, headers and body all within `timeoutMs`. */
    async post(body: string, headers: Record<string, string>, timeoutMs: number): Promise<PostReply | PostFailure> {
      const { request, errors, agent } = await client;
      const timeout = new AbortController();
      const timer = setTimeout(() => timeout.abort(), Math.max(0, timeoutMs));
      const startedAt = performance.now();
      const { signal } = timeout;
      try {
        const response = await request(url, { dispatcher: agent, method: 'POST', headers, body, signal });
        const bytes = await response.body.bytes();
        return {
          kind: 'reply',
          status: response.statusCode,
          headers: response.headers,
          body: Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength),
          roundTripMs: performance.now() - startedAt,
        };
      } catch (error) {
        if (signal.aborted) return failure('timeout', 'TIMEOUT', `no answer within ${Math.round(timeoutMs)} ms`);
        return failureOf(error, errors);
      } finally {
        clearTimeout(timer);
      }
    },
    close: async (): Promise<void> => (await client).agent.close(),
  };
}

/** A process that calls nobody, as the national platform and most commands, starts in less time without undici. */
async function loadClient(ca: string | null) {
  const { Agent, errors, request } = await import('undici');
  const agent = new Agent({
    connect: {
      ca: ca ?? [...getCACertificates('default'), ...getCACertificates('system')],
      minVersion: 'TLSv1.2',
      timeout: CONNECT_TIMEOUT_MS,
    },
    connections: MAX_CONNECTIONS,
    allowH2: false,
    keepAliveTimeout: 30_000,
    maxResponseSize: MAX_REPLY_BYTES,
    // The one timer of `post` bounds every phase.
    headersTimeout: 0,
    bodyTimeout: 0,
  });
  return { request, errors, agent };
}

function failureOf(error: unknown, errors: typeof HttpErrors): PostFailure {
  const reason = reasonOf(error);
  if (error instanceof errors.ResponseExceededMaxSizeError)
    return failure('garbage', 'REPLY_TOO_LARGE', `the reply is larger than ${MAX_REPLY_BYTES} bytes`);
  if (error instanceof errors.HTTPParserError)
    return failure('garbage', 'REPLY_UNREADABLE', `the reply is not HTTP (${reason})`);
  return failure('transport', reason, error instanceof Error && error.message !== '' ? error.message : reason);
}

function failure(detail: PostFailure['detail'], code: string, message: string): PostFailure {
  return { kind: 'retry', detail, code, message };
}
