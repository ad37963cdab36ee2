import { describe, expect, it } from 'vitest';
import { SMALL_BODY_BYTES } from '../envelope/read-large-envelope.ts';
import { checkRecord, throughJson, ticketInfo } from '../testing/samples.ts';
import { refusalOf } from '../testing/vectors.ts';
import { MAX_TICKETS } from './apis.ts';
import { errorReplyJson } from './error-reply.ts';
import { parseQuery } from './parse-message.ts';
import {
  getTicketInfoQueryJson,
  getTicketInfosQuery,
  getTicketInfosQueryJson,
  readTicketInfosReply,
  ticketInfoJson,
  ticketInfosReplyJson,
} from './ticket-info.ts';

const { cinemaCode, filmTicketCode, startTime } = checkRecord;
const asked = { cinemaCode, filmTicketCode, startTime };

describe('QueryData of GetTicketInfos', () => {
  it('is read back as the questions of GetTicketInfo, still raw', () => {
    const wire = throughJson(getTicketInfosQueryJson([asked, asked]));
    expect(Object.keys(wire)).toEqual(['Tickets']);
    const question = throughJson(getTicketInfoQueryJson(asked));
    expect(parseQuery(getTicketInfosQuery, wire)).toEqual({ tickets: [question, question] });
    expect(parseQuery(getTicketInfosQuery, { Tickets: [7, {}], Channel: 'x' })).toEqual({ tickets: [7, {}] });
  });

  it('may be empty, and holds 100 tickets in a small body; 101 are TOO_MANY_TICKETS', () => {
    expect(parseQuery(getTicketInfosQuery, { Tickets: [] }).tickets).toEqual([]);
    const full = getTicketInfosQueryJson(Array(MAX_TICKETS).fill(asked));
    expect(JSON.stringify(full).length).toBeLessThan(SMALL_BODY_BYTES / 4);
    expect(parseQuery(getTicketInfosQuery, full).tickets).toHaveLength(100);
    const refusal = refusalOf(() => parseQuery(getTicketInfosQuery, { Tickets: Array(101).fill({}) }));
    expect([refusal.code, refusal.status]).toEqual(['TOO_MANY_TICKETS', 400]);
    expect(refusal.message).toBe('Tickets must hold at most 100 tickets, holds 101');
  });

  it.each([{}, { Tickets: null }, { Tickets: {} }, { Tickets: 'x' }])('refuses %j with INVALID_QUERY', (query) => {
    const refusal = refusalOf(() => parseQuery(getTicketInfosQuery, query));
    expect([refusal.code, refusal.status, refusal.details?.element]).toEqual(['INVALID_QUERY', 400, 'Tickets']);
  });
});

describe('ReplyData of GetTicketInfos', () => {
  const answers = [ticketInfoJson(ticketInfo), errorReplyJson('TICKET_NOT_FOUND', 'No such ticket was sold.')];
  const wire = throughJson(ticketInfosReplyJson(answers));

  it('is read back as an answer of GetTicketInfo to each question', () => {
    expect(Object.keys(wire)).toEqual(['TicketInfos']);
    expect(readTicketInfosReply(wire, 2)).toEqual(answers.map(throughJson));
  });

  it.each([
    ['none', {}],
    ['no list', { TicketInfos: {} }],
    ['fewer answers than questions', { TicketInfos: [answers[0]] }],
    ['more answers than questions', { TicketInfos: [...answers, answers[1]] }],
    ['an answer that is no object', { TicketInfos: [answers[0], null] }],
  ])('is unusable with %s', (_, replyData) => {
    expect(refusalOf(() => readTicketInfosReply(replyData, 2)).code).toBe('UPSTREAM_UNAVAILABLE');
  });

  it('throws what the peer refused the whole call with', () => {
    const refused = errorReplyJson('OVERLOADED', 'x');
    expect(refusalOf(() => readTicketInfosReply(refused, 2)).code).toBe('OVERLOADED');
  });
});
