import {
  addSeconds,
  type BlockingEntry,
  businessDate,
  type RecordId,
  type ScreenCode,
  type Verdict,
  type WallClock,
} from '@ticket-check/protocol';
import { infoIn, type UpstreamAnswer } from '../upstream/ask-upstream.ts';

export type { UpstreamAnswer };

/** The longest `minutesBefore` that settings allow. */
export const LONGEST_MINUTES_BEFORE = 1440;

/** How far the clocks of a platform and another terminal may be apart: the widest window that a platform accepts. */
const CLOCK_SLACK_MINUTES = 60;

export type Circumstances = {
  now: WallClock;
  clockTrusted: boolean;
  /** When a ticket is admissible around its StartTime. Reading C4. */
  window: { minutesBefore: number; minutesAfter: number };
  /** The screens behind the gate; `any` if the gate leads to all of them. */
  screens: readonly ScreenCode[] | 'any';
};

/** Where and when a ticket was used before, or who holds it. */
export type FirstEntry = {
  checkTime: WallClock;
  gate?: string | undefined;
  /** The terminal of the gate; missing for a gate of this one. */
  terminal?: string | undefined;
  /** Claimed by another terminal without a check record yet, so no entry is known. */
  unrecorded?: true | undefined;
  /** The page where staff of the platform can release that claim. */
  claimUrl?: string | undefined;
};

/** Decisions that are left to the cinema. Reading C3. */
export type AdmissionPolicy = { offline: 'admit' | 'refuse'; unknownTicket: 'admit' | 'refuse' };

export type UndoneEntries = ReadonlySet<RecordId>;

/** What the upstream announced about a ticket before this scan. */
type ToldBefore = { readonly refunded: boolean };

export type Judgement = { verdict: 'ADMIT' } | Objection;

type Objection =
  | { verdict: 'REFUNDED' | 'NOT_SOLD' | 'OFFLINE_REFUSED' }
  | { verdict: 'ALREADY_ENTERED'; firstEntry?: FirstEntry };

/** Objections to a genuine ticket that need no other data. */
type Invalidity = 'CLOCK_UNTRUSTED' | 'TOO_EARLY' | 'EXPIRED' | 'WRONG_SCREEN';

/**
 * Judges whether a genuine ticket is valid here and now, by clock, time and screen; `null`: no objection. Scheme 5.2.1;
 * readings C1, C4, C7.
 */
export function judgeTicket(
  ticket: { startTime: WallClock; screenCode: ScreenCode },
  { now, clockTrusted, window, screens }: Circumstances,
): Invalidity | null {
  if (!clockTrusted) return 'CLOCK_UNTRUSTED';
  if (now < opensAt(ticket, window.minutesBefore)) return 'TOO_EARLY';
  if (now > addSeconds(ticket.startTime, window.minutesAfter * 60)) return 'EXPIRED';
  if (screens !== 'any' && !screens.includes(ticket.screenCode)) return 'WRONG_SCREEN';
  return null;
}

/**
 * Judges whether a valid ticket may enter, by what this store and the upstream know of it. Validity is judged before
 * duplication; if the upstream is silent, only the policy decides. Scheme 5.1.1, 5.2.1; readings C1–C3, E11, E12.
 *
 * @param recordId identity of this scan: an entry with it is not an earlier one
 * @param enteredHere the entry of another scan in this store, or `null`
 * @param undone entries of the ticket that were undone here: an upstream that does not know that yet, or never will, may
 * still report one; an admission in spite of that is not confirmed (reading R9)
 * @param told what the upstream announced before, used if it does not say whether the ticket was refunded (reading X9)
 */
export function judgeEntry(
  recordId: RecordId,
  enteredHere: FirstEntry | null,
  answer: UpstreamAnswer,
  policy: AdmissionPolicy,
  undone: UndoneEntries = new Set(),
  told: ToldBefore = { refunded: false },
): Judgement {
  const info = infoIn(answer);
  if (isRefunded(answer) || (told.refunded && !isRefundStateKnown(answer))) return { verdict: 'REFUNDED' };
  if (answer.kind === 'answered' && answer.ticket === 'unknown-ticket' && policy.unknownTicket === 'refuse') {
    return { verdict: 'NOT_SOLD' };
  }
  if (enteredHere !== null) return alreadyEntered(enteredHere);
  if (answer.kind === 'silent') return { verdict: policy.offline === 'refuse' ? 'OFFLINE_REFUSED' : 'ADMIT' };
  const { entry } = answer;
  if (answer.claim === 'taken') {
    // The undone entry still holds the ticket there for this terminal: no other one can admit it meanwhile.
    const isOwn = entry?.recordId !== undefined && (entry.recordId === recordId || undone.has(entry.recordId));
    return isOwn ? { verdict: 'ADMIT' } : enteredElsewhere(entry);
  }
  // Even with a claim: the national platform may know an entry from another platform.
  if (info?.checkStatus === 'Yes' && info.entry?.recordId !== recordId && !isOfUndone(info.entry, undone)) {
    return alreadyEntered(info.entry);
  }
  return { verdict: 'ADMIT' };
}

/**
 * Judges whether a bare code is refused because its ticket has an e-ticket and was not picked up on paper: anybody may have
 * copied the code. Goes by the upstream's answer, or by what it announced before if the answer does not say. Checked last: for
 * a used ticket, the entry is the reason to show. Reading C5.
 *
 * @param knownLive whether the upstream announced a live e-ticket of it
 */
export function isETicketOnly(answer: UpstreamAnswer, knownLive: boolean): boolean {
  const told = answer.kind === 'answered' ? answer.eTicket : undefined;
  return told === undefined ? knownLive : told === 'live';
}

/** A plain upstream does not identify the entry; if one was undone here, it is taken for that one. */
function isOfUndone(entry: { recordId?: RecordId } | undefined, undone: UndoneEntries): boolean {
  return entry?.recordId === undefined ? undone.size > 0 : undone.has(entry.recordId);
}

/** From when on a ticket is admissible. Reading C4. */
function opensAt({ startTime }: { startTime: WallClock }, minutesBefore: number): WallClock {
  return addSeconds(startTime, -minutesBefore * 60);
}

/**
 * Whether no other terminal can have got or can get the same answer: an upstream restored from a backup may have forgotten a
 * claim on a ticket that was admissible before. Readings C2, X4.
 */
export function isConfirmed(recordId: RecordId, answer: UpstreamAnswer, startTime: WallClock): boolean {
  if (answer.kind === 'silent' || !answer.excludesOthers) return false;
  const admissibleFrom = addSeconds(startTime, -(LONGEST_MINUTES_BEFORE + CLOCK_SLACK_MINUTES) * 60);
  if (answer.restoredAt !== undefined && admissibleFrom <= answer.restoredAt) return false;
  return answer.claim === 'claimed' || (answer.claim === 'taken' && answer.entry?.recordId === recordId);
}

/** Whether the upstream says, or announced before, that the ticket was refunded. Readings C3, X9. */
function isRefunded(answer: UpstreamAnswer): boolean {
  return infoIn(answer)?.refundStatus === 'Yes' || (answer.kind === 'answered' && answer.refunded === true);
}

/** Whether the upstream said whether the ticket was refunded. Readings C3, E12. */
export function isRefundStateKnown(answer: UpstreamAnswer): boolean {
  if (isRefunded(answer)) return true;
  if (answer.kind === 'silent' || answer.ticket === null) return false;
  return answer.ticket === 'unknown-ticket' || answer.ticket.refundStatus !== 'unknown';
}

/** By what the upstream says: a gate without its terminal would be taken for one of this terminal's. */
const enteredElsewhere = (entry: Partial<BlockingEntry> | null | undefined): Objection =>
  alreadyEntered(entry?.terminal ? entry : { ...entry, gate: undefined });

function alreadyEntered(first: Partial<FirstEntry> | Partial<BlockingEntry> | null | undefined): Objection {
  if (!first?.checkTime) return { verdict: 'ALREADY_ENTERED' };
  const { checkTime, gate, terminal, unrecorded, claimUrl } = first;
  // What the upstream does not know is empty.
  const place = { gate: gate || undefined, terminal: terminal || undefined };
  return { verdict: 'ALREADY_ENTERED', firstEntry: { checkTime, ...place, unrecorded, claimUrl } };
}

export type StoreReplacement = {
  readonly beganAt: WallClock;
  /** Whether it lacks nothing, or the upstream has answered a question about a ticket since. */
  readonly askedUpstream: boolean;
};

/**
 * The policy for a ticket when the store may lack entries: until the upstream has been asked once, nobody is admitted offline
 * to a session that was open before the store began, since the ticket may have been used. Reading X4.
 *
 * @param minutesBefore from how long before its StartTime on a ticket is admissible
 */
export function policyFor(
  ticket: { startTime: WallClock },
  policy: AdmissionPolicy,
  { beganAt, askedUpstream }: StoreReplacement,
  minutesBefore: number,
): AdmissionPolicy {
  const wasOpen = opensAt(ticket, minutesBefore) <= beganAt;
  return wasOpen && !askedUpstream ? { ...policy, offline: 'refuse' } : policy;
}

/** Refusals that may have been decided without asking the upstream; what it knows of the ticket is found out later. */
const UNASKED: ReadonlySet<Verdict> = new Set([
  'OFFLINE_REFUSED',
  'TOO_EARLY',
  'EXPIRED',
  'WRONG_SCREEN',
  'ETICKET_STALE',
  'ETICKET_ONLY',
]);

/**
 * The refusals that a supervisor may override: those of a genuine ticket of this cinema, whose data suffice for a check record.
 * `CLOCK_UNTRUSTED` is not among them, as the record would have a wrong time.
 */
const OVERRIDABLE: ReadonlySet<Verdict> = new Set([...UNASKED, 'ALREADY_ENTERED', 'REFUNDED', 'NOT_SOLD']);

export const isOverridable = (verdict: Verdict): boolean => OVERRIDABLE.has(verdict);

export const isUpstreamUnasked = (verdict: Verdict): boolean => UNASKED.has(verdict);

/**
 * Why a refusal cannot be overridden. `unknown`: no such refusal here. `no-record`: data for a check record are missing.
 * `not-today`: another business date. `entered-since`: a later scan admitted the ticket. `clock`: the clock is not trusted.
 */
export type OverrideObjection = 'unknown' | 'no-record' | 'not-today' | 'overridden' | 'entered-since' | 'clock';

/** Judges whether a kept refusal may be overridden now; null: no objection. Scheme 5.3.2.3; reading R10. */
export function judgeOverride(
  refusal: { readonly scannedAt: WallClock; readonly overriddenBy: string | null; readonly enteredSince: boolean },
  { at: now, stoodBack }: { readonly at: WallClock; readonly stoodBack: boolean },
): OverrideObjection | null {
  if (refusal.overriddenBy !== null) return 'overridden';
  if (businessDate(refusal.scannedAt) !== businessDate(now)) return 'not-today';
  if (refusal.enteredSince) return 'entered-since';
  return stoodBack ? 'clock' : null;
}
