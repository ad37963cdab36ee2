import { type CinemaCode, parseFilmTicketCode, type TicketIdentity } from '../codes.ts';
import { isJsonObject } from '../envelope/read-json-body.ts';
import { ProtocolError } from '../errors.ts';
import { parseWallClock, type WallClock } from '../time.ts';
import { parseTicketInfoCode, type WireOptions } from './check-record.ts';
import { filled, parseText, readElement } from './elements.ts';
import { lenient } from './lenient.ts';
import { parseRecordId, type RecordId } from './record-id.ts';

/**
 * A compensating record: the guest of a check record did not go in, so the record does not count as an entry. It names that
 * record by its RecordId and by its ticket, because anybody who has read a RecordId could use it. Readings R9, X3.
 */
export type Reversal = TicketIdentity & {
  /** Its own. */
  readonly recordId: RecordId;
  /** The RecordId of the record that it reverses. */
  readonly reverses: RecordId;
  /** The ticket info code and the CheckTime of that record. */
  readonly ticketInfoCode: string;
  readonly checkTime: WallClock;
  /** When it was undone. */
  readonly reversedAt: WallClock;
};

const time = filled(parseWallClock);
const filmTicketCode = filled(parseFilmTicketCode);
const recordId = (value: unknown): RecordId => parseRecordId(parseText(value));

/**
 * Whether an element of a report is a compensating record. It counts from any sender, so that a report means the same with
 * and without the header, which is not signed. A malformed `Reverses` from a sender that announces nothing is ignored, like
 * any element that the scheme does not name.
 */
export const isReversal = (raw: unknown, { extended }: WireOptions): raw is Record<string, unknown> => {
  if (!isJsonObject(raw) || raw.Reverses === undefined) return false;
  return extended || lenient(raw.Reverses, recordId, null) !== null;
};

/**
 * Reads one compensating record of a report. Throws the code of the first fault with the element's name: MISSING_ELEMENT,
 * WRONG_TYPE, WRONG_LENGTH, INVALID_CODE, INVALID_DATETIME, INVALID_TICKET_CODE or INVALID_RECORD_ID. Readings R9, X1.
 */
export const parseReversal = (raw: unknown, cinemaCode: CinemaCode): Reversal => {
  if (!isJsonObject(raw)) throw new ProtocolError('WRONG_TYPE', 'it must be a JSON object', { element: '' });
  return {
    ticketInfoCode: readElement(raw, 'TicketInfoCode', parseTicketInfoCode),
    checkTime: readElement(raw, 'CheckTime', time),
    startTime: readElement(raw, 'StartTime', time),
    filmTicketCode: readElement(raw, 'FilmTicketCode', filmTicketCode),
    recordId: readElement(raw, 'RecordId', recordId),
    reverses: readElement(raw, 'Reverses', recordId),
    reversedAt: readElement(raw, 'ReversedAt', time),
    cinemaCode,
  };
};

/**
 * Writes QueryData of ReportOriginalCheckTickets with compensating records of one cinema, for a peer that announced them. They
 * lack mandatory elements of a check record, so that a peer that does not know them refuses them and never takes one for an
 * entry.
 */
export const reversalsQueryJson = (cinema: CinemaCode, reversals: readonly Reversal[]) => ({
  CinemaCode: cinema,
  CheckTickets: reversals.map((reversal) => ({
    TicketInfoCode: reversal.ticketInfoCode,
    CheckTime: reversal.checkTime,
    StartTime: reversal.startTime,
    FilmTicketCode: reversal.filmTicketCode,
    RecordId: reversal.recordId,
    Reverses: reversal.reverses,
    ReversedAt: reversal.reversedAt,
  })),
});
