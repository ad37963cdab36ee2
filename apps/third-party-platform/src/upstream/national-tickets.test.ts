// @module-tag service
import type { Upstream } from '@ticket-check/exchange';
import { connectTo } from '@ticket-check/exchange/testing';
import {
  APIS,
  type Extension,
  parseCinemaCode,
  type TicketIdentity,
  type TicketInfo,
  ticketInfoJson,
} from '@ticket-check/protocol';
import { HttpAnswer } from '@ticket-check/simulators/peers';
import { startNationalPlatform } from '@ticket-check/simulators/peers/vitest';
import { expect, onTestFinished, test } from 'vitest';
import { CINEMA, makeUkey, sellTicket } from '../testing/test-cinema.ts';
import { createNationalTickets } from './national-tickets.ts';

const BUDGET_MS = 10_000;
const SPOKEN: readonly Extension[] = ['record-id', 'shared-cinema', 'ticket-infos'];
const ukey = makeUkey();
const makeTickets = (count: number): TicketInfo[] => Array.from({ length: count }, () => sellTicket(ukey).info);

function ticketsOf(upstream: Upstream, budgetMs = BUDGET_MS) {
  onTestFinished(() => upstream.close());
  return createNationalTickets({ upstream: async () => upstream, priority: 'question', budgetMs });
}

/** What is asked of a national platform that has said already what it speaks. */
async function setUp(kind: 'extended' | 'plain' = 'extended', budgetMs = BUDGET_MS) {
  const national = await startNationalPlatform({ kind, cinemaCodes: [CINEMA] });
  const tickets = ticketsOf(connectTo(national.bundle, { extensions: SPOKEN }), budgetMs);
  const [greeting] = makeTickets(1) as [TicketInfo];
  expect(await tickets.ticketInfo(greeting)).toBe('unknown-ticket');
  expect(national.asked.splice(0)).toEqual([APIS.getTicketInfo]);
  return { national, tickets };
}

const codesOf = (answers: readonly (TicketInfo | 'unknown-ticket')[]) =>
  answers.map((answer) => (answer === 'unknown-ticket' ? answer : answer.filmTicketCode));

test('200 questions at the same moment are two calls, and each has its own answer', async () => {
  const { national, tickets } = await setUp();
  const asked = makeTickets(200);
  const isSold = (place: number) => place % 3 !== 0;
  for (const [place, info] of asked.entries()) if (isSold(place)) national.sell(info);
  const answers = await Promise.all(asked.map(tickets.ticketInfo));
  expect(codesOf(answers)).toEqual(
    asked.map(({ filmTicketCode }, place) => (isSold(place) ? filmTicketCode : 'unknown-ticket')),
  );
  // Calls that are under way together may arrive in any order.
  expect(national.asked.toSorted()).toEqual([APIS.getTicketInfos, APIS.getTicketInfos]);
});

test('a question that is refused spoils none of those that went with it', async () => {
  const { national, tickets } = await setUp();
  const [first, second, third] = makeTickets(3) as [TicketInfo, TicketInfo, TicketInfo];
  for (const info of [first, second, third]) national.sell(info);
  const elsewhere = { ...second, cinemaCode: parseCinemaCode('99999999') };
  const answers = await Promise.allSettled([first, second, elsewhere, third].map(tickets.ticketInfo));
  expect(answers).toMatchObject([
    { value: { filmTicketCode: first.filmTicketCode } },
    { value: { filmTicketCode: second.filmTicketCode } },
    { reason: { code: 'UPSTREAM_UNAVAILABLE', message: /CINEMA_NOT_ALLOWED/ } },
    { value: { filmTicketCode: third.filmTicketCode } },
  ]);
  expect(national.asked).toEqual([APIS.getTicketInfos]);
});

test.each<[string, (Tickets: unknown[]) => Record<string, unknown>]>([
  ['fewer answers than questions', (Tickets) => ({ TicketInfos: Tickets.slice(1) })],
  ['no answers', () => ({})],
  ['an answer that is none', (Tickets) => ({ TicketInfos: Tickets.map(() => 'x') })],
])('a reply with %s answers none of its questions', async (_, replyData) => {
  const { tickets } = await somebodyElse((Tickets) => replyData(Tickets));
  const answers = await Promise.allSettled(makeTickets(2).map(tickets.ticketInfo));
  expect(answers).toMatchObject(Array(2).fill({ reason: { code: 'UPSTREAM_UNAVAILABLE' } }));
});

test('an answer about another ticket affects only that question', async () => {
  const [another, one, other] = makeTickets(3) as [TicketInfo, TicketInfo, TicketInfo];
  const { tickets } = await somebodyElse(() => ({ TicketInfos: [another, other].map((info) => ticketInfoJson(info)) }));
  const answers = await Promise.allSettled([one, other].map(tickets.ticketInfo));
  expect(answers).toMatchObject([
    { reason: { code: 'UPSTREAM_UNAVAILABLE' } },
    { value: { filmTicketCode: other.filmTicketCode } },
  ]);
});

test('questions whose connection broke are asked again together', async () => {
  const infos = makeTickets(3);
  const { tickets, national } = await somebodyElse((Tickets, calls) =>
    calls === 1 ? null : { TicketInfos: Tickets.map(() => ({ ErrorCode: 'TICKET_NOT_FOUND', ErrorMessage: 'x' })) },
  );
  expect(await Promise.all(infos.map(tickets.ticketInfo))).toEqual(Array(3).fill('unknown-ticket'));
  expect(national.queries(APIS.getTicketInfos)).toHaveLength(2);
});

/** A national platform that answers several questions as told, where null breaks the connection. */
async function somebodyElse(several: (tickets: TicketIdentity[], calls: number) => Record<string, unknown> | null) {
  const { national, tickets } = await setUp();
  let calls = 0;
  national.replace(APIS.getTicketInfos, ({ Tickets }) => {
    calls += 1;
    return several(Tickets as TicketIdentity[], calls) ?? new HttpAnswer((socket) => socket.destroy());
  });
  return { national, tickets };
}
