import { describe, expect, it } from 'vitest';
import type * as z from 'zod';
import { checkRecord, throughJson, ticketInfo } from '../testing/samples.ts';
import { refusalOf, testCinemaKey } from '../testing/vectors.ts';
import {
  cinemaRow,
  cinemaRowJson,
  filmRow,
  filmRowJson,
  intakeReplyJson,
  publicKeyRow,
  publicKeyRowJson,
  readIntakeReply,
  readPublicKeyRow,
  refundRow,
  refundRowJson,
  rowsQuery,
  screenRow,
  screenRowJson,
} from './intake.ts';
import { parseQuery, parseRow } from './parse-message.ts';
import { type TicketRow, ticketRow, ticketRowJson } from './ticket-info.ts';

const { cinemaCode, filmTicketCode, startTime, screenCode, filmCode } = checkRecord;
const { checkStatus, refundStatus, refundTime, ...sold } = ticketInfo;
const ticket = sold as TicketRow;

describe('intake of the national platform', () => {
  it('reads back every kind of row', () => {
    const readsBack = <Row>(list: string, row: z.ZodType<Row>, json: (of: Row) => object, of: Row) =>
      expect(parseQuery(rowsQuery(list, row), throughJson({ [list]: [json(of)] }))).toEqual({ rows: [of] });
    readsBack('Cinemas', cinemaRow, cinemaRowJson, { cinemaCode, cinemaName: '测试影城' });
    readsBack('Screens', screenRow, screenRowJson, { cinemaCode, screenCode, screenName: '7 号厅' });
    readsBack('Films', filmRow, filmRowJson, { filmCode, filmName: '流浪地球' });
    readsBack('Refunds', refundRow, refundRowJson, { cinemaCode, filmTicketCode, startTime, refundTime: startTime });
    readsBack('Tickets', ticketRow, ticketRowJson, ticket);
    const { key, ...publicKey } = testCinemaKey('cinema-2048');
    const { rows } = parseQuery(rowsQuery('PublicKeys', publicKeyRow), {
      PublicKeys: [publicKeyRowJson({ cinemaCode, ...publicKey })],
    });
    expect(rows.map(readPublicKeyRow)).toMatchObject([{ cinemaCode, ...publicKey }]);
  });

  it('refuses the whole request for one bad row, with the code of the row and its index', () => {
    const rows = [cinemaRowJson({ cinemaCode, cinemaName: 'A' }), { CinemaCode: '1', CinemaName: 'B' }];
    const refusal = refusalOf(() => parseQuery(rowsQuery('Cinemas', cinemaRow), { Cinemas: rows }));
    expect(refusal).toMatchObject({ code: 'WRONG_LENGTH', status: 400, details: { index: 1 } });
    expect(refusal.message).toContain('Cinemas[1].CinemaCode');
  });

  it.each<[string, unknown, string]>([
    ['TicketType', '', 'MISSING_ELEMENT'],
    ['SellTime', '', 'MISSING_ELEMENT'],
    ['Price', '45.001', 'INVALID_PRICE'],
    ['RowNum', null, 'MISSING_ELEMENT'],
    ['FilmTicketCode', 'T0001', 'WRONG_LENGTH'],
  ])('refuses a ticket row whose %s is %j with %s, in a file as in a request', (element, value, error) => {
    const row = { ...throughJson(ticketRowJson(ticket)), [element]: value };
    expect(refusalOf(() => parseRow(ticketRow, row))).toMatchObject({ code: error, details: { element } });
    expect(refusalOf(() => parseQuery(rowsQuery('Tickets', ticketRow), { Tickets: [row] }))).toMatchObject({
      code: error,
      details: { index: 0 },
    });
  });

  it('refuses an unusable public key with its own code where it is read', () => {
    const row = { CinemaCode: cinemaCode, PublicKey: '00|3', StartTime: startTime };
    const { rows } = parseQuery(rowsQuery('PublicKeys', publicKeyRow), { PublicKeys: [row] });
    expect(refusalOf(() => rows.map(readPublicKeyRow))).toMatchObject({
      code: 'PUBLIC_KEY_TOO_SHORT',
      message: expect.stringMatching(/^PublicKey must have a modulus/),
    });
    const empty = { PublicKeys: [{ ...row, PublicKey: '' }] };
    expect(refusalOf(() => parseQuery(rowsQuery('PublicKeys', publicKeyRow), empty)).code).toBe('MISSING_ELEMENT');
  });

  it('refuses 1001 rows before it looks at them, and a missing list', () => {
    const many = { Films: Array(1001).fill(7) };
    expect(refusalOf(() => parseQuery(rowsQuery('Films', filmRow), many)).code).toBe('TOO_MANY_RECORDS');
    expect(refusalOf(() => parseQuery(rowsQuery('Films', filmRow), {})).code).toBe('INVALID_QUERY');
  });

  it('answers with two counts', () => {
    const reply = { imported: 3, unchanged: 4 };
    expect(intakeReplyJson(reply)).toEqual({ Imported: 3, Unchanged: 4 });
    expect(readIntakeReply(intakeReplyJson(reply))).toEqual(reply);
    expect(refusalOf(() => readIntakeReply({})).code).toBe('WRONG_TYPE');
  });
});
