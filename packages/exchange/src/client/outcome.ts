import type { ErrorCode, Extension } from '@ticket-check/protocol';

export type RetryDetail =
  | ('unsent' | 'transport' | 'timeout' | 'http' | 'garbage')
  | ('account' | 'clock' | 'cinema' | 'overload');

/**
 * The outcome of a call. `delivered`: the peer answered the question, even with an error code such as TICKET_NOT_FOUND. `retry`: it did
 * not, and the same call may succeed later. `rejected`: it answered that this query is unusable. `unsent`: too many others were under
 * way here. `code` is the scheme's if the peer named one, otherwise of the transport (`TIMEOUT`, `HTTP_502`, `REPLY_UNREADABLE`).
 */
export type Outcome<R> =
  | { kind: 'delivered'; reply: R; extensions: ReadonlySet<Extension>; generation: string | null }
  | { kind: 'retry'; code: string; message: string; detail: RetryDetail }
  | { kind: 'rejected'; code: string; message: string };

type Refusal = RetryDetail | 'rejected';

/** The outcome of a refusal of the whole request, by code. Codes that are not listed are answers. */
const REFUSALS: Partial<Record<ErrorCode, Refusal>> = {
  INVALID_ENCODING: 'rejected',
  // The body is the same for every query.
  UNSUPPORTED_ENCODING: 'http',
  INVALID_JSON: 'rejected',
  DUPLICATE_KEY: 'rejected',
  INVALID_ENVELOPE: 'rejected',
  INVALID_QUERY: 'rejected',
  TOO_MANY_RECORDS: 'rejected',
  BODY_TOO_LARGE: 'rejected',
  SIGNATURE_INVALID: 'account',
  API_NOT_ALLOWED: 'account',
  ACCOUNT_IN_USE: 'account',
  UNAUTHORIZED: 'account',
  CLOCK_SKEW: 'clock',
  CINEMA_NOT_ALLOWED: 'cinema',
  OVERLOADED: 'overload',
  BODY_TOO_SLOW: 'overload',
  KEYS_UNAVAILABLE: 'overload',
  UPSTREAM_UNAVAILABLE: 'overload',
  STORE_UNAVAILABLE: 'overload',
  // These speak of the address or of the peer's version, not of the query.
  API_UNKNOWN: 'http',
  VERSION_UNSUPPORTED: 'http',
  METHOD_NOT_ALLOWED: 'http',
  NOT_FOUND: 'http',
  INTERNAL_ERROR: 'http',
};

export function refusalOf(code: string): Refusal | undefined {
  return Object.hasOwn(REFUSALS, code) ? REFUSALS[code as ErrorCode] : undefined;
}

/** What an answer without use means to its caller: the query is wrong, unless the peer only does not know the cinema yet. */
export const refusalInAnswer = (code: ErrorCode): Refusal => (code === 'CINEMA_UNKNOWN' ? 'cinema' : 'rejected');

export function refused(refusal: Refusal, code: string, message: string): Outcome<never> {
  return refusal === 'rejected'
    ? { kind: 'rejected', code, message }
    : { kind: 'retry', code, message, detail: refusal };
}
