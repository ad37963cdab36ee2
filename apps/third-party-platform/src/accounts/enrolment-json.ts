import type { PendingEnrolment } from '@ticket-check/exchange';
import { wallClockAt } from '@ticket-check/protocol';

/** A pending enrolment, without its code. */
export function enrolmentJson({ username, cinemaCodes, createdBy, expiresAt }: PendingEnrolment) {
  return {
    Username: username,
    CinemaCodes: cinemaCodes === 'all' ? ['*'] : cinemaCodes,
    CreatedBy: createdBy,
    GoodUntil: wallClockAt(expiresAt),
  };
}
