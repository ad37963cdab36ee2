import type * as z from 'zod';
import type { CinemaCode } from '../codes.ts';
import { isJsonObject } from '../envelope/read-json-body.ts';
import type { PriceForm } from '../money.ts';
import { quoted, REPLY_BOUNDS } from '../reply-bounds.ts';
import { checkTicketJson, type OutgoingCheckRecord, ticketInfoCode, type WireOptions } from './check-record.ts';
import * as wire from './elements.ts';
import { readErrorReply } from './error-reply.ts';
import { parseRow } from './parse-message.ts';

/** QueryData of ReportOriginalCheckTickets: at most 1000 records, still raw; each then goes through `parseCheckTicket`. Scheme 6.6.2.2. */
export const reportQuery = wire.message({ CinemaCode: wire.cinemaCode, CheckTickets: wire.rawRecords });
export type ReportQuery = z.output<typeof reportQuery>;

export const reportQueryJson = (
  cinema: CinemaCode,
  records: readonly OutgoingCheckRecord[],
  options: WireOptions & { readonly priceForm: PriceForm },
) => ({ CinemaCode: cinema, CheckTickets: records.map((record) => checkTicketJson(record, options)) });

/** What is wrong with one record of a report; codes of foreign peers need not be ours. Reading R3. */
export type RecordFault = {
  readonly index: number;
  readonly filmTicketCode: string;
  readonly errorCode: string;
  readonly errorMessage: string;
};

/** The answer to a report. Scheme 6.6.2.4; reading R3. */
export type ReportReply = {
  /** true: every record is durably kept. false: none is. */
  readonly result: boolean;
  readonly rejected: RecordFault[];
  readonly quarantined: RecordFault[];
  readonly errorCode?: string | undefined;
  readonly errorMessage?: string | undefined;
};

const faultJson = (fault: RecordFault) => ({
  Index: fault.index,
  // As the sender wrote it, which may be anything.
  FilmTicketCode: quoted(fault.filmTicketCode),
  ErrorCode: fault.errorCode,
  ErrorMessage: fault.errorMessage,
});

const faultsJson = (name: string, faults: readonly RecordFault[] = []) =>
  faults.length > 0 && { [name]: faults.map(faultJson) };

/** Names the first faulty record by its index and ticket: a plain sender has to find it among a thousand. */
const namedFault = ({ index, filmTicketCode, errorMessage }: RecordFault, all: number): string => {
  const ticket = filmTicketCode === '' ? '' : `, ticket ${quoted(filmTicketCode)}`;
  return `CheckTickets[${index}]${ticket}: ${errorMessage}${all === 1 ? '' : ` (refused records: ${all})`}`;
};

/** Writes ReplyData of a report: all faults towards extended peers, the first one of a refused report for everyone. 6.6.2.4; R3, X1. */
export const reportReplyJson = (
  reply: { readonly result: boolean } & Partial<ReportReply>,
  { extended }: WireOptions,
) => {
  const { result, rejected = [] } = reply;
  const errorCode = reply.errorCode ?? rejected[0]?.errorCode;
  const errorMessage = reply.errorMessage ?? (rejected[0] && namedFault(rejected[0], rejected.length)) ?? '';
  return {
    ReportResult: result,
    ...(!result && errorCode !== undefined && { ErrorCode: errorCode, ErrorMessage: errorMessage }),
    ...(extended && faultsJson('Rejected', rejected)),
    ...(extended && faultsJson('Quarantined', reply.quarantined)),
  };
};

const textOf = (value: unknown): string => (typeof value === 'string' ? quoted(value) : '');

const readFaults = (faults: unknown): RecordFault[] =>
  wire.lenientList(faults, REPLY_BOUNDS.rows, (fault) => ({
    index: wire.parseCount(fault.Index),
    filmTicketCode: textOf(fault.FilmTicketCode),
    errorCode: textOf(fault.ErrorCode),
    errorMessage: textOf(fault.ErrorMessage),
  }));

/** Reads ReplyData of a report leniently: `true`, `"true"` in any case and `1` are true, everything else is false. 6.6.2.4; E12. */
export const readReportReply = (replyData: Record<string, unknown>): ReportReply => {
  const error = readErrorReply(replyData);
  return {
    result: wire.isTrue(replyData.ReportResult),
    rejected: readFaults(replyData.Rejected),
    quarantined: readFaults(replyData.Quarantined),
    ...(error === null ? {} : { errorCode: error.code, errorMessage: error.message }),
  };
};

const REVERSAL = {
  TicketInfoCode: ticketInfoCode,
  CheckTime: wire.time,
  StartTime: wire.time,
  FilmTicketCode: wire.filmTicketCode,
  RecordId: wire.element(wire.readRecordId),
  Reverses: wire.element(wire.readRecordId),
  ReversedAt: wire.time,
};
const reversalRow = wire.message(REVERSAL);
const REVERSAL_ELEMENTS = Object.keys(REVERSAL) as (keyof typeof REVERSAL)[];

/** A compensating record: the guest did not go in. It names the record also by its ticket, because others may know a RecordId. R9, X3. */
export type Reversal = z.output<typeof reversalRow> & { readonly cinemaCode: CinemaCode };

/** Whether an element of a report is a compensating record, from any sender; a malformed `Reverses` that was not announced is ignored. */
export const isReversal = (raw: unknown, { extended }: WireOptions): raw is Record<string, unknown> => {
  if (!isJsonObject(raw) || raw.Reverses === undefined) return false;
  return extended || wire.lenient(raw.Reverses, wire.readRecordId, null) !== null;
};

/** Reads one compensating record of a report. Throws the record-level code of the first fault with the element's name. R9, X1. */
export const parseReversal = (raw: unknown, cinemaCode: CinemaCode): Reversal => ({
  ...parseRow(reversalRow, raw),
  cinemaCode,
});

/** Writes a report of compensating records, for a peer that announced them; every other one misses elements and takes none for an entry. */
export const reversalsQueryJson = (cinema: CinemaCode, reversals: readonly Reversal[]) => ({
  CinemaCode: cinema,
  CheckTickets: reversals.map((reversal) => wire.elementsJson(reversal, ...REVERSAL_ELEMENTS)),
});
