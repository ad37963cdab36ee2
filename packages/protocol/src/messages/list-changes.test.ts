import { describe, expect, it } from 'vitest';
import { parseCinemaCode, parseFilmTicketCode } from '../codes.ts';
import { throughJson } from '../testing/samples.ts';
import { refusalOf } from '../testing/vectors.ts';
import { parseWallClock } from '../time.ts';
import {
  type ChangesPage,
  changesPageJson,
  type ListChangesQuery,
  listChangesQuery,
  listChangesQueryJson,
  readChangesPage,
} from './list-changes.ts';
import { parseQuery } from './parse-message.ts';

const cinemaCode = parseCinemaCode('31012345');
const ticket = {
  cinemaCode,
  filmTicketCode: parseFilmTicketCode('3101000100000795'),
  startTime: parseWallClock('2026-11-24T19:30:00'),
};

describe('QueryData of ListChanges', () => {
  it.each<ListChangesQuery>([
    { cinemaCodes: null, cursor: '', limit: 1000 },
    { cinemaCodes: [cinemaCode], cursor: 'c2FtcGxl', limit: 1 },
  ])('is read back: %j', (query) => {
    expect(parseQuery(listChangesQuery, throughJson(listChangesQueryJson(query)))).toEqual(query);
  });

  it('takes pages of 1000 where no Limit is given', () => {
    expect(parseQuery(listChangesQuery, { Cursor: '' }).limit).toBe(1000);
  });

  it.each([
    ['Cursor', undefined],
    ['Cursor', 7],
    ['Cursor', 'x'.repeat(513)],
    ['Limit', 0],
    ['Limit', 1001],
    ['CinemaCodes', []],
    ['CinemaCodes', 'all'],
  ])('refuses %s %j with INVALID_QUERY', (element, value) => {
    const refusal = refusalOf(() => parseQuery(listChangesQuery, { Cursor: '', [element]: value }));
    expect([refusal.code, refusal.details?.element]).toEqual(['INVALID_QUERY', element]);
  });
});

describe('ReplyData of ListChanges', () => {
  const page: ChangesPage = {
    changes: [
      { ...ticket, kind: 'refunded' },
      { ...ticket, kind: 'eticket-live' },
      { ...ticket, kind: 'eticket-ended' },
    ],
    cursor: 'c2FtcGxl',
    more: true,
    asOf: parseWallClock('2026-11-24T18:00:00'),
  };
  const json = throughJson(changesPageJson(page)) as Record<string, unknown> & { Changes: Record<string, unknown>[] };

  it.each<ChangesPage>([page, { ...page, changes: [], more: false, asOf: null }])('is read back', (each) => {
    expect(readChangesPage(throughJson(changesPageJson(each)))).toEqual(each);
  });

  it('leaves out changes of kinds that are not known', () => {
    const more = { ...json, Changes: [...json.Changes, { ...json.Changes[0], Kind: 'seat-moved' }] };
    expect(readChangesPage(more)).toEqual(page);
  });

  it('says that the list is to be read from its beginning', () => {
    expect(readChangesPage({ ErrorCode: 'CURSOR_UNKNOWN', ErrorMessage: 'of other data' })).toBe('begin-again');
  });

  it.each([
    [{ ErrorCode: 'CINEMA_NOT_ALLOWED', ErrorMessage: 'no' }, 'CINEMA_NOT_ALLOWED'],
    [{}, 'UPSTREAM_UNAVAILABLE'],
    [{ ...json, Cursor: '' }, 'UPSTREAM_UNAVAILABLE'],
    [{ ...json, Changes: ['refunded'] }, 'UPSTREAM_UNAVAILABLE'],
    [{ ...json, Changes: new Array(1001).fill(json.Changes[0]) }, 'UPSTREAM_UNAVAILABLE'],
    [{ ...json, Cursor: 'c'.repeat(513) }, 'UPSTREAM_UNAVAILABLE'],
    [{ ...json, Changes: [{ ...json.Changes[0], StartTime: 'tonight' }] }, 'INVALID_DATETIME'],
  ] as [Record<string, unknown>, string][])('throws for %#', (reply, code) => {
    expect(refusalOf(() => readChangesPage(reply)).code).toBe(code);
  });
});
