import * as z from 'zod';
import type { TicketIdentity } from '../codes.ts';
import { isJsonObject } from '../envelope/read-json-body.ts';
import { ProtocolError } from '../errors.ts';
import { refuseErrorReply } from './error-reply.ts';
import { rawTickets } from './raw-list.ts';
import { getTicketInfoQueryJson } from './ticket-info.ts';

/** QueryData of GetTicketInfos: at most 100 questions of GetTicketInfo, still raw. Extension `ticket-infos`. */
export type TicketInfosQuery = { readonly tickets: readonly unknown[] };

/**
 * Reads QueryData of GetTicketInfos; each ticket then goes through `getTicketInfoQuery`, so that only a malformed one is
 * refused. Throws TOO_MANY_TICKETS. Reading X1.
 */
export const getTicketInfosQuery = z
  .object({ Tickets: rawTickets })
  .transform((query): TicketInfosQuery => ({ tickets: query.Tickets }));

/** Writes QueryData of GetTicketInfos. */
export const getTicketInfosQueryJson = (tickets: readonly TicketIdentity[]) => ({
  Tickets: tickets.map(getTicketInfoQueryJson),
});

/** Writes ReplyData of GetTicketInfos: ReplyData of GetTicketInfo for each ticket, in the order of the question. */
export const ticketInfosReplyJson = (replies: readonly unknown[]) => ({ TicketInfos: replies });

const unusable = (message: string): ProtocolError =>
  new ProtocolError('UPSTREAM_UNAVAILABLE', `the reply to GetTicketInfos ${message}`, { element: 'TicketInfos' });

/**
 * Reads ReplyData of GetTicketInfos as one ReplyData of GetTicketInfo for each of the `asked` tickets, in their order.
 *
 * Throws the peer's documented ErrorCode, or UPSTREAM_UNAVAILABLE if the answers do not match the questions: only their
 * position relates them. Reading X1.
 */
export const readTicketInfosReply = (
  replyData: Record<string, unknown>,
  asked: number,
): readonly Record<string, unknown>[] => {
  const { TicketInfos } = replyData;
  if (TicketInfos === undefined) refuseErrorReply(replyData);
  if (!Array.isArray(TicketInfos)) throw unusable('holds no list TicketInfos');
  if (TicketInfos.length !== asked) throw unusable(`holds ${TicketInfos.length} answers to ${asked} questions`);
  if (!TicketInfos.every(isJsonObject)) throw unusable('holds an answer that is no JSON object');
  return TicketInfos;
};
