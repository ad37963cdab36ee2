import { parseRecordId, type RecordId } from '@ticket-check/protocol';
import type { Clock } from '@ticket-check/runtime';
import { V7Generator } from 'uuidv7';

/** A clock set back by less keeps ids growing. */
const MAX_ROLLBACK_MS = 10_000;

/** Makes RecordIds: UUIDs of version 7, which grow in the order of scans. Reading X3. */
export function recordIds(now: Clock): () => RecordId {
  const generator = new V7Generator();
  return () => parseRecordId(generator.generateOrResetCore(now(), MAX_ROLLBACK_MS).toString());
}
