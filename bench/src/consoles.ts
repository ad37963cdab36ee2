import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { Agent, get } from 'node:https';
import { buffer } from 'node:stream/consumers';
import { setTimeout as delay } from 'node:timers/promises';
import { createRecordStore, type ReceivedRecord } from '@ticket-check/check-records';
import { makeRecord } from '@ticket-check/check-records/testing';
import * as protocol from '@ticket-check/protocol';
import { APIS, addDays, addSeconds, businessDate, parseRecordId, parseWallClock } from '@ticket-check/protocol';
import { readThirdPartySettings } from '@ticket-check/third-party-platform/config';
import { openDatabase } from '@ticket-check/third-party-platform/database';
import { uuidv7 } from 'uuidv7';
import { machine, printTable, readOptions, say, spreadCells, spreadOf, workDirectory } from './command-line.ts';
import { openConnection } from './load.ts';
import { startPlatforms } from './platforms.ts';
import { CINEMA, claimQueryOf } from './tickets.ts';

// How long the console of a third-party platform as it ships takes to answer with millions of records, and claims beside it.

const options = readOptions({
  days: 30,
  'a-day': 300_000,
  /** Each question is asked again for so long, and twice at least. */
  seconds: 3,
  /** Only what has one of these in its name, separated by commas. */
  only: '',
  port: 19500,
});
const { days, port, 'a-day': aDay } = options;
const CINEMAS = 300;
/** Among them is the one that tickets are sold for. */
const FIRST_CINEMA = Number(CINEMA) - CINEMAS / 2;
const leastMs = options.seconds * 1000;

const FILM = protocol.parseFilmCode('001102582019');
const TICKETS = 30_000;
const BETWEEN_CLAIMS_MS = 5;
/** The most cinemas whose records of a day fit into one file. */
const CINEMAS_OF_A_FILE = 190;

/** A path of the console that is asked repeatedly, by the number of the round; a past business date, another in each round. */
type Question = readonly [name: string, pathOf: (round: number) => string];

const dateIn = (round: number) => dateBefore(1 + (round % (days - 2)));
const ofADay =
  (path: string, more = '') =>
  (round: number) =>
    `${path}?businessDate=${dateIn(round)}${more}`;
const recordId = (number: number) => parseRecordId(`00000000-0000-8000-8000-${String(number).padStart(12, '0')}`);
const week = `since=${dateBefore(7)}&until=${dateBefore(1)}`;
const month = `businessDate=${dateBefore(days - 1)}&until=${dateBefore(0)}`;
const ofCinema = `&cinema=${CINEMA}`;
const some = Array.from({ length: CINEMAS_OF_A_FILE }, (_, index) => FIRST_CINEMA + index).join(',');

const QUESTIONS: readonly Question[] = [
  ['today.json', () => '/today.json'],
  ['outbox.json, quarantined', () => '/outbox.json?kind=quarantined'],
  ['records.json, a cinema’s day', ofADay('/records.json', ofCinema)],
  ['records.json, a day of all', ofADay('/records.json')],
  ...['terminal=terminal-7-1', 'gate=gate-2', `film=${FILM}`, 'state=QUARANTINED', 'ticket=9999999999999999'].flatMap(
    (filter): Question[] => [
      [`records.json, ${filter}`, ofADay('/records.json', `&${filter}`)],
      [`records.json, a cinema’s month, ${filter}`, () => `/records.json?${month}${ofCinema}&${filter}`],
    ],
  ),
  ['record.json', (round) => `/record.json?id=${recordId((round * 37_123) % (days * aDay))}`],
  ...['session', 'screen', 'account'].map(
    (by): Question => [`report.json, a cinema’s by ${by}`, ofADay('/report.json', `${ofCinema}&by=${by}`)],
  ),
  ...['cinema', 'screen', 'account'].map(
    (by): Question => [`report.json, all by ${by}`, ofADay('/report.json', `&by=${by}`)],
  ),
  ['completeness.json, a week of all', () => `/completeness.json?${week}`],
  ['completeness.json, a week of a cinema', () => `/completeness.json?${week}${ofCinema}`],
  ['report.xlsx, all by session', ofADay('/report.xlsx', '&by=session')],
  [`records.xlsx, a day of ${CINEMAS_OF_A_FILE} cinemas`, ofADay('/records.xlsx')],
];

const directory = workDirectory();
const platforms = await startPlatforms({ directory, port, tickets: TICKETS, accounts: ['terminal'] });
const { thirdParty, tickets, ukey, signed } = platforms;
try {
  await thirdParty.stop();
  await fillStore(thirdParty.directory);
  // Tokens are made before there are operators, who would have to be named.
  const [ofAll, ofAFile] = [await addToken('all', '--all-cinemas'), await addToken('file', '--cinemas', some)];
  await thirdParty.start();
  await platforms.ready();
  const { ca } = thirdParty.target();
  const agent = new Agent({ keepAlive: true, ca });
  const claiming = openConnection(thirdParty.target());
  await claiming.opened;

  say(`${machine()}; encrypted SQLite; milliseconds`);
  const table = printTable({ '': 52, p50: 7, max: 7, 'claims p50': 11, 'claims p99': 11, 'claims max': 11 });

  let claimed = 0;
  async function claim(): Promise<number> {
    const ticket = tickets[claimed++];
    if (ticket === undefined) throw new Error('every ticket was used: sell more of them');
    const query = claimQueryOf(ticket, parseRecordId(uuidv7()), ukey.privateKey);
    const { text, ms } = await claiming.ask(signed('terminal', APIS.claimTicket, query));
    if (!text.includes('"Claimed":true')) throw new Error(text.slice(-500));
    return ms;
  }

  async function ask(path: string): Promise<void> {
    const headers = { authorization: `Bearer ${path.startsWith('/records.xlsx') ? ofAFile : ofAll}` };
    const asked = get({ host: '127.0.0.1', port: thirdParty.consolePort, path, agent, headers }).on('error', () => {});
    const [response] = (await once(asked, 'response')) as [IncomingMessage];
    if (response.statusCode !== 200) throw new Error(`${path}: ${response.statusCode}`);
    await buffer(response);
  }

  /** Asks a question again and again, while a terminal claims one ticket after the other. */
  async function measure(what: string, act: (round: number) => Promise<void>): Promise<void> {
    const [times, claims]: [number[], number[]] = [[], []];
    let isOver = false;
    async function askAgain(): Promise<void> {
      const until = performance.now() + leastMs;
      for (let round = 0; round < 2 || performance.now() < until; round += 1) {
        const startedAt = performance.now();
        await act(round);
        times.push(performance.now() - startedAt);
      }
      isOver = true;
    }
    async function goOnClaiming(): Promise<void> {
      for (; !isOver; await delay(BETWEEN_CLAIMS_MS)) claims.push(await claim());
    }
    await Promise.all([askAgain(), goOnClaiming()]);
    const { p50, max } = spreadOf(times);
    table.row([what, ...[p50, max].map((ms) => ms.toFixed(0)), ...spreadCells(spreadOf(claims))]);
  }

  await measure('nothing else', () => delay(leastMs / 2));
  for (const [what, pathOf] of QUESTIONS) {
    if (options.only.split(',').some((part) => what.includes(part))) await measure(what, (round) => ask(pathOf(round)));
  }
  agent.destroy();
  claiming.close();
} finally {
  await platforms.stop();
}

function dateBefore(before: number) {
  return addDays(businessDate(protocol.wallClockAt(Date.now())), -before);
}

/** Fills the store of a third-party platform that does not run, oldest records first. */
async function fillStore(directory: string): Promise<void> {
  const store = await openDatabase(readThirdPartySettings({ DATA_DIR: directory }));
  const records = createRecordStore(store);
  const startedAt = performance.now();
  for (let from = 0; from < days * aDay; from += 1000) {
    const some = Array.from({ length: Math.min(1000, days * aDay - from) }, (_, index) => recordOf(from + index));
    await records.keep(some, { forward: false });
  }
  await store.close();
  say(`${days * aDay} records kept in ${((performance.now() - startedAt) / 1000).toFixed(0)} s`);
}

/** A record of a day from 08:00 to 24:00, in turns of cinemas, screens, accounts and gates; every 5000th is quarantined, every 20th was made offline. */
function recordOf(number: number): ReceivedRecord {
  const date = dateBefore(days - 1 - Math.floor(number / aDay));
  const seconds = Math.floor(((number % aDay) * 57_600) / aDay);
  const slot = Math.floor(seconds / 10_800);
  const inCinema = Math.floor(number / CINEMAS);
  const cinemaCode = protocol.parseCinemaCode(String(FIRST_CINEMA + (number % CINEMAS)));
  const padded = (value: number) => String(value).padStart(16, '0');
  const checkTime = addSeconds(parseWallClock(`${date}T08:00:00`), seconds);
  return makeRecord(number, {
    cinemaCode,
    recordId: recordId(number),
    filmTicketCode: protocol.parseFilmTicketCode(padded(number)),
    startTime: addSeconds(parseWallClock(`${date}T10:00:00`), slot * 10_800),
    screenCode: protocol.parseScreenCode(padded(1 + (inCinema % 10))),
    filmCode: FILM,
    sessionCode: protocol.parseSessionCode(padded(slot * 10 + (inCinema % 10))),
    ticketInfoCode: cinemaCode + randomBytes(86).toString('hex'),
    ...{ checkTime, receivedAt: addSeconds(checkTime, 3), decidedMs: 431 },
    ...{ account: `terminal-${number % CINEMAS}-${inCinema % 3}`, gate: `gate-${1 + (inCinema % 2)}` },
    quarantine: number % 5000 === 500 ? 'CODE_CONTRADICTS_RECORD' : null,
    offline: number % 20 === 7,
  });
}

async function addToken(name: string, ...args: string[]): Promise<string> {
  const until = new Date(Date.now() + 30 * 86_400_000).toISOString().slice(0, 10);
  const permissions = ['--permissions', 'records.read,fleet.read,service.manage', '--until', until];
  return JSON.parse(await thirdParty.command(['token', 'add', name, ...permissions, ...args])).Token;
}
