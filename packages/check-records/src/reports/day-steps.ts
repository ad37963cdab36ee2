import {
  type BusinessDate,
  businessDate,
  type CinemaCode,
  TEN_MINUTES_LENGTH,
  type WallClock,
  wallClockAt,
} from '@ticket-check/protocol';
import type { Store } from '@ticket-check/storage';
import { sql } from 'kysely';
import { pMapIterable } from 'p-map';
import type { CheckRecordTables } from '../tables/tables.ts';
import { hoursOf, isIn, READ_AHEAD, type Slice } from './slices.ts';

/** Records of one cinema that were checked within ten minutes, which began at `step`. */
type StepCount = {
  readonly step: WallClock;
  readonly cinemaCode: CinemaCode;
  readonly checked: number;
  readonly quarantined: number;
};

/** Of a business date, how many records were checked in each ten minutes. */
type DaySteps = { readonly date: BusinessDate; readonly counts: readonly StepCount[] };

/** When the ten minutes of CheckTime began. */
const STEP = sql`substr(c.check_time, 1, ${sql.lit(TEN_MINUTES_LENGTH)}) || '0:00'`;

/** Counts the records of the current business date in the index of the day; the busiest takes a tenth of a second. */
export async function countDaySteps(store: Store<CheckRecordTables>, now: () => number): Promise<DaySteps> {
  const at = wallClockAt(now());
  const date = businessDate(at);
  const count = async (hour: Slice) => {
    const { rows } = await sql<StepCount>`
      select ${STEP} as step, c.cinema_code, count(*) as checked, count(c.quarantine) as quarantined
      from check_record c where ${isIn(hour)} group by 1, 2
    `.execute(store.reports);
    return rows;
  };
  const begun = hoursOf(date).filter(({ from }) => from <= at);
  const counts: StepCount[] = [];
  for await (const rows of pMapIterable(begun, count, READ_AHEAD)) counts.push(...rows);
  return { date, counts };
}
