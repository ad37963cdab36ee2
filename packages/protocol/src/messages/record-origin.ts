import { isJsonObject } from '../envelope/read-json-body.ts';
import { ProtocolError } from '../errors.ts';
import type { WireOptions } from './check-record.ts';
import { isWholeNumber, parseCount, parseFilledText, parseTruth, parseWholeNumber, readAnnounced } from './elements.ts';

/**
 * How a check record was made and came here, as far as it is known. Extension `record-origins`; scheme 5.2.5, 5.2.9, reading X1.
 *
 * Times are durations since CheckTime, the time of the scan, by the sender's clock: each takes only a few bytes in many millions of
 * records.
 */
export type RecordOrigin = {
  /** The gate of the terminal; empty if it is not known. */
  readonly gate: string;
  /** Whether the terminal let the guest in by its offline policy, because the platform did not answer; null if it is not known. */
  readonly offline: boolean | null;
  /** After how many milliseconds the terminal had decided; it stores the record in the same commit. null if it is not known. */
  readonly decidedMs: number | null;
  /**
   * After how many seconds the platform which forwards the record had got it, less than 0 if its clock is behind that of the
   * terminal; null if it is not known, or no platform did. At most five years either way.
   */
  readonly forwarderSeconds: number | null;
};

/** The origin of a record whose sender reported none. */
export const UNTOLD_ORIGIN = {
  gate: '',
  offline: null,
  decidedMs: null,
  forwarderSeconds: null,
} as const satisfies RecordOrigin;

/** Five years: clocks that are further apart say nothing of the way of a record. */
const MAX_FORWARDER_SECONDS = 5 * 366 * 86_400;

const isForwarderTime = (seconds: number): boolean => Math.abs(seconds) <= MAX_FORWARDER_SECONDS;

const GATE_NAME = /^[\p{L}\p{N}._-]{1,64}$/u;

/** Whether a gate may be called so: at most 64 letters, digits, `.`, `_` and `-`. */
export const isGateName = (text: string): boolean => GATE_NAME.test(text);

const parseGate = (value: unknown): string => {
  const text = parseFilledText(value);
  if (isGateName(text)) return text;
  if ([...text].length > 64) throw new ProtocolError('WRONG_LENGTH', 'must have at most 64 characters');
  throw new ProtocolError('INVALID_CODE', 'must hold letters, digits, ".", "_" and "-" alone');
};

/** A time that is too far away is left out and not refused: a guest's record must not fail for a clock that is wrong. */
const parseForwarderTime = (value: unknown): number | null => {
  const seconds = parseWholeNumber(value);
  return isForwarderTime(seconds) ? seconds : null;
};

/**
 * Reads Gate, Offline, DecidedMs and ForwarderSeconds of one record of a report; each may be missing. They count from any
 * sender, as OverriddenVerdict does.
 *
 * Throws WRONG_TYPE, WRONG_LENGTH, MISSING_ELEMENT (empty) or INVALID_CODE with the element's name, where the sender announced
 * `record-origins`. Reading X1.
 */
export const parseRecordOrigin = (raw: unknown, { origins = false }: Pick<WireOptions, 'origins'>): RecordOrigin => {
  if (!isJsonObject(raw)) throw new ProtocolError('WRONG_TYPE', 'it must be a JSON object', { element: '' });
  return {
    gate: readAnnounced(raw, 'Gate', parseGate, origins) ?? '',
    offline: readAnnounced(raw, 'Offline', parseTruth, origins),
    decidedMs: readAnnounced(raw, 'DecidedMs', parseCount, origins),
    forwarderSeconds: readAnnounced(raw, 'ForwarderSeconds', parseForwarderTime, origins),
  };
};

/** What the receiver would not take is left out: a guest's record must not fail for it. */
export const recordOriginJson = (origin: Partial<RecordOrigin>) => {
  const { gate = '', offline = null, decidedMs = null, forwarderSeconds = null } = origin;
  return {
    ...(isGateName(gate) ? { Gate: gate } : {}),
    ...(offline === null ? {} : { Offline: offline }),
    ...(decidedMs !== null && isWholeNumber(decidedMs) && decidedMs >= 0 ? { DecidedMs: decidedMs } : {}),
    ...(forwarderSeconds !== null && isWholeNumber(forwarderSeconds) && isForwarderTime(forwarderSeconds)
      ? { ForwarderSeconds: forwarderSeconds }
      : {}),
  };
};
