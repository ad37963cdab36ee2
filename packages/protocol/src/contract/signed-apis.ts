import * as z from 'zod';
import { APIS, MAX_RECORDS, MAX_TICKETS } from '../messages/apis.ts';
import { reportBusinessDayQuery } from '../messages/business-day.ts';
import { ticketInfoCode } from '../messages/check-record.ts';
import { claimTicketQuery, releaseClaimQuery } from '../messages/claim-ticket.ts';
import { eTicketOrderQuery, getETicketKeysQuery, revokeETicketQuery } from '../messages/e-ticket.ts';
import * as elements from '../messages/elements.ts';
import { cinemaRow, filmRow, publicKeyRow, refundRow, screenRow, ticketRow } from '../messages/intake.ts';
import { listChangesQuery } from '../messages/list-changes.ts';
import { listCheckRecordsQuery } from '../messages/list-check-records.ts';
import { getPublicKeysQuery } from '../messages/public-keys.ts';
import { reportTerminalStateQuery } from '../messages/terminal-state.ts';
import { getTicketInfoQuery } from '../messages/ticket-info.ts';

const { cinemaCode, filledText, filmCode, filmTicketCode, name, price, screenCode } = elements;
const { sessionCode, ticketType, time, wholeNumber } = elements;

/** A record in CheckTickets. Scheme 6.6.2.2.2. */
const record = z.object({
  ...{ TicketInfoCode: ticketInfoCode, CheckTime: time, ScreenCode: screenCode, ScreenName: name },
  ...{ FilmCode: filmCode, FilmName: name, SessionCode: sessionCode, StartTime: time, TicketType: ticketType },
  ...{ FilmTicketCode: filmTicketCode, RowNum: wholeNumber, ColumnNum: wholeNumber, Price: price, Service: price },
});

const yesOrNo = z.enum(['Yes', 'No']);

/** ReplyData of GetTicketInfo for a ticket that was sold. Scheme 6.6.3.4. */
const ticket = z.object({
  ...{ CinemaCode: cinemaCode, CinemaName: name, ScreenCode: screenCode, ScreenName: name, FilmCode: filmCode },
  ...{ FilmName: name, SessionCode: sessionCode, StartTime: time, TicketType: ticketType, SellTime: time },
  ...{ FilmTicketCode: filmTicketCode, RowNum: wholeNumber, ColumnNum: wholeNumber, Price: price, Service: price },
  ...{ CheckStatus: yesOrNo, RefundStatus: yesOrNo, RefundTime: z.string() },
});

const publicKeys = z.object({ PublicKeys: z.array(z.object({ PublicKey: filledText, StartTime: time })) });

const rows = (list: string, row: z.ZodType) => ({ query: z.object({ [list]: z.array(row).max(MAX_RECORDS) }) });

/** QueryData of every Api, and ReplyData of those of the scheme. */
const SCHEMAS: Readonly<Record<keyof typeof APIS, { readonly query: z.ZodType; readonly reply?: z.ZodType }>> = {
  getPublicKeys: { query: getPublicKeysQuery, reply: publicKeys },
  reportOriginalCheckTickets: {
    query: z.object({ CinemaCode: cinemaCode, CheckTickets: z.array(record).max(MAX_RECORDS) }),
    reply: z.object({ ReportResult: z.boolean() }),
  },
  getTicketInfo: { query: getTicketInfoQuery, reply: ticket },
  getTicketInfos: { query: z.object({ Tickets: z.array(getTicketInfoQuery).max(MAX_TICKETS) }) },
  listCheckRecords: { query: listCheckRecordsQuery },
  reportTerminalState: { query: reportTerminalStateQuery },
  reportBusinessDay: { query: reportBusinessDayQuery },
  listChanges: { query: listChangesQuery },
  claimTicket: { query: claimTicketQuery },
  releaseClaim: { query: releaseClaimQuery },
  createETicket: { query: eTicketOrderQuery },
  revokeETicket: { query: revokeETicketQuery },
  recordPickUp: { query: eTicketOrderQuery },
  getETicketKeys: { query: getETicketKeysQuery },
  importCinemas: rows('Cinemas', cinemaRow),
  importScreens: rows('Screens', screenRow),
  importFilms: rows('Films', filmRow),
  importPublicKeys: rows('PublicKeys', publicKeyRow),
  importTickets: rows('Tickets', ticketRow),
  importRefunds: rows('Refunds', refundRow),
};

/** What each signed Api takes and answers, as JSON Schema (draft 2020-12): `docs/contract/signed-apis.json`. */
export function signedApisJson() {
  const schemaOf = (type: z.ZodType) => z.toJSONSchema(type, { io: 'input', unrepresentable: 'any' });
  return Object.fromEntries(
    Object.entries(SCHEMAS).map(([key, { query, reply }]) => [
      APIS[key as keyof typeof APIS],
      { QueryData: schemaOf(query), ...(reply !== undefined && { ReplyData: schemaOf(reply) }) },
    ]),
  );
}
