import * as z from 'zod';
import { ERROR_CODES, type ErrorCode } from '../errors.ts';
import { APIS, MAX_RECORDS, MAX_TICKETS } from '../messages/apis.ts';
import { reportBusinessDayQuery } from '../messages/business-day.ts';
import { ticketInfoCode } from '../messages/check-record.ts';
import { claimTicketQuery, releaseClaimQuery } from '../messages/claim-ticket.ts';
import { eTicketOrderQuery, getETicketKeysQuery, revokeETicketQuery } from '../messages/e-ticket.ts';
import * as wire from '../messages/elements.ts';
import { cinemaRow, filmRow, publicKeyRow, refundRow, screenRow } from '../messages/intake.ts';
import { CHANGE_KINDS, listChangesQuery } from '../messages/list-changes.ts';
import { hourRows, listCheckRecordsQuery } from '../messages/list-check-records.ts';
import { getPublicKeysQuery } from '../messages/public-keys.ts';
import { MAX_REPORTED_DOUBLES, reportTerminalStateQuery } from '../messages/terminal-state.ts';
import { getTicketInfoQuery, SOLD_ELEMENTS, ticketRow } from '../messages/ticket-info.ts';

const { cinemaCode, count, element, filledText, filmTicketCode, readRecordId, time, truth } = wire;

const text = z.string();
const recordId = element(readRecordId);

/** A record in CheckTickets. Scheme 6.6.2.2.2. */
const record = z
  .object({ TicketInfoCode: ticketInfoCode, CheckTime: time, ...SOLD_ELEMENTS })
  .omit({ CinemaCode: true, CinemaName: true, SellTime: true });

/** Why there is no answer, or none to a part of the question. */
const error = z.object({ ErrorCode: z.enum(Object.keys(ERROR_CODES) as ErrorCode[]), ErrorMessage: text });

const fault = error.extend({ Index: count, FilmTicketCode: text });

const yesOrNo = z.enum(['Yes', 'No']);

/** ReplyData of GetTicketInfo for a ticket that was sold. Scheme 6.6.3.4. */
const ticket = z.object({ ...SOLD_ELEMENTS, CheckStatus: yesOrNo, RefundStatus: yesOrNo, RefundTime: text });

const publicKeys = z.object({
  PublicKeys: z.array(z.object({ PublicKey: filledText, StartTime: time })),
  Refreshed: truth.optional(),
});

const rows = (list: string, row: z.ZodType) => ({
  query: z.object({ [list]: z.array(row).max(MAX_RECORDS) }),
  reply: z.object({ Imported: count, Unchanged: count }),
});

const entry = z.object({ CheckTime: time, RecordId: recordId });

const listedRecords = z.union([
  z.object({ Hours: hourRows }),
  z.object({
    CheckRecords: z.array(
      record.extend({
        ...{ RecordId: recordId, OverriddenVerdict: text.optional(), State: z.enum(['counted', 'quarantined']) },
        ...{ ErrorCode: text.optional(), Delivered: truth.optional(), DeliveryErrorCode: text.optional() },
        Undone: truth.optional(),
      }),
    ),
    Next: text.nullable(),
  }),
]);

const claim = error.partial().extend({
  ...{ Claimed: truth, StateKnown: truth, Refunded: truth.optional(), Released: truth.optional() },
  ...{ EntryPossible: truth.optional(), SharedCinema: truth.optional(), RestoredAt: time.optional() },
  ...{ ETicket: z.literal('live').optional(), Ticket: ticket.optional() },
  Entry: entry
    .extend({ Gate: text.optional(), Terminal: text.optional(), Recorded: truth.optional(), ClaimUrl: text.optional() })
    .optional(),
});

const eTicketKeys = z.object({
  Host: text,
  Keys: z.array(
    z.object({ KeyId: text, PublicKey: text, ValidFrom: time, ValidUntil: time, RevokedAt: time.nullable() }),
  ),
});

const changes = z.object({
  Changes: z.array(
    z.object({ CinemaCode: cinemaCode, FilmTicketCode: filmTicketCode, StartTime: time, Kind: z.enum(CHANGE_KINDS) }),
  ),
  ...{ Cursor: text, More: truth, AsOf: time.nullable() },
});

/** QueryData and ReplyData of every Api. A refused request is answered with only ErrorCode and ErrorMessage. */
const SCHEMAS: Readonly<Record<keyof typeof APIS, { readonly query: z.ZodType; readonly reply: z.ZodType }>> = {
  getPublicKeys: { query: getPublicKeysQuery, reply: publicKeys },
  reportOriginalCheckTickets: {
    query: z.object({ CinemaCode: cinemaCode, CheckTickets: z.array(record).max(MAX_RECORDS) }),
    reply: error.partial().extend({
      ReportResult: truth,
      ...{ Rejected: z.array(fault).optional(), Quarantined: z.array(fault).optional() },
    }),
  },
  getTicketInfo: { query: getTicketInfoQuery, reply: ticket },
  getTicketInfos: {
    query: z.object({ Tickets: z.array(getTicketInfoQuery).max(MAX_TICKETS) }),
    reply: z.object({ TicketInfos: z.array(z.union([ticket, error])) }),
  },
  listCheckRecords: { query: listCheckRecordsQuery, reply: listedRecords },
  reportTerminalState: {
    query: reportTerminalStateQuery,
    reply: z.object({
      Kept: truth,
      Doubles: z
        .array(z.object({ RecordId: recordId, Entry: entry }))
        .max(MAX_REPORTED_DOUBLES)
        .optional(),
    }),
  },
  reportBusinessDay: { query: reportBusinessDayQuery, reply: z.object({ Kept: truth }) },
  listChanges: { query: listChangesQuery, reply: changes },
  claimTicket: { query: claimTicketQuery, reply: claim },
  releaseClaim: { query: releaseClaimQuery, reply: error.partial().extend({ ReleaseResult: truth }) },
  createETicket: { query: eTicketOrderQuery, reply: z.object({ Url: text, Token: text }) },
  revokeETicket: { query: revokeETicketQuery, reply: z.object({ Revoked: truth }) },
  recordPickUp: { query: eTicketOrderQuery, reply: z.object({ PickedUpAt: time }) },
  getETicketKeys: { query: getETicketKeysQuery, reply: eTicketKeys },
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
      { QueryData: schemaOf(query), ReplyData: schemaOf(reply) },
    ]),
  );
}
