import { buffer } from 'node:stream/consumers';
import { checkTicketJson } from '@ticket-check/protocol';
import { readSheet } from 'read-excel-file/node';
import { expect, test } from 'vitest';
import { makeRecord } from '../testing/records.ts';
import { type Column, column, fileOf, type Row, type Table } from './table.ts';

const COLUMNS: Column[] = [
  { name: 'Name', head: { zh: '名称', en: 'Name' } },
  { name: 'Count', head: { zh: '数量', en: 'Count' } },
  {
    name: 'State',
    head: { zh: '状态', en: 'State' },
    words: { WAITING: { zh: '待报送', en: 'waiting' } },
  },
  { name: 'First', head: { zh: '首次入场', en: 'First' } },
];

const ROWS: Row[] = [
  { Name: '3号厅, "甲"', Count: 7, State: 'WAITING', First: true, Other: 'no column' },
  { Name: '=1+1', Count: -5, State: 'OTHER', First: false },
  {
    Name: '+SUM(A1)',
    Count: checkTicketJson(makeRecord(1), { extended: true, priceForm: 'two-decimals' }).Price as object,
    State: null,
  },
  { Name: '-2', Count: 0.9799 },
  { Name: '@cmd' },
  { Name: '\ttab' },
  { Name: '\rreturn' },
  { Name: 'line\nbreak' },
  { Name: '\u202eevil\u0007' },
  { Name: '0003000000000000' },
];

async function* each(rows: Iterable<Row>): AsyncGenerator<Row> {
  yield* rows;
}

const table = (rows: Iterable<Row>): Table => ({
  title: { zh: '检票记录', en: 'Check records' },
  columns: COLUMNS,
  rows: each(rows),
});

test('a CSV file opens in Excel: BOM, CRLF, Chinese heads, and no cell that is a formula', async () => {
  const csv = await buffer(fileOf(table(ROWS), 'csv', 'zh'));
  expect(csv.subarray(0, 3)).toEqual(Buffer.from([0xef, 0xbb, 0xbf]));
  expect(csv.subarray(3).toString()).toBe(
    [
      '名称,数量,状态,首次入场',
      '"3号厅, ""甲""",7,待报送,是',
      `'=1+1,-5,OTHER,否`,
      `'+SUM(A1),45,,`,
      `'-2,0.9799,,`,
      `'@cmd,,,`,
      `'\ttab,,,`,
      '\\u000dreturn,,,',
      '"line\nbreak",,,',
      '\\u202eevil\\u0007,,,',
      '0003000000000000,,,',
      '',
    ].join('\r\n'),
  );
});

test('a CSV file has no formula either where `;` separates cells', async () => {
  const names = ['x;=1+1', 'x; "=1+1"', 'x;+1;-2;@a', 'x\n=1+1', 'x\r=1+1', 'x; y'];
  const csv = await buffer(fileOf(table(names.map((Name) => ({ Name }))), 'csv', 'en'));
  expect(csv.subarray(3).toString().split('\r\n').slice(1, -1)).toEqual([
    `x;'=1+1,,,`,
    `"x;' ""=1+1""",,,`,
    `x;'+1;'-2;'@a,,,`,
    `"x\n'=1+1",,,`,
    'x\\u000d=1+1,,,',
    'x; y,,,',
  ]);
});

test('an XLSX file reads back in another program with every text as text and every number as number', async () => {
  const xlsx = await buffer(fileOf(table(ROWS), 'xlsx', 'zh'));
  expect(await readSheet(xlsx, '检票记录')).toEqual([
    ['名称', '数量', '状态', '首次入场'],
    ['3号厅, "甲"', 7, '待报送', '是'],
    ['=1+1', -5, 'OTHER', '否'],
    ['+SUM(A1)', 45, null, null],
    ['-2', 0.9799, null, null],
    ['@cmd', null, null, null],
    [expect.stringMatching(/^\t?tab$/), null, null, null],
    ['\\u000dreturn', null, null, null],
    ['line\nbreak', null, null, null],
    ['\\u202eevil\\u0007', null, null, null],
    ['0003000000000000', null, null, null],
  ]);
});

test('an XLSX file has times as times, money and shares as numbers, and a sheet that says what its columns mean', async () => {
  const columns = [
    column('CheckTime', '检票时间', 'Checked at', ['扫码的时间', 'when it was scanned']),
    column('Completeness', '送达率', 'Completeness'),
  ];
  const rows = each([
    { CheckTime: '2026-11-24T18:00:00', Completeness: 0.9799 },
    { CheckTime: 'unknown' },
    { CheckTime: '2026-99-99T00:00:00' },
  ]);
  const asked = { businessDate: '2026-11-24', gate: undefined };
  const xlsx = await buffer(fileOf({ ...table([]), columns, rows, asked }, 'xlsx', 'en'));
  expect(await readSheet(xlsx, 'Check records')).toEqual([
    ['Checked at', 'Completeness'],
    [new Date('2026-11-24T18:00:00Z'), 0.9799],
    ['unknown', null],
    ['2026-99-99T00:00:00', null],
  ]);
  expect(await readSheet(xlsx, 'About this file')).toEqual([
    ['Column', 'What it means', 'Its name in JSON'],
    ['Check records', 'businessDate=2026-11-24', null],
    ['Checked at', 'when it was scanned', 'CheckTime'],
    ['Completeness', null, 'Completeness'],
  ]);
});

test.each(['csv', 'xlsx'] as const)('a table without rows is a %s file with heads', async (format) => {
  const file = await buffer(fileOf(table([]), format, 'zh'));
  if (format === 'csv') expect(file.toString()).toBe('\ufeff名称,数量,状态,首次入场\r\n');
  else expect(await readSheet(file)).toEqual([['名称', '数量', '状态', '首次入场']]);
});

test.each(['csv', 'xlsx'] as const)('what goes wrong while rows are read breaks the %s file off', async (format) => {
  function* failing(): Generator<Row> {
    yield { Name: 'one' };
    throw new Error('the database is gone');
  }
  await expect(buffer(fileOf(table(failing()), format, 'zh'))).rejects.toThrow('the database is gone');
});

test.each(['csv', 'xlsx'] as const)(
  'a %s file of any length is made while it is taken, and no longer',
  async (format) => {
    let made = 0;
    let isOver = false;
    function* endless(): Generator<Row> {
      try {
        for (;;) {
          made += 1;
          yield { Name: `row ${made}`, Count: made };
        }
      } finally {
        isOver = true;
      }
    }
    let bytes = 0;
    for await (const chunk of fileOf(table(endless()), format, 'zh')) {
      bytes += chunk.length;
      if (bytes > 1_000_000) break;
    }
    expect(bytes).toBeGreaterThan(1_000_000);
    // A line of CSV has some 20 bytes: what is made ahead of who takes it is not much.
    if (format === 'csv') expect(made).toBeLessThan(2 * (bytes / 20));
    await expect.poll(() => isOver).toBe(true);
  },
);
