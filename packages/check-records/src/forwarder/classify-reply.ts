import type { Outcome } from '@ticket-check/exchange';
import type { ErrorCode, ReportReply } from '@ticket-check/protocol';
import type { Refused, Waiting } from '../outbox/outbox.ts';

export type Fault = { readonly code: string; readonly message: string };

export type ReplyClass =
  /** Upstream has every record; it quarantined `quarantined` of them. */
  | { kind: 'accepted'; quarantined: number }
  /** Nothing was kept, and the peer said for which records. */
  | { kind: 'named'; refused: Refused[] }
  /** Nothing was kept, and the peer did not say for which records: bisect. */
  | { kind: 'refused'; fault: Fault }
  /** The peer takes smaller batches. */
  | { kind: 'too-large'; fault: Fault }
  /** Nothing is known. `upstream`: no cinema would fare better. `halve`: half may pass. `content`: one record may be why. */
  | { kind: 'hold'; fault: Fault; concerns: 'upstream' | 'cinema'; halve: boolean; content: boolean };

const TOO_LARGE = new Set(['BODY_TOO_LARGE', 'TOO_MANY_RECORDS', 'HTTP_413']);

/** The peer, or a proxy before it, has no time for a batch of this size. */
const TOO_MUCH = new Set(['OVERLOADED', 'BODY_TOO_SLOW', 'HTTP_408', 'HTTP_504']);

/** Failures of a server that a single record can bring about. */
const PERHAPS_CONTENT = new Set(['HTTP_400', 'HTTP_422', 'HTTP_500', 'INTERNAL_ERROR']);

const CINEMA_UNKNOWN = 'CINEMA_UNKNOWN' satisfies ErrorCode;

/** Judges one answer. Account, clock, cinema and transport failures always hold. */
export function classifyReply(batch: readonly Waiting[], outcome: Outcome<ReportReply>): ReplyClass {
  if (outcome.kind !== 'delivered' && TOO_LARGE.has(outcome.code)) {
    const [first, second] = batch;
    if (second !== undefined) return { kind: 'too-large', fault: { code: outcome.code, message: outcome.message } };
    // A batch of one cannot get smaller: park the record, or it would block all that follow.
    if (first !== undefined && outcome.code !== 'TOO_MANY_RECORDS') {
      return { kind: 'named', refused: [{ ...first, errorCode: outcome.code, errorMessage: outcome.message }] };
    }
  }
  if (outcome.kind === 'rejected') return refusedWhole({ code: outcome.code, message: outcome.message });
  if (outcome.kind === 'retry') {
    const { code, message, detail } = outcome;
    const concerns = detail === 'transport' || detail === 'account' || detail === 'clock' ? 'upstream' : 'cinema';
    const halve = detail === 'timeout' || TOO_MUCH.has(code);
    const content = detail === 'timeout' || PERHAPS_CONTENT.has(code);
    return { kind: 'hold', fault: { code, message }, concerns, halve, content };
  }
  const { result, rejected, quarantined, errorCode, errorMessage } = outcome.reply;
  if (result) return { kind: 'accepted', quarantined: quarantined.length };
  const refused = rejected.flatMap((fault) => {
    const named = batch[fault.index];
    if (named === undefined || named.record.filmTicketCode !== fault.filmTicketCode) return [];
    return { ...named, errorCode: fault.errorCode || 'REFUSED', errorMessage: fault.errorMessage };
  });
  // A list that does not fit what was sent proves nothing about any record.
  if (refused.length > 0 && refused.length === rejected.length) return { kind: 'named', refused };
  return refusedWhole({ code: errorCode ?? 'REFUSED', message: errorMessage ?? 'ReportResult was false' });
}

/** A refusal that names no record. That the peer does not know the cinema yet says nothing about any of them. */
function refusedWhole(fault: Fault): ReplyClass {
  if (fault.code !== CINEMA_UNKNOWN) return { kind: 'refused', fault };
  return { kind: 'hold', fault, concerns: 'cinema', halve: false, content: false };
}
