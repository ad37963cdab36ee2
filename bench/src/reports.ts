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
import { openStore, sqliteUrl } from '@ticket-check/storage';
import { fillDay } from './fill-day.ts';
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
const FIRST_CINEMA = 31010000;
const CINEMA = parseCinemaCode('31010017');

const store = await openStore<CheckRecordTables>({
  url: values.url ?? sqliteUrl(join(workDirectory(), 'store.db')),
  encryptionKey: randomBytes(32).toString('hex'),
  migrations: checkRecordMigrations,
});
const records = createRecordStore(store);
say(`${machine()}; ${store.engine}, ${(days * aDay).toLocaleString('en')} records of ${CINEMAS} cinemas; milliseconds`);
for (let day = 0; day < days; day += 1) {
  await fillDay(store, {
    date: dateOf(day),
    count: aDay,
    from: day * aDay,
    cinemas: CINEMAS,
    firstCinema: FIRST_CINEMA,
  });
}

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
