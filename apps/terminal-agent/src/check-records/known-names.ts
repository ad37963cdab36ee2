import { addSeconds, type CheckRecord, elementsJson, type WallClock } from '@ticket-check/protocol';
import type { Db } from '../tables.ts';
import { TICKET } from './ticket-row.ts';

type Nameable = Pick<CheckRecord, 'cinemaCode' | 'screenCode' | 'screenName' | 'filmCode' | 'filmName' | 'checkTime'>;

/** Screens and films have their names again and again; few records lie within this time. */
const WITHIN_SECONDS = 7 * 86_400;

/**
 * Names the screens and films of records that do not name them, as those made offline, by what this terminal's records of the same days
 * call them. A name that none has stays empty.
 *
 * @param load loads the names of a time; what is read every few seconds keeps them for a while
 */
export async function withKnownNames<R extends Nameable>(
  db: Db,
  records: readonly R[],
  load = loadKnownNames,
): Promise<R[]> {
  const times = records
    .flatMap(({ screenName, filmName, checkTime }) => (screenName && filmName ? [] : checkTime))
    .sort();
  const [first, last] = [times.at(0), times.at(-1)] as [WallClock?, WallClock?];
  if (first === undefined || last === undefined) return [...records];
  const { screens, films } = await load(db, first, last);
  return records.map((record) => ({
    ...record,
    screenName: record.screenName || (screens.get(`${record.cinemaCode} ${record.screenCode}`) ?? ''),
    filmName: record.filmName || (films.get(record.filmCode) ?? ''),
  }));
}

export async function loadKnownNames(db: Db, first: WallClock, last: WallClock) {
  const known = await db
    .selectFrom('checkRecord')
    .select(['cinemaCode', 'screenCode', 'filmCode'])
    .select(({ fn }) => [fn.max('screenName').as('screenName'), fn.max('filmName').as('filmName')])
    .where('checkTime', '>=', addSeconds(first, -WITHIN_SECONDS))
    .where('checkTime', '<=', addSeconds(last, WITHIN_SECONDS))
    .groupBy(['cinemaCode', 'screenCode', 'filmCode'])
    .execute();
  const screens = new Map<string, string>();
  const films = new Map<string, string>();
  for (const { cinemaCode, screenCode, screenName, filmCode, filmName } of known) {
    if (screenName) screens.set(`${cinemaCode} ${screenCode}`, screenName);
    if (filmName) films.set(filmCode, filmName);
  }
  return { screens, films };
}

const NAMES = Object.keys(TICKET) as (keyof typeof TICKET)[];

/** The columns of a record by which screens show its ticket, without its code, which would admit a guest. */
export const SHOWN_COLUMNS = NAMES.map(
  (name) => (name.charAt(0).toLowerCase() + name.slice(1)) as Uncapitalize<keyof typeof TICKET>,
);

export const ticketJson = (record: Pick<CheckRecord, (typeof SHOWN_COLUMNS)[number]>) => elementsJson(record, ...NAMES);
