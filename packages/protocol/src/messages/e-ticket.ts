import type * as z from 'zod';
import type { TicketIdentity } from '../codes.ts';
import { type ETicketKey, eTicketKeyId, eTicketPublicKeyText, parseETicketPublicKey } from '../e-ticket.ts';
import { REPLY_BOUNDS } from '../reply-bounds.ts';
import type { WallClock } from '../time.ts';
import { ticketInfoCode } from './check-record.ts';
import * as wire from './elements.ts';
import { refuseWithout } from './error-reply.ts';

/** What CreateETicket and RecordPickUp ask for. The code proves that the selling service has the ticket. Scheme 5.1.4; reading C5. */
export type ETicketOrder = TicketIdentity & { readonly ticketInfoCode: string };

/** The link to a ticket's e-ticket. Anybody who has the link has the ticket. */
export type ETicketLink = { readonly url: string; readonly token: string };

/** Reads QueryData of CreateETicket and RecordPickUp; whether the code is genuine and names this ticket is for the reader to find out. */
export const eTicketOrderQuery: z.ZodType<ETicketOrder> = wire.message({
  ...wire.ticketElements,
  TicketInfoCode: ticketInfoCode,
});

export const eTicketOrderQueryJson = (order: ETicketOrder) =>
  wire.elementsJson(order, 'CinemaCode', 'FilmTicketCode', 'StartTime', 'TicketInfoCode');

export const createETicketReplyJson = ({ url, token }: ETicketLink) => ({ Url: url, Token: token });

/** Reads ReplyData of CreateETicket. Throws the peer's ErrorCode, or UPSTREAM_UNAVAILABLE where there is no link in it. */
export const readCreateETicketReply = (replyData: Record<string, unknown>): ETicketLink => {
  refuseWithout('Url', 'CreateETicket', replyData);
  return { url: wire.parseFilledText(replyData.Url), token: wire.parseFilledText(replyData.Token) };
};

export const revokeETicketQuery = wire.message({ Token: wire.filledText });

export const revokeETicketReplyJson = () => ({ Revoked: true });

/** Writes ReplyData of RecordPickUp: when the ticket was picked up, which the first call says. */
export const recordPickUpReplyJson = (pickedUpAt: WallClock) => ({ PickedUpAt: pickedUpAt });

/** Reads QueryData of GetETicketKeys, which asks for nothing in particular. */
export const getETicketKeysQuery = wire.message({});

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
  const publicKey = parseETicketPublicKey(wire.parseText(PublicKey));
  const [validFrom, validUntil] = [wire.readMoment(ValidFrom), wire.readMoment(ValidUntil)];
  // A key that was revoked at a time that cannot be read was revoked.
  const revokedAt = RevokedAt == null ? null : wire.lenient(RevokedAt, wire.readMoment, validFrom);
  return { keyId: eTicketKeyId(publicKey), publicKey, validFrom, validUntil, revokedAt };
};

/** Reads the keys of ReplyData that can be read, named by what they are. Throws the peer's ErrorCode or UPSTREAM_UNAVAILABLE. C5. */
export const readGetETicketKeysReply = (replyData: Record<string, unknown>): ETicketKeys => {
  refuseWithout('Keys', 'GetETicketKeys', replyData);
  return {
    host: wire.lenient(replyData.Host, wire.bounded(REPLY_BOUNDS.hostCharacters, wire.parseText), ''),
    keys: wire.lenientList(replyData.Keys, REPLY_BOUNDS.eTicketKeys, readKey),
  };
};
