import { addSeconds, type BlockingEntry, type RecordId, type ScreenCode, type WallClock } from '@ticket-check/protocol';
import { infoIn, type UpstreamAnswer } from '../upstream/upstream-answer.ts';

/** When a ticket is admissible around its StartTime, in minutes. Reading C4. */
export type AdmissionWindow = { minutesBefore: number; minutesAfter: number };

/** The longest `minutesBefore` that a terminal can be given. */
export const LONGEST_MINUTES_BEFORE = 1440;

/** How far the clocks of a platform and of another terminal may be apart: no platform accepts a wider window. */
const CLOCK_SLACK_MINUTES = 60;

/** What the ticket itself is judged by, before anybody else is asked. */
export type Circumstances = {
  now: WallClock;
  clockTrusted: boolean;
  window: AdmissionWindow;
  /** The screens behind the gate, or `any` where one gate leads to all of them. */
  screens: readonly ScreenCode[] | 'any';
};

/** Where and when a ticket went in before, or who holds it. */
export type FirstEntry = {
  checkTime: WallClock;
  gate?: string;
  /** The name of the other terminal that the gate is of; missing for a gate of this one. */
  terminal?: string;
  /** Another terminal has claimed it, and no check record has come: nobody is known to have gone in. */
  unrecorded?: true;
  /** Where staff of the platform look at that claim and release it. */
  claimUrl?: string;
};

/** What a cinema decides for itself. Reading C3. */
export type AdmissionPolicy = { offline: 'admit' | 'refuse'; unknownTicket: 'admit' | 'refuse' };

/** The RecordIds of entries of a ticket that were undone. */
export type UndoneEntries = ReadonlySet<RecordId>;

const NONE_UNDONE: UndoneEntries = new Set();

/** What the upstream told of a ticket without being asked, before this scan. */
export type ToldBefore = { readonly refunded: boolean };

const NOTHING_TOLD: ToldBefore = { refunded: false };

/** One verdict with one reason; `firstEntry` where it is known. */
export type Judgement = { verdict: 'ADMIT' } | Objection;

export type Objection =
  | { verdict: 'REFUNDED' | 'NOT_SOLD' | 'OFFLINE_REFUSED' }
  | { verdict: 'ALREADY_ENTERED'; firstEntry?: FirstEntry };

/** What may stand against a genuine ticket by itself. */
export type Invalidity = 'CLOCK_UNTRUSTED' | 'TOO_EARLY' | 'EXPIRED' | 'WRONG_SCREEN';

/**
 * Whether a genuine ticket is valid here and now: the clock, the time, the screen. `null` means nothing stands
 * against it. Scheme 5.2.1; readings C1, C4, C7.
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
 * Whether a valid ticket may go in, by what this store and the upstream know of it: validity before duplication,
 * and silence decided by policy alone. Scheme 5.1.1, 5.2.1; readings C1–C3, E11, E12.
 *
 * @param recordId the scan's own identity: an entry under it is this scan, not an earlier one
 * @param enteredHere the entry of another scan in this store, or `null`
 * @param undone entries of the ticket that were undone here: an upstream that has not heard of that, or never will, may
 * speak of one; whoever is admitted then is not confirmed (reading R9)
 * @param told what counts where the upstream does not say now whether the ticket was refunded (reading X9)
 */
export function judgeEntry(
  recordId: RecordId,
  enteredHere: FirstEntry,
  answer: UpstreamAnswer,
  policy: AdmissionPolicy,
  undone?: UndoneEntries,
  told?: ToldBefore,
): Objection;
export function judgeEntry(
  recordId: RecordId,
  enteredHere: FirstEntry | null,
  answer: UpstreamAnswer,
  policy: AdmissionPolicy,
  undone?: UndoneEntries,
  told?: ToldBefore,
): Judgement;
export function judgeEntry(
  recordId: RecordId,
  enteredHere: FirstEntry | null,
  answer: UpstreamAnswer,
  policy: AdmissionPolicy,
  undone: UndoneEntries = NONE_UNDONE,
  told: ToldBefore = NOTHING_TOLD,
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
    // What was undone holds the ticket there for this terminal: nobody else gets in meanwhile.
    const isOwn = entry?.recordId !== undefined && (entry.recordId === recordId || undone.has(entry.recordId));
    return isOwn ? { verdict: 'ADMIT' } : enteredElsewhere(entry);
  }
  // Also beside a claim: the national side may know of an entry through another platform.
  if (info?.checkStatus === 'Yes' && info.entry?.recordId !== recordId && !isOfUndone(info.entry, undone)) {
    return alreadyEntered(info.entry);
  }
  return { verdict: 'ADMIT' };
}

/**
 * Whether a bare code that may go in is refused for being one: its ticket has an e-ticket and was not picked up on
 * paper, so that anybody may have copied the code. What the upstream says of it now counts, and where that is silent or does not
 * say, what it told before. Asked last: of a ticket that was entered that is the news, however it is shown. Reading C5.
 *
 * @param knownLive whether an e-ticket of it is live as far as the upstream told before
 */
export function isETicketOnly(answer: UpstreamAnswer, knownLive: boolean): boolean {
  const told = answer.kind === 'answered' ? answer.eTicket : undefined;
  return told === undefined ? knownLive : told === 'live';
}

/** A plain upstream does not say whose entry it knows: where one was undone here, it is that one. */
function isOfUndone(entry: { recordId?: RecordId } | undefined, undone: UndoneEntries): boolean {
  return entry?.recordId === undefined ? undone.size > 0 : undone.has(entry.recordId);
}

/** From when on a ticket is admissible. Reading C4. */
export function opensAt({ startTime }: { startTime: WallClock }, minutesBefore: number): WallClock {
  return addSeconds(startTime, -minutesBefore * 60);
}

/**
 * Whether no other terminal can be told so too, nor was: an upstream that was restored from a backup may have forgotten
 * what it told of a ticket that any terminal may have admitted by then. Readings C2, X4.
 */
export function isConfirmed(recordId: RecordId, answer: UpstreamAnswer, startTime: WallClock): boolean {
  if (answer.kind === 'silent' || !answer.excludesOthers) return false;
  const admissibleFrom = addSeconds(startTime, -(LONGEST_MINUTES_BEFORE + CLOCK_SLACK_MINUTES) * 60);
  if (answer.restoredAt !== undefined && admissibleFrom <= answer.restoredAt) return false;
  return answer.claim === 'claimed' || (answer.claim === 'taken' && answer.entry?.recordId === recordId);
}

/** Whether the upstream says that the ticket was refunded, or knew it before. Readings C3, X9. */
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
function enteredElsewhere(entry: Partial<BlockingEntry> | null | undefined): Objection {
  if (!entry || entry.terminal) return alreadyEntered(entry);
  const { gate: _, ...first } = entry;
  return alreadyEntered(first);
}

function alreadyEntered(first: FirstEntry | Partial<BlockingEntry> | null | undefined): Objection {
  if (!first?.checkTime) return { verdict: 'ALREADY_ENTERED' };
  const { checkTime, gate, terminal, unrecorded, claimUrl } = first;
  return {
    verdict: 'ALREADY_ENTERED',
    firstEntry: {
      checkTime,
      ...(gate && { gate }),
      ...(terminal && { terminal }),
      ...(unrecorded && { unrecorded }),
      ...(claimUrl && { claimUrl }),
    },
  };
}
