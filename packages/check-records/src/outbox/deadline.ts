import { addSeconds, type CheckRecord, type WallClock } from '@ticket-check/protocol';

/** By when upstream is to have confirmed a record: measured, and alarmed. Scheme 5.2.3, 5.2.7; reading R1. */
export type Deadline = {
  readonly seconds: number;
  /** From what they count: the check, or the session's StartTime where that is later. */
  readonly from: 'check' | 'check-or-start';
};

/** Ten minutes after the check. Scheme 5.2.7. */
export const TERMINAL_DEADLINE: Deadline = { seconds: 600, from: 'check' };

/** An hour after the session's end, which nobody says: after its start or the check. Scheme 5.2.3; reading R1. */
export const PLATFORM_DEADLINE: Deadline = { seconds: 3600, from: 'check-or-start' };

export function overdueBefore(deadline: Deadline, at: WallClock): WallClock {
  return addSeconds(at, -deadline.seconds);
}

export function isLate(
  { checkTime, startTime }: Pick<CheckRecord, 'checkTime' | 'startTime'>,
  deadline: Deadline,
  at: WallClock,
): boolean {
  const before = overdueBefore(deadline, at);
  return checkTime < before && (deadline.from === 'check' || startTime < before);
}
