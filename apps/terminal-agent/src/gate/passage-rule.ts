import type { RecordId } from '@ticket-check/protocol';

type Expected = {
  readonly recordId: RecordId;
  readonly until: number;
  /** The gate did not open: staff let the guest in, perhaps past the sensor, so a missed passage means nothing. */
  readonly isByHand: boolean;
};

/** A finding: a guest was not seen in time, came after all, or a person went through unadmitted. */
export type PassageFinding =
  | { readonly kind: 'unpassed' | 'late'; readonly recordId: RecordId }
  | { readonly kind: 'unadmitted' };

/** A person who goes through within this time after a guest was missed, without another open admission, is taken for that guest. */
export const LATE_MS = 60_000;

/**
 * Follows admissions and passages at a gate. One passage is one guest, and guests go through in the order of their admissions. Times
 * are milliseconds of a monotonic clock.
 *
 * @param withinMs how long an admitted guest may take
 */
export function createPassages(withinMs: number) {
  let expected: Expected[] = [];
  /** Guests of the last minute whom the sensor did not see in time. */
  let missed: { readonly recordId: RecordId; readonly at: number }[] = [];

  function findOverdue(at: number): PassageFinding[] {
    const overdue = expected.filter(({ until, isByHand }) => until <= at && !isByHand).map(({ recordId }) => recordId);
    expected = expected.filter(({ until }) => until > at);
    missed = [...missed.filter((one) => one.at > at - LATE_MS), ...overdue.map((recordId) => ({ recordId, at }))];
    return overdue.map((recordId) => ({ kind: 'unpassed', recordId }));
  }

  return {
    admitted(recordId: RecordId, at: number): void {
      const others = expected.filter((one) => one.recordId !== recordId);
      expected = [...others, { recordId, until: at + withinMs, isByHand: false }];
    },
    notOpened(recordId: RecordId): void {
      expected = expected.map((one) => (one.recordId === recordId ? { ...one, isByHand: true } : one));
    },
    passed(at: number): PassageFinding[] {
      const found = findOverdue(at);
      if (expected.shift() !== undefined) return found;
      const last = missed.pop();
      return [...found, last === undefined ? { kind: 'unadmitted' } : { kind: 'late', recordId: last.recordId }];
    },
    /** The sensor could not be read for a while, so passages may have been missed. */
    blind(): void {
      expected = [];
      missed = [];
    },
    findOverdue,
  };
}
