import type * as z from 'zod';
import type { FilmCode, ScreenCode, SessionCode, TicketIdentity } from '../codes.ts';
import { type Fen, type PriceForm, priceJson } from '../money.ts';
import type { WallClock } from '../time.ts';
import { elementsJson, message, rawTickets, type TicketType, ticketElements } from './elements.ts';
import { listIn, unusableReply } from './error-reply.ts';
import type { RecordId } from './record-id.ts';

/** Yes and No as the scheme has them; unknown where a plain platform did not say, or said another word. Reading E12. */
export type Status = 'Yes' | 'No' | 'unknown';

type StatusElement = 'CheckStatus' | 'RefundStatus';

/** The first known entry of a ticket; an extension element, so only for extended peers. Reading X1. */
export type KnownEntry = { readonly checkTime: WallClock; readonly recordId: RecordId };

/**
 * What is known of a sold ticket. Scheme 6.6.3.4. Read from a plain platform, texts and codes are empty and numbers 0
 * if its reply does not say.
 */
export type TicketInfo = TicketIdentity & {
  readonly cinemaName: string;
  readonly screenCode: ScreenCode;
  readonly screenName: string;
  readonly filmCode: FilmCode;
  readonly filmName: string;
  readonly sessionCode: SessionCode;
  readonly ticketType: TicketType | null;
  readonly sellTime: WallClock | null;
  readonly rowNum: number;
  readonly columnNum: number;
  readonly price: Fen;
  readonly service: Fen;
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
export const getTicketInfoQuery: z.ZodType<TicketIdentity> = message(ticketElements);

export const getTicketInfoQueryJson = (ticket: TicketIdentity) =>
  elementsJson(ticket, 'CinemaCode', 'FilmTicketCode', 'StartTime');

/** The elements of a ticket up to Service, in the order of the scheme's example. */
export type SoldTicket = Omit<
  TicketInfo,
  'checkStatus' | 'refundStatus' | 'refundTime' | 'unknownWords' | 'entry' | 'sharedCinema'
>;

/** Writes the elements of a ticket up to Service. Scheme 6.6.3.4.1 to 6.6.3.4.15. */
export const soldTicketJson = (ticket: SoldTicket, priceForm: PriceForm) => ({
  ...elementsJson(
    ticket,
    'CinemaCode',
    'CinemaName',
    'ScreenCode',
    'ScreenName',
    'FilmCode',
    'FilmName',
    'SessionCode',
  ),
  StartTime: ticket.startTime,
  TicketType: ticket.ticketType ?? '',
  SellTime: ticket.sellTime ?? '',
  ...elementsJson(ticket, 'FilmTicketCode', 'RowNum', 'ColumnNum'),
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
 * Writes ReplyData of GetTicketInfo. An unknown status is left out, or written with the unknown word that it arrived with, never as No. The first
 * entry is written only for extended peers, `sharedCinema` only for those that announced `shared-cinema`. Scheme 6.6.3.4; readings C2, E11, E12 and
 * X1.
 */
export const ticketInfoJson = (
  info: TicketInfo,
  priceForm: PriceForm = 'two-decimals',
  { extended }: { extended: boolean } = { extended: false },
) => ({
  ...soldTicketJson(info, priceForm),
  ...statusJson('CheckStatus', info.checkStatus, info),
  ...statusJson('RefundStatus', info.refundStatus, info),
  RefundTime: info.refundTime ?? '',
  ...(extended && info.entry !== undefined ? { Entry: elementsJson(info.entry, 'CheckTime', 'RecordId') } : {}),
  ...sharedCinemaJson(info.sharedCinema),
});

/** QueryData of GetTicketInfos: at most 100 questions of GetTicketInfo, still raw. Extension `ticket-infos`. */
export type TicketInfosQuery = { readonly tickets: readonly unknown[] };

/**
 * Reads QueryData of GetTicketInfos; each ticket then goes through `getTicketInfoQuery`, so that only a malformed one is
 * refused. Throws TOO_MANY_TICKETS. Reading X1.
 */
export const getTicketInfosQuery: z.ZodType<TicketInfosQuery> = message({ Tickets: rawTickets });

export const getTicketInfosQueryJson = (tickets: readonly TicketIdentity[]) => ({
  Tickets: tickets.map(getTicketInfoQueryJson),
});

/** Writes ReplyData of GetTicketInfos: ReplyData of GetTicketInfo for each ticket, in the order of the question. */
export const ticketInfosReplyJson = (replies: readonly unknown[]) => ({ TicketInfos: replies });

/**
 * Reads ReplyData of GetTicketInfos as one ReplyData of GetTicketInfo for each of the `asked` tickets, in their order.
 * Throws the peer's documented ErrorCode, or UPSTREAM_UNAVAILABLE if the answers do not match the questions. Reading X1.
 */
export const readTicketInfosReply = (
  replyData: Record<string, unknown>,
  asked: number,
): readonly Record<string, unknown>[] => {
  const infos = listIn(replyData, 'TicketInfos', 'GetTicketInfos');
  if (infos.length === asked) return infos;
  throw unusableReply('GetTicketInfos', `holds ${infos.length} answers to ${asked} questions`);
};
