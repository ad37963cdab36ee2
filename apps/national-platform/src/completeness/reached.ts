import type { ReportAdditions } from '@ticket-check/admin';
import { COMPLETENESS_COLUMNS, type Completeness, completenessOf, isTooIncomplete } from '@ticket-check/check-records';
import { type BusinessDate, businessDay, type CinemaCode, wallClockAt } from '@ticket-check/protocol';
import type { Clock } from '@ticket-check/runtime';
import {
  type CompletenessStore,
  loadPlatformDays,
  type ReachedTogether,
  reachedByCinema,
  reachedTogether,
} from './platform-days.ts';

/** Completeness of the records at this platform. */
export type Reached = {
  /** By cinema, over the platforms that reported: one that did not must hide no shortage. Cinemas without any report are left out. */
  known(date: BusinessDate): Promise<ReadonlyMap<CinemaCode, Completeness>>;
  /** The same in reports of a day. */
  readonly additions: ReportAdditions;
};

export function createReached(store: CompletenessStore, now: Clock): Reached {
  return {
    async known(date) {
      const byCinema = reachedByCinema(await loadPlatformDays(store, { date }, now));
      return new Map([...byCinema].flatMap(([code, { told }]) => (told === null ? [] : [[code, told] as const])));
    },
    additions: {
      dayColumns: [
        { name: 'Admitted', head: { zh: '平台告知入场', en: 'Admitted, as reported' } },
        ...COMPLETENESS_COLUMNS,
      ],
      dayRows: async () => [],
      recordColumns: [],
      recordRows: async () => new Map(),
      async ofCinemas(date, cinemas) {
        const days = await loadPlatformDays(store, { date, cinemas }, now);
        const isOver = wallClockAt(now()) >= businessDay(date).until;
        const rowOf = ({ whole, told }: ReachedTogether) => ({
          Admitted: whole?.entries ?? null,
          Completeness: whole === null ? null : completenessOf(whole),
          Alarm: isOver && told !== null && isTooIncomplete(told),
        });
        return {
          cinemas: new Map([...reachedByCinema(days)].map(([cinemaCode, reached]) => [cinemaCode, rowOf(reached)])),
          total: rowOf(reachedTogether(days)),
        };
      },
    },
  };
}
