import { type BusinessDate, businessDate, type CinemaCode, wallClockAt } from '@ticket-check/protocol';
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
 * milliseconds each time, and what came late is seen within as many calls as the day has hours. It reads indexes alone.
 */
export function createDaySteps(store: Store<CheckRecordTables>, now: () => number): () => Promise<DaySteps> {
  let day: { date: BusinessDate; hours: Map<string, StepCount[]>; turn: number } | null = null;

  async function count(slice: Slice, hours: Map<string, StepCount[]>): Promise<void> {
    const { rows } = await countingSteps(store.engine, slice).execute(store.reports);
    hours.set(slice.from, rows);
  }

  return async () => {
    const at = wallClockAt(now());
    const date = businessDate(at);
    const current = day?.date === date ? day : { date, hours: new Map<string, StepCount[]>(), turn: 0 };
    const passed = hoursOf(date).filter(({ from }) => from <= at);
    for (const slice of passed.slice(0, -1)) if (!current.hours.has(slice.from)) await count(slice, current.hours);
    const [inTurn, latest] = [passed[current.turn++ % passed.length], passed.at(-1)];
    if (inTurn !== undefined && inTurn !== latest) await count(inTurn, current.hours);
    if (latest !== undefined) await count(latest, current.hours);
    day = current;
    return { date, counts: [...current.hours.values()].flat() };
  };
}

/** Of a day's beginning up to the tens of minutes. */
const STEP_LENGTH = sql.lit('2026-11-26T20:1'.length);

function countingSteps(engine: Engine, slice: Slice): RawBuilder<StepCount> {
  const step = sql`substr(c.check_time, 1, ${STEP_LENGTH})`;
  return sql<StepCount>`
    select ${step} as step, c.cinema_code, count(*) as checked, 0 as quarantined
    from check_record c where ${isIn(slice)} group by 1, 2
    union all
    select ${step}, c.cinema_code, 0, count(*)
    from check_record c where c.quarantine is not null and ${isIn(slice, CHECK_TIME_ALONE[engine])} group by 1, 2
  `;
}
