import type * as z from 'zod';
import type { TicketIdentity } from '../codes.ts';
import { type ETicketKey, eTicketKeyId, eTicketPublicKeyText, parseETicketPublicKey } from '../e-ticket.ts';
import { REPLY_BOUNDS } from '../reply-bounds.ts';
import type { WallClock } from '../time.ts';
import { ticketInfoCode } from './check-record.ts';
import {
  bounded,
  elementsJson,
  filledText,
  lenient,
  lenientList,
  message,
  parseFilledText,
  parseText,
  readMoment,
  ticketElements,
} from './elements.ts';
import { refuseWithout } from './error-reply.ts';

/** What CreateETicket and RecordPickUp ask for. The code proves that the selling service has the ticket. Scheme 5.1.4; reading C5. */
export type ETicketOrder = TicketIdentity & { readonly ticketInfoCode: string };

/** The link to a ticket's e-ticket. Anybody who has the link has the ticket. */
export type ETicketLink = { readonly url: string; readonly token: string };

/** Reads QueryData of CreateETicket and RecordPickUp; whether the code is genuine and names this ticket is for the reader to find out. */
export const eTicketOrderQuery: z.ZodType<ETicketOrder> = message({
  ...ticketElements,
  TicketInfoCode: ticketInfoCode,
});

export const eTicketOrderQueryJson = (order: ETicketOrder) =>
  elementsJson(order, 'CinemaCode', 'FilmTicketCode', 'StartTime', 'TicketInfoCode');

export const createETicketReplyJson = ({ url, token }: ETicketLink) => ({ Url: url, Token: token });

/** Reads ReplyData of CreateETicket. Throws the peer's ErrorCode, or UPSTREAM_UNAVAILABLE where there is no link in it. */
export const readCreateETicketReply = (replyData: Record<string, unknown>): ETicketLink => {
  refuseWithout('Url', 'CreateETicket', replyData);
  return { url: parseFilledText(replyData.Url), token: parseFilledText(replyData.Token) };
};

export const revokeETicketQuery = message({ Token: filledText });

export const revokeETicketReplyJson = () => ({ Revoked: true });

/** Writes ReplyData of RecordPickUp: when the ticket was picked up, which the first call says. */
export const recordPickUpReplyJson = (pickedUpAt: WallClock) => ({ PickedUpAt: pickedUpAt });

/** Reads QueryData of GetETicketKeys, which asks for nothing in particular. */
export const getETicketKeysQuery = message({});

/** The keys that a platform signs e-tickets with, and the host that its e-tickets name. */
export type ETicketKeys = { readonly host: string; readonly keys: readonly ETicketKey[] };

export const getETicketKeysReplyJson = ({ host, keys }: ETicketKeys) => ({
  Host: host,
  Keys: keys.map(({ keyId, publicKey, validFrom, validUntil, revokedAt }) => ({
    KeyId: keyId,
    PublicKey: eTicketPublicKeyText(publicKey),
    ValidFrom: validFrom,
    ValidUntil: validUntil,
    RevokedAt: revokedAt,
  })),
});

const readKey = ({ PublicKey, ValidFrom, ValidUntil, RevokedAt }: Record<string, unknown>): ETicketKey => {
  const publicKey = parseETicketPublicKey(parseText(PublicKey));
  const [validFrom, validUntil] = [readMoment(ValidFrom), readMoment(ValidUntil)];
  // A key that was revoked at a time that cannot be read was revoked.
  const revokedAt = RevokedAt == null ? null : lenient(RevokedAt, readMoment, validFrom);
  return { keyId: eTicketKeyId(publicKey), publicKey, validFrom, validUntil, revokedAt };
};

/**
 * Reads ReplyData of GetETicketKeys. A key that cannot be read does not spoil the others; its name is made from it, not taken.
 * Throws the peer's ErrorCode, or UPSTREAM_UNAVAILABLE where there is no list of keys. Reading C5.
 */
export const readGetETicketKeysReply = (replyData: Record<string, unknown>): ETicketKeys => {
  refuseWithout('Keys', 'GetETicketKeys', replyData);
  return {
    host: lenient(replyData.Host, bounded(REPLY_BOUNDS.hostCharacters, parseText), ''),
    keys: lenientList(replyData.Keys, REPLY_BOUNDS.eTicketKeys, readKey),
  };
};
