import {
  addSeconds,
  type RecordId,
  type ScreenCode,
  type TicketInfo,
  type Verdict,
  type WallClock,
} from '@ticket-check/protocol';

/** When a ticket is admissible around its StartTime, in minutes. Reading C4. */
export type AdmissionWindow = { minutesBefore: number; minutesAfter: number };

/** What the ticket itself is judged by, before anybody else is asked. */
export type Circumstances = {
  now: WallClock;
  clockTrusted: boolean;
  window: AdmissionWindow;
  /** The screens behind the gate, or `any` where one gate leads to all of them. */
  screens: readonly ScreenCode[] | 'any';
};

/** What the upstream said of a ticket; `silent` when it did not answer within the budget. */
export type TicketState = { kind: 'known'; info: TicketInfo } | { kind: 'unknown-ticket' } | { kind: 'silent' };

/** Where and when a ticket went in before. */
export type FirstEntry = { checkTime: WallClock; gate?: string };

/** What a cinema decides for itself. Reading C3. */
export type AdmissionPolicy = { offline: 'admit' | 'refuse'; unknownTicket: 'admit' | 'refuse' };

/** One verdict with one reason; `firstEntry` only where the verdict is ALREADY_ENTERED and it is known. */
export type Judgement = { verdict: Verdict; firstEntry?: FirstEntry };

/**
 * Whether a genuine ticket is valid here and now: the clock, the time, the screen. `null` means nothing stands
 * against it. Scheme 5.2.1; readings C1, C4, C7.
 */
export function judgeTicket(
  ticket: { startTime: WallClock; screenCode: ScreenCode },
  { now, clockTrusted, window, screens }: Circumstances,
): Verdict | null {
  if (!clockTrusted) return 'CLOCK_UNTRUSTED';
  if (now < addSeconds(ticket.startTime, -window.minutesBefore * 60)) return 'TOO_EARLY';
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
 */
export function judgeEntry(
  recordId: RecordId,
  enteredHere: FirstEntry | null,
  state: TicketState,
  policy: AdmissionPolicy,
): Judgement {
  if (state.kind === 'known' && state.info.refundStatus === 'Yes') return { verdict: 'REFUNDED' };
  if (state.kind === 'unknown-ticket' && policy.unknownTicket === 'refuse') return { verdict: 'NOT_SOLD' };
  if (enteredHere !== null) return { verdict: 'ALREADY_ENTERED', firstEntry: enteredHere };
  if (state.kind === 'known' && state.info.checkStatus === 'Yes' && state.info.entry?.recordId !== recordId) {
    const { entry } = state.info;
    return {
      verdict: 'ALREADY_ENTERED',
      ...(entry === undefined ? {} : { firstEntry: { checkTime: entry.checkTime } }),
    };
  }
  if (state.kind === 'silent' && policy.offline === 'refuse') return { verdict: 'OFFLINE_REFUSED' };
  return { verdict: 'ADMIT' };
}
