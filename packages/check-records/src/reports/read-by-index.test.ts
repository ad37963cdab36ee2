import { addDays, addSeconds, businessDay, parseBusinessDate, parseCinemaCode } from '@ticket-check/protocol';
import { describePostgres } from '@ticket-check/storage/testing';
import { sql } from 'kysely';
import { beforeAll, expect, it } from 'vitest';
import { countUnsent, PLATFORM_DEADLINE } from '../outbox/summary.ts';
import { summarizeDay } from '../reconciliation/summarize-day.ts';
import { loadEntriesOfTicket } from '../store/record-states.ts';
import { createRecordStore } from '../store/record-store.ts';
import { monthlyTables, partitionOf } from '../tables/months.ts';
import { CHECK_RECORD_COLUMNS, type OwnStore } from '../tables/tables.ts';
import { plansOf } from '../testing/explain.ts';
import { openStore } from '../testing/open-records.ts';
import { makeRecord } from '../testing/records.ts';
import { countArrived, countCompleteness, countDaySteps, countSessions } from './by-hour.ts';
import { type CountedBy, countDay } from './count-day.ts';
import { recordsUnder } from './record-way.ts';
import { allFound, countFound, type RecordSearch, searchRecords } from './search-records.ts';

const ROWS = 10_000;
/** PostgreSQL rightly reads a table of a few thousand rows whole: its statistics are multiplied by this. */
const EACH_STANDS_FOR = 1000;
const LAST = parseBusinessDate('2026-11-24');
const MONTH = [addDays(LAST, -1), LAST];
const CINEMA = parseCinemaCode('31000007');

describePostgres('the questions of reports and lists among 10 million records', ({ open }) => {
  let store: OwnStore;
  const record = makeRecord(1);

  beforeAll(async () => {
    store = await openStore({ open });
    // Empty months would be read whole: all lies in the default partition.
    for (const { table, months } of await monthlyTables(store)) {
      for (const month of months) await store.db.schema.dropTable(partitionOf(table, month)).execute();
    }
    await createRecordStore(store).keep([record], { forward: true });
    const columns = Object.keys(CHECK_RECORD_COLUMNS).map((column) =>
      column.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`),
    );
    const changed: Record<string, string> = {
      record_id: `lpad(to_hex(n), 8, '0') || substr(record_id, 9)`,
      cinema_code: `(31000000 + n % 300)::text`,
      // Of 33 business dates.
      check_time: `to_char(check_time::timestamp - n * interval '285 seconds', 'YYYY-MM-DD"T"HH24:MI:SS')`,
      start_time: `to_char(date_trunc('hour', start_time::timestamp - n * interval '285 seconds'), 'YYYY-MM-DD"T"HH24:MI:SS')`,
      film_ticket_code: `lpad(n::text, 16, '0')`,
      account: `'terminal-' || n % 600`,
      quarantine: `case when n % 1000 = 0 then 'CODE_NOT_GENUINE' end`,
    };
    const values = columns.map((column) => changed[column] ?? column);
    await sql
      .raw(`insert into check_record (${columns}) select ${values} from check_record, generate_series(1, ${ROWS}) n`)
      .execute(store.db);
    await sql`
      insert into delivered_record (record_id, cinema_code, start_time, delivered_at)
      select record_id, cinema_code, start_time, 1795000000 from check_record where record_id <> ${record.recordId}
    `.execute(store.db);
    await sql`vacuum analyze`.execute(store.db);
    // The planner takes the number of rows to be what a page of the table held then, for as many pages as there are now.
    await sql`
      update pg_class set reltuples = reltuples * ${sql.lit(EACH_STANDS_FOR)}
      where relname like any (array['check_record%', 'delivered_record%'])
    `.execute(store.db);
  });

  const READ_WHOLE = /Seq Scan on (check_record|delivered_record)/;

  /** Records of a time are found in the index of all of them, or of their cinema. */
  const ALL = 'check_record_rest_check_time_cinema_code_idx';
  const OF_ONE = 'check_record_rest_cinema_code_check_time';

  /** @param index by which the records of a time are found; null if they are found by something else */
  async function expectIndexes(
    index: typeof ALL | typeof OF_ONE | null,
    ask: (asked: OwnStore) => Promise<unknown>,
  ): Promise<string> {
    const plans = await plansOf(store, ask);
    expect(plans.filter((plan) => READ_WHOLE.test(plan))).toEqual([]);
    const whole = plans.join('\n');
    if (index !== null) expect([ALL, OF_ONE].filter((name) => whole.includes(name))).toEqual([index]);
    return whole;
  }

  it('would show in the plan where all records are read', async () => {
    const plans = await plansOf(store, ({ reports }) =>
      reports.selectFrom('checkRecord').selectAll().where('filmName', '=', 'x').execute(),
    );
    expect(plans).toEqual([expect.stringMatching(READ_WHOLE)]);
  });

  it.each<CountedBy>(['session', 'cinema', 'screen', 'film', 'account', 'gate'])('find a day by %s', async (by) => {
    await expectIndexes(ALL, (asked) => countDay(asked, { date: LAST, by }));
    await expectIndexes(OF_ONE, (asked) => countDay(asked, { date: LAST, by, cinemaCode: CINEMA }));
  });

  it.each([
    {},
    { state: 'DELIVERED' },
    { filmTicketCode: record.filmTicketCode },
    { account: ['terminal-7'] },
  ] as const)('find the records of a day, %o', async (filter) => {
    await expectFound(ALL, { dates: [LAST], cinemas: undefined, ...filter });
    await expectFound(OF_ONE, { dates: [LAST], cinemas: CINEMA, ...filter });
  });

  it.each(['WAITING', 'PARKED', 'QUARANTINED'] as const)('find the few records of a day that are %s', async (state) => {
    for (const cinemas of [undefined, CINEMA]) await expectFound(null, { dates: [LAST], cinemas, state });
  });

  it.each(['ENTRIES', 'SENT', 'OVERRIDDEN', 'OFFLINE', 'DOUBLES'] as const)(
    'find the records of a month that are counted as %s',
    (counted) => expectFound(OF_ONE, { dates: MONTH, cinemas: CINEMA, few: true, counted }),
  );

  it('find the few records of a month that were undone, or lack what only a ticket has', async () => {
    for (const cinemas of [undefined, CINEMA]) await expectFound(null, { dates: MONTH, cinemas, counted: 'UNDONE' });
    await expectFound(null, { dates: MONTH, cinemas: CINEMA, few: true, counted: 'INCOMPLETE' });
  });

  async function expectFound(index: typeof ALL | typeof OF_ONE | null, search: RecordSearch): Promise<void> {
    await expectIndexes(index, (asked) => searchRecords(asked, search, { after: null, limit: 51 }));
    await expectIndexes(index, (asked) => countFound(asked, search, { max: 1000 }));
    await expectIndexes(index, async (asked) => {
      for await (const _ of allFound(asked, search));
    });
  }

  it('find one record, the entries of its ticket, what has arrived and what has not', async () => {
    await expectIndexes(null, (asked) => recordsUnder(asked, record.recordId));
    await expectIndexes(null, (asked) => loadEntriesOfTicket(asked, record, 20));
    await expectIndexes(ALL, (asked) => createRecordStore(asked).doubles(LAST));
    await expectIndexes(OF_ONE, (asked) => createRecordStore(asked).doubles(LAST, CINEMA));
    await expectIndexes(ALL, (asked) => countArrived(asked, { date: LAST }));
    await expectIndexes(OF_ONE, (asked) => countArrived(asked, { date: LAST, cinemas: CINEMA }));
    await expectIndexes(ALL, (asked) => countCompleteness(asked, LAST));
    await expectIndexes(OF_ONE, (asked) => countCompleteness(asked, LAST, CINEMA));
    const overdueBy = { deadline: PLATFORM_DEADLINE, at: record.checkTime };
    await expectIndexes(null, (asked) => countUnsent(asked, [CINEMA], overdueBy));
    const { until: at } = businessDay(LAST);
    await expectIndexes(ALL, (asked) => countDaySteps(asked, { date: LAST, at }));
    await expectIndexes(ALL, (asked) => countSessions(asked, { startFrom: addSeconds(at, -10_800), at }));
    const spoken = { overrides: true, undone: true };
    await expectIndexes(OF_ONE, (asked) => summarizeDay(asked, { businessDate: LAST, cinemaCode: CINEMA, ...spoken }));
  });
});
