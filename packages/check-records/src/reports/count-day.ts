import type { BusinessDate, FilmCode, ScreenCode, SessionCode, WallClock } from '@ticket-check/protocol';
import { turn } from '@ticket-check/runtime';
import { type RawBuilder, sql } from 'kysely';
import { type AskedCinemas, haveSameKey, isOfCinemas } from '../tables/keys.ts';
import { reverses } from '../tables/reversal-rows.ts';
import type { OwnStore } from '../tables/tables.ts';
import { hoursOf, isIn, readParts, type Slice } from './by-hour.ts';
import { countDoubles, type FindLateRefunds, type Session } from './doubles-and-refunds.ts';
import { inOrderOfTheDay, type LineKey, type ReportLine, together } from './report-line.ts';

export const DIMENSIONS = ['screen', 'film', 'account', 'gate'] as const;

/** What a line of a report is for: see `COLUMNS`. */
export type CountedBy = 'session' | 'cinema' | (typeof DIMENSIONS)[number];

export type AskedDay = {
  readonly date: BusinessDate;
  /** `session`: a line for each cinema, screen, session, film, account and gate. Otherwise for each cinema and this. */
  readonly by: CountedBy;
  readonly cinemaCode?: AskedCinemas;
  /** Finds entries of refunded tickets; without it none are counted. */
  readonly lateRefunds?: FindLateRefunds | undefined;
  /** Aborted when nobody waits for the report: it ends with the current statement. */
  readonly signal?: AbortSignal | undefined;
};

const COLUMNS = {
  session: ['cinemaCode', 'screenCode', 'sessionCode', 'startTime', 'filmCode', 'account', 'gate'],
  cinema: ['cinemaCode'],
  screen: ['cinemaCode', 'screenCode'],
  film: ['cinemaCode', 'filmCode'],
  account: ['cinemaCode', 'account'],
  // Most terminals call their first gate the same, so the account belongs to the key.
  gate: ['cinemaCode', 'account', 'gate'],
} as const satisfies Record<CountedBy, (keyof LineKey)[]>;

const NAMES: Partial<Record<CountedBy, RawBuilder<unknown>>> = {
  session: sql`max(c.screen_name) as screen_name, max(c.film_name) as film_name,`,
  screen: sql`max(c.screen_name) as screen_name,`,
  film: sql`max(c.film_name) as film_name,`,
};

const EMPTY = {
  startTime: '' as WallClock,
  screenCode: '' as ScreenCode,
  sessionCode: '' as SessionCode,
  filmCode: '' as FilmCode,
  account: '',
  gate: '',
  screenName: '',
  filmName: '',
} as const;

/** Counts the records of a business date on the connection of reports; what is counted here is counted in turns. */
export async function countDay(store: OwnStore, asked: AskedDay): Promise<ReportLine[]> {
  const { date, by, signal } = asked;
  const keyOf = (line: LineKey) => COLUMNS[by].map((column) => line[column]).join('\n');
  const lines = new Map<string, ReportLine>();
  const begun = new Map<string, Session>();
  for await (const rows of readParts(store, hoursOf(date), (hour) => countingLines(hour, asked), signal)) {
    for (const row of rows) {
      const { startTime, cinemaCode, checked, quarantined, waiting, parked } = row;
      begun.set(`${startTime} ${cinemaCode}`, { startTime, cinemaCode });
      const entries = checked - quarantined;
      const counted = { entries, delivered: entries - waiting - parked, doubles: 0, lateRefunds: 0 };
      const line = { ...EMPTY, ...row, ...(by !== 'session' && { startTime: EMPTY.startTime }), ...counted };
      lines.set(keyOf(line), together(lines.get(keyOf(line)), line));
      await turn();
    }
  }
  const sessions = [...begun.values()];
  const doubles = await countDoubles(store, { date, signal, sessions }, keyOf);
  const refunded = Map.groupBy((await asked.lateRefunds?.({ date, signal, sessions })) ?? [], keyOf);
  const ordered: ReportLine[] = [];
  const ofCinemas = Map.groupBy(lines, ([, { cinemaCode }]) => cinemaCode);
  for (const [, ofCinema] of [...ofCinemas].sort(([a], [b]) => (a < b ? -1 : 1))) {
    for (const [key, line] of ofCinema.sort(([, a], [, b]) => inOrderOfTheDay(a, b)))
      ordered.push({ ...line, doubles: doubles.get(key) ?? 0, lateRefunds: refunded.get(key)?.length ?? 0 });
    await turn();
  }
  return ordered;
}

/** What a statement counts of one hour; the rest follows from it, or is found afterwards. */
type Counted = Omit<ReportLine, 'entries' | 'delivered' | 'doubles' | 'lateRefunds'>;

/** One statement, so that a record and its place in the outbox are of one moment; what waits or is undone, mostly little, apart. */
function countingLines(slice: Slice, { by, cinemaCode }: AskedDay): RawBuilder<Counted> {
  // The sessions too, in which doubles and refunds are looked for.
  const columns = sql.join([...new Set([...COLUMNS[by], 'startTime'])].map((column) => sql.ref(`c.${column}`)));
  const isAsked = (table: string) =>
    sql`${isIn(slice, sql.ref(`${table}.checkTime`))} and ${isOfCinemas(cinemaCode, sql.ref(`${table}.cinemaCode`))}`;
  const names = NAMES[by] ?? sql``;
  return sql<Counted>`
    select ${columns}, ${names}
      count(*) as checked,
      count(c.quarantine) as quarantined,
      count(*) filter (where c.quarantine is null and c.ticket_type is null) as incomplete,
      count(c.overridden_verdict) filter (where c.quarantine is null) as overridden,
      count(*) filter (where c.quarantine is null and c.offline = 1) as offline,
      count(c.offline) filter (where c.quarantine is null) as offline_told,
      0 as waiting, 0 as parked, 0 as undone, 0 as undone_standing
    from check_record c where ${isAsked('c')} group by ${columns}
    union all
    select ${columns}, ${names} 0, 0, 0, 0, 0, 0, count(*) - count(o.parked_at), count(o.parked_at), 0, 0
    from outbox o cross join check_record c
    where ${isAsked('o')} and ${haveSameKey('o', 'c')} and c.quarantine is null group by ${columns}
    union all
    select ${columns}, ${names} 0, 0, 0, 0, 0, 0, 0, 0, count(*), count(*) - count(r.delivered_at)
    from reversal r cross join check_record c
    where ${isAsked('r')} and ${reverses('r', 'c')} and c.quarantine is null group by ${columns}
  `;
}
