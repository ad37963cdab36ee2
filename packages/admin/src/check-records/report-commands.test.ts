import {
  type CheckRecordTables,
  checkRecordMigrations,
  createRecordStore,
  type RecordStore,
} from '@ticket-check/check-records';
import { CINEMA, makeRecord, makeRecords } from '@ticket-check/check-records/testing';
import {
  type OperationTables,
  type OperatorTables,
  operationMigrations,
  operatorMigrations,
} from '@ticket-check/operators';
import { addSeconds, businessDay, type CinemaCode, parseBusinessDate, parseCinemaCode } from '@ticket-check/protocol';
import { mergeMigrations, type Store } from '@ticket-check/storage';
import { describeSqlite } from '@ticket-check/storage/testing';
import { sql } from 'kysely';
import { beforeEach, expect, test, vi } from 'vitest';
import { runCommandOn } from '../testing/run-command.ts';
import { type ReportAdditions, reportRows } from './report-source.ts';
import { reportCommands } from './serve-records.ts';

/** What senders did not say, and a service has not heard of. */
const UNTOLD = { LateRefunds: 0, Offline: null, OfflineTold: 0, OfflineShare: null };
const NO_REFUNDS = { find: async () => [], isOne: sql.lit(false) };
const DAY = '2026-11-24';
const OTHER_CINEMA = parseCinemaCode('31012346');
const { until } = businessDay(parseBusinessDate(DAY));

type Tables = CheckRecordTables & OperationTables & OperatorTables;

const migrations = mergeMigrations(checkRecordMigrations, operationMigrations, operatorMigrations);

describeSqlite('report', ({ open, url }) => {
  let store: Store<Tables>;
  let at: string;
  let records: RecordStore;
  beforeEach(async () => {
    at = await url();
    store = await open<Tables>(migrations, at);
    records = createRecordStore(store);
  });

  async function report(
    args: readonly string[],
    given: { sends?: boolean; cinemas?: readonly CinemaCode[]; besides?: ReportAdditions; now?: number } = {},
  ) {
    const { sends = true, cinemas = [CINEMA], besides, now = Date.parse(`${until}+08:00`) } = given;
    const ran = await runCommandOn(
      () => open<Tables>(migrations, at),
      (program, commands) =>
        reportCommands(program, {
          ...{ sends, checkedBy: 'Account', now: () => now, store: commands },
          sourceOf: (opened) => ({
            ...{ store: opened, cinemas: async () => cinemas, lateRefunds: NO_REFUNDS },
            ...(besides && { besides }),
          }),
        }),
      ['report', ...args],
    );
    const { result: exitCode, stdout, stderr } = ran;
    const printed = stdout.startsWith('{') ? stdout.trimEnd().split('\n') : [];
    return { exitCode, stdout, stderr, lines: printed.map((line) => JSON.parse(line)) };
  }

  test('day counts each session, each cinema and all', async () => {
    const [delivered = [], waiting = []] = [makeRecords(60), makeRecords(2)];
    await records.keep(delivered, { forward: false });
    await records.keep(waiting, { forward: true });
    const { exitCode, lines } = await report(['day', '--business-date', DAY]);
    expect(exitCode).toBe(0);
    const counts = {
      ...{ Checked: 62, Entries: 62, Sent: 60, Delivered: 60, Waiting: 2, Parked: 0, Quarantined: 0, Doubles: 2 },
      ...{ Incomplete: 0, Undone: 0, UndoneStanding: 0, Overridden: 0, ...UNTOLD },
    };
    const standing = { ...counts, Completeness: 0.9677, Alarm: true };
    expect(lines).toEqual([
      {
        ...{ Kind: 'LINE', BusinessDate: DAY, CinemaCode: CINEMA, StartTime: '2026-11-24T19:30:00' },
        ...{ ScreenCode: '0003000000000000', ScreenName: '3号厅', SessionCode: 'S170000000000000' },
        ...{ FilmCode: '001102582026', FilmName: '流浪地球', Account: 'terminal-1', Gate: '', ...counts },
      },
      { Kind: 'CINEMA', BusinessDate: DAY, CinemaCode: CINEMA, ...standing },
      { Kind: 'TOTAL', BusinessDate: DAY, From: `${DAY}T06:00:00`, Until: until, MadeAt: until, ...standing },
    ]);
  });

  test('day alarms nobody before it is over, nor at 98 percent', async () => {
    await records.keep([makeRecord(1)], { forward: true });
    const early = await report(['day'], { now: Date.parse(`${addSeconds(until, -1)}+08:00`) });
    expect(early.lines.at(-1)).toMatchObject({ BusinessDate: DAY, Entries: 1, Completeness: 0, Alarm: false });
    await records.keep(makeRecords(50).slice(1), { forward: false });
    const { lines } = await report(['day', '--business-date', DAY, '--by', 'cinema']);
    expect(lines.map(({ Kind }) => Kind)).toEqual(['CINEMA', 'TOTAL']);
    expect(lines[0]).toMatchObject({ Entries: 50, Delivered: 49, Completeness: 0.98, Alarm: false });
  });

  test('day of a store that sends nothing on says nothing of an upstream', async () => {
    await records.keep([makeRecord(1)], { forward: false });
    const { lines, stdout } = await report(['day', '--business-date', DAY], { sends: false });
    expect(lines[1]).toMatchObject({ Kind: 'CINEMA', Checked: 1, Entries: 1, ...UNTOLD });
    expect(stdout).not.toMatch(/Delivered|Completeness|Standing/);
  });

  test('day as CSV has Chinese heads, and English ones where they are asked for', async () => {
    await records.keep([makeRecord(1)], { forward: true });
    const { stdout } = await report(['day', '--business-date', DAY, '--format', 'csv']);
    const [heads, line, , total] = stdout.split('\r\n');
    expect(heads).toMatch(/^\ufeff类别,营业日,影院编码,放映时间,/);
    expect(line).toBe(
      `明细,${DAY},${CINEMA},2026-11-24T19:30:00,0003000000000000,3号厅,S170000000000000,001102582026,流浪地球,terminal-1,,1,1,0,0,1,0,0,0,0,0,0,0,0,,0,,,`,
    );
    expect(total).toBe(`合计,${DAY},,,,,,,,,,1,1,0,0,1,0,0,0,0,0,0,0,0,,0,,0,是`);
    const english = await report(['day', '--business-date', DAY, '--format', 'csv', '--language', 'en']);
    expect(english.stdout).toMatch(/^\ufeffKind,Business date,Cinema code,/);
  });

  test('day reads one date after another, and ends at one with too many lines', async () => {
    await records.keep([makeRecord(1), makeRecord(2, { cinemaCode: OTHER_CINEMA })], { forward: false });
    for (const [by, most] of [
      ['day', 9],
      ['day', 3],
      ['film', 3],
    ] as const) {
      const lateRefunds = vi.fn(async () => []);
      const source = { sends: true, checkedBy: 'Account', now: () => Date.parse(`${until}+08:00`), store } as const;
      const rows = reportRows(
        { ...source, cinemas: async () => [], lateRefunds: { ...NO_REFUNDS, find: lateRefunds } },
        { dates: [DAY, '2026-11-25'].map(parseBusinessDate), by, cinemas: undefined, most },
      );
      const first = rows.next();
      if (most === 9) expect(await first).toMatchObject({ value: { BusinessDate: DAY, CinemaCode: CINEMA } });
      else await expect(first).rejects.toMatchObject({ code: 'too-many-lines' });
      expect(lateRefunds).toHaveBeenCalledTimes(1);
    }
  });

  test('records prints each record of the day with its whole way, page after page', async () => {
    const waiting = makeRecords(1500);
    const [parked, quarantined, elsewhere, later] = [
      makeRecord(2000),
      makeRecord(2001, { quarantine: 'CODE_NOT_GENUINE' }),
      makeRecord(2002, { cinemaCode: OTHER_CINEMA }),
      makeRecord(2003, { checkTime: until }),
    ];
    await records.keep([...waiting, parked, quarantined, elsewhere, later], { forward: true });
    await records.outbox.park(
      [{ record: parked, revision: 0, errorCode: 'CINEMA_UNKNOWN', errorMessage: '=no' }],
      until,
      addSeconds(until, 60),
    );
    const { lines } = await report(['records', '--business-date', DAY, '--cinema', CINEMA]);
    expect(lines.map(({ RecordId }) => RecordId)).toEqual(
      [...waiting, parked, quarantined]
        .sort((a, b) => (`${a.checkTime}${a.recordId}` < `${b.checkTime}${b.recordId}` ? -1 : 1))
        .map(({ recordId }) => recordId),
    );
    expect(lines.find(({ RecordId }) => RecordId === parked.recordId)).toMatchObject({
      ...{ State: 'PARKED', ParkedAt: until, Attempts: 1, RefusalCode: 'CINEMA_UNKNOWN', RefusalMessage: '=no' },
      ...{ Account: 'terminal-1', First: true, TicketInfoCode: parked.ticketInfoCode },
    });
    expect(lines.find(({ RecordId }) => RecordId === quarantined.recordId)).toMatchObject({
      ...{ State: 'QUARANTINED', Quarantined: true, ErrorCode: 'CODE_NOT_GENUINE', First: false },
    });
    const csv = await report(['records', '--business-date', DAY, '--format', 'csv']);
    expect(csv.stdout.trimEnd().split('\r\n')).toHaveLength(1 + waiting.length + 3);
    expect(csv.stdout).toContain(`,CINEMA_UNKNOWN,'=no,`);
  });

  test('record prints one, with what a service knows besides', async () => {
    const record = makeRecord(1);
    await records.keep([record], { forward: false });
    const besides: ReportAdditions = {
      dayColumns: [],
      dayRows: async () => [{ Scans: 7 }],
      recordColumns: [],
      recordRows: async (rows) => new Map(rows.map(({ recordId }) => [recordId, { OpenedAt: record.checkTime }])),
    };
    const { lines } = await report(['record', record.recordId.toUpperCase()], { besides });
    expect(lines).toMatchObject([{ RecordId: record.recordId, State: 'DELIVERED', OpenedAt: record.checkTime }]);
    const day = await report(['day', '--business-date', DAY], { besides });
    expect(day.lines).toContainEqual({ Kind: 'SCANS', BusinessDate: DAY, Scans: 7 });
  });

  test.each([
    ['a day that does not exist', ['day', '--business-date', '2026-02-30'], 2],
    ['a cinema that cannot be one', ['day', '--cinema', "1' or '1"], 2],
    ['another format', ['day', '--format', 'pdf'], 2],
    ['another language', ['day', '--language', 'fr'], 2],
    ['a record that is not there', ['record', '019ac1f0-0000-7000-8000-000000000000'], 1],
    ['records of a cinema that is not known', ['records', '--format', 'xlsx', '--cinema', OTHER_CINEMA], 1],
  ])('refuses %s', async (_what, args, exitCode) => {
    const refused = await report(args);
    expect(refused).toMatchObject({ exitCode, stdout: '' });
    expect(refused.stderr).not.toMatch(/Unexpected|bug/);
  });
});
