import type { CinemaCode } from '../codes.ts';
import { isJsonObject } from '../envelope/read-json-body.ts';
import { ProtocolError } from '../errors.ts';
import { type PriceForm, parsePrice, priceJson } from '../money.ts';
import { readTicketCode } from '../ticket-code/read-ticket-code.ts';
import type { WallClock } from '../time.ts';
import { parseRefusalVerdict, type RefusalVerdict } from '../verdicts.ts';
import * as wire from './elements.ts';
import type { RecordId } from './record-id.ts';
import type { SoldTicket } from './ticket-info.ts';

/**
 * One entry of one ticket, as made at the scan and kept by every role. While what the code does not hold is unknown, the
 * ticket type is null, names are empty and seat numbers 0. Scheme 6.6.2.2.2; reading R5.
 */
export type CheckRecord = Omit<SoldTicket, 'cinemaName' | 'sellTime'> & {
  readonly recordId: RecordId;
  readonly ticketInfoCode: string;
  /** Fixed at the scan. Reading C7. */
  readonly checkTime: WallClock;
  /** The refusal that a supervisor overrode to admit the guest; null for other records. Reading R10. */
  readonly overriddenVerdict: RefusalVerdict | null;
};

/** A check record as it came over the wire; null if the sender gave no RecordId. */
export type WireCheckRecord = Omit<CheckRecord, 'recordId'> & { readonly recordId: RecordId | null };

/** A check record to send; an unknown origin is not written. */
export type OutgoingCheckRecord = WireCheckRecord & Partial<RecordOrigin>;

/** What the sender, or the receiver, announced. Reading X1. */
export type WireOptions = {
  readonly extended: boolean;
  readonly overrides?: boolean;
  readonly origins?: boolean;
};

/** Reads a text that has the form of a ticket info code; nothing in it is proven. */
const parseTicketInfoCode = (value: unknown): string => {
  const text = wire.parseFilledText(value);
  try {
    readTicketCode(text);
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error;
    throw new ProtocolError('INVALID_TICKET_CODE', `cannot be a ticket info code: ${error.message}`);
  }
  return text;
};

/** A ticket info code; the text is Base64 and printable ASCII. Scheme 5.1.2. */
export const ticketInfoCode = wire.element(parseTicketInfoCode);

const readOpenType = (value: unknown): wire.TicketType | null => (value === '' ? null : wire.readTicketType(value));

const refusal = wire.filled(parseRefusalVerdict);

/** Throws WRONG_TYPE where an element of a report is no JSON object. */
const recordObject = (raw: unknown): Record<string, unknown> => {
  if (!isJsonObject(raw)) throw new ProtocolError('WRONG_TYPE', 'it must be a JSON object', { element: '' });
  return raw;
};

/**
 * Reads one record of a report. A RecordId or OverriddenVerdict counts from any sender, because the header is not signed; a malformed one
 * that was not announced is ignored. TicketType may be empty if an extended sender gives a RecordId. Throws the record-level code of the
 * first fault with the element's name. Scheme 6.6.2.2.2; readings R3, R5, R10 and X1.
 */
export const parseCheckTicket = (
  element: unknown,
  cinemaCode: CinemaCode,
  { extended, overrides = false }: WireOptions,
): WireCheckRecord => {
  const raw = recordObject(element);
  // In the order of the scheme, so that the first fault is the one that is named.
  return {
    ticketInfoCode: wire.readElement(raw, 'TicketInfoCode', parseTicketInfoCode),
    checkTime: wire.readElement(raw, 'CheckTime', wire.readTime),
    screenCode: wire.readElement(raw, 'ScreenCode', wire.readScreenCode),
    screenName: wire.readElement(raw, 'ScreenName', wire.parseName),
    filmCode: wire.readElement(raw, 'FilmCode', wire.readFilmCode),
    filmName: wire.readElement(raw, 'FilmName', wire.parseName),
    sessionCode: wire.readElement(raw, 'SessionCode', wire.readSessionCode),
    startTime: wire.readElement(raw, 'StartTime', wire.readTime),
    filmTicketCode: wire.readElement(raw, 'FilmTicketCode', wire.readFilmTicketCode),
    rowNum: wire.readElement(raw, 'RowNum', wire.parseWholeNumber),
    columnNum: wire.readElement(raw, 'ColumnNum', wire.parseWholeNumber),
    price: wire.readElement(raw, 'Price', parsePrice),
    service: wire.readElement(raw, 'Service', parsePrice),
    // Both are in the signed text, so adding the header to somebody's plain report changes nothing.
    ticketType: wire.readElement(
      raw,
      'TicketType',
      extended && raw.RecordId !== undefined ? readOpenType : wire.readTicketType,
    ),
    recordId: wire.readAnnounced(raw, 'RecordId', wire.readRecordId, extended),
    overriddenVerdict: wire.readAnnounced(raw, 'OverriddenVerdict', refusal, overrides),
    cinemaCode,
  };
};

const wireTicketType = ({ ticketType }: Pick<CheckRecord, 'ticketType'>, extended: boolean): string => {
  if (ticketType !== null || extended) return ticketType ?? '';
  throw new ProtocolError('MISSING_ELEMENT', 'TicketType must be filled before a record goes to a plain peer');
};

/**
 * Writes one record of a report, elements in the order of the scheme's example, those of extensions only towards peers that announced them.
 * Throws MISSING_ELEMENT for an incomplete record towards a plain peer. Scheme 6.6.2.3; readings E10, R5, R10 and X1.
 */
export const checkTicketJson = (
  record: OutgoingCheckRecord,
  { extended, overrides = false, origins = false, priceForm }: WireOptions & { readonly priceForm: PriceForm },
) => ({
  TicketInfoCode: record.ticketInfoCode,
  CheckTime: record.checkTime,
  ScreenCode: record.screenCode,
  ScreenName: record.screenName,
  FilmCode: record.filmCode,
  FilmName: record.filmName,
  SessionCode: record.sessionCode,
  StartTime: record.startTime,
  TicketType: wireTicketType(record, extended),
  FilmTicketCode: record.filmTicketCode,
  RowNum: record.rowNum,
  ColumnNum: record.columnNum,
  Price: priceJson(record.price, priceForm),
  Service: priceJson(record.service, priceForm),
  ...(extended && record.recordId !== null ? { RecordId: record.recordId } : {}),
  ...(overrides && record.overriddenVerdict !== null ? { OverriddenVerdict: record.overriddenVerdict } : {}),
  ...(origins ? recordOriginJson(record) : {}),
});

/** How a check record was made and came here; times are durations since CheckTime by the sender's clock. Scheme 5.2.5, 5.2.9; X1. */
export type RecordOrigin = {
  readonly gate: string;
  /** Whether the terminal let the guest in by its offline policy, because the platform did not answer; null if it is not known. */
  readonly offline: boolean | null;
  /** After how many milliseconds the terminal had decided; it stores the record in the same commit. null if it is not known. */
  readonly decidedMs: number | null;
  /** After how many seconds the platform which forwards it had it, negative if its clock is behind; null: unknown, or none. At most five years. */
  readonly forwarderSeconds: number | null;
};

/** The origin of a record whose sender reported none. */
export const UNTOLD_ORIGIN: RecordOrigin = { gate: '', offline: null, decidedMs: null, forwarderSeconds: null };

/** Five years: clocks that are further apart say nothing of the way of a record. */
const MAX_FORWARDER_SECONDS = 5 * 366 * 86_400;

const isForwarderTime = (seconds: number) => Number.isInteger(seconds) && Math.abs(seconds) <= MAX_FORWARDER_SECONDS;

const GATE_NAME = /^[\p{L}\p{N}._-]{1,64}$/u;

/** Whether a gate may be called so: at most 64 letters, digits, `.`, `_` and `-`. */
export const isGateName = (text: string): boolean => GATE_NAME.test(text);

const parseGate = (value: unknown): string => {
  const text = wire.parseFilledText(value);
  if (isGateName(text)) return text;
  if ([...text].length > 64) throw new ProtocolError('WRONG_LENGTH', 'must have at most 64 characters');
  throw new ProtocolError('INVALID_CODE', 'must hold letters, digits, ".", "_" and "-" only');
};

/** A time that is too far away is left out and not refused: a guest's record must not fail for a clock that is wrong. */
const parseForwarderTime = (value: unknown): number | null => {
  const seconds = wire.parseWholeNumber(value);
  return isForwarderTime(seconds) ? seconds : null;
};

/** Reads the origin of one record of a report. Throws the code of the first fault only if the sender announced `record-origins`. X1. */
export const parseRecordOrigin = (
  element: unknown,
  { origins = false }: Pick<WireOptions, 'origins'>,
): RecordOrigin => {
  const raw = recordObject(element);
  return {
    gate: wire.readAnnounced(raw, 'Gate', parseGate, origins) ?? '',
    offline: wire.readAnnounced(raw, 'Offline', wire.parseTruth, origins),
    decidedMs: wire.readAnnounced(raw, 'DecidedMs', wire.parseCount, origins),
    forwarderSeconds: wire.readAnnounced(raw, 'ForwarderSeconds', parseForwarderTime, origins),
  };
};

/** What the receiver would not take is left out: a guest's record must not fail for it. */
const recordOriginJson = ({ gate = '', offline, decidedMs, forwarderSeconds }: Partial<RecordOrigin>) => ({
  ...(isGateName(gate) && { Gate: gate }),
  ...(offline != null && { Offline: offline }),
  ...(decidedMs != null && wire.isWholeNumber(decidedMs) && decidedMs >= 0 && { DecidedMs: decidedMs }),
  ...(forwarderSeconds != null && isForwarderTime(forwarderSeconds) && { ForwarderSeconds: forwarderSeconds }),
});
