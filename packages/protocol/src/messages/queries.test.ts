import { describe, expect, it } from 'vitest';
import type * as z from 'zod';
import { SMALL_BODY_BYTES } from '../envelope/read-large-envelope.ts';
import { checkRecord, throughJson } from '../testing/samples.ts';
import { refusalOf } from '../testing/vectors.ts';
import { parseBusinessDate, parseWallClockHour } from '../time.ts';
import { APIS, MAX_TICKETS } from './apis.ts';
import { claimTicketQuery, claimTicketQueryJson, releaseClaimQuery, releaseClaimQueryJson } from './claim-ticket.ts';
import { eTicketOrderQuery, eTicketOrderQueryJson, getETicketKeysQuery, revokeETicketQuery } from './e-ticket.ts';
import { listChangesQuery, listChangesQueryJson } from './list-changes.ts';
import { listCheckRecordsQuery, listCheckRecordsQueryJson } from './list-check-records.ts';
import { parseQuery } from './parse-message.ts';
import { getPublicKeysQuery, getPublicKeysQueryJson } from './public-keys.ts';
import { reportQuery, reportQueryJson } from './report.ts';
import {
  getTicketInfoQuery,
  getTicketInfoQueryJson,
  getTicketInfosQuery,
  getTicketInfosQueryJson,
} from './ticket-info.ts';

const { cinemaCode, filmTicketCode, startTime, recordId, checkTime, ticketInfoCode } = checkRecord;
const ticket = { cinemaCode, filmTicketCode, startTime };
const identity = { ...ticket, recordId };
const claim = { ...identity, ticketInfoCode, checkTime, gate: '东门', shownAsETicket: false };
const order = { ...ticket, ticketInfoCode };
const day = { cinemaCode, businessDate: parseBusinessDate('2026-11-24'), hour: null, after: null };
const hour = parseWallClockHour('2026-11-24T19');
const [TICKET, CLAIM, DAY] = [
  getTicketInfoQueryJson(ticket),
  claimTicketQueryJson(claim),
  listCheckRecordsQueryJson(day),
];

describe('QueryData', () => {
  it('is read as it was written', () => {
    const readsBack = <Q>(schema: z.ZodType<Q>, json: (query: Q) => unknown, ...queries: readonly Q[]) => {
      for (const query of queries) expect(parseQuery(schema, throughJson(json(query)))).toEqual(query);
    };
    readsBack(getPublicKeysQuery, (query) => getPublicKeysQueryJson(query.cinemaCode), { cinemaCode });
    readsBack(getTicketInfoQuery, getTicketInfoQueryJson, ticket);
    readsBack(getTicketInfosQuery, () => getTicketInfosQueryJson([ticket, ticket]), { tickets: [TICKET, TICKET] });
    readsBack(claimTicketQuery, claimTicketQueryJson, claim, { ...claim, shownAsETicket: true });
    readsBack(
      releaseClaimQuery,
      releaseClaimQueryJson,
      ...[false, true].map((uncertain) => ({ ...identity, uncertain })),
    );
    readsBack(eTicketOrderQuery, eTicketOrderQueryJson, order);
    readsBack(revokeETicketQuery, ({ token }) => ({ Token: token }), { token: 'abc' });
    readsBack(getETicketKeysQuery, () => ({ Store: 'x' }), {});
    const firstPage = { cinemaCodes: null, cursor: '', limit: 1000 };
    readsBack(listChangesQuery, listChangesQueryJson, firstPage, { cinemaCodes: [cinemaCode], cursor: 'x', limit: 1 });
    const nextPage = { ...day, hour: parseWallClockHour('2026-11-25T05'), after: 'a place' };
    readsBack(listCheckRecordsQuery, listCheckRecordsQueryJson, day, { ...day, hour }, nextPage);
    const report = throughJson(
      reportQueryJson(cinemaCode, [checkRecord], { extended: true, priceForm: 'one-decimal' }),
    );
    expect(parseQuery(reportQuery, report)).toEqual({ cinemaCode, checkTickets: report.CheckTickets });
  });

  it('of claims holds the elements of the documents, and no other', () => {
    const ofClaim = ['CinemaCode', 'FilmTicketCode', 'StartTime', 'RecordId'];
    expect(Object.keys(CLAIM)).toEqual([...ofClaim, 'TicketInfoCode', 'CheckTime', 'Gate']);
    expect(Object.keys(releaseClaimQueryJson(identity))).toEqual(ofClaim);
  });

  it('is read with a short FilmTicketCode filled up, defaults in place, and without unknown elements', () => {
    const filled = { ...ticket, filmTicketCode: 'T000100000000000' };
    expect(parseQuery(getTicketInfoQuery, { ...TICKET, FilmTicketCode: 'T0001', Channel: 'x' })).toEqual(filled);
    const { Gate: _, ...without } = CLAIM;
    const claimed = { ...claim, ...filled, gate: '' };
    expect(parseQuery(claimTicketQuery, { ...without, FilmTicketCode: 'T0001', Lane: 7 })).toEqual(claimed);
    expect(parseQuery(listChangesQuery, { Cursor: '' }).limit).toBe(1000);
  });

  it('leaves records and tickets raw: 1000 records and 100 tickets, which are a small body, but not one more', () => {
    const report = (count: number) => ({ CinemaCode: cinemaCode, CheckTickets: Array(count).fill(7) });
    expect(parseQuery(reportQuery, report(1000)).checkTickets).toEqual(Array(1000).fill(7));
    const records = refusalOf(() => parseQuery(reportQuery, report(1001)));
    expect([records.code, records.status]).toEqual(['TOO_MANY_RECORDS', 400]);
    expect(parseQuery(getTicketInfosQuery, { Tickets: [] }).tickets).toEqual([]);
    expect(parseQuery(getTicketInfosQuery, { Tickets: [7, {}], Channel: 'x' })).toEqual({ tickets: [7, {}] });
    const full = getTicketInfosQueryJson(Array(MAX_TICKETS).fill(ticket));
    expect(JSON.stringify(full).length).toBeLessThan(SMALL_BODY_BYTES / 4);
    expect(parseQuery(getTicketInfosQuery, full).tickets).toHaveLength(100);
    const tickets = refusalOf(() => parseQuery(getTicketInfosQuery, { Tickets: Array(101).fill({}) }));
    expect([tickets.code, tickets.status]).toEqual(['TOO_MANY_TICKETS', 400]);
    expect(tickets.message).toBe('Tickets must hold at most 100 tickets, holds 101');
  });

  const CODE = ['', ticketInfoCode.slice(0, -4), undefined];
  it.each<[api: string, schema: z.ZodType, usable: object, element: string, unusable: unknown[]]>([
    ['GetPublicKeys', getPublicKeysQuery, {}, 'CinemaCode', [undefined, 31010001, '3101001']],
    ['GetTicketInfo', getTicketInfoQuery, TICKET, 'FilmTicketCode', ['', '0'.repeat(17)]],
    ['GetTicketInfo', getTicketInfoQuery, TICKET, 'StartTime', ['', '2026-11-24']],
    ['ReportOriginalCheckTickets', reportQuery, { CheckTickets: [] }, 'CinemaCode', [undefined]],
    ['ReportOriginalCheckTickets', reportQuery, { CinemaCode: cinemaCode }, 'CheckTickets', [undefined, {}]],
    ['GetTicketInfos', getTicketInfosQuery, {}, 'Tickets', [undefined, null, {}, 'x']],
    ['ClaimTicket', claimTicketQuery, CLAIM, 'RecordId', [undefined, '00000000-0000-4000-8000-000000000000']],
    ['ClaimTicket', claimTicketQuery, CLAIM, 'CheckTime', ['2026-11-24 19:20:00']],
    ['ClaimTicket', claimTicketQuery, CLAIM, 'Gate', [7, 'g'.repeat(65)]],
    ['ClaimTicket', claimTicketQuery, CLAIM, 'ETicket', ['true']],
    ['ClaimTicket', claimTicketQuery, CLAIM, 'TicketInfoCode', CODE],
    ['ReleaseClaim', releaseClaimQuery, releaseClaimQueryJson(identity), 'Uncertain', ['yes']],
    ['CreateETicket', eTicketOrderQuery, eTicketOrderQueryJson(order), 'TicketInfoCode', CODE],
    ['CreateETicket', eTicketOrderQuery, eTicketOrderQueryJson(order), 'CinemaCode', ['']],
    ['ListChanges', listChangesQuery, {}, 'Cursor', [undefined, 7, 'x'.repeat(513)]],
    ['ListChanges', listChangesQuery, { Cursor: '' }, 'Limit', [0, 1001]],
    ['ListChanges', listChangesQuery, { Cursor: '' }, 'CinemaCodes', [[], 'all']],
    ['ListCheckRecords', listCheckRecordsQuery, DAY, 'CinemaCode', ['3101']],
    [
      'ListCheckRecords',
      listCheckRecordsQuery,
      DAY,
      'BusinessDate',
      [undefined, '2026-02-30', '2026-11-24/2036-11-24', 20261124],
    ],
    [
      'ListCheckRecords',
      listCheckRecordsQuery,
      DAY,
      'Hour',
      ['2026-11-24T05', '2026-11-25T06', '2026-11-24T24', '2026-11-24T19:00:00', '', null],
    ],
    ['ListCheckRecords', listCheckRecordsQuery, DAY, 'After', ['a place']],
    ['ListCheckRecords', listCheckRecordsQuery, { ...DAY, Hour: hour }, 'After', ['', 7]],
  ])('of %s is refused with INVALID_QUERY, which names the element', (_api, schema, usable, element, unusable) => {
    for (const value of unusable) {
      const refusal = refusalOf(() => parseQuery(schema, { ...usable, [element]: value }));
      expect([refusal.code, refusal.status, refusal.details?.element]).toEqual(['INVALID_QUERY', 400, element]);
      expect(refusal.message).toContain(element);
    }
  });
});

it('no Api name is a proper suffix of another, or Username and Api could be split differently', () => {
  const names = Object.values(APIS);
  const splits = names.flatMap((name) => names.filter((other) => other !== name && other.endsWith(name)));
  expect(splits).toEqual([]);
});
