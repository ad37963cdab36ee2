import type { KeyObject } from 'node:crypto';
import { once } from 'node:events';
import { type Agent, type RequestOptions, request } from 'node:https';
import { buffer } from 'node:stream/consumers';
import { setTimeout as delay } from 'node:timers/promises';
import { whyNoEnvelope } from '@ticket-check/exchange';
import {
  EXTENSIONS_HEADER,
  type Extension,
  isWallClock,
  parseExtensions,
  readReply,
  SCHEME_ALGORITHM,
  signedText,
  VERSION,
  type WallClock,
  wallClockAt,
} from '@ticket-check/protocol';
import type { Tape } from '../frame/tape.ts';

/** An account, and where it calls. */
export type Caller = {
  readonly url: string;
  readonly username: string;
  readonly key: KeyObject;
  /** PEM of the CA to trust; null: the machine's own. */
  readonly ca: string | null;
};

export type Reply = {
  readonly status: number;
  readonly text: string;
  /** ReplyData; null where the reply is no envelope of the scheme. */
  readonly data: Record<string, unknown> | null;
  /** What is wrong with the envelope; null if nothing is. Scheme 6.5.3, 7.5.3. */
  readonly fault: string | null;
  readonly datetime: WallClock | null;
  /** The extensions that it announces. Reading X1. */
  readonly announced: ReadonlySet<Extension>;
  readonly ms: number;
};

/** What is not usual about a signed request. */
export type Signing = { form?: string; version?: string; datetime?: string; username?: string };

/** The four elements of a request and the text under its signature. Scheme 6.5.2.5. */
export function partsOf(caller: Caller, api: string, queryText: string, signing: Signing = {}) {
  const { version = VERSION, datetime = wallClockAt(Date.now()), username = caller.username, form } = signing;
  const parts = { version, datetime: datetime as WallClock, username, api, queryText };
  return { ...parts, signature: SCHEME_ALGORITHM.sign(signedText(parts), caller.key, form) };
}

/** Writes a request in the order of the scheme's example. `version` is a JSON token. */
export function bodyOf(parts: ReturnType<typeof partsOf>, version = `"${parts.version}"`): string {
  const { datetime, username, api, signature, queryText } = parts;
  const rest = JSON.stringify({ Datetime: datetime, Username: username, Api: api, Signature: signature });
  return `{"Version":${version},${rest.slice(1, -1)},"QueryData":${queryText}}`;
}

export type Sending = {
  method?: string;
  headers?: Record<string, string>;
  /** Sent in two chunks, without a length. */
  chunked?: boolean;
  /** Sent after `100 Continue`. */
  expectsContinue?: boolean;
  tls?: Pick<RequestOptions, 'minVersion' | 'maxVersion' | 'ciphers'>;
  agent?: Agent;
  timeoutMs?: number;
};

/** Sends a body and reads the reply. Rejects where none comes. */
export async function send(
  { url, ca }: Pick<Caller, 'url' | 'ca'>,
  body: string | Buffer,
  options: Sending & { tape: Tape },
): Promise<Reply> {
  const { method = 'POST', headers = {}, chunked = false, expectsContinue = false, tls = {}, tape } = options;
  const began = performance.now();
  const line = `${method} ${url} ${JSON.stringify({ ...headers, ...(chunked && { chunked }) })}\n${body}`;
  tape.note(line, '(no answer)');
  const { promise, resolve, reject } = Promise.withResolvers<Reply>();
  const outgoing = request(url, {
    ...{ method, agent: options.agent ?? false, ca: ca ?? undefined },
    headers: expectsContinue ? { Expect: '100-continue', ...headers } : headers,
    ...tls,
    signal: AbortSignal.timeout(options.timeoutMs ?? 60_000),
  });
  outgoing.on('error', reject);
  outgoing.on('response', (incoming) => {
    buffer(incoming).then((bytes) => {
      const read = replyIn(bytes);
      tape.note(line, `HTTP ${incoming.statusCode}\n${read.text}`);
      const announced = parseExtensions(incoming.headers[EXTENSIONS_HEADER]);
      resolve({ status: incoming.statusCode ?? 0, ...read, announced, ms: performance.now() - began });
    }, reject);
  });
  if (expectsContinue) {
    outgoing.flushHeaders();
    // A server that does not know the header answers nothing until the body is there.
    await Promise.race([once(outgoing, 'continue').catch(() => {}), promise, delay(2000)]);
  }
  if (chunked) outgoing.write(body.slice(0, 40));
  outgoing.end(chunked ? body.slice(40) : body);
  return promise;
}

function replyIn(bytes: Buffer): Omit<Reply, 'status' | 'announced' | 'ms'> {
  const text = new TextDecoder().decode(bytes);
  try {
    const { replyData: data } = readReply(bytes);
    const { Version, Datetime } = JSON.parse(text);
    const datetime = typeof Datetime === 'string' && isWallClock(Datetime) ? Datetime : null;
    const ofDatetime = datetime === null ? 'Datetime is not YYYY-MM-DDThh:mm:ss' : null;
    return { text, data, fault: Number(Version) === 1 ? ofDatetime : 'Version is not 1.0', datetime };
  } catch {
    return { text, data: null, fault: whyNoEnvelope(bytes), datetime: null };
  }
}

/** A reply without what differs between two of them. */
export const worded = ({ status, data, text }: Reply): string =>
  `HTTP ${status} ${data === null ? text.replace(/\d{4}-\d\d-\d\d[T ][\d:]+/g, '') : JSON.stringify(data)}`;
