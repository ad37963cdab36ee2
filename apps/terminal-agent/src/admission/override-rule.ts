import { businessDate, type Verdict, type WallClock } from '@ticket-check/protocol';

/**
 * The refusals that a supervisor may override: those of a genuine ticket of this cinema, whose data suffice for a check record.
 * `CLOCK_UNTRUSTED` is not among them, as the record would have a wrong time.
 */
const OVERRIDABLE: ReadonlySet<Verdict> = new Set([
  'ALREADY_ENTERED',
  'REFUNDED',
  'NOT_SOLD',
  'OFFLINE_REFUSED',
  'TOO_EARLY',
  'EXPIRED',
  'WRONG_SCREEN',
  'ETICKET_STALE',
  'ETICKET_ONLY',
]);

/** Refusals that may have been decided without asking the upstream; what it knows of the ticket is found out later. */
const UNASKED: ReadonlySet<Verdict> = new Set([
  'OFFLINE_REFUSED',
  'TOO_EARLY',
  'EXPIRED',
  'WRONG_SCREEN',
  'ETICKET_STALE',
  'ETICKET_ONLY',
]);

export function isOverridable(verdict: Verdict): boolean {
  return OVERRIDABLE.has(verdict);
}

export function isUpstreamUnasked(verdict: Verdict): boolean {
  return UNASKED.has(verdict);
}

/**
 * Why a refusal cannot be overridden. `UNKNOWN`: no such refusal here. `NO_RECORD`: data for a check record are missing.
 * `NOT_TODAY`: another business date. `OVERRIDDEN`: already overridden. `ENTERED_SINCE`: a later scan admitted the ticket.
 * `CLOCK`: the clock is not trusted.
 */
export type OverrideObjection = 'UNKNOWN' | 'NO_RECORD' | 'NOT_TODAY' | 'OVERRIDDEN' | 'ENTERED_SINCE' | 'CLOCK';

/** A scan that a supervisor may override. */
export type RefusedScan = {
  /** null: undecided. */
  readonly verdict: Verdict | null;
  readonly scannedAt: WallClock;
  /** Whether a key opened its ticket; that of an outdated e-ticket may not have been opened. */
  readonly hasTicket: boolean;
  /** Whether the data for its check record are still stored. */
  readonly kept: boolean;
  readonly overridden: boolean;
  /** Whether a later admission of its ticket counts. */
  readonly enteredSince: boolean;
};

/** Judges whether a refusal may be overridden now; null: no objection. Scheme 5.3.2.3; reading R10. */
export function judgeOverride(
  scan: RefusedScan | null,
  { now, clockTrusted }: { now: WallClock; clockTrusted: boolean },
): OverrideObjection | null {
  if (scan === null || scan.verdict === null || scan.verdict === 'ADMIT') return 'UNKNOWN';
  if (scan.overridden) return 'OVERRIDDEN';
  if (!isOverridable(scan.verdict) || !scan.hasTicket) return 'NO_RECORD';
  if (!scan.kept || businessDate(scan.scannedAt) !== businessDate(now)) return 'NOT_TODAY';
  if (scan.enteredSince) return 'ENTERED_SINCE';
  return clockTrusted ? null : 'CLOCK';
}
