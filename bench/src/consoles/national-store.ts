import { randomBytes } from 'node:crypto';
import { countArrived, summarizeDay } from '@ticket-check/check-records';
import {
  type BusinessDate,
  businessDay,
  type CinemaCode,
  type HourOfRecords,
  hourOf,
  parseCinemaCode,
  type WallClock,
} from '@ticket-check/protocol';
import { type Insertable, sql } from 'kysely';
import type { ToldDayTables } from '../../../apps/national-platform/src/completeness/told-day-tables.ts';
import { readNationalSettings } from '../../../apps/national-platform/src/config.ts';
import { type NationalStore, openDatabase } from '../../../apps/national-platform/src/database.ts';
import { fillDay } from '../fill-day.ts';
import { CINEMA } from '../tickets.ts';
import { type DayToFill, dateBefore, type Filling, type LargeStore } from './large-store.ts';

type ToldDayRow = ToldDayTables['toldDay'];

/** Each reports of 50 of 300 cinemas: of so many the page of a platform counts tickets too. */
const PLATFORMS = 6;
/** Of so many business dates, that of today among them, there are tickets: a list of them is of one. */
export const DAYS_OF_TICKETS = 8;
/** Platforms told of these business dates, so many days ago, what the platform has, and something else in each hour. */
export const EQUAL_DAYS_AGO = 2;
export const DIFFERING_DAYS_AGO = 3;
const STARTS_APART = 600;
/** Of imports a month is looked back. */
const DAYS_OF_INTAKE = 31;

export const nationalFilling: Filling = {
  name: 'consoles_national',
  async open(env) {
    const store = await openDatabase(readNationalSettings(env));
    return {
      store,
      fillDay: (day) => fillDay(store, { ...day, platforms: PLATFORMS, startsApart: STARTS_APART }),
      async fillBesides(day) {
        await fillReversals(store, day);
        if (day.date > dateBefore(DAYS_OF_TICKETS)) await fillTickets(store, day);
        await fillTold(store, day);
        await fillIntake(store, day);
      },
      fillRest: (shape) => fillNames(store, shape),
    };
  },
};

const cinemaAt = ({ firstCinema }: LargeStore, index: number): CinemaCode =>
  parseCinemaCode(String(firstCinema + index));

/** Of a day, some entries that were undone. */
async function fillReversals({ db }: NationalStore, { date }: DayToFill): Promise<void> {
  await sql`
    insert into reversal (
      reverses, identity, cinema_code, account, record_id, film_ticket_code, start_time, check_time, reversed_at, received_at
    )
    select c.record_id, c.identity, c.cinema_code, c.account, replace(c.record_id, '-8000-', '-9000-'), c.film_ticket_code,
      c.start_time, c.check_time, c.check_time, c.received_at
    from check_record c where ${isOf(date)} and c.record_id like '%7002'
  `.execute(db);
}

/** The tickets of a day's entries, and a tenth more that nobody came with; one in a thousand of those that were used was refunded, and one in ten of the others. */
async function fillTickets({ db }: NationalStore, { date }: DayToFill): Promise<void> {
  const sold = (code: ReturnType<typeof sql>, which: ReturnType<typeof sql>) => sql`
    insert into ticket (
      start_time, cinema_code, film_ticket_code, screen_code, film_code, session_code, ticket_type, sell_time, row_num, column_num,
      price, service, cinema_name, screen_name, film_name
    )
    select c.start_time, c.cinema_code, ${code}, c.screen_code, c.film_code, c.session_code, '网络售票', c.check_time, c.row_num,
      c.column_num, c.price, c.service, '', '', ''
    from check_record c where ${isOf(date)} and c.record_id not like '%999' and ${which}
  `;
  const unused = sql`'9' || substr(c.film_ticket_code, 2)`;
  await sold(sql`c.film_ticket_code`, sql`1 = 1`).execute(db);
  await sold(unused, sql`c.record_id like '%5'`).execute(db);
  await sql`
    insert into refund (start_time, cinema_code, film_ticket_code, refund_time)
    select c.start_time, c.cinema_code, case when c.record_id like '%504' then c.film_ticket_code else ${unused} end, c.received_at
    from check_record c where ${isOf(date)} and (c.record_id like '%504' or c.record_id like '%15')
  `.execute(db);
}

const isOf = (date: BusinessDate) => {
  const { from, until } = businessDay(date);
  return sql`c.check_time >= ${from} and c.check_time < ${until} and c.quarantine is null`;
};

/** What the platforms told of a day: that all of it is here, and what each hour holds. */
async function fillTold(store: NationalStore, { date }: DayToFill): Promise<void> {
  const { until } = businessDay(date);
  const perCinema = new Map<CinemaCode, { username: string; entries: number }>();
  for (const { cinemaCode, account, checked, quarantined } of await countArrived(store, { date })) {
    const { entries } = perCinema.get(cinemaCode) ?? { entries: 0 };
    perCinema.set(cinemaCode, { username: account, entries: entries + checked - quarantined });
  }
  const isOver = date < dateBefore(0);
  const countedAt = isOver ? until : dateTime(date, 12);
  const rows: Insertable<ToldDayRow>[] = [];
  for (const [cinemaCode, { username, entries }] of perCinema) {
    const hours =
      date === dateBefore(EQUAL_DAYS_AGO) ? await hoursHere(store, cinemaCode, date, username) : otherHours(date);
    rows.push({
      businessDate: date,
      cinemaCode,
      username,
      countedAt,
      toldAt: countedAt,
      entries,
      delivered: entries,
      hours: isOver ? JSON.stringify(hours) : null,
      overrides: 1,
      undone: 1,
      comparedAt: isOver ? countedAt : null,
    });
  }
  await store.db.insertInto('toldDay').values(rows).execute();
}

const hoursHere = (store: NationalStore, cinemaCode: CinemaCode, date: BusinessDate, username: string) =>
  summarizeDay(store, { cinemaCode, businessDate: date, accounts: [username], overrides: true, undone: true });

/** As many hours as there are, which hold something else. */
const otherHours = (date: BusinessDate): HourOfRecords[] =>
  Array.from({ length: 16 }, (_, index) => ({
    hour: hourOf(dateTime(date, 8 + index)),
    records: 60,
    hash: randomBytes(32).toString('hex'),
    quarantined: 0,
    undelivered: 0,
  }));

const dateTime = (date: string, hour: number) => `${date}T${String(hour).padStart(2, '0')}:00:00` as WallClock;

/** What the data sources handed in on a day, one of each cinema; every tenth was silent for the last days. */
async function fillIntake({ db }: NationalStore, { date, ...shape }: DayToFill): Promise<void> {
  if (date <= dateBefore(DAYS_OF_INTAKE)) return;
  const rows = Array.from({ length: shape.cinemas }, (_, index) => index)
    .filter((index) => index % 10 > 0 || date < dateBefore(2))
    .flatMap((index) =>
      ['tickets', 'refunds', 'screens', 'films'].map((kind) => ({
        businessDate: date,
        source: `source-${index}`,
        kind,
        imported: 1000 + index,
        unchanged: 10,
        lastAt: dateTime(date, 22),
        refused: index % 50 === 0 ? 3 : 0,
        lastRefusedAt: index % 50 === 0 ? dateTime(date, 21) : null,
        errorCode: index % 50 === 0 ? 'INVALID_QUERY' : null,
      })),
    );
  for (let first = 0; first < rows.length; first += 500) {
    await db
      .insertInto('intakeCount')
      .values(rows.slice(first, first + 500))
      .execute();
  }
}

/** Cinemas with screens, keys and whoever works there; films; the accounts of platforms and data sources. */
async function fillNames({ db }: NationalStore, shape: LargeStore): Promise<void> {
  const since = dateTime(dateBefore(shape.days), 8);
  const cinemas = Array.from({ length: shape.cinemas }, (_, index) => cinemaAt(shape, index));
  const platforms = Array.from({ length: PLATFORMS }, (_, index) => index);
  const account = { createdAt: since, expiresAt: null, revokedAt: null, replaces: null };
  await db
    .insertInto('cinema')
    .values(cinemas.map((cinemaCode) => ({ cinemaCode, cinemaName: `影院${cinemaCode}`, writtenAt: since })))
    .execute();
  for (const cinemaCode of cinemas) {
    const screens = Array.from({ length: 10 }, (_, screen) => screen + 1);
    await db
      .insertInto('screen')
      .values(
        screens.map((screen) => ({
          cinemaCode,
          screenCode: String(screen * 1e12).padStart(16, '0'),
          screenName: `${screen}号厅`,
          writtenAt: since,
        })),
      )
      .execute();
  }
  await db
    .insertInto('film')
    .values(
      Array.from({ length: 30 }, (_, film) => ({
        filmCode: `0011${String(film).padStart(8, '0')}`,
        filmName: `流浪地球${film}`,
        namedBy: '',
        writtenAt: since,
      })),
    )
    .execute();
  await db
    .insertInto('publicKey')
    .values(
      // The key of the one that tickets are sold for is imported with each run.
      cinemas
        .filter((cinemaCode) => cinemaCode !== CINEMA)
        .map((cinemaCode) => ({
          fingerprint: randomBytes(32).toString('hex'),
          cinemaCode,
          startTime: since,
          spki: randomBytes(160).toString('base64'),
        })),
    )
    .execute();
  await db
    .insertInto('account')
    .values([
      ...platforms.map((platform) => ({
        ...account,
        username: `platform-${platform}`,
        role: 'platform' as const,
        cinemaCodes: JSON.stringify(cinemas.filter((_, index) => index % PLATFORMS === platform)),
      })),
      ...cinemas.map((cinemaCode, index) => ({
        ...account,
        username: `source-${index}`,
        role: 'data-source' as const,
        cinemaCodes: JSON.stringify([cinemaCode]),
      })),
    ])
    .execute();
  await db
    .insertInto('cinemaActivity')
    .values(
      cinemas.map((cinemaCode, index) => ({
        cinemaCode,
        username: `platform-${index % PLATFORMS}`,
        lastActiveOn: dateBefore(0),
      })),
    )
    .execute();
}
