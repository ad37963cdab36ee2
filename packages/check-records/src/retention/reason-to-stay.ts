import type { CheckRecordRow } from '../tables/tables.ts';
import type { RetentionTerms } from './cutoff.ts';

/**
 * Why a record stays although its CheckTime is old enough:
 * `LATER`: its session or its arrival here is not;
 * `QUARANTINED`: it is quarantined;
 * `UNSENT`: it waits for the upstream, parked ones included;
 * `MAY_BE_SENT_AGAIN`: it may have been delivered in the last days, which a restored upstream is sent again;
 * `DOUBLE`: its ticket has another entry here. A service may add reasons of its own.
 */
type ReasonToStay = 'LATER' | 'QUARANTINED' | 'UNSENT' | 'MAY_BE_SENT_AGAIN' | 'DOUBLE';

/** What the store knows of a record beside its row. */
export type RecordFacts = {
  readonly isQueued: boolean;
  /** Whether another record of its ticket counts too, if nobody can note how that ended. */
  readonly isDouble: boolean;
  /** The oldest CheckTime of its cinema that was delivered in the last days; null if nothing was. */
  readonly oldestDelivered: string | null;
};

type OldRecord = Pick<CheckRecordRow, 'startTime' | 'checkTime' | 'receivedAt' | 'quarantine'>;

/**
 * Whether a record has to stay, and why; null if it may go. What is in dispute stays: where nobody can note how a dispute
 * ended, that is every ticket with more than one entry. Scheme 5.3.1.3; reading S3.
 */
export function reasonToStay(record: OldRecord, facts: RecordFacts, { cutoff }: RetentionTerms): ReasonToStay | null {
  // StartTime too, which the code proves: a ticket must not become admissible again because its entry went.
  if ([record.checkTime, record.receivedAt, record.startTime].some((time) => time >= cutoff)) return 'LATER';
  if (record.quarantine !== null) return 'QUARANTINED';
  if (facts.isQueued) return 'UNSENT';
  if (facts.oldestDelivered !== null && record.checkTime >= facts.oldestDelivered) return 'MAY_BE_SENT_AGAIN';
  return facts.isDouble ? 'DOUBLE' : null;
}
