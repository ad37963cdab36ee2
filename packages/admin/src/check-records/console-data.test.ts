// @module-tag slow
import { buffer, text } from 'node:stream/consumers';
import { setImmediate as nextTurn } from 'node:timers/promises';
import {
  type CheckRecordTables,
  checkRecordMigrations,
  createRecordStore,
  createReversals,
} from '@ticket-check/check-records';
import { CINEMA, makeRecord, makeRecords, undoing } from '@ticket-check/check-records/testing';
import { type OperationTables, operationMigrations } from '@ticket-check/operators';
import {
  addSeconds,
  type CinemaCode,
  padCode,
  parseCinemaCode,
  parseRecordId,
  parseScreenCode,
  parseSessionCode,
  parseWallClock,
} from '@ticket-check/protocol';
import { mergeMigrations } from '@ticket-check/storage';
import { describeSqlite } from '@ticket-check/storage/testing';
import { sql } from 'kysely';
import { readSheet } from 'read-excel-file/node';
import { uuidv7 } from 'uuidv7';
import { expect, onTestFinished, test } from 'vitest';
import { z } from 'zod';
import { list, serveList } from '../declared/list.ts';
import { createReading } from '../declared/reading.ts';
import type { JsonRequest } from '../page.ts';
import { DataRefused, Refused } from '../sent-texts.ts';
import { lastReconciliations } from './declared-reconciliation.ts';
import { checkRecordPages } from './serve-records.ts';

const DAY = '2026-11-24';
const OTHER_CINEMA = parseCinemaCode('31012346');
const NOW = Date.parse('2026-11-24T22:00:00+08:00');
const SCREEN = parseScreenCode(padCode('0009', 16));

type Json = Record<string, unknown> &
  Record<'Records' | 'Lines' | 'Cinemas' | 'Days', Record<string, unknown>[]> & {
    Next: string | null;
  };

const migrations = mergeMigrations(checkRecordMigrations, operationMigrations);

describeSqlite('the console’s data about check records', ({ open }) => {
  async function setUp({ mostRecords = 1000 } = {}) {
    const store = await open<CheckRecordTables & OperationTables>(migrations);
    const drained: (() => Promise<unknown>)[] = [];
    onTestFinished(async () => {
      for (const work of drained) await work();
    });
    const reading = createReading({ now: () => NOW, drain: (work) => void drained.push(work) }, store);
    const pages = checkRecordPages(reading, {
      store,
      cinemas: async () => 'all',
      sends: true,
      checkedBy: 'Account',
      mostRecords,
      lateRefunds: { find: async () => [], isOne: sql.lit(false) },
    });
    const never = new AbortController().signal;
    const request = (path: string, cinemaCodes: JsonRequest['cinemaCodes'] = 'all', signal = never): JsonRequest => ({
      ...{ actor: 'anna', byToken: false, permits: () => true, address: '192.0.2.7', language: 'zh' },
      ...{ cinemaCodes, query: new Map(new URL(path, 'https://console').searchParams), signal },
      namesOf: async (kind) => (kind === 'cinema' ? [[CINEMA, '星河影城']] : null),
    });
    async function ask(path: string, cinemaCodes?: JsonRequest['cinemaCodes'], as = {}): Promise<Json> {
      const source = pages.json?.find((each) => each.path === path.split('?')[0]);
      const answer = await source?.handler({ ...request(path, cinemaCodes), ...as });
      // As it is sent.
      return JSON.parse(JSON.stringify(answer));
    }
    /** What a topic tells at first. */
    async function hear(path: string): Promise<Json> {
      const { pathname } = new URL(path, 'https://console');
      const topic = pages.live?.find(({ name }) => name === pathname.slice(1));
      return JSON.parse(JSON.stringify(await topic?.read(request(path))));
    }
    function take(path: string, cinemaCodes?: JsonRequest['cinemaCodes'], signal?: AbortSignal) {
      const source = pages.files?.find((each) => each.path === path.split('?')[0]);
      return source!.handler(request(path, cinemaCodes, signal));
    }
    const operations = async () => {
      const rows = await store.db.selectFrom('operation').selectAll().orderBy('id').execute();
      return rows.map(({ name, actor, failed, what }) => ({ name, actor, failed, what: JSON.parse(what) }));
    };
    return { store, records: createRecordStore(store), ask, hear, take, operations, reading, request };
  }

  const refusal = async (asked: Promise<unknown>) => {
    const error = await asked.catch((thrown: unknown) => thrown);
    return error instanceof Refused ? error.code : error;
  };

  test('lists undone entries of the cinemas that somebody may see, and whether the upstream knows', async () => {
    const { store, records, ask, take } = await setUp();
    const kept = [makeRecord(1), makeRecord(2, { cinemaCode: OTHER_CINEMA })];
    await records.keep(kept, { forward: true });
    const at = parseWallClock('2026-11-24T21:00:00');
    const reversals = kept.map(({ recordId: reverses, ...named }) => ({
      ...{ ...named, reverses, recordId: parseRecordId(uuidv7()), reversedAt: at, receivedAt: at },
    }));
    await createReversals(store).keep(reversals, { maxOfTicket: 16, forward: true });
    const undone = { Reverses: kept[0]?.recordId, CinemaCode: CINEMA, Upstream: 'WAITING', ErrorCode: null };
    expect(await ask('/records/undone.json', [CINEMA])).toMatchObject({ Undone: [undone], Next: null });
    expect(await ask('/records/undone.json?last=1')).toMatchObject({ Undone: { length: 1 } });
    expect(await refusal(ask('/records/undone.json?last=0'))).toBe('bad-last');
    const head = '记录标识,被撤销的记录,影院编码,影院,电影票编码,放映时间,检票时间,撤销时间';
    expect(await text((await take('/records/undone.csv')).body)).toContain(head);
  });

  test('lists a day in parts, newest first, narrowed down by each of its elements', async () => {
    const { records, ask } = await setUp();
    const kept = makeRecords(120);
    await records.keep(kept, { forward: false });
    const [odd, parked, aside] = [
      makeRecord(200, {
        ...{ screenCode: SCREEN, account: 'terminal-2', cinemaCode: OTHER_CINEMA, ticketType: '现场售票' },
        sessionCode: parseSessionCode(padCode('S8,', 16)),
      }),
      makeRecord(201),
      makeRecord(202, { quarantine: 'CODE_NOT_GENUINE' }),
    ];
    await records.keep([odd, aside], { forward: false });
    await records.keep([parked], { forward: true });
    const inParts = async (order: string) => {
      const all: unknown[] = [];
      for (let next: string | null = `/records.json?businessDate=${DAY}&order=${order}`; next !== null; ) {
        const { Records, Next }: Json = await ask(next);
        expect(Records.length).toBeLessThanOrEqual(50);
        all.push(...Records.map(({ RecordId }) => RecordId));
        next = Next;
      }
      return all;
    };
    const oldestFirst = [...kept, odd, parked, aside].map(({ recordId }) => recordId);
    expect(await inParts('')).toEqual(oldestFirst.toReversed());
    expect(await inParts('oldest')).toEqual(oldestFirst);

    const found = async (query: string, cinemaCodes: JsonRequest['cinemaCodes'] = 'all') =>
      (await ask(`/records.json?businessDate=${DAY}&${query}`, cinemaCodes)).Records.map(({ RecordId }) => RecordId);
    for (const query of [
      `screen=${SCREEN}`,
      'account=terminal-2',
      'terminal=terminal-2',
      'type=现场售票',
      `cinema=${OTHER_CINEMA}`,
      `ticket=${odd.filmTicketCode}`,
      `ticket=${odd.recordId}`,
      `session=${padCode('S9', 16)},${odd.sessionCode}&film=${odd.filmCode}&cinema=${OTHER_CINEMA}&state=DELIVERED`,
    ]) {
      expect(await found(query)).toEqual([odd.recordId]);
      expect(await found(query, [OTHER_CINEMA])).toEqual([odd.recordId]);
    }
    expect(await found('state=WAITING')).toEqual([parked.recordId]);
    expect(await found('state=QUARANTINED')).toEqual([aside.recordId]);
    expect(await found('', [OTHER_CINEMA])).toEqual([odd.recordId]);
    expect(await found(`ticket=${parked.recordId}`, [OTHER_CINEMA])).toEqual([]);
    expect(await refusal(found(`cinema=${CINEMA}`, [OTHER_CINEMA]))).toBe('forbidden');
    expect(await found('gate=north')).toEqual([]);
    expect((await ask('/records.json?businessDate=2026-11-23')).Records).toEqual([]);
  });

  test('lists behind each number of a report as many records as it counts, over several dates too', async () => {
    const { store, records, ask, take } = await setUp();
    const undone = makeRecord(3);
    const yesterday = { checkTime: addSeconds(undone.checkTime, -86_400), startTime: undone.startTime };
    const { filmTicketCode } = makeRecord(1);
    await records.keep(
      [
        ...[makeRecord(1), makeRecord(4, { filmTicketCode }), undone],
        makeRecord(2, { offline: true, ...yesterday }),
        makeRecord(5, { overriddenVerdict: 'ALREADY_ENTERED', ...yesterday }),
        makeRecord(6, { quarantine: 'CODE_NOT_GENUINE', overriddenVerdict: 'ALREADY_ENTERED', offline: true }),
      ],
      { forward: false },
    );
    await records.keep([makeRecord(7, { ticketType: null }), makeRecord(8, { cinemaCode: OTHER_CINEMA })], {
      forward: true,
    });
    await createReversals(store).keep([undoing(undone)], { maxOfTicket: 9, forward: false });

    const range = `businessDate=2026-11-23&until=${DAY}&cinema=${CINEMA}`;
    const { Cinemas } = await ask(`/report.json?${range}`);
    expect(Cinemas).toMatchObject([{ Checked: 7, Entries: 6, Sent: 5, Doubles: 1, Undone: 1 }]);
    expect(Cinemas).toMatchObject([{ Incomplete: 1, Overridden: 1, Offline: 1 }]);
    const numbers = ['Entries', 'Sent', 'Doubles', 'Incomplete', 'Undone', 'Overridden', 'Offline'];
    for (const number of numbers) {
      const behind = `/records.json?${range}&counted=${number.toUpperCase()}`;
      expect([number, (await ask(behind)).Records.length]).toEqual([number, Cinemas[0]?.[number]]);
    }
    expect((await ask(`/records.json?${range}`)).Records).toHaveLength(7);
    const csv = await text((await take(`/records.csv?${range}&counted=OFFLINE`)).body);
    expect(csv.trimEnd().split('\r\n')).toHaveLength(2);
    // Of all cinemas without bounds only what is found at once.
    const ofAll = 'businessDate=2026-10-25&until=2026-11-24';
    expect((await ask(`/records.json?${ofAll}`)).Records).toHaveLength(8);
    expect((await ask(`/records.json?${ofAll}&state=WAITING`)).Records).toHaveLength(2);
    expect((await ask(`/records.json?${ofAll}&counted=UNDONE`)).Records).toHaveLength(1);
    expect(await refusal(ask(`/records.json?${ofAll}&counted=OFFLINE`))).toBe('choose-cinema');
    expect(await refusal(ask(`/records.json?businessDate=${DAY}&counted=DOUBLES`))).toBe('choose-cinema');
    expect(await refusal(ask(`/records.json?businessDate=2026-10-24&until=${DAY}`))).toBe('range-too-long');
  });

  test('tells the whole way of one record, and who else came in with its ticket', async () => {
    const { records, ask } = await setUp();
    const first = makeRecord(1);
    const again = makeRecord(2, { filmTicketCode: first.filmTicketCode, account: 'terminal-2' });
    await records.keep([first], { forward: false });
    await records.keep([again], { forward: true });
    const { Records } = await ask(`/record.json?id=${again.recordId}`);
    expect(Records).toMatchObject([
      {
        RecordId: again.recordId,
        TicketInfoCode: again.ticketInfoCode,
        State: 'WAITING',
        First: false,
        Way: [
          { Step: 'CHECKED', At: again.checkTime, Account: 'terminal-2' },
          { Step: 'STORED', At: again.receivedAt },
          { Step: 'WAITING', At: null },
        ],
        EntriesOfTicket: [
          { RecordId: first.recordId, Account: 'terminal-1', First: true, IsThis: false },
          { RecordId: again.recordId, Account: 'terminal-2', First: false, IsThis: true },
        ],
      },
    ]);
    // One that says when it was decided was scanned and decided, and not just checked; the hour of a day offline shows.
    const told = makeRecord(3, {
      ...{ gate: 'gate-2', offline: true, decidedMs: 61_431, forwarderSeconds: 3600 },
      receivedAt: addSeconds(again.checkTime, 7200),
    });
    await records.keep([told], { forward: false });
    expect((await ask(`/record.json?id=${told.recordId}`)).Records).toMatchObject([
      {
        DecidedAt: '2026-11-24T19:01:04.431',
        ForwarderReceivedAt: '2026-11-24T20:00:03',
        Way: [
          { Step: 'SCANNED', At: '2026-11-24T19:00:03', Account: 'terminal-1', Gate: 'gate-2' },
          { Step: 'DECIDED', At: '2026-11-24T19:01:04.431', Offline: true },
          { Step: 'FORWARDER_RECEIVED', At: '2026-11-24T20:00:03', Account: 'terminal-1' },
          { Step: 'STORED', At: '2026-11-24T21:00:02' },
          { Step: 'ACCEPTED', At: null },
        ],
      },
    ]);
    // What is sent again was accepted before.
    const wayOf = async ({ recordId }: typeof first) =>
      ((await ask(`/record.json?id=${recordId}`)).Records[0]?.Way as readonly object[] | undefined)?.slice(2);
    const [waiting] = (await records.outbox.oldest(CINEMA, 10)).complete;
    const reason = { errorCode: 'RECORD_INVALID', errorMessage: 'no' };
    await records.outbox.park([{ ...waiting!, ...reason }], again.receivedAt, again.receivedAt);
    expect(await wayOf(again)).toMatchObject([
      { Step: 'SENT', At: null, Attempts: 1 },
      { Step: 'REFUSED', At: again.receivedAt, ErrorCode: 'RECORD_INVALID' },
    ]);
    const sentAt = addSeconds(again.receivedAt, 5);
    await records.outbox.confirm([waiting!], again.receivedAt, sentAt);
    const [sent, accepted] = [
      { Step: 'SENT', At: sentAt },
      { Step: 'ACCEPTED', At: again.receivedAt, Refusals: 1 },
    ];
    expect(await wayOf(again)).toEqual([sent, accepted]);
    await records.outbox.resendSince(again.checkTime);
    expect(await wayOf(again)).toEqual([sent, accepted, { Step: 'WAITING', At: null }]);
    expect(await refusal(ask(`/record.json?id=${first.recordId}`, [OTHER_CINEMA]))).toBe('no-record');
    expect(await refusal(ask('/record.json'))).toBe('bad-id');
  });

  test('shows records beside one whose times lead out of the calendar', async () => {
    const { records, ask, take } = await setUp();
    const lastSecond = parseWallClock('9999-12-31T23:59:59');
    const hostile = [
      makeRecord(1, { forwarderSeconds: -2_147_483_647 }),
      makeRecord(2, { checkTime: lastSecond, decidedMs: 431_000, forwarderSeconds: 1 }),
    ];
    await records.keep([...hostile, makeRecord(3)], { forward: false });
    const { Records } = await ask(`/records.json?businessDate=${DAY}`);
    expect(Records).toHaveLength(2);
    for (const { recordId } of hostile) {
      const [record] = (await ask(`/record.json?id=${recordId}`)).Records;
      expect(record).not.toHaveProperty('DecidedAt');
      expect(record).not.toHaveProperty('ForwarderReceivedAt');
      expect(record?.Way).toMatchObject([{ Step: 'CHECKED' }, {}, {}]);
    }
    const csv = await text((await take(`/records.csv?businessDate=${DAY}`)).body);
    expect(csv.trimEnd().split('\r\n')).toHaveLength(3);
  });

  test('reports a day by what is asked for, and completeness by cinema and day', async () => {
    const { records, ask } = await setUp();
    await records.keep(makeRecords(40), { forward: false });
    await records.keep([makeRecord(50, { screenCode: SCREEN, screenName: '9号厅' })], { forward: true });
    await records.keep([makeRecord(51, { cinemaCode: OTHER_CINEMA })], { forward: false });
    const day = await ask(`/report.json?businessDate=${DAY}&by=screen`, [CINEMA]);
    expect(day.Lines).toMatchObject([
      { ScreenName: '3号厅', StartTime: '', Account: '', Checked: 40, Delivered: 40 },
      { ScreenName: '9号厅', Checked: 1, Waiting: 1 },
    ]);
    expect(day).toMatchObject({ Total: { Checked: 41 }, Cinemas: [{ CinemaCode: CINEMA, Completeness: 0.9756 }] });
    for (const by of ['session', 'film', 'account', 'gate', 'cinema']) {
      const { Lines, Total } = await ask(`/report.json?businessDate=${DAY}&by=${by}`);
      expect(Total).toMatchObject({ Checked: 42 });
      const lines = { session: 3, film: 2, account: 2, gate: 2, cinema: 0 }[by];
      expect(Lines).toHaveLength(lines ?? -1);
    }
    const days = (query: string, cinemas?: CinemaCode[]) => ask(`/completeness.json?${query}`, cinemas);
    expect(await days(`until=${DAY}`)).toMatchObject({
      Since: '2026-11-18',
      Days: [
        { BusinessDate: DAY, CinemaCode: CINEMA, Entries: 41, Delivered: 40, Completeness: 0.9756, Alarm: false },
        { CinemaCode: OTHER_CINEMA, Completeness: 1 },
      ],
    });
    expect((await days(`until=${DAY}`, [OTHER_CINEMA])).Days).toHaveLength(1);
    expect(await refusal(days(`until=${DAY}&since=2016-11-24`))).toBe('range-too-long');
    expect(await refusal(days(`until=${DAY}&since=2026-11-25`))).toBe('bad-range');
  });

  test('reports each session once with its money, ticket types, and several dates or a month together', async () => {
    const { records, ask, take } = await setUp();
    const [first, other] = [makeRecord(1, { gate: 'gate-1' }), makeRecord(2, { gate: 'gate-2', price: 5000 as never })];
    const unknown = makeRecord(3, { ticketType: null, price: 0 as never, service: 0 as never });
    await records.keep([first, other, unknown], { forward: false });
    const dayBefore = {
      checkTime: addSeconds(first.checkTime, -86_400),
      startTime: addSeconds(first.startTime, -86_400),
    };
    await records.keep([makeRecord(4, dayBefore)], { forward: false });
    // Of the same session, on both sides of 06:00.
    const early = [`${DAY}T05:59:59`, `${DAY}T06:00:00`].map((checkTime, index) =>
      makeRecord(5 + index, {
        checkTime: parseWallClock(checkTime),
        startTime: parseWallClock(`${DAY}T06:30:00`),
        sessionCode: parseSessionCode(padCode('EARLY', 16)),
        cinemaCode: OTHER_CINEMA,
        price: (3000 + index * 1000) as never,
      }),
    );
    const yuan = (...of: (typeof first)[]) => of.reduce((sum, { price }) => sum + price, 0) / 100;

    const day = await ask(`/report.json?businessDate=${DAY}&by=session-total`);
    expect(day.Lines).toMatchObject([
      { SessionCode: first.sessionCode, Gate: '', Entries: 3, Price: yuan(first, other) },
    ]);
    expect(day.Total).toMatchObject({ Checked: 3, Price: yuan(first, other), Service: (2 * first.service) / 100 });
    expect((await ask(`/report.json?businessDate=${DAY}&by=type`)).Lines).toEqual([
      expect.objectContaining({ TicketType: '', Entries: 1, Price: 0 }),
      expect.objectContaining({ TicketType: first.ticketType, Entries: 2, Price: yuan(first, other) }),
    ]);

    const range = 'businessDate=2026-11-23&until=2026-11-24';
    for (const asked of [range, 'month=2026-11']) {
      const several = await ask(`/report.json?${asked}&by=day`);
      expect(several.Lines).toMatchObject([
        { BusinessDate: '2026-11-23', Checked: 1 },
        { BusinessDate: DAY, Checked: 3 },
      ]);
      expect(several.Cinemas).toMatchObject([{ Checked: 4 }]);
    }
    expect((await ask(`/report.json?${range}&by=gate`)).Lines).toMatchObject([
      { Gate: '', Checked: 2 },
      { Gate: 'gate-1' },
      { Gate: 'gate-2' },
    ]);
    expect(await refusal(ask(`/report.json?${range}&by=session-total`))).toBe('choose-cinema');
    expect(await refusal(take(`/report.csv?${range}&by=session-total`))).toBe('choose-cinema');
    const file = await take(`/report.csv?${range}&by=session-total&cinema=${CINEMA}`);
    expect(file.name).toBe('report-2026-11-23-2026-11-24.csv');
    expect((await text(file.body)).trimEnd().split('\r\n')).toHaveLength(5);
    await records.keep(early, { forward: false });
    const ofTwo = await ask(`/report.json?${range}&by=session-total`, [CINEMA, OTHER_CINEMA]);
    expect(ofTwo.Lines.map(({ BusinessDate, CinemaCode }) => [BusinessDate, CinemaCode])).toEqual([
      ['2026-11-23', CINEMA],
      ['2026-11-23', OTHER_CINEMA],
      [DAY, CINEMA],
      [DAY, OTHER_CINEMA],
    ]);
    const sessions = await ask(`/report.json?${range}&by=session-total&cinema=${OTHER_CINEMA}`);
    expect(sessions.Lines).toMatchObject([
      { BusinessDate: '2026-11-23', Entries: 1, Price: 30 },
      { BusinessDate: DAY, Entries: 1, Price: 40 },
    ]);
    expect(sessions.Total).toMatchObject({ Entries: 2, Price: 70 });
    expect(await refusal(ask(`/report.json?${range}&by=session`))).toBe('bad-range');
    expect(await refusal(ask('/report.json?businessDate=2026-10-01&until=2026-11-24'))).toBe('range-too-long');
    expect(await refusal(ask('/report.json?month=2026-13'))).toBe('bad-month');
  });

  test('tells live of the date that is now, by what there is an index for', async () => {
    const { records, hear } = await setUp();
    await records.keep([makeRecord(1), makeRecord(2, { cinemaCode: OTHER_CINEMA })], { forward: false });
    for (const query of ['', `businessDate=${DAY}`]) {
      expect((await hear(`/records?${query}`)).Records).toHaveLength(2);
      expect(await hear(`/report?${query}&by=session`)).toMatchObject({ Total: { Checked: 2 } });
    }
    expect((await hear(`/records?cinema=${CINEMA}`)).Records).toHaveLength(1);
    expect(await hear(`/report?cinema=${CINEMA}`)).toMatchObject({ Total: { Checked: 1 } });
    for (const refused of ['records?businessDate=2026-11-23', 'records?gate=north', 'report?after=1']) {
      expect([refused, await refusal(hear(`/${refused}`))]).toEqual([refused, 'not-live']);
    }
  });

  test('refuses what cannot be asked, by the name of the filter', async () => {
    const { ask } = await setUp();
    for (const [query, code] of [
      ...['yesterday', '2026-02-30', '9999-12-31'].map((day) => [`businessDate=${day}`, 'bad-businessDate']),
      ['cinema=310', 'bad-cinema'],
      ['screen=<b>', 'bad-screen'],
      ['state=LOST', 'bad-state'],
      [`ticket=${'x'.repeat(40)}`, 'bad-ticket'],
      [`account=${'x'.repeat(200)}`, 'bad-account'],
      ['after=17', 'bad-input'],
    ]) {
      expect(await refusal(ask(`/records.json?${query}`))).toBe(code);
    }
    expect(await refusal(ask('/report.json?by=seat'))).toBe('bad-by');
  });

  test('answers what refuses a list in place of its file', async () => {
    const { reading, request } = await setUp();
    const refusing = list({
      ...{ name: 'things', rowsName: 'Things', title: { zh: '', en: '' }, permission: 'records.read', filters: {} },
      ...{ row: z.object({ Name: z.string() }), place: z.never(), rowsAPage: 10 },
      async find(): Promise<{ rows: { Name: string }[]; next: null }> {
        throw new DataRefused('no-things', 'There are none.', 404);
      },
    });
    for (const { path, handler } of serveList(refusing, null, reading).files ?? [])
      expect(await refusal(handler(request(path)))).toBe('no-things');
    expect.assertions(2);
  });

  test('gives a day as files, whose cells are no formulas, and writes down who took them', async () => {
    const { records, take, operations } = await setUp();
    const filmName = '=HYPERLINK("x")';
    await records.keep([makeRecord(1, { filmName }), makeRecord(2, { filmName })], { forward: false });
    await records.keep([makeRecord(3, { cinemaCode: OTHER_CINEMA })], { forward: false });
    const csv = await take(`/records.csv?businessDate=${DAY}`, [CINEMA]);
    expect(csv).toMatchObject({ type: 'text/csv; charset=utf-8', name: `records-${DAY}.csv` });
    const lines = (await text(csv.body)).trimEnd().split('\r\n');
    expect(lines).toHaveLength(3);
    expect(lines[0]).toContain('检票时间');
    expect(lines[1]).toContain(`${CINEMA},星河影城,`);
    expect(lines[1]).toContain(`"'=HYPERLINK(""x"")"`);
    const xlsx = await take(`/report.xlsx?businessDate=${DAY}&by=film`);
    const sheet = await readSheet(await buffer(xlsx.body));
    expect(sheet[0]?.slice(0, 2)).toEqual(['类别', '营业日']);
    expect(sheet.at(-1)?.slice(0, 2)).toEqual(['合计', new Date(DAY)]);
    expect(sheet.flat()).toContain(filmName);
    expect(await operations()).toMatchObject([
      { name: 'report records', actor: 'anna', what: { businessDate: DAY, cinemaCodes: [CINEMA], format: 'csv' } },
      { name: 'report records', failed: 0, what: { rows: 2 } },
      { name: 'report day', what: { businessDate: DAY, cinemaCodes: 'all', by: 'film', format: 'xlsx' } },
      { name: 'report day', failed: 0, what: { rows: sheet.length - 1 } },
    ]);
  });

  test('writes down that a machine reads records or the report of a day, and counts what it reads on', async () => {
    const { records, ask, operations } = await setUp();
    const kept = makeRecords(120);
    await records.keep(kept, { forward: false });
    const asToken = (path: string, name = 'nightly') => ask(path, [CINEMA], { actor: `token ${name}`, byToken: true });
    const pageDay = async () => {
      let parts = 0;
      for (let next: string | null = `/records.json?businessDate=${DAY}`; next !== null; parts += 1) {
        ({ Next: next } = await asToken(next));
      }
      return parts;
    };
    const asked = { businessDate: DAY, cinemaCodes: [CINEMA], format: 'json' };
    const entry = { name: 'report records', actor: 'token nightly', failed: 0, what: asked };
    expect(await pageDay()).toBe(3);
    expect(await operations()).toEqual([entry]);
    // A person looks at the list as at any page, and one record is known to who asks for it.
    await ask('/records.json');
    await asToken(`/records.json?ticket=${kept[0]?.recordId}`);
    expect(await operations()).toHaveLength(1);
    // What is named and left empty is not asked for.
    await asToken('/records.json?gate=gate-1&ticket=');
    await asToken('/records.json', 'weekly');
    await asToken('/report.json?by=film');
    expect((await operations()).slice(1)).toMatchObject([
      { actor: 'token nightly', what: { gate: 'gate-1' } },
      { actor: 'token weekly' },
      { name: 'report day', actor: 'token nightly', what: { ...asked, by: 'film' } },
    ]);
    expect(await refusal(asToken('/records.json?cinema=310'))).toBe('bad-cinema');
    // As a script does that never rests.
    for (let time = 0; time < 30; time += 1) await asToken('/report.json');
    const ofReport = async () => (await operations()).filter(({ name }) => name === 'report day');
    expect(await ofReport()).toHaveLength(20);
  });

  test('refuses a file of too many records, and says what to do', async () => {
    const { records, take, operations } = await setUp({ mostRecords: 10 });
    await records.keep(makeRecords(11), { forward: false });
    const path = `/records.csv?businessDate=${DAY}`;
    await expect(take(path)).rejects.toThrow(/more than 10 records: narrow it down .+ `report records`/);
    expect(await operations()).toEqual([]);
    const one = await text((await take(`${path}&ticket=${makeRecord(7).filmTicketCode}`)).body);
    expect(one.split('\r\n')).toHaveLength(3);
  });

  test('makes one file at a time for a person, and the next once the first was given up', async () => {
    const { records, take, operations } = await setUp();
    await records.keep(makeRecords(3), { forward: false });
    const path = `/records.csv?businessDate=${DAY}`;
    const gone = new AbortController();
    await take(path, 'all', gone.signal);
    expect(await refusal(take(path))).toBe('busy');
    gone.abort(new Error('nobody waits for it'));
    // Its end is written down before the next may begin.
    const tryAgain = async (): Promise<string> => {
      await nextTurn();
      const taken = await take(path).catch(() => null);
      return taken === null ? tryAgain() : text(taken.body);
    };
    expect((await tryAgain()).trimEnd().split('\r\n')).toHaveLength(4);
    expect((await operations())[1]).toMatchObject({ failed: 1, what: { reason: 'nobody waits for it' } });
  });

  test('shows the last ten comparisons of an operator’s cinemas', async () => {
    const { store } = await setUp();
    const at = `${DAY}T10:00:00`;
    const kept = { name: 'reconcile', actor: 'anna', from: null, beganAt: at, endedAt: at, failed: 0 };
    const operations = Array.from({ length: 40 }, (_, n) => [
      { id: `begun ${100 + n}`, of: null, what: { businessDate: DAY, cinemaCodes: [n < 12 ? CINEMA : OTHER_CINEMA] } },
      { id: `ended ${100 + n}`, of: `begun ${100 + n}`, what: { differing: n, failed: 0 } },
    ]);
    const rows = operations.flat().map((row) => ({ ...kept, before: null, after: null, ...row }));
    await store.db
      .insertInto('operation')
      .values(rows.map(({ what, ...row }) => ({ ...row, what: JSON.stringify(what) })))
      .execute();
    const asked = { filters: {}, cinemas: [CINEMA], after: null, limit: 10 };
    const last = await lastReconciliations.find({ reports: store.reports, now: () => NOW }, asked);
    expect(last.rows.map(({ Differing }) => Differing)).toEqual([11, 10, 9, 8, 7, 6, 5, 4, 3, 2]);
  });
});
