import type { Reporting } from '@ticket-check/check-records/service';
import type { LateClaims } from './late-claims.ts';
import type { Need } from './told.ts';

/** So many of one kind are named; the pages that settle them show the rest. */
const MAX_NAMED = 5;

/** What needs a person, what matters most first: first what keeps everything from moving, then single records. */
export function needsOf(known: {
  line: { readonly State: 'up' | 'down' | 'not-set' };
  unsent: { readonly overdue: number; readonly parked: number; readonly quarantined: number };
  standstills: Awaited<ReturnType<Reporting['standstills']>>;
  alarmed: ReturnType<Reporting['alarmed']>;
  lateClaims: LateClaims;
}): Need[] {
  const { line, unsent, standstills, alarmed, lateClaims } = known;
  const counted = (Kind: 'overdue' | 'parked' | 'quarantined'): Need[] =>
    unsent[Kind] === 0 ? [] : [{ Kind, Count: unsent[Kind] }];
  return [
    ...(line.State === 'not-set' ? [{ Kind: 'upstream-not-set' } as const] : []),
    ...(line.State === 'down' ? [{ Kind: 'line-down' } as const] : []),
    ...counted('overdue'),
    ...alarmed.slice(0, MAX_NAMED).map(({ businessDate, cinemaCode, entries, delivered }) => ({
      Kind: 'incomplete-day' as const,
      CinemaCode: cinemaCode,
      BusinessDate: businessDate,
      Entries: entries,
      Delivered: delivered,
    })),
    ...standstills.slice(0, MAX_NAMED).map(({ cinemaCode, seconds, code }) => ({
      Kind: 'standstill' as const,
      CinemaCode: cinemaCode,
      // To the minute: it is told anew when it changes.
      Seconds: Math.floor(seconds / 60) * 60,
      Code: code,
    })),
    ...counted('parked'),
    ...counted('quarantined'),
    ...(lateClaims.count === 0
      ? []
      : [{ Kind: 'late-claims' as const, Count: lateClaims.count, Oldest: lateClaims.oldest }]),
  ];
}
