import { type BusinessDate, type CinemaCode, TEN_MINUTES_LENGTH, type WallClock } from '@ticket-check/protocol';
import type { Engine, Store } from '@ticket-check/storage';
import { type RawBuilder, sql } from 'kysely';
import type { CheckRecordTables } from '../tables/tables.ts';
import { CHECK_TIME_ALONE } from './count-completeness.ts';
import { hourByHour } from './hour-by-hour.ts';
import { isIn, type Slice } from './slices.ts';

/** Records of one cinema that were checked within ten minutes, which began at `step`. */
type StepCount = {
  readonly step: WallClock;
  readonly cinemaCode: CinemaCode;
  readonly checked: number;
  readonly quarantined: number;
};

/** Of a business date, how many records were checked in each ten minutes; a step and cinema may come twice, to be added. */
type DaySteps = { readonly date: BusinessDate; readonly counts: readonly StepCount[] };

/**
 * Counts the records of the current business date, hour by hour. It reads only indexes; quarantined records, which have no index
 * by time, are read once for the whole day.
 */
export function createDaySteps(store: Store<CheckRecordTables>, now: () => number): () => Promise<DaySteps> {
  return hourByHour(now, async (day) => {
    const { rows: aside } = await countingQuarantined(store.engine, day).execute(store.reports);
    return async (hour) => {
      const { rows } = await countingSteps(hour).execute(store.reports);
      return [...rows, ...aside.filter(({ step }) => step >= hour.from && step < hour.until)];
    };
  });
}

/** When the ten minutes of CheckTime began. */
const STEP = sql`substr(c.check_time, 1, ${sql.lit(TEN_MINUTES_LENGTH)}) || '0:00'`;

function countingSteps(slice: Slice): RawBuilder<StepCount> {
  return sql<StepCount>`
    select ${STEP} as step, c.cinema_code, count(*) as checked, 0 as quarantined
    from check_record c where ${isIn(slice)} group by 1, 2
  `;
}

function countingQuarantined(engine: Engine, day: Slice): RawBuilder<StepCount> {
  return sql<StepCount>`
    select ${STEP} as step, c.cinema_code, 0 as checked, count(*) as quarantined
    from check_record c where c.quarantine is not null and ${isIn(day, CHECK_TIME_ALONE[engine])} group by 1, 2
  `;
}
