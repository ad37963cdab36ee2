import {
  COMPLETENESS_COLUMNS,
  type Completeness,
  completenessOf,
  isTooIncomplete,
  type ReportAdditions,
} from '@ticket-check/check-records';
import { type BusinessDate, businessDay, type CinemaCode, wallClockAt } from '@ticket-check/protocol';
import type { Clock } from '@ticket-check/runtime';
import { allReached, loadPlatformDays, reachedByCinema, type ToldStore } from './platform-days.ts';

/** What reached this platform of what was admitted below. */
export type Reached = {
  /** For each cinema of which all of its platforms told; the others are not known to be complete or not. */
  known(date: BusinessDate): Promise<ReadonlyMap<CinemaCode, Completeness>>;
  /** The same in reports of a day. */
  readonly additions: ReportAdditions;
};

export function createReached(store: ToldStore, now: Clock): Reached {
  const isKnown = (entry: [CinemaCode, Completeness | null]): entry is [CinemaCode, Completeness] => entry[1] !== null;
  return {
    async known(date) {
      return new Map([...reachedByCinema(await loadPlatformDays(store, { date }, now))].filter(isKnown));
    },
    additions: {
      dayColumns: [
        { name: 'Admitted', head: { zh: '平台告知入场', en: 'Admitted, as told' } },
        ...COMPLETENESS_COLUMNS,
      ],
      dayRows: async () => [],
      recordColumns: [],
      recordRows: async () => new Map(),
      async ofCinemas(date, cinemas) {
        const byCinema = reachedByCinema(await loadPlatformDays(store, { date, cinemas }, now));
        const isOver = wallClockAt(now()) >= businessDay(date).until;
        const rowOf = (reached: Completeness | null) => ({
          Admitted: reached?.entries ?? null,
          Completeness: reached === null ? null : completenessOf(reached),
          Alarm: isOver && reached !== null && isTooIncomplete(reached),
        });
        return {
          cinemas: new Map([...byCinema].map(([cinemaCode, reached]) => [cinemaCode, rowOf(reached)])),
          total: rowOf(allReached([...byCinema.values()])),
        };
      },
    },
  };
}
