import { businessDate, type Verdict, type WallClock } from '@ticket-check/protocol';

/**
 * The refusals that a supervisor may override: a genuine ticket of this cinema, whose data make a check record. What no key
 * opened, and what the store could not keep, makes none. `CLOCK_UNTRUSTED` is not among them: the record would hold a wrong time.
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

/** Those that were, or may have been, refused before anybody else was asked: what the upstream knows of the ticket is found out later. */
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
 * Why a refusal cannot be overridden. `UNKNOWN`: no such refusal here. `NO_RECORD`: nothing that a check record can be made of.
 * `NOT_TODAY`: of another business date. `OVERRIDDEN`: once is enough. `ENTERED_SINCE`: a later scan let the ticket in.
 * `CLOCK`: what time it is cannot be said.
 */
export type OverrideObjection = 'UNKNOWN' | 'NO_RECORD' | 'NOT_TODAY' | 'OVERRIDDEN' | 'ENTERED_SINCE' | 'CLOCK';

/** What is known of a scan that a supervisor is to decide on. */
export type RefusedScan = {
  /** null: not decided. */
  readonly verdict: Verdict | null;
  readonly scannedAt: WallClock;
  /** Whether a key opened its ticket, which an e-ticket may be too old for without that. */
  readonly hasTicket: boolean;
  /** Whether what its check record is made of is still here. */
  readonly kept: boolean;
  readonly overridden: boolean;
  /** Whether an admission of its ticket that was made after it stands. */
  readonly enteredSince: boolean;
};

/** Whether a refusal may be overridden now; null where nothing stands against it. Scheme 5.3.2.3; reading R10. */
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
