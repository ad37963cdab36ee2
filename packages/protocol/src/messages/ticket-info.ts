import type * as z from 'zod';
import type { TicketIdentity } from '../codes.ts';
import { type PriceForm, priceJson } from '../money.ts';
import type { WallClock } from '../time.ts';
import * as wire from './elements.ts';
import { listIn, unusableReply } from './error-reply.ts';
import type { RecordId } from './record-id.ts';

/** Yes and No as the scheme has them; unknown where a plain platform did not say, or said another word. Reading E12. */
export type Status = 'Yes' | 'No' | 'unknown';

type StatusElement = 'CheckStatus' | 'RefundStatus';

/** The first known entry of a ticket; an extension element, so only for extended peers. Reading X1. */
export type KnownEntry = { readonly checkTime: WallClock; readonly recordId: RecordId };

/** The elements of a sold ticket, in the order of the scheme's example. Scheme 6.6.3.4.1 to 6.6.3.4.15. */
export const SOLD_ELEMENTS = {
  CinemaCode: wire.cinemaCode,
  CinemaName: wire.name,
  ScreenCode: wire.screenCode,
  ScreenName: wire.name,
  FilmCode: wire.filmCode,
  FilmName: wire.name,
  SessionCode: wire.sessionCode,
  StartTime: wire.time,
  TicketType: wire.ticketType,
  SellTime: wire.time,
  FilmTicketCode: wire.filmTicketCode,
  RowNum: wire.wholeNumber,
  ColumnNum: wire.wholeNumber,
  Price: wire.price,
  Service: wire.price,
};

/** A sold ticket as a row of the intake, which is whole. */
export const ticketRow = wire.message(SOLD_ELEMENTS);
export type TicketRow = z.output<typeof ticketRow>;

/** A sold ticket. Read from a plain platform, texts and codes are empty and numbers 0 if its reply does not say. */
export type SoldTicket = Omit<TicketRow, 'ticketType' | 'sellTime'> & {
  readonly ticketType: wire.TicketType | null;
  readonly sellTime: WallClock | null;
};

/** What is known of a sold ticket. Scheme 6.6.3.4. */
export type TicketInfo = SoldTicket & {
  readonly checkStatus: Status;
  /** Only `Yes` blocks the ticket. Reading E11. */
  readonly refundStatus: Status;
  readonly refundTime: WallClock | null;
  /** The word of an unknown status, outside the scheme. Reading E12. */
  readonly unknownWords?: { readonly [element in StatusElement]?: string } | undefined;
  readonly entry?: KnownEntry | undefined;
  /** Another account works in the cinema: what this caller admits is confirmed to nobody else. Extension `shared-cinema`. */
  readonly sharedCinema?: boolean | undefined;
};

/** QueryData of GetTicketInfo; a short FilmTicketCode is filled up. Scheme 6.6.3.2; reading T3. */
export const getTicketInfoQuery = wire.message(wire.ticketElements);

export const getTicketInfoQueryJson = (ticket: TicketIdentity) =>
  wire.elementsJson(ticket, 'CinemaCode', 'FilmTicketCode', 'StartTime');

export const SOLD_NAMES = Object.keys(SOLD_ELEMENTS) as (keyof typeof SOLD_ELEMENTS)[];

/** Writes the elements of a sold ticket. Scheme 6.6.3.4.1 to 6.6.3.4.15. */
export const ticketRowJson = (ticket: SoldTicket, priceForm: PriceForm = 'two-decimals') => ({
  ...wire.elementsJson(ticket, ...SOLD_NAMES),
  TicketType: ticket.ticketType ?? '',
  SellTime: ticket.sellTime ?? '',
  Price: priceJson(ticket.price, priceForm),
  Service: priceJson(ticket.service, priceForm),
});

/** `SharedCinema` of a reply, also of one that knows no such ticket; written only when true. Readings C2, X1. */
export const sharedCinemaJson = (sharedCinema: boolean | undefined) =>
  sharedCinema === true ? { SharedCinema: true } : {};

const statusJson = (element: StatusElement, status: Status, { unknownWords }: TicketInfo) => {
  const said = status === 'unknown' ? unknownWords?.[element] : status;
  return said === undefined ? {} : { [element]: said };
};

/**
 * Writes ReplyData of GetTicketInfo. An unknown status is left out, or written with the word that it arrived with, never as No. The first
 * entry is written only for extended peers. Scheme 6.6.3.4; readings C2, E11, E12 and X1.
 */
export const ticketInfoJson = (
  info: TicketInfo,
  priceForm: PriceForm = 'two-decimals',
  { extended }: { extended: boolean } = { extended: false },
) => ({
  ...ticketRowJson(info, priceForm),
  ...statusJson('CheckStatus', info.checkStatus, info),
  ...statusJson('RefundStatus', info.refundStatus, info),
  RefundTime: info.refundTime ?? '',
  ...(extended && info.entry !== undefined ? { Entry: wire.elementsJson(info.entry, 'CheckTime', 'RecordId') } : {}),
  ...sharedCinemaJson(info.sharedCinema),
});

/** Reads QueryData of GetTicketInfos: at most 100 raw questions, each for `getTicketInfoQuery`. Throws TOO_MANY_TICKETS. X1. */
export const getTicketInfosQuery = wire.message({ Tickets: wire.rawTickets });

export const getTicketInfosQueryJson = (tickets: readonly TicketIdentity[]) => ({
  Tickets: tickets.map(getTicketInfoQueryJson),
});

/** Writes ReplyData of GetTicketInfos: ReplyData of GetTicketInfo for each ticket, in the order of the question. */
export const ticketInfosReplyJson = (replies: readonly unknown[]) => ({ TicketInfos: replies });

/**
 * Reads ReplyData of GetTicketInfos as one of GetTicketInfo for each of the `asked` tickets, in their order. Throws the peer's documented
 * ErrorCode, or UPSTREAM_UNAVAILABLE for another number of answers. Reading X1.
 */
export const readTicketInfosReply = (
  replyData: Record<string, unknown>,
  asked: number,
): readonly Record<string, unknown>[] => {
  const infos = listIn(replyData, 'TicketInfos', 'GetTicketInfos');
  if (infos.length === asked) return infos;
  throw unusableReply('GetTicketInfos', `holds ${infos.length} answers to ${asked} questions`);
};
