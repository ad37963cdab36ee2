import { expect, it } from 'vitest';
import { readHidReport } from './hid.ts';

/** A report as the manuals of HID POS scanners print it: id, length, symbology, data, further symbology, reserved, continued. */
function reportOf(data: string, { symbology = ']Q1', continues = false } = {}): Buffer {
  const report = Buffer.alloc(64);
  report[0] = 2;
  report[1] = data.length;
  report.write(symbology + data, 2, 'latin1');
  report.write('s', 61);
  report[63] = continues ? 1 : 0;
  return report;
}

it('a report holds a piece of a text, without its symbology, and whether the text goes on', () => {
  const [first, second] = ['M1GATHERGOOD/MICHAEL YABCDEF LHRDURAK 3542 052Y003D23  1', 'TAIL'];
  expect(first).toHaveLength(56);
  const read = (report: Buffer) => {
    const { data, continues } = readHidReport(report) ?? {};
    return [Buffer.from(data ?? []).toString(), continues];
  };
  expect(read(reportOf(first, { symbology: ']Q0', continues: true }))).toEqual([first, true]);
  expect(read(reportOf(second))).toEqual(['TAIL', false]);
  expect(read(reportOf('6901234567892', { symbology: '' }))).toEqual(['6901234567892', false]);
});

it.each([
  ['another report', Buffer.concat([Buffer.from([4]), Buffer.alloc(63)])],
  ['a report that was cut', reportOf('31012801').subarray(0, 63)],
  ['a length beyond its data', Buffer.concat([Buffer.from([2, 57]), Buffer.from(']Q1'), Buffer.alloc(59)])],
  ['nothing', Buffer.alloc(0)],
])('%s holds none', (_name, report) => {
  expect(readHidReport(report)).toBeNull();
});
