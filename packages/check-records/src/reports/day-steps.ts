import {
  type BusinessDate,
  businessDate,
  businessDay,
  type CinemaCode,
  type WallClock,
  wallClockAt,
} from '@ticket-check/protocol';
import type { Engine, Store } from '@ticket-check/storage';
import { type RawBuilder, sql } from 'kysely';
import type { CheckRecordTables } from '../tables/tables.ts';
import { CHECK_TIME_ALONE } from './count-completeness.ts';
import { hoursOf, isIn, type Slice } from './slices.ts';

/** Records of one cinema that were checked within ten minutes: `step` is the beginning of their CheckTime, `2026-11-26T20:1`. */
type StepCount = {
  readonly step: string;
  readonly cinemaCode: CinemaCode;
  readonly checked: number;
  readonly quarantined: number;
};

/** Of a business date, how many records were checked in each ten minutes; a step and cinema may come twice, to be added. */
type DaySteps = { readonly date: BusinessDate; readonly counts: readonly StepCount[] };

/**
 * Counts the records of the business date that is now, again whenever it is asked: the hour that is now, and one of those before
 * it in turn, because terminals that were offline report late. So the busiest day costs the connection of reports a few
 * milliseconds each time, and what came late is seen within as many calls as the day has hours. It reads indexes alone, and those
 * that are kept aside once for the whole day: they have no index by time.
 */
export function createDaySteps(store: Store<CheckRecordTables>, now: () => number): () => Promise<DaySteps> {
  let day: { date: BusinessDate; hours: Map<string, StepCount[]>; turn: number } | null = null;

  async function count(slice: Slice, hours: Map<string, StepCount[]>, aside: readonly StepCount[]): Promise<void> {
    const { rows } = await countingSteps(slice).execute(store.reports);
    const isInIt = ({ step }: StepCount) => step >= stepAt(slice.from) && step < stepAt(slice.until);
    hours.set(slice.from, [...rows, ...aside.filter(isInIt)]);
  }

  return async () => {
    const at = wallClockAt(now());
    const date = businessDate(at);
    const current = day?.date === date ? day : { date, hours: new Map<string, StepCount[]>(), turn: 0 };
    const { rows: aside } = await countingQuarantined(store.engine, businessDay(date)).execute(store.reports);
    const passed = hoursOf(date).filter(({ from }) => from <= at);
    for (const slice of passed.slice(0, -1)) {
      if (!current.hours.has(slice.from)) await count(slice, current.hours, aside);
    }
    const [inTurn, latest] = [passed[current.turn++ % passed.length], passed.at(-1)];
    if (inTurn !== undefined && inTurn !== latest) await count(inTurn, current.hours, aside);
    if (latest !== undefined) await count(latest, current.hours, aside);
    day = current;
    return { date, counts: [...current.hours.values()].flat() };
  };
}

/** Of a day's beginning up to the tens of minutes. */
const STEP_LENGTH = '2026-11-26T20:1'.length;

const stepAt = (time: WallClock) => time.slice(0, STEP_LENGTH);

const STEP = sql`substr(c.check_time, 1, ${sql.lit(STEP_LENGTH)})`;

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
