import {
  encodeTicketCode,
  padCode,
  parseCinemaCode,
  parseFen,
  parseFilmTicketCode,
  parseScreenCode,
  parseWallClock,
} from '@ticket-check/protocol';
import { describe, expect, it } from 'vitest';
import { makeRecord, makeUkey, UKEY } from '../testing/records.ts';
import { judge } from './judge.ts';

describe('judging a record by its own code', () => {
  const record = makeRecord(1);
  const old = makeUkey('2020-01-01T00:00:00');

  it('finds nothing wrong with a record that agrees', () => {
    expect(judge(record, [UKEY.key])).toEqual({ quarantine: null, differences: [] });
  });

  it('tries every key the cinema ever had', () => {
    expect(judge(makeRecord(1, { ukey: old }), [UKEY.key, old.key])).toEqual({ quarantine: null, differences: [] });
  });

  it('keeps aside what no key fits', () => {
    expect(judge(record, [old.key])).toMatchObject({ quarantine: 'CODE_NOT_GENUINE' });
    expect(judge(record, [])).toMatchObject({ quarantine: 'CODE_NOT_GENUINE' });
  });

  it.each([
    ['ticket', { filmTicketCode: parseFilmTicketCode('9'.repeat(16)) }],
    ['start', { startTime: parseWallClock('2026-11-24T19:31:00') }],
    ['cinema', { cinemaCode: parseCinemaCode('31012346') }],
  ])('keeps aside a record of another %s than its code', (_, change) => {
    expect(judge({ ...record, ...change }, [UKEY.key])).toMatchObject({ quarantine: 'CODE_CONTRADICTS_RECORD' });
  });

  it.each([
    ['2026-11-22T19:30:00', null],
    ['2026-11-26T19:30:00', null],
    ['2026-11-22T19:29:59', 'CHECK_TIME_IMPLAUSIBLE'],
    ['2026-11-26T19:30:01', 'CHECK_TIME_IMPLAUSIBLE'],
    ['1970-01-01T00:00:00', 'CHECK_TIME_IMPLAUSIBLE'],
    ['9999-12-31T23:59:59', 'CHECK_TIME_IMPLAUSIBLE'],
  ])('takes a check at %s of a ticket for 2026-11-24T19:30:00 for %s', (time, quarantine) => {
    const late = { ...record, checkTime: parseWallClock(time) };
    expect(judge(late, [UKEY.key])).toEqual({ quarantine, differences: [] });
    expect(judge(late, [])).toMatchObject({ quarantine: 'CODE_NOT_GENUINE' });
  });

  it('names what else differs and lets the record count', () => {
    const changed = { ...record, screenCode: parseScreenCode(padCode('9', 16)), price: parseFen(120_000) };
    expect(judge(changed, [UKEY.key])).toEqual({ quarantine: null, differences: ['ScreenCode', 'Price'] });
  });

  it.each([
    // The window is 18:30 to 21:30.
    ['2026-11-24T10:29:59', false],
    ['2026-11-24T10:30:00', true],
    ['2026-11-24T13:30:00', true],
    ['2026-11-24T13:30:01', false],
    ['2026-11-24T18:30:00', false],
    ['2026-11-24T21:30:01', false],
    ['2026-11-25T05:30:00', false],
  ])('suspects UTC in a check at %s of a ticket for 2026-11-24T19:30:00: %s', (time, isSuspicious) => {
    const { quarantine, suspicious } = judge({ ...record, checkTime: parseWallClock(time) }, [UKEY.key]);
    expect([quarantine, suspicious]).toEqual([null, isSuspicious ? ['utc-check-time'] : undefined]);
  });

  it.each([
    [4500, 450_000, ['fen-price']],
    [4500, 450_001, undefined],
    [4500, 0, undefined],
    [0, 0, undefined],
  ])('suspects fen where a ticket sold for %i fen is reported at %i: %s', (sold, price, suspicious) => {
    const ticket = { ...record, price: parseFen(sold), seatCode: '0795_##8' };
    const ticketInfoCode = encodeTicketCode(ticket, UKEY.privateKey);
    const judgement = judge({ ...record, ticketInfoCode, price: parseFen(price) }, [UKEY.key]);
    expect([judgement.quarantine, judgement.suspicious]).toEqual([null, suspicious]);
  });
});
