import { createHmac, type KeyObject } from 'node:crypto';
import type { TicketIdentity } from '../codes.ts';
import { ProtocolError } from '../errors.ts';
import type { Brand } from '../text.ts';
import { epochOf, type WallClock } from '../time.ts';

/** A lower-case UUID of version 7, made at the scan, or 8, derived: names a check record together with its ticket and CheckTime. Reading X3. */
export type RecordId = Brand<string, 'RecordId'>;

const RECORD_ID = /^[0-9a-f]{8}-[0-9a-f]{4}-[78][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

/** Reads a RecordId, in either case. Throws INVALID_RECORD_ID. */
export const parseRecordId = (text: string): RecordId => {
  const lower = text.toLowerCase();
  if (!RECORD_ID.test(lower)) throw new ProtocolError('INVALID_RECORD_ID', 'must be a UUID of version 7 or 8');
  return lower as RecordId;
};

type Named = TicketIdentity & { readonly checkTime: WallClock };

/**
 * Derives the RecordId of a record that came without one: the same for the same record through the same account, growing with the check
 * time, unpredictable without the secret, which is a key object because creating one costs as much as using it. Reading X3.
 */
export const deriveRecordId = (record: Named, account: string, secret: KeyObject): RecordId => {
  const { cinemaCode, filmTicketCode, startTime, checkTime } = record;
  const named = [account, cinemaCode, filmTicketCode, startTime, checkTime].join('|');
  const digest = createHmac('sha256', secret).update(named).digest('hex');
  const time = epochOf(checkTime).toString(16).padStart(12, '0');
  const variant = (0x8 | (Number.parseInt(digest.charAt(4), 16) & 0x3)).toString(16);
  const [a, b] = [time.slice(0, 8), time.slice(8)];
  return `${a}-${b}-8${digest.slice(1, 4)}-${variant}${digest.slice(5, 8)}-${digest.slice(8, 20)}` as RecordId;
};
