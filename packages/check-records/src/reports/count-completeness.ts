import { type BusinessDate, businessDay, type CinemaCode } from '@ticket-check/protocol';
import type { Engine, Store } from '@ticket-check/storage';
import { type RawBuilder, sql } from 'kysely';
import { type AskedCinemas, isOfCinemas } from '../tables/keys.ts';
import type { CheckRecordTables } from '../tables/tables.ts';
import { isIn } from './by-hour.ts';
import type { Completeness } from './report-line.ts';

type Part = { cinemaCode: CinemaCode; checked: number; quarantined: number; unsent: number };

/**
 * How many entries of a business date there are and how many of them the upstream has accepted, for each cinema. It reads no
 * record: the checked ones are counted in an index that holds nothing but cinema and time, and of them those that are kept
 * aside or not sent, mostly few, are taken off. In one statement, which takes some hundredths of a second for 300,000 records.
 */
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

/**
 * The statement of `countCompleteness`. Which cinemas there are, if all are asked, is looked up one after the other, in an
 * index that has the records of each together, so that nothing has to be grouped.
 */
export function countingCompleteness(
  { engine, rowsAsTable }: Pick<Store<CheckRecordTables>, 'engine' | 'rowsAsTable'>,
  date: BusinessDate,
  cinemas?: AskedCinemas,
): RawBuilder<Part> {
  const day = businessDay(date);
  const isAsked = isOfCinemas(cinemas);
  const listed = rowsAsTable(
    [cinemas ?? []].flat().map((cinemaCode) => ({ cinemaCode })),
    { cinemaCode: 'text' },
  );
  return sql<Part>`
    with recursive cinema (cinema_code) as (${cinemas === undefined ? EVERY_CINEMA : sql`select * from ${listed} as given`})
    select cinema.cinema_code, (
      select count(*) from check_record c where c.cinema_code = cinema.cinema_code and ${isIn(day)}
    ) as checked, 0 as quarantined, 0 as unsent
    from cinema where cinema.cinema_code is not null
    union all
    select c.cinema_code, 0, count(*), 0
    from check_record c where c.quarantine is not null and ${isIn(day, CHECK_TIME_ALONE[engine])} and ${isAsked} group by c.cinema_code
    union all
    select c.cinema_code, 0, 0, count(*) from outbox c where ${isIn(day)} and ${isAsked} group by c.cinema_code
  `;
}

const EVERY_CINEMA = sql`
  select min(cinema_code) from check_record
  union all
  select (select min(n.cinema_code) from check_record n where n.cinema_code > cinema.cinema_code)
  from cinema where cinema.cinema_code is not null
`;

/** SQLite would look for the quarantined ones among all of the day; the plus keeps it from that index, and it takes theirs. */
export const CHECK_TIME_ALONE = {
  sqlite: sql`+c.check_time`,
  postgres: sql`c.check_time`,
} as const satisfies Record<Engine, RawBuilder<unknown>>;
