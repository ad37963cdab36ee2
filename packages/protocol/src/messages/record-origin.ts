import { isJsonObject } from '../envelope/read-json-body.ts';
import { ProtocolError } from '../errors.ts';
import type { WireOptions } from './check-record.ts';
import { parseFilledText, readAnnounced } from './elements.ts';

/** How a check record was made, as far as it is known. Extension `record-origins`; scheme 5.2.5, reading X1. */
export type RecordOrigin = {
  /** The gate of the terminal; empty where it is not known. */
  readonly gate: string;
  /** Whether the terminal let the guest in by its offline policy, because the platform did not answer; null where it is not known. */
  readonly offline: boolean | null;
};

const GATE_NAME = /^[\p{L}\p{N}._-]{1,64}$/u;

/** Whether a gate may be called so: at most 64 letters, digits, `.`, `_` and `-`. */
export const isGateName = (text: string): boolean => GATE_NAME.test(text);

const parseGate = (value: unknown): string => {
  const text = parseFilledText(value);
  if (isGateName(text)) return text;
  if ([...text].length > 64) throw new ProtocolError('WRONG_LENGTH', 'must have at most 64 characters');
  throw new ProtocolError('INVALID_CODE', 'must hold letters, digits, ".", "_" and "-" alone');
};

const parseTruth = (value: unknown): boolean => {
  if (typeof value !== 'boolean') throw new ProtocolError('WRONG_TYPE', 'must be true or false');
  return value;
};

/**
 * Reads Gate and Offline of one record of a report, each of which may be missing. They count whoever sends them, as
 * OverriddenVerdict does.
 *
 * Throws WRONG_TYPE, WRONG_LENGTH, MISSING_ELEMENT (empty) or INVALID_CODE with the element's name, where the sender announced
 * `record-origins`. Reading X1.
 */
export const parseRecordOrigin = (raw: unknown, { origins = false }: Pick<WireOptions, 'origins'>): RecordOrigin => {
  if (!isJsonObject(raw)) throw new ProtocolError('WRONG_TYPE', 'it must be a JSON object', { element: '' });
  return {
    gate: readAnnounced(raw, 'Gate', parseGate, origins) ?? '',
    offline: readAnnounced(raw, 'Offline', parseTruth, origins),
  };
};

/** A name that the receiver would not take is left out: a guest's record must not fail for it. */
export const recordOriginJson = ({ gate = '', offline = null }: Partial<RecordOrigin>) => ({
  ...(isGateName(gate) ? { Gate: gate } : {}),
  ...(offline === null ? {} : { Offline: offline }),
});
