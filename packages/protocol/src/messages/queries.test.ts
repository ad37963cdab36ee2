import { describe, expect, it } from 'vitest';
import type * as z from 'zod';
import { checkRecord, throughJson } from '../testing/samples.ts';
import { refusalOf } from '../testing/vectors.ts';
import { APIS } from './apis.ts';
import { parseQuery } from './parse-message.ts';
import { getPublicKeysQuery, getPublicKeysQueryJson } from './public-keys.ts';
import { reportQuery, reportQueryJson } from './report.ts';
import { getTicketInfoQuery, getTicketInfoQueryJson } from './ticket-info.ts';

const { cinemaCode, filmTicketCode, startTime } = checkRecord;
const identity = { cinemaCode, filmTicketCode, startTime };

describe('QueryData of the three Apis', () => {
  it('is read back', () => {
    expect(parseQuery(getPublicKeysQuery, getPublicKeysQueryJson(cinemaCode))).toEqual({ cinemaCode });
    expect(parseQuery(getTicketInfoQuery, getTicketInfoQueryJson(identity))).toEqual(identity);
    const wire = throughJson(reportQueryJson(cinemaCode, [checkRecord], { extended: true, priceForm: 'one-decimal' }));
    expect(parseQuery(reportQuery, wire)).toEqual({ cinemaCode, checkTickets: wire.CheckTickets });
  });

  it('fills a short FilmTicketCode and ignores elements it does not know', () => {
    const wire = { ...getTicketInfoQueryJson(identity), FilmTicketCode: 'T0001', Channel: 'x' };
    expect(parseQuery(getTicketInfoQuery, wire)).toEqual({ ...identity, filmTicketCode: 'T000100000000000' });
  });

  it('leaves the records of a report raw', () => {
    expect(parseQuery(reportQuery, { CinemaCode: cinemaCode, CheckTickets: [7, {}] }).checkTickets).toEqual([7, {}]);
  });

  it('takes 1000 records and refuses 1001', () => {
    const report = (count: number) => ({ CinemaCode: cinemaCode, CheckTickets: Array(count).fill({}) });
    expect(parseQuery(reportQuery, report(1000)).checkTickets).toHaveLength(1000);
    const refusal = refusalOf(() => parseQuery(reportQuery, report(1001)));
    expect([refusal.code, refusal.status]).toEqual(['TOO_MANY_RECORDS', 400]);
  });

  it.each<[z.ZodType, unknown, string]>([
    [getPublicKeysQuery, {}, 'CinemaCode'],
    [getPublicKeysQuery, { CinemaCode: 31010001 }, 'CinemaCode'],
    [getPublicKeysQuery, { CinemaCode: '3101001' }, 'CinemaCode'],
    [getPublicKeysQuery, { cinemaCode }, 'CinemaCode'],
    [getTicketInfoQuery, { ...getTicketInfoQueryJson(identity), FilmTicketCode: '' }, 'FilmTicketCode'],
    [getTicketInfoQuery, { ...getTicketInfoQueryJson(identity), FilmTicketCode: '0'.repeat(17) }, 'FilmTicketCode'],
    [getTicketInfoQuery, { ...getTicketInfoQueryJson(identity), StartTime: '2026-11-24' }, 'StartTime'],
    [reportQuery, { CheckTickets: [] }, 'CinemaCode'],
    [reportQuery, { CinemaCode: cinemaCode }, 'CheckTickets'],
    [reportQuery, { CinemaCode: cinemaCode, CheckTickets: {} }, 'CheckTickets'],
  ])('refuses an unusable query with INVALID_QUERY and names the element', (schema, query, element) => {
    const refusal = refusalOf(() => parseQuery(schema, query));
    expect([refusal.code, refusal.status, refusal.details?.element]).toEqual(['INVALID_QUERY', 400, element]);
    expect(refusal.message).toContain(element);
  });
});

describe('Api names', () => {
  it('are never a proper suffix of one another, or Username and Api could be split differently', () => {
    const names = Object.values(APIS);
    const splits = names.flatMap((name) => names.filter((other) => other !== name && other.endsWith(name)));
    expect(splits).toEqual([]);
  });
});
