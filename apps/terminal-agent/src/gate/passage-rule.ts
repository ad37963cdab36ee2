import type { RecordId } from '@ticket-check/protocol';

/** Admissions and passages at a gate. Times are milliseconds of a monotonic clock. */
export type Passages = {
  /** Admitted guests who have not been seen yet, oldest first. */
  readonly expected: readonly Expected[];
  /** Guests of the last minute whom the sensor did not see in time. */
  readonly missed: readonly { readonly recordId: RecordId; readonly at: number }[];
};

type Expected = {
  readonly recordId: RecordId;
  readonly until: number;
  /** The gate did not open: staff let the guest in, perhaps past the sensor, so a missed passage means nothing. */
  readonly isByHand: boolean;
};

export type PassageEvent =
  | { readonly kind: 'admitted'; readonly recordId: RecordId; readonly at: number }
  | { readonly kind: 'not opened'; readonly recordId: RecordId }
  | { readonly kind: 'passed'; readonly at: number }
  /** The sensor could not be read for a while, so passages may have been missed. */
  | { readonly kind: 'blind' }
  | { readonly kind: 'time'; readonly at: number };

/** A finding: a guest was not seen in time, came after all, or a person went through unadmitted. */
export type PassageFinding =
  | { readonly kind: 'unpassed'; readonly recordId: RecordId }
  | { readonly kind: 'late'; readonly recordId: RecordId }
  | { readonly kind: 'unadmitted' };

export const NO_PASSAGES: Passages = { expected: [], missed: [] };

/** A person who goes through within this time after a guest was missed, without another open admission, is taken for that guest. */
export const LATE_MS = 60_000;

/** Applies an event and returns its findings. One passage is one guest, and guests go through in the order of their admissions. */
export function followPassages(
  { expected, missed }: Passages,
  event: PassageEvent,
  withinMs: number,
): { passages: Passages; found: readonly PassageFinding[] } {
  switch (event.kind) {
    case 'admitted': {
      const { recordId, at } = event;
      const others = expected.filter((one) => one.recordId !== recordId);
      return nothing({ expected: [...others, { recordId, until: at + withinMs, isByHand: false }], missed });
    }
    case 'not opened': {
      const byHand = (one: Expected) => (one.recordId === event.recordId ? { ...one, isByHand: true } : one);
      return nothing({ expected: expected.map(byHand), missed });
    }
    case 'passed':
      return passed(atTime({ expected, missed }, event.at));
    case 'blind':
      return nothing(NO_PASSAGES);
    case 'time':
      return atTime({ expected, missed }, event.at);
  }
}

const nothing = (passages: Passages) => ({ passages, found: [] });

function atTime({ expected, missed }: Passages, at: number): ReturnType<typeof followPassages> {
  const overdue = expected.filter(({ until, isByHand }) => until <= at && !isByHand).map(({ recordId }) => recordId);
  return {
    passages: {
      expected: expected.filter(({ until }) => until > at),
      missed: [...missed.filter((one) => one.at > at - LATE_MS), ...overdue.map((recordId) => ({ recordId, at }))],
    },
    found: overdue.map((recordId) => ({ kind: 'unpassed', recordId })),
  };
}

function passed({ passages: { expected, missed }, found }: ReturnType<typeof followPassages>) {
  if (expected.length > 0) return { passages: { expected: expected.slice(1), missed }, found };
  const last = missed.at(-1);
  const finding: PassageFinding =
    last === undefined ? { kind: 'unadmitted' } : { kind: 'late', recordId: last.recordId };
  return { passages: { expected, missed: missed.slice(0, -1) }, found: [...found, finding] };
}
