import * as z from 'zod';
import type { CinemaCode } from '../codes.ts';
import { quoted, REPLY_BOUNDS } from '../reply-bounds.ts';
import { type BusinessDate, businessDay, timesOfHour, type WallClockHour } from '../time.ts';
import { type CheckRecord, checkTicketJson, parseCheckTicket, type WireOptions } from './check-record.ts';
import * as wire from './elements.ts';
import { listIn, unusableReply } from './error-reply.ts';
import { parseRow } from './parse-message.ts';

/** A question for the hours of a business date or the records of one. Extension `check-records`; reading X7. */
export type ListCheckRecordsQuery = z.output<typeof listCheckRecordsQuery>;

/** Reads QueryData of ListCheckRecords. Throws INVALID_QUERY, also for an hour of another date and for `After` without an hour. */
export const listCheckRecordsQuery = wire
  .message({
    CinemaCode: wire.cinemaCode,
    BusinessDate: wire.businessDate,
    /** null: what each hour holds is asked for. Otherwise the records of this hour of the business date. */
    Hour: wire.optional(wire.hour),
    /** `Next` of the page before; null for the first one. */
    After: wire.optional(wire.filledText),
  })
  .superRefine(({ businessDate: date, hour: asked, after }, ctx) => {
    const isOnDate = asked === null || isOfDay(asked, date);
    wire.refuseUnless(asked !== null || after === null, ctx, 'After', 'needs an Hour');
    wire.refuseUnless(isOnDate, ctx, 'Hour', `must lie on the business date ${date}`);
  });

export const isOfDay = (hour: WallClockHour, date: BusinessDate): boolean => {
  const day = businessDay(date);
  const { from } = timesOfHour(hour);
  return from >= day.from && from < day.until;
};

export const listCheckRecordsQueryJson = (query: ListCheckRecordsQuery) => ({
  ...wire.elementsJson(query, 'CinemaCode', 'BusinessDate'),
  ...(query.hour !== null && { Hour: query.hour }),
  ...(query.after !== null && { After: query.after }),
});

/** What a platform holds of one hour from one account. */
export type HourOfRecords = z.output<typeof hourRow>;
const hourRow = wire.message({
  Hour: wire.hour,
  /** Records that count as entries, and the hash over these, as `createRecordsHash` makes it. */
  Records: wire.count,
  Hash: z
    .string()
    .toLowerCase()
    .regex(/^[0-9a-f]{64}$/, 'must be 64 hex digits'),
  Quarantined: wire.count,
  /** How many counted records the platform has not delivered to its own upstream; 0 without an upstream. */
  Undelivered: wire.count,
});
export const hourRows = z.array(hourRow);

/** Writes ReplyData of ListCheckRecords without `Hour`: the hours that have records, in their order. */
export const listedHoursJson = (hours: readonly HourOfRecords[]) => ({
  Hours: hours.map((one) => wire.elementsJson(one, 'Hour', 'Records', 'Hash', 'Quarantined', 'Undelivered')),
});

const unusable = (what: string) => unusableReply('ListCheckRecords', what);

/** Reads the hours of ReplyData. Throws the peer's ErrorCode, or UPSTREAM_UNAVAILABLE for an hour that is repeated or of another date. */
export const readListedHours = (replyData: Record<string, unknown>, date: BusinessDate): readonly HourOfRecords[] => {
  const seen = new Set<WallClockHour>();
  return listIn(replyData, 'Hours', 'ListCheckRecords').map((line) => {
    const read = parseRow(hourRow, line);
    if (seen.has(read.hour) || !isOfDay(read.hour, date))
      throw unusable(`holds the hour ${read.hour} twice or beside the date`);
    seen.add(read.hour);
    return read;
  });
};

/** A record as the platform that was asked holds it. */
export type ListedCheckRecord = {
  readonly record: CheckRecord;
  /** The error code for which it was quarantined; null if it counts as an entry. */
  readonly quarantine: string | null;
  /** Whether the platform's own upstream has it; null without an upstream, or if it is not forwarded. */
  readonly delivered: boolean | null;
  /** The error code with which that upstream refused it; null if it did not. */
  readonly refused: string | null;
  /** Whether it was undone there and is not an entry any longer; false if the platform does not say. */
  readonly undone: boolean;
};

/** The extensions in use besides `record-id`. */
type ListedOptions = Pick<WireOptions, 'overrides'> & { readonly undone?: boolean };

/** Writes ReplyData of ListCheckRecords with `Hour`: records as reports have them, in their order (`compareInOrder`), with their state. */
export const listedRecordsJson = (
  listed: readonly ListedCheckRecord[],
  next: string | null,
  { overrides = false, undone = false }: ListedOptions = {},
) => ({
  CheckRecords: listed.map(({ record, quarantine, delivered, refused, undone: isUndone }) => ({
    ...checkTicketJson(record, { extended: true, overrides, priceForm: 'two-decimals' }),
    State: quarantine === null ? 'counted' : 'quarantined',
    ...(quarantine !== null && { ErrorCode: quarantine }),
    ...(delivered !== null && { Delivered: delivered }),
    ...(refused !== null && { DeliveryErrorCode: refused }),
    ...(undone && isUndone && { Undone: true }),
  })),
  Next: next,
});

const optionalCode = (line: Record<string, unknown>, name: string): string | null =>
  line[name] == null ? null : quoted(wire.readElement(line, name, wire.parseText));

const nextOf = ({ Next = null }: Record<string, unknown>): string | null => {
  if (Next === null || (typeof Next === 'string' && Next.length <= REPLY_BOUNDS.cursorCharacters)) return Next;
  throw unusable('holds a Next that is too long');
};

const readListed = (
  line: Record<string, unknown>,
  cinema: CinemaCode,
  { overrides = false, undone = false }: ListedOptions,
): ListedCheckRecord => {
  const { recordId, ...record } = parseCheckTicket(line, cinema, { extended: true, overrides });
  if (recordId === null) throw unusable('holds a record without a RecordId');
  const state = wire.readElement(line, 'State', wire.parseText);
  if (state !== 'counted' && state !== 'quarantined') throw unusable(`holds a record in the state ${state}`);
  const { Delivered: delivered } = line;
  return {
    record: { ...record, recordId },
    quarantine: state === 'counted' ? null : (optionalCode(line, 'ErrorCode') ?? ''),
    delivered: typeof delivered === 'boolean' ? delivered : null,
    refused: optionalCode(line, 'DeliveryErrorCode'),
    undone: undone && line.Undone === true,
  };
};

/** Reads the records of ReplyData. Throws the peer's ErrorCode, UPSTREAM_UNAVAILABLE, or the code of the first malformed record. */
export const readListedRecords = (
  replyData: Record<string, unknown>,
  cinema: CinemaCode,
  options: ListedOptions = {},
): { readonly listed: readonly ListedCheckRecord[]; readonly next: string | null } => ({
  listed: listIn(replyData, 'CheckRecords', 'ListCheckRecords').map((line) => readListed(line, cinema, options)),
  next: nextOf(replyData),
});
