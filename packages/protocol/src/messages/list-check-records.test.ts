import { describe, expect, it } from 'vitest';
import { checkRecord, throughJson } from '../testing/samples.ts';
import { refusalOf } from '../testing/vectors.ts';
import { parseBusinessDate, parseWallClockHour } from '../time.ts';
import { listedHoursJson, listedRecordsJson, readListedHours, readListedRecords } from './list-check-records.ts';

const { cinemaCode } = checkRecord;
const DATE = parseBusinessDate('2026-11-24');
const hour = parseWallClockHour('2026-11-24T19');
const HOUR = { hour, records: 3, hash: 'ab'.repeat(32), quarantined: 1, undelivered: 2 };
const LISTED = { record: checkRecord, quarantine: null, delivered: true, refused: null, undone: false };

describe('answer of ListCheckRecords', () => {
  it('tells the hours as they were written', () => {
    expect(readListedHours(throughJson(listedHoursJson([HOUR])), DATE)).toEqual([HOUR]);
    expect(readListedHours({ Hours: [] }, DATE)).toEqual([]);
  });

  const [line] = listedHoursJson([HOUR]).Hours;
  it.each([
    {},
    { Hours: 'none' },
    { Hours: [null] },
    { Hours: [{}] },
    { Hours: [{ ...line, Hour: '2026-11-25T06' }] },
    { Hours: [{ ...line, Records: -1 }] },
    { Hours: [{ ...line, Records: 1.5 }] },
    { Hours: [{ ...line, Hash: 'ab' }] },
    { Hours: [{ ...line, Hash: 7 }] },
    { Hours: [{ ...line, Quarantined: null }] },
    { Hours: [line, line] },
  ] as object[])('with other hours is unusable: %j', (reply) => {
    expect(() => readListedHours(throughJson(reply), DATE)).toThrow();
  });

  it('tells records with their state as they were written', () => {
    const listed = [
      LISTED,
      { ...LISTED, record: { ...checkRecord, ticketType: null, screenName: '' }, delivered: null },
      { ...LISTED, quarantine: 'CODE_NOT_GENUINE', delivered: null },
      { ...LISTED, delivered: false, refused: 'INVALID_PRICE' },
    ];
    const reply = throughJson(listedRecordsJson(listed, 'a place'));
    expect(readListedRecords(reply, cinemaCode)).toEqual({ listed, next: 'a place' });
    expect(readListedRecords(throughJson(listedRecordsJson([], null)), cinemaCode)).toEqual({ listed: [], next: null });
  });

  it('marks undone records only if both sides announced it', () => {
    const listed = [{ ...LISTED, undone: true }, LISTED];
    const spoken = { undone: true };
    const reply = throughJson(listedRecordsJson(listed, null, spoken));
    expect(readListedRecords(reply, cinemaCode, spoken).listed).toEqual(listed);
    expect(readListedRecords(reply, cinemaCode).listed).toEqual([LISTED, LISTED]);
    expect(listedRecordsJson(listed, null)).toEqual(listedRecordsJson([LISTED, LISTED], null));
  });

  it.each([
    { State: 'lost' },
    { State: undefined },
    { RecordId: undefined },
    { RecordId: 'x' },
    { Price: -1 },
    { Next: 7 },
    { Next: 'x'.repeat(513) },
  ])('with a record of %j is unusable', ({ Next, ...changes }: Record<string, unknown>) => {
    const [line] = listedRecordsJson([LISTED], null).CheckRecords;
    const reply = { CheckRecords: [{ ...line, ...changes }], Next };
    expect(() => readListedRecords(throughJson(reply), cinemaCode)).toThrow();
  });

  it('that refuses is what the peer said', () => {
    const refused = { ErrorCode: 'STORE_UNAVAILABLE', ErrorMessage: 'no' };
    expect(refusalOf(() => readListedHours(refused, DATE)).code).toBe('STORE_UNAVAILABLE');
    expect(refusalOf(() => readListedRecords(refused, cinemaCode)).code).toBe('STORE_UNAVAILABLE');
  });
});
