import { businessDate, businessDay, parseBusinessDate, parseCinemaCode, wallClockAt } from '@ticket-check/protocol';
import type { Store } from '@ticket-check/storage';
import { describePostgres } from '@ticket-check/storage/testing';
import { CompiledQuery, createQueryId, type KyselyPlugin, type RootOperationNode, sql } from 'kysely';
import { beforeAll, expect, it } from 'vitest';
import { PLATFORM_DEADLINE } from '../outbox/deadline.ts';
import { summarizeDay } from '../reconciliation/summarize-day.ts';
import { RECORD_STATES } from '../store/record-states.ts';
import { createRecordStore } from '../store/record-store.ts';
import { checkRecordMigrations } from '../tables/migrations.ts';
import type { CheckRecordTables } from '../tables/tables.ts';
import { makeRecord } from '../testing/records.ts';
import { countArrived } from './count-arrived.ts';
import { countCompleteness } from './count-completeness.ts';
import { type CountedBy, countDay } from './count-day.ts';
import { countUnsent } from './count-unsent.ts';
import { createDaySteps } from './day-steps.ts';
import { entriesOfTicket, recordsUnder } from './record-way.ts';
import { allFound, countFound, searchRecords } from './search-records.ts';

const ROWS = 10_000;
/** A table of a few thousand rows is rightly read whole: PostgreSQL is told that each stands for so many. */
const EACH_STANDS_FOR = 1000;
const LAST = parseBusinessDate('2026-11-24');
const CINEMA = parseCinemaCode('31000007');

describePostgres('what reports and lists ask of 10 million records', ({ open }) => {
  let store: Store<CheckRecordTables>;
  const record = makeRecord(1);

  beforeAll(async () => {
    store = await open<CheckRecordTables>(checkRecordMigrations);
    await createRecordStore(store).keep([record], { forward: true });
    const columns = Object.keys(store.engine === 'postgres' ? await rowOf() : {});
    const changed: Record<string, string> = {
      record_id: `lpad(to_hex(n), 8, '0') || substr(record_id, 9)`,
      cinema_code: `(31000000 + n % 300)::text`,
      // Of 33 business dates.
      check_time: `to_char(check_time::timestamp - n * interval '285 seconds', 'YYYY-MM-DD"T"HH24:MI:SS')`,
      film_ticket_code: `lpad(n::text, 16, '0')`,
      account: `'terminal-' || n % 600`,
      quarantine: `case when n % 1000 = 0 then 'CODE_NOT_GENUINE' end`,
    };
    const values = columns.map((column) => changed[column] ?? column);
    await sql
      .raw(`insert into check_record (${columns}) select ${values} from check_record, generate_series(1, ${ROWS}) n`)
      .execute(store.db);
    await sql`
      insert into delivered_record (record_id, identity, cinema_code, delivered_at)
      select record_id, identity, cinema_code, received_at from check_record where record_id <> ${record.recordId}
    `.execute(store.db);
    await sql`analyze`.execute(store.db);
    // The planner takes the number of rows to be what a page of the table held then, for as many pages as there are now.
    await sql`
      update pg_class set reltuples = reltuples * ${sql.lit(EACH_STANDS_FOR)}
      where relname like any (array['check_record%', 'delivered_record%'])
    `.execute(store.db);
  });

  const rowOf = async () => {
    const { rows } = await sql<Record<string, string>>`
      select json_object_agg(column_name, '')::text as columns from information_schema.columns
      where table_name = 'check_record'
    `.execute(store.db);
    return JSON.parse(rows[0]?.columns ?? '{}') as Record<string, string>;
  };

  /** How PostgreSQL answers what is asked. */
  async function plansOf(ask: (asked: Store<CheckRecordTables>) => Promise<unknown>): Promise<string[]> {
    const asked: RootOperationNode[] = [];
    const noting: KyselyPlugin = {
      transformQuery({ node }) {
        asked.push(node);
        return node;
      },
      transformResult: async ({ result }) => result,
    };
    await ask({ ...store, reports: store.reports.withPlugin(noting) });
    const plans: string[] = [];
    for (const node of asked) {
      const { sql: text, parameters } = store.reports.getExecutor().compileQuery(node, createQueryId());
      const { rows } = await store.db.executeQuery(CompiledQuery.raw(`explain ${text}`, [...parameters]));
      plans.push(`${text}\n${rows.map((row) => Object.values(row as object)).join('\n')}`);
    }
    return plans;
  }

  const READ_WHOLE = /Seq Scan on (check_record|delivered_record)/;

  async function expectIndexes(ask: (asked: Store<CheckRecordTables>) => Promise<unknown>): Promise<void> {
    const plans = await plansOf(ask);
    expect(plans.length).toBeGreaterThan(0);
    expect(plans.filter((plan) => READ_WHOLE.test(plan))).toEqual([]);
  }

  it('would show by the plan where all records are read', async () => {
    const plans = await plansOf(({ reports }) =>
      reports.selectFrom('checkRecord').selectAll().where('filmName', '=', 'x').execute(),
    );
    expect(plans).toEqual([expect.stringMatching(READ_WHOLE)]);
  });

  it.each<CountedBy>(['session', 'cinema', 'screen', 'film', 'account', 'gate'])(
    'is found by an index: a day by %s, of all cinemas and of one',
    async (by) => {
      await expectIndexes((asked) => countDay(asked, { date: LAST, by }));
      await expectIndexes((asked) => countDay(asked, { date: LAST, by, cinemaCode: CINEMA }));
    },
  );

  it.each([
    {},
    ...RECORD_STATES.map((state) => ({ state })),
    { filmTicketCode: record.filmTicketCode },
    { account: 'terminal-7' },
  ])('is found by an index: the records of a day, %o', async (filter) => {
    for (const cinemas of [undefined, CINEMA]) {
      const search = { date: LAST, cinemas, ...filter };
      await expectIndexes((asked) => searchRecords(asked, search, { after: null, limit: 51 }));
      await expectIndexes((asked) => countFound(asked, search, { max: 1000 }));
      await expectIndexes(async (asked) => {
        for await (const _ of allFound(asked, search));
      });
    }
  });

  it('is found by an index: one record, the entries of its ticket, what has arrived and what has not', async () => {
    await expectIndexes((asked) => recordsUnder(asked, record.recordId));
    await expectIndexes((asked) => entriesOfTicket(asked, record, 20));
    await expectIndexes((asked) => countArrived(asked, { date: LAST }));
    await expectIndexes((asked) => countArrived(asked, { date: LAST, cinemas: CINEMA }));
    await expectIndexes((asked) => countCompleteness(asked, LAST));
    await expectIndexes((asked) => countCompleteness(asked, LAST, CINEMA));
    const at = record.checkTime;
    await expectIndexes((asked) => countUnsent(asked, [CINEMA], { deadline: PLATFORM_DEADLINE, at }));
    await expectIndexes((asked) => createDaySteps(asked, () => Date.parse(`${businessDay(LAST).until}+08:00`) - 1)());
    const spoken = { overrides: true, undone: true };
    await expectIndexes((asked) => summarizeDay(asked, { businessDate: LAST, cinemaCode: CINEMA, ...spoken }));
    expect(businessDate(wallClockAt(Date.parse(`${at}+08:00`)))).toBe(LAST);
  });
});
