import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import {
  type CheckRecordTables,
  checkRecordMigrations,
  countCompleteness,
  countDay,
  createRecordStore,
  recordsOfDay,
  recordsUnder,
} from '@ticket-check/check-records';
import { parseBusinessDate, parseCinemaCode, parseRecordId, type RecordId } from '@ticket-check/protocol';
import { openStore, type Store, sqliteUrl } from '@ticket-check/storage';
import { type RawBuilder, sql } from 'kysely';
import { machine, say } from './print.ts';
import { makeRecord } from './records.ts';
import { spreadCells, spreadOf } from './spread.ts';
import { printTable } from './table.ts';
import { timed } from './timed.ts';
import { wholeNumber } from './whole-number.ts';
import { workDirectory } from './work-directory.ts';

// What reports take on a large store, and what a record that is kept meanwhile waits.

const { values } = parseArgs({
  options: {
    days: { type: 'string', default: '33' },
    'a-day': { type: 'string', default: '300000' },
    rounds: { type: 'string', default: '5' },
    /** An empty database, `postgres://…`; an encrypted SQLite file by default. */
    url: { type: 'string' },
  },
});
const days = wholeNumber('days', values.days);
const aDay = wholeNumber('a-day', values['a-day']);
const rounds = wholeNumber('rounds', values.rounds);

const CINEMAS = 300;
const FIRST_DAY = '2026-01-01';
const CINEMA = parseCinemaCode('31010017');

const store = await openStore<CheckRecordTables>({
  url: values.url ?? sqliteUrl(join(workDirectory(), 'store.db')),
  encryptionKey: randomBytes(32).toString('hex'),
  migrations: checkRecordMigrations,
});
const records = createRecordStore(store);
say(`${machine()}; ${store.engine}, ${(days * aDay).toLocaleString('en')} records of ${CINEMAS} cinemas; milliseconds`);
for (let day = 0; day < days; day += 1) await fillDay(store, day);

const table = printTable([
  { title: '', width: 46, align: 'left' },
  { title: 'rows', width: 8 },
  { title: 'p50', width: 8 },
  { title: 'max', width: 8 },
  { title: 'kept meanwhile: p50', width: 20 },
  { title: 'p99', width: 8 },
  { title: 'max', width: 8 },
]);

const alone = spreadOf(await timed(300, keepOne));
table.row(['a record kept, without a report', '', '', '', ...spreadCells(alone)]);
const days2 = Array.from({ length: rounds }, (_, round) => dateOf(days - 2 - (round % Math.max(1, days - 2))));
await measure("a cinema's day by session", (date) => countDay(store, { date, by: 'session', cinemaCode: CINEMA }));
await measure('completeness of all cinemas', async (date) => ({ length: (await countCompleteness(store, date)).size }));
await measure('a day of all by cinema', (date) => countDay(store, { date, by: 'cinema' }));
await measure('a day of all by session', (date) => countDay(store, { date, by: 'session' }));
await measure("all records of a cinema's day", (date) => listRecords(date));
await measure('one record with its whole way', () => recordsUnder(store, someRecord()));
await store.close();

/** Runs a report for one day after another, while one record after the other is kept. */
async function measure(
  what: string,
  report: (date: ReturnType<typeof dateOf>) => Promise<{ readonly length: number }>,
): Promise<void> {
  let rows = 0;
  let isOver = false;
  const taken: number[] = [];
  const reporting = (async () => {
    for (const date of days2) {
      taken.push(
        ...(await timed(1, async () => {
          rows = (await report(date)).length;
        })),
      );
    }
    isOver = true;
  })();
  const meanwhile: number[] = [];
  while (!isOver) meanwhile.push(...(await timed(1, keepOne)));
  await reporting;
  const { p50, max } = spreadOf(taken);
  table.row([
    what,
    rows.toLocaleString('en'),
    p50.toFixed(0),
    max.toFixed(0),
    ...(meanwhile.length < 20 ? ['–', '–', '–'] : spreadCells(spreadOf(meanwhile))),
  ]);
}

function keepOne(): Promise<unknown> {
  return records.keep([makeRecord()], { forward: true });
}

async function listRecords(date: ReturnType<typeof dateOf>): Promise<{ length: number }> {
  let length = 0;
  for await (const page of recordsOfDay(store, { date, cinemaCode: CINEMA })) length += page.length;
  return { length };
}

function dateOf(day: number) {
  return parseBusinessDate(new Date(Date.parse(FIRST_DAY) + Math.max(0, day) * 86_400_000).toISOString().slice(0, 10));
}

function someRecord(): RecordId {
  return parseRecordId(`00000000-0000-8000-8000-${String(Math.floor((days * aDay) / 2)).padStart(12, '0')}`);
}

/**
 * A day's records from 08:00 to 24:00, in turns of 300 cinemas, 10 screens and 3 accounts, a session every three hours. Every
 * hundredth has no TicketType, every thousandth is a second entry.
 */
async function fillDay({ engine, db }: Store<CheckRecordTables>, day: number): Promise<void> {
  const isPostgres = engine === 'postgres';
  const padded = (width: number, value: RawBuilder<unknown>) =>
    isPostgres
      ? sql`lpad(cast((${value}) as text), ${sql.lit(width)}, '0')`
      : sql`printf(${sql.lit(`%0${width}d`)}, ${value})`;
  const opens = `${dateOf(day)} 08:00:00`;
  const at = (seconds: RawBuilder<unknown>) =>
    isPostgres
      ? sql`to_char(timestamp ${sql.lit(opens)} + (${seconds}) * interval '1 second', 'YYYY-MM-DD"T"HH24:MI:SS')`
      : sql`strftime('%Y-%m-%dT%H:%M:%S', ${sql.lit(opens)}, (${seconds}) || ' seconds')`;
  const code = isPostgres ? sql`repeat(md5(cast(i as text)), 5) || '0123456789ab'` : sql`hex(randomblob(86))`;
  const numbers = isPostgres
    ? sql`select * from generate_series(cast(0 as bigint), ${sql.lit(aDay - 1)})`
    : sql`select 0 union all select i + 1 from number where i < ${sql.lit(aDay - 1)}`;
  const id = sql`${sql.lit(day * aDay)} + i`;
  await sql`
    with recursive
      number (i) as (${numbers}),
      made as (
        select i, i % ${sql.lit(CINEMAS)} as cinema, (i / ${sql.lit(CINEMAS)}) % 10 as screen,
          i * 57600 / ${sql.lit(aDay)} as seconds,
          case when i % 1000 = 999 then i - ${sql.lit(CINEMAS * 10)} else i end as ticket
        from number
      ),
      shown as (select made.*, ticket * 57600 / ${sql.lit(aDay)} / 10800 as slot from made)
    insert into check_record (
      record_id, identity, cinema_code, film_ticket_code, start_time, ticket_info_code, check_time, screen_code, screen_name,
      film_code, film_name, session_code, ticket_type, row_num, column_num, price, service, account, received_at, differences
    )
    select '00000000-0000-8000-8000-' || ${padded(12, id)}, ${padded(32, id)}, ${padded(8, sql`31010000 + cinema`)},
      ${padded(16, sql`${sql.lit(day * aDay)} + ticket`)}, ${at(sql`slot * 10800 + 7200`)},
      ${padded(8, sql`31010000 + cinema`)} || ${code}, ${at(sql`seconds`)}, ${padded(16, sql`(screen + 1) * 1000000000000`)},
      (screen + 1) || '号厅', '0011' || ${padded(8, sql`(screen * 7 + slot) % 30`)}, '流浪地球' || ((screen * 7 + slot) % 30),
      'S' || ${padded(15, sql`${sql.lit(day * 100)} + screen * 10 + slot`)},
      case when i % 100 = 0 then null else '网络售票' end, 7, 12, 4500, 300,
      'terminal-' || cinema || '-' || ((i / ${sql.lit(CINEMAS)}) % 3), ${at(sql`seconds + 3`)}, ''
    from shown
  `.execute(db);
}
