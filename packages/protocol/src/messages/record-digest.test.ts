import { hash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseCinemaCode } from '../codes.ts';
import { checkRecord } from '../testing/samples.ts';
import { readCases } from '../testing/vectors.ts';
import { addSeconds } from '../time.ts';
import { type CheckRecord, parseCheckTicket } from './check-record.ts';
import { compareInOrder, createRecordsHash, recordDigest } from './record-digest.ts';
import { parseRecordId } from './record-id.ts';

type HashCase = { name: string; cinemaCode: string; records: unknown[]; digests: string[]; hash: string };

function hashOf(records: readonly CheckRecord[], undone: readonly boolean[] = []) {
  const whole = createRecordsHash();
  for (const [index, record] of records.entries()) whole.add(record, undone[index]);
  return whole.end();
}

/** One other value for each element. */
const CHANGES: { [Name in keyof CheckRecord]: CheckRecord[Name] } = {
  cinemaCode: parseCinemaCode('31010002'),
  recordId: parseRecordId('019389f2-7c01-7abc-8def-0123456789ab'),
  filmTicketCode: '3101000100000796' as CheckRecord['filmTicketCode'],
  startTime: addSeconds(checkRecord.startTime, 1),
  ticketInfoCode: checkRecord.ticketInfoCode.replace('pa', 'Pa'),
  checkTime: addSeconds(checkRecord.checkTime, 1),
  screenCode: '0000000000000008' as CheckRecord['screenCode'],
  screenName: '8 号厅',
  filmCode: '001102582020' as CheckRecord['filmCode'],
  filmName: '流浪地球 2',
  sessionCode: '3101000120261125' as CheckRecord['sessionCode'],
  ticketType: null,
  rowNum: 8,
  columnNum: 13,
  price: 4501 as CheckRecord['price'],
  service: 251 as CheckRecord['service'],
  overriddenVerdict: 'REFUNDED',
};

describe('hash of check records', () => {
  it.each(readCases<HashCase>('check-record-hashes.json'))('vector: $name', (expected) => {
    const records = expected.records.map(
      (raw) =>
        parseCheckTicket(raw, parseCinemaCode(expected.cinemaCode), { extended: true, overrides: true }) as CheckRecord,
    );
    const undone = expected.records.map((raw) => (raw as { Undone?: boolean }).Undone === true);
    expect(records.map((record, index) => recordDigest(record, undone[index]).toString('hex'))).toEqual(
      expected.digests,
    );
    expect(hashOf(records, undone)).toEqual({ records: records.length, hash: expected.hash });
    expect(records.toSorted(compareInOrder)).toEqual(records);
  });

  it('is another one when any element is', () => {
    const digests = Object.entries(CHANGES).map(([name, value]) =>
      recordDigest({ ...checkRecord, [name]: value }).toString('hex'),
    );
    expect(new Set([recordDigest(checkRecord).toString('hex'), ...digests]).size).toBe(18);
  });

  it('is another one when a record was undone, by one more value at the end', () => {
    for (const record of [checkRecord, { ...checkRecord, ...{ overriddenVerdict: CHANGES.overriddenVerdict } }]) {
      const undone = createRecordsHash();
      undone.add(record, true);
      const standing = createRecordsHash();
      standing.add(record, false);
      expect(standing.end()).toEqual(hashOf([record]));
      expect(undone.end()).toEqual({ records: 1, hash: hash('sha256', recordDigest(record, true), 'hex') });
      expect(recordDigest(record, true)).not.toEqual(recordDigest(record));
    }
  });

  it('does not mix the end of a name with the start of the next element', () => {
    const name = fc.string({ unit: 'grapheme', maxLength: 5 });
    fc.assert(
      fc.property(name, name, name, name, (screen, film, otherScreen, otherFilm) => {
        fc.pre(!`${screen}${film}`.includes('\0') && !`${otherScreen}${otherFilm}`.includes('\0'));
        const [one, other] = [
          recordDigest({ ...checkRecord, screenName: screen, filmName: film }),
          recordDigest({ ...checkRecord, screenName: otherScreen, filmName: otherFilm }),
        ];
        expect(one.equals(other)).toBe(screen === otherScreen && film === otherFilm);
      }),
    );
  });

  it('is the same whichever of two records at one place comes first', () => {
    const other = { ...checkRecord, ticketInfoCode: CHANGES.ticketInfoCode };
    const later = { ...checkRecord, checkTime: CHANGES.checkTime };
    expect(hashOf([checkRecord, other, later])).toEqual(hashOf([other, checkRecord, later]));
    expect(hashOf([checkRecord, later])).not.toEqual(hashOf([other, later]));
    expect(hashOf([checkRecord, checkRecord])).not.toEqual(hashOf([checkRecord]));
  });
});
