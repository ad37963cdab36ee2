import { createPrivateKey } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createUpstream, type Upstream } from '@ticket-check/exchange';
import { startPeer } from '@ticket-check/exchange/testing';
import {
  APIS,
  EXTENSIONS_HEADER,
  parseCinemaCode,
  RECORD_ID_EXTENSION,
  SHARED_CINEMA_EXTENSION,
  TICKET_INFOS_EXTENSION,
  type TicketIdentity,
  type TicketInfo,
  ticketInfoJson,
  wallClockAt,
  writeReply,
} from '@ticket-check/protocol';
import { sqliteUrl } from '@ticket-check/storage';
import { expect, onTestFinished, test } from 'vitest';
import { CINEMA, makeUkey, sellTicket } from '../testing/test-cinema.ts';
import { startNational } from '../testing/test-national.ts';
import { createNationalTickets } from './national-tickets.ts';

const BUDGET_MS = 10_000;
const SPOKEN = [RECORD_ID_EXTENSION, SHARED_CINEMA_EXTENSION, TICKET_INFOS_EXTENSION];
const ukey = makeUkey();
const makeTickets = (count: number): TicketInfo[] => Array.from({ length: count }, () => sellTicket(ukey).info);

function ticketsOf(upstream: Upstream, budgetMs = BUDGET_MS) {
  onTestFinished(() => upstream.close());
  return createNationalTickets({ upstream: async () => upstream, priority: 'question', budgetMs });
}

/** What is asked of a national platform that has said already what it speaks. */
async function setUp(kind: 'extended' | 'plain' = 'extended', budgetMs = BUDGET_MS) {
  const directory = await mkdtemp(join(tmpdir(), 'national-tickets-'));
  onTestFinished(() => rm(directory, { recursive: true, force: true }));
  const national = await startNational({
    url: sqliteUrl(join(directory, 'national.db')),
    encryptionKey: '0f'.repeat(32),
    kind,
    cinemaCodes: [CINEMA],
  });
  const { Url, Username, PrivateKey, CaCertificate } = national.bundle;
  const tickets = ticketsOf(
    createUpstream({
      url: Url,
      username: Username,
      privateKey: createPrivateKey(PrivateKey ?? ''),
      ca: CaCertificate,
      extensions: SPOKEN,
      now: Date.now,
    }),
    budgetMs,
  );
  const [greeting] = makeTickets(1) as [TicketInfo];
  expect(await tickets.ticketInfo(greeting)).toBe('unknown-ticket');
  expect(national.asked.splice(0)).toEqual([APIS.getTicketInfo]);
  return { national, tickets };
}

const codesOf = (answers: readonly (TicketInfo | 'unknown-ticket')[]) =>
  answers.map((answer) => (answer === 'unknown-ticket' ? answer : answer.filmTicketCode));

test('a question at a time is a GetTicketInfo each', async () => {
  const { national, tickets } = await setUp();
  for (const info of makeTickets(3)) {
    national.sell(info);
    expect(await tickets.ask(info)).toMatchObject({ info: { filmTicketCode: info.filmTicketCode }, shared: false });
  }
  expect(national.asked).toEqual(Array(3).fill(APIS.getTicketInfo));
});

test('200 questions at the same moment are three calls, and each has its own answer', async () => {
  const { national, tickets } = await setUp();
  const asked = makeTickets(200);
  const isSold = (place: number) => place % 3 !== 0;
  for (const [place, info] of asked.entries()) if (isSold(place)) national.sell(info);
  const answers = await Promise.all(asked.map(tickets.ticketInfo));
  expect(codesOf(answers)).toEqual(
    asked.map(({ filmTicketCode }, place) => (isSold(place) ? filmTicketCode : 'unknown-ticket')),
  );
  // Calls that are under way together may arrive in any order.
  expect(national.asked.toSorted()).toEqual([APIS.getTicketInfo, APIS.getTicketInfos, APIS.getTicketInfos]);
});

test.each(['extended', 'plain'] as const)(
  'questions about one ticket that overlap are one question to a national platform that is %s',
  async (kind) => {
    const { national, tickets } = await setUp(kind);
    const [info, another] = makeTickets(2) as [TicketInfo, TicketInfo];
    for (const sold of [info, another]) national.sell(sold);
    const answers = await Promise.all([...Array(20).fill(info), another].map(tickets.ticketInfo));
    expect(codesOf(answers)).toEqual([...Array(20).fill(info.filmTicketCode), another.filmTicketCode]);
    expect(national.ticketsAsked.slice(1).sort()).toEqual(codesOf([info, another]).sort());
  },
);

test('a plain national platform is asked one question a call', async () => {
  const { national, tickets } = await setUp('plain');
  const asked = makeTickets(20);
  for (const info of asked) national.sell(info);
  const answers = await Promise.all(asked.map(tickets.ticketInfo));
  expect(codesOf(answers)).toEqual(asked.map(({ filmTicketCode }) => filmTicketCode));
  expect(national.asked).toEqual(Array(20).fill(APIS.getTicketInfo));
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
  expect(national.asked.toSorted()).toEqual([APIS.getTicketInfo, APIS.getTicketInfos]);
});

test('a lost reply leaves the questions of its call unanswered, and no others', async () => {
  const { national, tickets } = await setUp('extended', 1_200);
  const asked = makeTickets(6);
  for (const info of asked) national.sell(info);
  const find = national.lose();
  const lost = asked.slice(0, 3).map(tickets.ticketInfo);
  const all = Promise.allSettled(lost);
  await national.until(() => national.asked.length === 2);
  find();
  const answers = await Promise.all(asked.slice(3).map(tickets.ticketInfo));
  expect(codesOf(answers)).toEqual(asked.slice(3).map(({ filmTicketCode }) => filmTicketCode));
  expect(await all).toMatchObject(Array(3).fill({ reason: { code: 'UPSTREAM_UNAVAILABLE' } }));
  expect(national.asked.filter((api) => api === APIS.getTicketInfos)).toHaveLength(2);
});

test.each<[string, (Tickets: unknown[]) => Record<string, unknown>]>([
  ['fewer answers than questions', (Tickets) => ({ TicketInfos: Tickets.slice(1) })],
  ['no answers', () => ({})],
  ['an answer that is none', (Tickets) => ({ TicketInfos: Tickets.map(() => 'x') })],
])('a reply with %s answers none of its questions', async (_, replyData) => {
  const { tickets } = await somebodyElse((Tickets) => replyData(Tickets));
  const [alone, ...together] = makeTickets(3);
  const answers = await Promise.allSettled([alone as TicketInfo, ...together].map(tickets.ticketInfo));
  expect(answers).toMatchObject([
    { status: 'fulfilled' },
    ...Array(2).fill({ reason: { code: 'UPSTREAM_UNAVAILABLE' } }),
  ]);
});

test('an answer about another ticket is that question’s alone', async () => {
  const [alone, one, other] = makeTickets(3) as [TicketInfo, TicketInfo, TicketInfo];
  const { tickets } = await somebodyElse(() => ({ TicketInfos: [alone, other].map((info) => ticketInfoJson(info)) }));
  const answers = await Promise.allSettled([alone, one, other].map(tickets.ticketInfo));
  expect(answers).toMatchObject([
    { status: 'fulfilled' },
    { reason: { code: 'UPSTREAM_UNAVAILABLE' } },
    { value: { filmTicketCode: other.filmTicketCode } },
  ]);
});

test('questions whose connection broke are asked again together', async () => {
  const infos = makeTickets(3);
  const { tickets, peer } = await somebodyElse((Tickets, calls) =>
    calls === 1 ? null : { TicketInfos: Tickets.map(() => ({ ErrorCode: 'TICKET_NOT_FOUND', ErrorMessage: 'x' })) },
  );
  expect(await Promise.all(infos.map(tickets.ticketInfo))).toEqual(Array(3).fill('unknown-ticket'));
  expect(peer.requests.filter(({ body }) => body.includes(APIS.getTicketInfos))).toHaveLength(2);
});

/**
 * A national platform that is not ours: it knows no ticket that is asked about alone, and answers several as told, where
 * null breaks the connection.
 */
async function somebodyElse(several: (tickets: TicketIdentity[], calls: number) => Record<string, unknown> | null) {
  let calls = 0;
  const peer = await startPeer(({ body }) => {
    const { Api, QueryData } = JSON.parse(body);
    const isAlone = Api === APIS.getTicketInfo;
    if (!isAlone) calls += 1;
    const replyData = isAlone
      ? { ErrorCode: 'TICKET_NOT_FOUND', ErrorMessage: 'x' }
      : several(QueryData.Tickets, calls);
    if (replyData === null) return (socket) => socket.destroy();
    const headers = { [EXTENSIONS_HEADER]: TICKET_INFOS_EXTENSION };
    return { headers, body: writeReply(wallClockAt(Date.now()), replyData) };
  });
  onTestFinished(() => peer.close());
  const tickets = ticketsOf(
    createUpstream({
      url: peer.url,
      username: 'vendor-a',
      privateKey: ukey.privateKey,
      ca: peer.ca,
      extensions: SPOKEN,
      now: Date.now,
    }),
  );
  const [greeting] = makeTickets(1) as [TicketInfo];
  await tickets.ticketInfo(greeting);
  return { tickets, peer };
}
