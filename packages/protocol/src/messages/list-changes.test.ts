import { describe, expect, it } from 'vitest';
import { parseCinemaCode, parseFilmTicketCode } from '../codes.ts';
import { throughJson } from '../testing/samples.ts';
import { refusalOf } from '../testing/vectors.ts';
import { parseWallClock } from '../time.ts';
import { type ChangesPage, changesPageJson, readChangesPage } from './list-changes.ts';

const cinemaCode = parseCinemaCode('31012345');
const ticket = {
  cinemaCode,
  filmTicketCode: parseFilmTicketCode('3101000100000795'),
  startTime: parseWallClock('2026-11-24T19:30:00'),
};

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
