import * as z from 'zod';
import type { TicketIdentity } from '../codes.ts';
import {
  type ETicketKey,
  eTicketKeyId,
  eTicketPublicKeyText,
  parseETicketPublicKey,
} from '../e-ticket/e-ticket-key.ts';
import { isJsonObject } from '../envelope/read-json-body.ts';
import { ProtocolError } from '../errors.ts';
import { REPLY_BOUNDS } from '../reply-bounds.ts';
import { readForeignTime, type WallClock } from '../time.ts';
import { parseTicketInfoCode } from './check-record.ts';
import { cinemaCode, element, filledText, paddedFilmTicketCode, parseFilledText, parseText, time } from './elements.ts';
import { refuseErrorReply } from './error-reply.ts';
import { isTrue, lenient } from './lenient.ts';

/** What CreateETicket and RecordPickUp ask for. The code proves that the selling service has the ticket. Scheme 5.1.4; reading C5. */
export type ETicketOrder = TicketIdentity & { readonly ticketInfoCode: string };

/** The link to a ticket's e-ticket. Anybody who has the link has the ticket. */
export type ETicketLink = { readonly url: string; readonly token: string };

/** Reads QueryData of CreateETicket and RecordPickUp; whether the code is genuine and names this ticket is for the reader to find out. */
export const eTicketOrderQuery = z
  .object({
    CinemaCode: cinemaCode,
    FilmTicketCode: paddedFilmTicketCode,
    StartTime: time,
    TicketInfoCode: element(parseTicketInfoCode),
  })
  .transform(
    (query): ETicketOrder => ({
      cinemaCode: query.CinemaCode,
      filmTicketCode: query.FilmTicketCode,
      startTime: query.StartTime,
      ticketInfoCode: query.TicketInfoCode,
    }),
  );

/** Writes QueryData of CreateETicket and RecordPickUp. */
export const eTicketOrderQueryJson = (order: ETicketOrder) => ({
  CinemaCode: order.cinemaCode,
  FilmTicketCode: order.filmTicketCode,
  StartTime: order.startTime,
  TicketInfoCode: order.ticketInfoCode,
});

/** Writes ReplyData of CreateETicket. */
export const createETicketReplyJson = ({ url, token }: ETicketLink) => ({ Url: url, Token: token });

const refuseWithout = (replyData: Record<string, unknown>, name: string, api: string): void => {
  if (replyData[name] !== undefined && replyData[name] !== null) return;
  refuseErrorReply(replyData);
  throw new ProtocolError('UPSTREAM_UNAVAILABLE', `the reply to ${api} holds no ${name}`, { element: name });
};

/** Reads ReplyData of CreateETicket. Throws the peer's ErrorCode, or UPSTREAM_UNAVAILABLE where there is no link in it. */
export const readCreateETicketReply = (replyData: Record<string, unknown>): ETicketLink => {
  refuseWithout(replyData, 'Url', 'CreateETicket');
  return { url: parseFilledText(replyData.Url), token: parseFilledText(replyData.Token) };
};

/** Reads QueryData of RevokeETicket. */
export const revokeETicketQuery = z
  .object({ Token: filledText })
  .transform((query): { token: string } => ({ token: query.Token }));

/** Writes QueryData of RevokeETicket. */
export const revokeETicketQueryJson = (token: string) => ({ Token: token });

/** Writes ReplyData of RevokeETicket. */
export const revokeETicketReplyJson = () => ({ Revoked: true });

/** Writes ReplyData of RecordPickUp: when the ticket was picked up, which the first call says. */
export const recordPickUpReplyJson = (pickedUpAt: WallClock) => ({ PickedUpAt: pickedUpAt });

/** Reads QueryData of GetETicketKeys, which asks for nothing in particular. */
export const getETicketKeysQuery = z.object({}).transform(() => ({}));

/** The keys that a platform signs e-tickets with, and the host that its e-tickets name. */
export type ETicketKeys = { readonly host: string; readonly keys: readonly ETicketKey[] };

/** Writes ReplyData of GetETicketKeys. */
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

const parseMoment = (value: unknown): WallClock => readForeignTime(parseText(value));

const parseHost = (value: unknown): string => {
  const host = parseText(value);
  if (host.length <= REPLY_BOUNDS.hostCharacters) return host;
  throw new ProtocolError('WRONG_LENGTH', 'Host is too long');
};

const readKey = (row: unknown): ETicketKey | null => {
  if (!isJsonObject(row)) return null;
  const publicKey = lenient(row.PublicKey, (value) => parseETicketPublicKey(parseText(value)), null);
  const validFrom = lenient(row.ValidFrom, parseMoment, null);
  const validUntil = lenient(row.ValidUntil, parseMoment, null);
  if (publicKey === null || validFrom === null || validUntil === null) return null;
  const isRevoked = row.RevokedAt !== undefined && row.RevokedAt !== null;
  // A key that was revoked at a time that cannot be read was revoked.
  const revokedAt = isRevoked ? lenient(row.RevokedAt, parseMoment, validFrom) : null;
  return { keyId: eTicketKeyId(publicKey), publicKey, validFrom, validUntil, revokedAt };
};

/**
 * Reads ReplyData of GetETicketKeys. A key that cannot be read does not spoil the others; its name is made from it, not taken.
 * Throws the peer's ErrorCode, or UPSTREAM_UNAVAILABLE where there is no list of keys. Reading C5.
 */
export const readGetETicketKeysReply = (replyData: Record<string, unknown>): ETicketKeys => {
  refuseWithout(replyData, 'Keys', 'GetETicketKeys');
  const rows = Array.isArray(replyData.Keys) ? replyData.Keys.slice(0, REPLY_BOUNDS.eTicketKeys) : [];
  return {
    host: lenient(replyData.Host, parseHost, ''),
    keys: rows.map(readKey).filter((key) => key !== null),
  };
};

/** Reads ReplyData of RevokeETicket. Throws the peer's ErrorCode, or UPSTREAM_UNAVAILABLE. */
export const readRevokeETicketReply = (replyData: Record<string, unknown>): boolean => {
  refuseWithout(replyData, 'Revoked', 'RevokeETicket');
  return isTrue(replyData.Revoked);
};

/** Reads ReplyData of RecordPickUp. Throws the peer's ErrorCode, or UPSTREAM_UNAVAILABLE. */
export const readRecordPickUpReply = (replyData: Record<string, unknown>): WallClock => {
  refuseWithout(replyData, 'PickedUpAt', 'RecordPickUp');
  return parseMoment(replyData.PickedUpAt);
};
