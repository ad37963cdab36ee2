import type { CheckRecordRow } from '../tables/tables.ts';
import type { RetentionTerms } from './cutoff.ts';

/**
 * Why a record stays although its CheckTime is old enough:
 * `LATER`: its session or its arrival here is not;
 * `QUARANTINED`: it is quarantined;
 * `UNSENT`: it waits for the upstream, parked ones included;
 * `MAY_BE_SENT_AGAIN`: it was delivered in the last days, which a restored upstream is sent again;
 * `DOUBLE`: its ticket has another entry here. A service may add reasons of its own.
 */
type ReasonToStay = 'LATER' | 'QUARANTINED' | 'UNSENT' | 'MAY_BE_SENT_AGAIN' | 'DOUBLE';

/** What the store knows of a record beside its row. */
export type RecordFacts = {
  readonly isQueued: boolean;
  /** Whether another record of its ticket counts too, if nobody can note how that ended. */
  readonly isDouble: boolean;
  /** When the upstream accepted it; null if it did not, or if unknown. */
  readonly deliveredAt: string | null;
};

type OldRecord = Pick<CheckRecordRow, 'startTime' | 'checkTime' | 'receivedAt' | 'quarantine'>;

/**
 * Whether a record has to stay, and why; null if it may go. What is in dispute stays: where nobody can note how a dispute
 * ended, that is every ticket with more than one entry. Scheme 5.3.1.3; reading S3.
 */
export function reasonToStay(
  record: OldRecord,
  { isQueued, isDouble, deliveredAt }: RecordFacts,
  { cutoff, deliveredSince }: RetentionTerms,
): ReasonToStay | null {
  // StartTime too, which the code proves: a ticket must not become admissible again because its entry went.
  if ([record.checkTime, record.receivedAt, record.startTime].some((time) => time >= cutoff)) return 'LATER';
  if (record.quarantine !== null) return 'QUARANTINED';
  if (isQueued) return 'UNSENT';
  if (deliveredAt !== null && deliveredSince !== null && deliveredAt >= deliveredSince) return 'MAY_BE_SENT_AGAIN';
  return isDouble ? 'DOUBLE' : null;
}
