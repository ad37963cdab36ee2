import {
  type ErrorCode,
  EXTENSIONS_HEADER,
  type Extension,
  formatStoreGeneration,
  GENERATION_HEADER,
  isErrorCode,
  orNull,
  POSITION_HEADER,
  ProtocolError,
  parseExtensions,
  quoted,
  readReply,
} from '@ticket-check/protocol';
import { whyNoEnvelope } from './reply-words.ts';
import type { PostReply } from './transport.ts';

export type RetryDetail =
  | ('unsent' | 'transport' | 'timeout' | 'http' | 'garbage')
  | ('account' | 'clock' | 'cinema' | 'overload');

/**
 * `delivered`: the peer answered the question, even with a code such as TICKET_NOT_FOUND. `retry`: it did not, and the same call may succeed
 * later. `rejected`: this query is unusable. `unsent`: too many others were under way here. `code` is the peer's or of the transport.
 */
export type Outcome<R> =
  | { kind: 'delivered'; reply: R; extensions: ReadonlySet<Extension>; generation: string | null }
  | { kind: 'retry'; code: string; message: string; detail: RetryDetail }
  | { kind: 'rejected'; code: string; message: string };

type Refusal = RetryDetail | 'rejected';

/** The outcome of a refusal of the whole request, by code. Codes that are not listed are answers. */
const REFUSALS: { readonly [refusal in Refusal]?: readonly ErrorCode[] } = {
  rejected: [
    ...(['INVALID_ENCODING', 'INVALID_JSON', 'DUPLICATE_KEY', 'INVALID_ENVELOPE'] as const),
    ...(['INVALID_QUERY', 'TOO_MANY_RECORDS', 'BODY_TOO_LARGE'] as const),
  ],
  account: ['SIGNATURE_INVALID', 'API_NOT_ALLOWED', 'ACCOUNT_IN_USE', 'UNAUTHORIZED'],
  clock: ['CLOCK_SKEW'],
  cinema: ['CINEMA_NOT_ALLOWED'],
  overload: ['OVERLOADED', 'BODY_TOO_SLOW', 'KEYS_UNAVAILABLE', 'UPSTREAM_UNAVAILABLE', 'STORE_UNAVAILABLE'],
  // These speak of the address, of the peer's version or of what is the same for every query.
  http: [
    ...(['API_UNKNOWN', 'VERSION_UNSUPPORTED', 'METHOD_NOT_ALLOWED', 'NOT_FOUND'] as const),
    ...(['INTERNAL_ERROR', 'UNSUPPORTED_ENCODING'] as const),
  ],
};

const REFUSAL_OF: ReadonlyMap<string, Refusal> = new Map(
  Object.entries(REFUSALS).flatMap(([refusal, codes]) => codes.map((code) => [code, refusal as Refusal] as const)),
);

/** What an answer without use means to its caller: the query is wrong, unless the peer only does not know the cinema yet. */
const refusalInAnswer = (code: ErrorCode): Refusal => (code === 'CINEMA_UNKNOWN' ? 'cinema' : 'rejected');

export function refused(refusal: Refusal, code: string, message: string): Outcome<never> {
  return refusal === 'rejected'
    ? { kind: 'rejected', code, message }
    : { kind: 'retry', code, message, detail: refusal };
}

/** The generation of a peer's data and those that it replaces, as the peer announced them. Reading X4. */
export type AnnouncedGeneration = { readonly generation: string | null; readonly replaces: readonly string[] };

/** The first of a header that count, however many follow: a peer that names more still says which generation answered. */
const MOST_GENERATIONS = 16;
const MOST_CHARACTERS = 64;

/** Reads a generation from a header or as it was kept. A peer's ids may have any form; one that is too long names none. */
export function readGeneration(text: unknown): AnnouncedGeneration {
  const ids = typeof text === 'string' ? text.split(',', MOST_GENERATIONS).map((id) => id.trim()) : [];
  const [generation = '', ...replaces] = ids;
  if (generation === '' || ids.some(({ length }) => length > MOST_CHARACTERS))
    return { generation: null, replaces: [] };
  return { generation, replaces: replaces.filter((id) => id !== '') };
}

/** Writes what `readGeneration` reads; null if no generation was announced. */
export const formatGeneration = ({ generation, replaces }: AnnouncedGeneration): string | null =>
  generation === null ? null : formatStoreGeneration({ generation, replaces });

export type ReplyEnvelope = NonNullable<ReturnType<typeof readReplyEnvelope>>;

/** Reads the envelope of a reply; null without one, as from a proxy in between. Reading E12. */
export function readReplyEnvelope({ body, headers }: PostReply) {
  const read = orNull(() => readReply(body));
  if (read === null) return null;
  const extensions: ReadonlySet<Extension> = parseExtensions(headers[EXTENSIONS_HEADER]);
  const position = readPosition(headers[POSITION_HEADER]);
  return { ...read, extensions, ...readGeneration(headers[GENERATION_HEADER]), position };
}

function readPosition(text: string | readonly string[] | undefined): number | null {
  const position = /^\d{1,16}$/.test(String(text)) ? Number(text) : null;
  return Number.isSafeInteger(position) ? position : null;
}

export function outcomeOf<R>(
  status: number,
  envelope: ReplyEnvelope | null,
  read: (replyData: Record<string, unknown>) => R,
  /** The body, to say why it is no envelope. */
  body?: Buffer,
): Outcome<R> {
  const answered = status >= 200 && status < 300;
  if (envelope === null) {
    const why = `the reply is no envelope${body === undefined ? '' : `: ${whyNoEnvelope(body)}`}`;
    if (!answered) return refused('http', `HTTP_${status}`, `HTTP status ${status}; ${why}`);
    return refused('garbage', 'REPLY_UNREADABLE', why);
  }
  const { ErrorCode, ErrorMessage: text } = envelope.replyData;
  const code = typeof ErrorCode === 'string' ? quoted(ErrorCode) : undefined;
  const message = typeof text === 'string' ? quoted(text) : 'no reason given';
  if (code !== undefined) {
    const refusal = REFUSAL_OF.get(code);
    if (refusal !== undefined) return refused(refusal, code, message);
    // The code of a row or key that makes the whole request unusable, as the intake answers it.
    if (!answered) return refused(status < 500 && isErrorCode(code) ? 'rejected' : 'http', code, message);
  }
  if (!answered) return refused('http', `HTTP_${status}`, message);
  try {
    const { extensions, generation } = envelope;
    return { kind: 'delivered', reply: read(envelope.replyData), extensions, generation };
  } catch (error) {
    // The peer answered, with a code that this caller has no use for: that is what it said, and no garbage.
    if (isErrorCode(code)) return refused(refusalInAnswer(code), code, message);
    const reason = error instanceof ProtocolError ? `: ${quoted(error.message)}` : '';
    const theirs = code === undefined ? '' : `; its ErrorCode is ${code}: ${message}`;
    return refused('garbage', 'REPLY_UNREADABLE', `the answer is unusable${reason}${theirs}`);
  }
}
