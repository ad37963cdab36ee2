// @module-tag service
import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { Agent, request } from 'node:https';
import { watchRoutes } from '@ticket-check/admin/testing';
import { ROLES, type Role } from '@ticket-check/operators';
import { businessDate, parseCinemaCode } from '@ticket-check/protocol';
import { keepingRefusal } from '@ticket-check/terminal-agent/testing/test-terminal';
import { addOperatorTo, beginSession, OWN } from '@ticket-check/third-party-platform/testing/console-browser';
import { createClaimStore } from '@ticket-check/third-party-platform/testing/stock';
import { CINEMA, OTHER_CINEMA } from '@ticket-check/third-party-platform/testing/test-cinema';
import { describe, expect, test } from 'vitest';
import { sessionCookies } from './testing/looking.ts';
import {
  again,
  aside,
  elsewhere,
  first,
  startNational,
  startTerminal,
  startThirdParty,
} from './testing/stocked-consoles.ts';

type Routes = ReturnType<typeof watchRoutes>;
type PeopleStore = Parameters<typeof addOperatorTo>[0];
/** Sessions of operators: of each role for every cinema, and of those that may be limited for one without data. */
type Tokens = Map<`${Role}-of-${'all' | 'none'}`, string>;

const LIMITED = ['supervisor', 'usher', 'auditor'] as const;
const UNKNOWN_CINEMA = parseCinemaCode('99999999');
/** A refusal at the terminal. */
const REFUSED = '019a0000-0000-7000-9400-000000000001';

/** What belongs to cinemas, wherever it is shown. */
const THEIRS: readonly string[] = [
  ...[first, again, aside, elsewhere].flatMap(({ recordId, filmTicketCode }) => [recordId, filmTicketCode]),
  ...[CINEMA, OTHER_CINEMA, 'door-1', 'door-2', REFUSED],
];

/** The business date of what is kept; where none is asked for it is that of the service's clock, which may reach the next while this runs. */
const DATE = businessDate(first.checkTime);

/** What a page is asked for by: whatever names something of a cinema. */
const QUERIES: readonly string[] = [
  `?businessDate=${DATE}`,
  `?ticket=${again.recordId}`,
  `?record=${again.recordId}&id=${again.recordId}&scan=${REFUSED}&kind=parked`,
  `?cinema=${CINEMA}&ticket=${aside.filmTicketCode}&start=${aside.startTime}&q=${aside.filmTicketCode}&businessDate=${DATE}`,
];

/** Codes admit anyone who shows them, so no page may get one unasked. */
const CODES: readonly string[] = [first, aside, elsewhere].map(({ ticketInfoCode }) => ticketInfoCode);

/** Live only for the current business date of the service. */
const TOLD_OF_TODAY: readonly string[] = ['records', 'report', 'refusals'];

async function addPeople(store: PeopleStore & Parameters<typeof beginSession>[0], tokens: Tokens): Promise<void> {
  const add = async (name: `${Role}-of-${'all' | 'none'}`, role: Role, only = {}) => {
    await addOperatorTo(store, name, role, only);
    tokens.set(name, await beginSession(store, name));
  };
  for (const role of ROLES) await add(`${role}-of-all`, role);
  for (const role of LIMITED) await add(`${role}-of-none`, role, { cinemaCodes: [UNKNOWN_CINEMA] });
}

const CONSOLES = [
  {
    name: 'a third-party platform',
    start: (tokens: Tokens) =>
      startThirdParty(async (store) => {
        await addPeople(store, tokens);
        const { cinemaCode, filmTicketCode, startTime, recordId, checkTime } = again;
        const claimed = { cinemaCode, filmTicketCode, startTime: first.checkTime, recordId, checkTime };
        const claims = createClaimStore(store, Date.now);
        await claims.claim({ ...claimed, gate: 'gate-1', account: 'door-1', objection: null });
        const found = { cinemaCode, filmTicketCode, startTime, foundAt: checkTime, refundedAt: checkTime };
        const late = { ...found, kind: 'LATE_REFUND' as const, notedAt: null };
        await store.db.insertInto('finding').values(late).execute();
      }),
    shownAt: ['records', 'record', 'report', 'worklist', 'outbox', 'claims', 'fleet'],
    told: ['records', 'report', 'worklist', 'outbox', 'claims', 'fleet'],
  },
  {
    name: 'a terminal',
    start: (tokens: Tokens) =>
      startTerminal(async (store) => {
        await addPeople(store, tokens);
        const { cinemaCode, filmTicketCode, startTime, checkTime: scannedAt } = aside;
        const scan = { recordId: REFUSED, textHash: '', gate: 'gate-1', scannedAt, verdict: 'REFUNDED' };
        const values = { ...scan, cinemaCode, filmTicketCode, startTime };
        await store.db.insertInto('scan').values(values).execute();
        await keepingRefusal(store.db, { ...aside, recordId: REFUSED as typeof aside.recordId }, null).execute();
      }),
    shownAt: ['records', 'record', 'findings', 'lookup', 'gates', 'scans', 'state', 'refusals', 'entries'],
    told: ['records', 'report', 'findings', 'gates', 'state', 'scans', 'refusals', 'entries'],
  },
  {
    name: 'the national platform',
    start: (tokens: Tokens) => startNational((store) => addPeople(store, tokens)),
    shownAt: ['records', 'record', 'report', 'cinemas', 'completeness'],
    told: ['records', 'report', 'cinemas'],
  },
];

/** Looks at no certificate: what is asked is a service of this process. */
const agent = new Agent({ keepAlive: true, rejectUnauthorized: false });

/** Asks as somebody's browser does; of an event stream, up to the end of the first thing told. `set` are the cookies that were set. */
async function ask(url: string, token = '', { body, headers = {} }: { body?: string; headers?: object } = {}) {
  const cookie = sessionCookies(token).map(({ name, value }) => `${name}=${value}`);
  const method = body === undefined ? 'GET' : 'POST';
  const sent = request(url, { method, headers: { cookie: cookie.join('; '), ...headers }, agent }).end(body);
  const [reply] = (await once(sent, 'response')) as [IncomingMessage];
  const isStream = reply.headers['content-type']?.startsWith('text/event-stream');
  let text = '';
  for await (const part of reply.setEncoding('utf8')) {
    text += part;
    if (isStream && /^event: (?!beat)\w+\n(id: .*\n)?data: .*\n\n/m.test(text)) break;
  }
  const set = (reply.headers['set-cookie'] ?? []).map((one) => one.replace(/;.*/, ''));
  return { status: reply.statusCode ?? 0, text, set, cookie };
}

const shownIn = (text: string, asked: string) => THEIRS.filter((one) => text.includes(one) && !asked.includes(one));

/** Every readable URL and every live topic of a console. */
function placesOf(routes: Routes): string[] {
  const paths = routes.flatMap(({ method, access, path }) => (method === 'GET' && access !== null ? [path] : []));
  // Settings are of the service itself.
  const asked = [...new Set(paths)].filter((path) => !path.startsWith('/settings'));
  const topics = [...new Set(routes.flatMap((route) => route.topics))];
  return [
    ...asked.flatMap((path) => QUERIES.map((query) => path + query)),
    ...topics.map((name) => `/events?topic=${name}`),
  ];
}

describe.each(CONSOLES)('at $name', ({ start, shownAt, told }) => {
  test('an operator of one cinema gets nothing of another, where an operator of all cinemas does, and no topic has a code', async () => {
    const routes = watchRoutes();
    const tokens: Tokens = new Map();
    const consoleUrl = await start(tokens);
    const places = placesOf(routes);
    const faults: string[] = [];
    const shown = new Set<string>();
    for (const role of LIMITED) {
      for (const place of places) {
        const all = await ask(consoleUrl + place, tokens.get(`${role}-of-all`));
        if (all.status >= 400 || shownIn(all.text, place).length === 0) continue;
        shown.add(place);
        if (place.startsWith('/events?') && CODES.some((code) => all.text.includes(code)))
          faults.push(`${role} ${place}: a ticket info code`);
        const { status, text } = await ask(consoleUrl + place, tokens.get(`${role}-of-none`));
        // Refused or failed requests show nothing either.
        if (status === 401 || status >= 500) faults.push(`${role} ${place}: ${status}`);
        const theirs = shownIn(text, place);
        if (theirs.length > 0) faults.push(`${role} ${place}: ${theirs.join(', ')}`);
      }
    }
    expect(faults).toEqual([]);
    // What nobody is shown could hide nothing.
    const paths = new Set([...shown].map((place) => place.replace(/\?.*/, '')));
    expect(shownAt.filter((path) => !paths.has(`/${path}.json`))).toEqual([]);
    // The tests may run across six in the morning in Shanghai.
    const { text } = await ask(`${consoleUrl}/report.json`, tokens.get('supervisor-of-all'));
    const isOver = JSON.parse(text).BusinessDate !== DATE;
    const expected = isOver ? told.filter((topic) => !TOLD_OF_TODAY.includes(topic)) : told;
    expect(expected.filter((topic) => !shown.has(`/events?topic=${topic}`))).toEqual([]);
  });
});

test('at a terminal nobody undoes what is of another cinema', async () => {
  const tokens: Tokens = new Map();
  let undone = async (): Promise<object> => ({});
  const consoleUrl = await startTerminal(async (store) => {
    await addPeople(store, tokens);
    undone = () => store.db.selectFrom('reversal').select('reverses').execute();
  });
  for (const role of ['supervisor', 'usher'] as const) {
    const token = tokens.get(`${role}-of-none`);
    const { text, set, cookie } = await ask(`${consoleUrl}/console.json`, token);
    const sent = { RecordId: again.recordId, Unpassed: role === 'usher', reason: 'x', password: OWN };
    const form = { 'content-type': 'application/json', 'x-csrf-token': JSON.parse(text).Csrf };
    const headers = { ...form, cookie: [...cookie, ...set].join('; ') };
    const undoing = { body: JSON.stringify(sent), headers };
    const { status, text: refused } = await ask(`${consoleUrl}/entries/undo`, token, undoing);
    expect([role, status, JSON.parse(refused)]).toEqual([role, 403, { error: 'forbidden' }]);
  }
  expect(await undone()).toEqual([]);
});
