// @module-tag service
import {
  APIS,
  type FilmTicketCode,
  getTicketInfoQuery,
  getTicketInfoQueryJson,
  getTicketInfosQueryJson,
  ProtocolError,
  parseWallClock,
  type TicketIdentity,
} from '@ticket-check/protocol';
import { coalesce } from '@ticket-check/storage';
import { describeSqlite } from '@ticket-check/storage/testing';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { CINEMA, issueCaller, OTHER_CINEMA, openAccounts, type TestCaller } from '../testing/accounts.ts';
import { postRaw } from '../testing/requests.ts';
import { type SignedServer, startSignedServer } from '../testing/signed-server.ts';
import { signedApi } from './signed-api.ts';
import { getTicketInfosApi } from './ticket-infos-api.ts';

const MAX_UNDER_WAY = 2;
const STORE_FAULT = Object.assign(new Error('disk I/O error'), { code: 'SQLITE_IOERR' });

function ticket(number: number, cinemaCode = CINEMA): TicketIdentity {
  const filmTicketCode = String(number).padStart(16, '7') as FilmTicketCode;
  return { cinemaCode, filmTicketCode, startTime: parseWallClock('2026-11-24T19:30:00') };
}
const UNKNOWN = ticket(404);
const STORE_FAILS = ticket(500);

describeSqlite('GetTicketInfos', (engine) => {
  let server: SignedServer;
  let caller: TestCaller;
  let neighbour: TestCaller;
  let held: Promise<void>;
  let asked: string[];
  let lookUps: number;

  beforeEach(async () => {
    const accounts = (await openAccounts(engine)).accounts;
    caller = await issueCaller(accounts, { username: 'platform-1' });
    neighbour = await issueCaller(accounts, { username: 'platform-2' });
    held = Promise.resolve();
    asked = [];
    lookUps = 0;
    const ticketOf = coalesce(async (filmTicketCodes: string[]) => {
      lookUps += 1;
      return filmTicketCodes.map((filmTicketCode) => ({ FilmTicketCode: filmTicketCode }));
    });
    const getTicketInfo = signedApi({
      name: APIS.getTicketInfo,
      role: 'platform',
      priority: 'question',
      query: getTicketInfoQuery,
      cinemasOf: ({ cinemaCode }) => [cinemaCode],
      async handle({ filmTicketCode }) {
        asked.push(filmTicketCode);
        await held;
        if (filmTicketCode === STORE_FAILS.filmTicketCode) throw STORE_FAULT;
        if (filmTicketCode === UNKNOWN.filmTicketCode) throw new ProtocolError('TICKET_NOT_FOUND', 'No such ticket.');
        return ticketOf(filmTicketCode);
      },
    });
    server = await startSignedServer({
      apis: [getTicketInfo, getTicketInfosApi(getTicketInfo, { maxUnderWay: MAX_UNDER_WAY })],
      accounts,
    });
  });
  afterEach(() => server.close());

  const send = (api: string, query: unknown, from = caller) =>
    postRaw(server.url, from.request(api, query), { ca: server.ca });

  test('each question is answered as GetTicketInfo answers it, refusals too, in their order', async () => {
    const questions: unknown[] = [
      getTicketInfoQueryJson(ticket(1)),
      getTicketInfoQueryJson(UNKNOWN),
      getTicketInfoQueryJson(ticket(2, OTHER_CINEMA)),
      { ...getTicketInfoQueryJson(ticket(3)), StartTime: 'soon' },
      {},
      getTicketInfoQueryJson(ticket(1)),
    ];
    const one = (question: unknown) => send(APIS.getTicketInfo, question).then((reply) => reply.json().ReplyData);
    const expected = await Promise.all(questions.map(one));
    expect(expected.map(({ ErrorCode = 'answered' }) => ErrorCode)).toEqual([
      ...['answered', 'TICKET_NOT_FOUND', 'CINEMA_NOT_ALLOWED'],
      ...['INVALID_QUERY', 'INVALID_QUERY', 'answered'],
    ]);
    const reply = await send(APIS.getTicketInfos, { Tickets: questions });
    expect([reply.status, reply.json().ReplyData]).toEqual([200, { TicketInfos: expected }]);
  });

  test('a malformed question is refused without the others', async () => {
    const none = [null, 7, 'x', [], true];
    const reply = await send(APIS.getTicketInfos, { Tickets: [...none, getTicketInfoQueryJson(ticket(1))] });
    expect(reply.json().ReplyData).toMatchObject({
      TicketInfos: [...none.map(() => ({ ErrorCode: 'INVALID_QUERY' })), { FilmTicketCode: ticket(1).filmTicketCode }],
    });
  });

  test('100 questions are one look-up, and more are refused before one of them is looked at', async () => {
    const many = Array.from({ length: 101 }, (_, number) => ticket(number));
    const refused = await send(APIS.getTicketInfos, getTicketInfosQueryJson(many));
    expect([refused.status, refused.json().ReplyData.ErrorCode]).toEqual([400, 'TOO_MANY_TICKETS']);
    expect(asked).toEqual([]);
    const answered = await send(APIS.getTicketInfos, getTicketInfosQueryJson(many.slice(1)));
    expect((answered.json().ReplyData as { TicketInfos: unknown[] }).TicketInfos).toHaveLength(100);
    expect(lookUps).toBe(1);
    expect((await send(APIS.getTicketInfos, { Tickets: [] })).json().ReplyData).toEqual({ TicketInfos: [] });
  });

  test('an account has a limit of calls under way, and its neighbours and its other questions go on', async () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    held = promise;
    const underWay = [1, 2].map((number) => send(APIS.getTicketInfos, getTicketInfosQueryJson([ticket(number)])));
    await expect.poll(() => asked.length).toBe(MAX_UNDER_WAY);
    const refused = await send(APIS.getTicketInfos, getTicketInfosQueryJson([ticket(3)]));
    expect([refused.status, refused.json().ReplyData.ErrorCode]).toEqual([503, 'OVERLOADED']);
    expect(refused.headers['retry-after']).toBeDefined();
    expect(asked).toHaveLength(MAX_UNDER_WAY);
    const others = [
      send(APIS.getTicketInfos, getTicketInfosQueryJson([ticket(4)]), neighbour),
      send(APIS.getTicketInfo, getTicketInfoQueryJson(ticket(5))),
    ];
    resolve();
    for (const { status } of await Promise.all([...underWay, ...others])) expect(status).toBe(200);
    expect((await send(APIS.getTicketInfos, getTicketInfosQueryJson([ticket(3)]))).status).toBe(200);
  });
});
