import { createHash } from 'node:crypto';
import type { Brand } from '../brand.ts';
import type { TicketIdentity } from '../codes.ts';
import { ProtocolError } from '../errors.ts';
import { epochOf, type WallClock } from '../time.ts';

/** A check record's identity: a lower-case UUID of version 7, made at the scan, or 8, derived. Reading X3. */
export type RecordId = Brand<string, 'RecordId'>;

const RECORD_ID = /^[0-9a-f]{8}-[0-9a-f]{4}-[78][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

/** Reads a RecordId, in either case. Throws INVALID_RECORD_ID. */
export const parseRecordId = (text: string): RecordId => {
  const lower = text.toLowerCase();
  if (!RECORD_ID.test(lower)) throw new ProtocolError('INVALID_RECORD_ID', 'must be a UUID of version 7 or 8');
  return lower as RecordId;
};

const uuid = (hex: string): string =>
  `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20, 32)}`;

/**
 * The RecordId of a record that came without one: the same record through the same account has the same id whenever it
 * is sent, and ids grow with the check time. Reading X3.
 */
export const deriveRecordId = (identity: TicketIdentity, checkTime: WallClock, account: string): RecordId => {
  const { cinemaCode, filmTicketCode, startTime } = identity;
  const digest = createHash('sha256')
    .update([account, cinemaCode, filmTicketCode, startTime, checkTime].join('|'))
    .digest();
  const id = Buffer.alloc(16);
  id.writeUIntBE(epochOf(checkTime), 0, 6);
  digest.copy(id, 6, 0, 10);
  id.writeUInt8(0x80 | (id.readUInt8(6) & 0x0f), 6);
  id.writeUInt8(0x80 | (id.readUInt8(8) & 0x3f), 8);
  return uuid(id.toString('hex')) as RecordId;
};
