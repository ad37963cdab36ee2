import { type BusinessDate, businessDay, type CinemaCode } from '@ticket-check/protocol';
import type { Engine, Store } from '@ticket-check/storage';
import { type RawBuilder, sql } from 'kysely';
import { type AskedCinemas, isOfCinemas } from '../tables/keys.ts';
import type { CheckRecordTables } from '../tables/tables.ts';
import { isIn } from './by-hour.ts';
import type { Completeness } from './report-line.ts';

type Part = { cinemaCode: CinemaCode; checked: number; quarantined: number; unsent: number };

/** How many entries a date has and how many the upstream has, for each cinema; reads an index and what is quarantined or unsent. */
export async function countCompleteness(
  store: Store<CheckRecordTables>,
  date: BusinessDate,
  cinemas?: AskedCinemas,
): Promise<Map<CinemaCode, Completeness>> {
  const { rows } = await countingCompleteness(store, date, cinemas).execute(store.reports);
  const counted = rows.filter(({ checked, quarantined, unsent }) => checked + quarantined + unsent > 0);
  const byCinema = Map.groupBy(counted, ({ cinemaCode }) => cinemaCode);
  return new Map(
    [...byCinema].map(([cinemaCode, parts]) => {
      const sum = (count: 'checked' | 'quarantined' | 'unsent') => parts.reduce((all, part) => all + part[count], 0);
      const entries = sum('checked') - sum('quarantined');
      return [cinemaCode, { entries, delivered: entries - sum('unsent') }];
    }),
  );
}

export function countingCompleteness(
  { engine }: Pick<Store<CheckRecordTables>, 'engine'>,
  date: BusinessDate,
  cinemas?: AskedCinemas,
): RawBuilder<Part> {
  const day = businessDay(date);
  const isAsked = isOfCinemas(cinemas);
  return sql<Part>`
    select c.cinema_code, count(*) as checked, 0 as quarantined, 0 as unsent
    from check_record c where ${isIn(day)} and ${isAsked} group by c.cinema_code
    union all
    select c.cinema_code, 0, count(*), 0
    from check_record c where c.quarantine is not null and ${isIn(day, CHECK_TIME_ALONE[engine])} and ${isAsked} group by c.cinema_code
    union all
    select c.cinema_code, 0, 0, count(*) from outbox c where ${isIn(day)} and ${isAsked} group by c.cinema_code
  `;
}

/** SQLite would look for the quarantined ones among all of the day; the plus keeps it from that index, and it takes theirs. */
export const CHECK_TIME_ALONE = {
  sqlite: sql`+c.check_time`,
  postgres: sql`c.check_time`,
} as const satisfies Record<Engine, RawBuilder<unknown>>;
